//! Checksums of parts of a file: bytes that changed on their way are not taken for weights.

use std::io::{Read, Seek};

use crc32fast::Hasher;

use super::ImportError;
use super::source::Source;
use super::zip::Extent;

/// A part of the file and the CRC-32 that its writer noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checksum {
    pub extent: Extent,
    pub crc32: u32,
}

/// How much of the file is in memory at once.
const SLICE: u64 = 1 << 20;
/// What stands where the writer computed none, as PyTorch can be told to (`torch.serialization.set_crc32_options`).
const NONE: u32 = 0;

impl Checksum {
    /// Reads the part and compares.
    pub fn verify<R: Read + Seek>(&self, source: &mut Source<'_, R>) -> Result<(), ImportError> {
        if self.crc32 == NONE {
            return Ok(());
        }
        let Extent { mut start, length } = self.extent;
        let mut left = length;
        let mut hasher = Hasher::new();
        while left > 0 {
            let slice = left.min(SLICE);
            hasher.update(&source.bytes(start, slice)?);
            start += slice;
            left -= slice;
        }
        if hasher.finalize() == self.crc32 { Ok(()) } else { Err(ImportError::damaged("a part does not match its checksum")) }
    }
}
