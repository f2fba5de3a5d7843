//! A layer's weights in the precision that their file has them in.

use std::borrow::Cow;

use super::{INT4_BLOCK, Int4, Int8, dequantise_int4, dequantise_int8};

/// The values of a weight tensor, row-major, with the output channel first.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// As they were trained.
    Float32(Vec<f32>),
    /// Eight bits, a scale for each output channel.
    Int8(Int8),
    /// Four bits, a scale for each [`INT4_BLOCK`] weights.
    Int4(Int4),
}

/// Quantised values as a device can unpack them: bytes of integers in two's complement, and what they are multiplied by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quantised {
    pub bytes: Vec<u8>,
    pub scales: Vec<f32>,
    /// Bits of a value.
    pub bits: u32,
    /// Values of an output channel that share a scale.
    pub block: usize,
}

impl Values {
    /// The weights that are stored, of `channels` output channels with `stride` weights each.
    #[must_use]
    pub fn floats(&self, channels: usize, stride: usize) -> Cow<'_, [f32]> {
        match self {
            Self::Float32(values) => Cow::Borrowed(values),
            Self::Int8(Int8 { values, scales }) => Cow::Owned(dequantise_int8(values, scales)),
            Self::Int4(quantised) => Cow::Owned(dequantise_int4(quantised, channels, stride)),
        }
    }

    /// The same without leaving the few bits; `None` for floats.
    pub(super) fn quantised(&self, stride: usize) -> Option<Quantised> {
        match self {
            Self::Float32(_) => None,
            Self::Int8(Int8 { values, scales }) => {
                let bytes = values.iter().map(|value| value.cast_unsigned()).collect();
                Some(Quantised { bytes, scales: scales.clone(), bits: 8, block: stride })
            }
            Self::Int4(int4) => {
                // A value is stored as `q + 8`, which is `q` in two's complement but for the highest bit.
                let bytes = int4.packed.iter().map(|pair| pair ^ 0x88).collect();
                Some(Quantised { bytes, scales: int4.scales().collect(), bits: 4, block: INT4_BLOCK })
            }
        }
    }
}

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Self::Float32(values)
    }
}
