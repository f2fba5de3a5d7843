//! Weights that do not learn: as floats, or in the few bits that their file has them in, which a GPU unpacks as it computes.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// How weights lie in few bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Output and input channels of a 3×3 convolution.
    pub channels: [usize; 2],
    /// Bits of a weight, 4 or 8: an integer in two's complement. Words of 32 bits are filled from the lowest on, in the order `[output, input, 3, 3]`.
    pub bits: u32,
    /// How many weights of an output channel share a scale, from its first on. The last of a channel may be fewer.
    pub block: usize,
}

impl Packing {
    /// Weights of an output channel.
    pub(super) fn taps(&self) -> usize {
        9 * self.channels[1]
    }

    /// Scales of an output channel.
    pub(super) fn blocks(&self) -> usize {
        self.taps().div_ceil(self.block.max(1))
    }
}

/// The weights of a 3×3 convolution on a device.
#[derive(Clone, Debug)]
pub enum Weight {
    /// `[output, input, 3, 3]`
    Float(Box<Tensor<4>>),
    /// A quarter or an eighth of the memory.
    Packed(Box<Packed>),
}

/// See [`Packing`].
#[derive(Clone, Debug)]
pub struct Packed {
    /// 32 bits each.
    pub(super) words: Tensor<1, Int>,
    /// `[output · blocks]`
    pub(super) scales: Tensor<1>,
    pub(super) packing: Packing,
}

impl Weight {
    /// Puts packed weights on a device, from their bytes in order and a scale for each block.
    #[must_use]
    pub fn packed(bytes: &[u8], scales: Vec<f32>, packing: Packing, device: &Device) -> Self {
        let words = bytes.chunks(4).map(|chunk| {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            i32::from_le_bytes(word)
        });
        let words: Vec<i32> = words.collect();
        let (words, scales) = (TensorData::from(words.as_slice()), TensorData::from(scales.as_slice()));
        let (words, scales) = (Tensor::from_data(words, (device, DType::I32)), Tensor::from_data(scales, device));
        Self::Packed(Box::new(Packed { words, scales, packing }))
    }
}

impl From<Tensor<4>> for Weight {
    fn from(weight: Tensor<4>) -> Self {
        Self::Float(Box::new(weight))
    }
}
