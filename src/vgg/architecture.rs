//! The shape of a VGG: how wide each layer is, where it is read ("taps"), how pictures enter it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A layer after its ReLU, by the paper's name: `relu3_1` is the first layer of the third block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tap {
    /// Block, from 1. A max pool stands between blocks, so block `b` sees the picture at 1/2^(b−1).
    pub block: usize,
    /// Layer within the block, from 1.
    pub layer: usize,
}

impl Tap {
    /// relu1_1: edges and colours.
    pub const RELU1_1: Self = Self { block: 1, layer: 1 };
    /// relu2_1: small strokes.
    pub const RELU2_1: Self = Self { block: 2, layer: 1 };
    /// relu3_1: textures.
    pub const RELU3_1: Self = Self { block: 3, layer: 1 };
    /// relu3_2: the lite network's content tap.
    pub const RELU3_2: Self = Self { block: 3, layer: 2 };
    /// relu4_1: large strokes and swirls.
    pub const RELU4_1: Self = Self { block: 4, layer: 1 };
}

impl fmt::Display for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.block, self.layer)
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "relu{self}")
    }
}

impl FromStr for Tap {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (block, layer) = text.trim_start_matches("relu").split_once('_').ok_or(())?;
        let tap = Self { block: block.parse().map_err(|_| ())?, layer: layer.parse().map_err(|_| ())? };
        if tap.block == 0 || tap.layer == 0 { Err(()) } else { Ok(tap) }
    }
}

/// How a border pixel's missing neighbours are filled before each 3×3 convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// With zeros, as the paper's VGG was trained. Darkens what the network sees along the border.
    Zero,
    /// With the nearest pixel, as the lite network was trained: no frame shows in the result.
    Replicate,
}

/// The affine map from a picture (RGB, 0…1) to the network's input: `x · scale + shift` per channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Factor for red, green and blue.
    pub scale: [f32; 3],
    /// Term for red, green and blue, added after scaling.
    pub shift: [f32; 3],
}

/// A VGG without its classifier: blocks of 3×3 convolutions, each followed by a ReLU, and a 2×2 max
/// pool between blocks (Simonyan & Zisserman 2014, configuration E up to the widths).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// Output channels of each convolution, block by block.
    pub blocks: Vec<Vec<usize>>,
    /// Padding of every convolution.
    pub padding: Padding,
    /// Preprocessing of the picture.
    pub input: Input,
}

impl Architecture {
    /// The shape of "vgg-lite", the narrow network that this project ships (see `models/vgg-lite.md`).
    #[must_use]
    pub fn lite() -> Self {
        Self {
            blocks: vec![vec![32, 32], vec![64, 64], vec![128, 128, 128], vec![256]],
            padding: Padding::Replicate,
            input: Input { scale: [4.0; 3], shift: [-1.8; 3] },
        }
    }

    /// Every layer in order, with its input and output channels.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        let mut input = 3;
        self.blocks
            .iter()
            .enumerate()
            .flat_map(|(block, widths)| {
                widths.iter().enumerate().map(move |(layer, &width)| (Tap { block: block + 1, layer: layer + 1 }, width))
            })
            .map(move |(tap, output)| {
                let layer = Layer { tap, input, output };
                input = output;
                layer
            })
    }

    /// The channels that a tap gives, or `None` where the network has no such layer.
    #[must_use]
    pub fn channels(&self, tap: Tap) -> Option<usize> {
        self.blocks.get(tap.block.checked_sub(1)?)?.get(tap.layer.checked_sub(1)?).copied()
    }
}

/// One convolution of an [`Architecture`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub tap: Tap,
    /// Input channels.
    pub input: usize,
    /// Output channels.
    pub output: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_chain_their_channels() {
        let layers: Vec<_> = Architecture::lite().layers().collect();
        assert_eq!(layers.len(), 8);
        assert_eq!(layers[0], Layer { tap: Tap::RELU1_1, input: 3, output: 32 });
        assert_eq!(layers[7], Layer { tap: Tap::RELU4_1, input: 128, output: 256 });
        assert!(layers.windows(2).all(|pair| pair[0].output == pair[1].input));
    }

    #[test]
    fn taps_read_as_the_paper_writes_them() {
        assert_eq!("relu3_2".parse(), Ok(Tap::RELU3_2));
        assert_eq!("3_2".parse(), Ok(Tap::RELU3_2));
        assert_eq!(Tap::RELU4_1.to_string(), "4_1");
        assert_eq!("relu0_1".parse::<Tap>(), Err(()));
        assert_eq!("conv".parse::<Tap>(), Err(()));
    }

    #[test]
    fn a_missing_tap_has_no_channels() {
        let lite = Architecture::lite();
        assert_eq!(lite.channels(Tap::RELU3_1), Some(128));
        assert_eq!(lite.channels(Tap { block: 5, layer: 1 }), None);
        assert_eq!(lite.channels(Tap { block: 0, layer: 1 }), None);
    }
}
