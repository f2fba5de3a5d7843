//! Where a tensor lies in the file, and how its numbers are written there.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use half::{bf16, f16};

use super::ImportError;
use super::checksum::Checksum;
use super::source::Source;

/// Every tensor of a file, by key.
pub type Tensors = BTreeMap<String, Stored>;

/// How a number is written. All forms are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    F16,
    Bf16,
    F32,
    F64,
    /// Something that no weight is, such as an integer, of this many bytes.
    Other(u64),
}

impl Element {
    pub const fn bytes(self) -> u64 {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Other(bytes) => bytes,
        }
    }

    fn decode(self, bytes: &[u8], values: &mut Vec<f32>) {
        match self {
            Self::F16 => values.extend(bytes.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32())),
            Self::Bf16 => values.extend(bytes.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32())),
            Self::F32 => values.extend(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))),
            #[expect(clippy::cast_possible_truncation, reason = "rounds to the nearest f32; too large becomes infinite, which is refused")]
            Self::F64 => values.extend(bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32)),
            Self::Other(_) => {}
        }
    }
}

/// One tensor in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub element: Element,
    pub shape: Vec<u64>,
    /// Whether the numbers lie in row-major order without gaps.
    pub contiguous: bool,
    /// Bytes from the start of the file.
    pub start: u64,
    /// Of the part of the file that it lies in, where the form has checksums.
    pub checksum: Option<Checksum>,
}

/// The product of a shape, or `None` where it does not fit.
pub fn count(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1_u64, |product, &side| product.checked_mul(side))
}

impl Stored {
    /// The numbers, which must be floating point and contiguous. `shape` was compared before, so their count is what the caller expects.
    pub fn read<R: Read + Seek>(&self, source: &mut Source<'_, R>, key: &str) -> Result<Vec<f32>, ImportError> {
        if matches!(self.element, Element::Other(_)) {
            return Err(ImportError::unsupported(format!("{key} is not of floating point")));
        }
        if !self.contiguous {
            return Err(ImportError::unsupported(format!("{key} is not contiguous")));
        }
        let size = self.element.bytes();
        let absurd = || ImportError::damaged(format!("{key} is absurdly large"));
        let count = count(&self.shape).ok_or_else(absurd)?;
        let mut left = count.checked_mul(size).ok_or_else(absurd)?;
        if self.start.checked_add(left).is_none_or(|end| end > source.length()) {
            return Err(ImportError::Truncated);
        }
        let mut values = Vec::with_capacity(usize::try_from(count).map_err(|_| absurd())?);
        let mut at = self.start;
        while left > 0 {
            let length = left.min(SLICE);
            self.element.decode(&source.bytes(at, length)?, &mut values);
            at += length;
            left -= length;
        }
        Ok(values)
    }
}

/// How much of the file is in memory at once: a whole number of every kind of element.
const SLICE: u64 = 1 << 20;
