//! The shape of a VGG: how wide each layer is, where it is read ("taps"), how pictures enter it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kernels::Padding;
use crate::losses::real;

/// A convolution by the paper's name: `3_1` is the first layer of the third block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Block, from 1. A pool stands between blocks, so block `b` sees the picture at 1/2^(b−1).
    pub block: usize,
    /// Layer within the block, from 1.
    pub layer: usize,
}

impl Place {
    /// The convolution of this block and layer, both from 1.
    #[must_use]
    pub const fn new(block: usize, layer: usize) -> Self {
        Self { block, layer }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.block, self.layer)
    }
}

/// Where features are read: a convolution's output, before or after its ReLU.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Tap {
    /// The convolution.
    pub place: Place,
    /// After the ReLU (`relu3_1`) or before it (`conv3_1`, as Gatys et al. name theirs).
    pub rectified: bool,
}

impl Tap {
    /// relu1_1: edges and colours.
    pub const RELU1_1: Self = Self::relu(1, 1);
    /// relu2_1: small strokes.
    pub const RELU2_1: Self = Self::relu(2, 1);
    /// relu3_1: textures.
    pub const RELU3_1: Self = Self::relu(3, 1);
    /// relu3_2: the lite network's content tap.
    pub const RELU3_2: Self = Self::relu(3, 2);
    /// relu4_1: large strokes and swirls.
    pub const RELU4_1: Self = Self::relu(4, 1);
    /// relu4_2: the paper's content layer.
    pub const RELU4_2: Self = Self::relu(4, 2);
    /// relu5_1: composition.
    pub const RELU5_1: Self = Self::relu(5, 1);

    /// A convolution's output after its ReLU.
    #[must_use]
    pub const fn relu(block: usize, layer: usize) -> Self {
        Self { place: Place::new(block, layer), rectified: true }
    }

    /// A convolution's output before its ReLU.
    #[must_use]
    pub const fn conv(block: usize, layer: usize) -> Self {
        Self { place: Place::new(block, layer), rectified: false }
    }
}

impl fmt::Display for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.rectified { "relu" } else { "conv" }, self.place)
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A word that is no tap.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no layer: it takes the form relu3_1 or conv3_1")]
pub struct UnknownTap(pub String);

impl FromStr for Tap {
    type Err = UnknownTap;

    fn from_str(text: &str) -> Result<Self, UnknownTap> {
        let parse = || {
            let (rectified, place) = match text.strip_prefix("relu") {
                Some(place) => (true, place),
                None => (false, text.strip_prefix("conv")?),
            };
            let (block, layer) = place.split_once('_')?;
            let place = Place { block: block.parse().ok()?, layer: layer.parse().ok()? };
            (place.block > 0 && place.layer > 0).then_some(Self { place, rectified })
        };
        parse().ok_or_else(|| UnknownTap(text.to_owned()))
    }
}

impl TryFrom<String> for Tap {
    type Error = UnknownTap;

    fn try_from(text: String) -> Result<Self, UnknownTap> {
        text.parse()
    }
}

impl From<Tap> for String {
    fn from(tap: Tap) -> Self {
        tap.to_string()
    }
}

/// How two by two features become one between blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// Their maximum, as VGG was trained.
    #[default]
    Max,
    /// Their mean, which Gatys et al. found to look slightly better.
    Average,
}

/// The affine map from a picture (RGB, 0…1) to the network's input: `x · scale + shift` per channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Factor for red, green and blue.
    pub scale: [f32; 3],
    /// Term for red, green and blue, added after scaling.
    pub shift: [f32; 3],
}

impl Input {
    /// What torchvision's networks expect: the mean and deviation of `ImageNet`.
    pub const TORCHVISION: Self =
        Self { scale: [1.0 / 0.229, 1.0 / 0.224, 1.0 / 0.225], shift: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225] };
    /// What the original Caffe weights expect, 0…255 less `ImageNet`'s mean, here in the order red, green, blue.
    pub const CAFFE: Self = Self { scale: [255.0; 3], shift: [-123.68, -116.779, -103.939] };
}

/// A VGG without its classifier: blocks of 3×3 convolutions, each followed by a ReLU, and a 2×2
/// pool between blocks (Simonyan & Zisserman 2014, configuration E up to the widths).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// Output channels of each convolution, block by block.
    pub blocks: Vec<Vec<usize>>,
    /// Padding of every convolution.
    pub padding: Padding,
    /// Between blocks.
    #[serde(default)]
    pub pooling: Pooling,
    /// Preprocessing of the picture.
    pub input: Input,
}

impl Architecture {
    /// The shape of "vgg-lite", the narrower of the two networks that this project ships (see `models/vgg-lite.md`), and what a distillation from nothing has.
    #[must_use]
    pub fn lite() -> Self {
        Self {
            blocks: vec![vec![32, 32], vec![64, 64], vec![128, 128, 128], vec![256]],
            padding: Padding::Replicate,
            pooling: Pooling::Max,
            input: Input { scale: [4.0; 3], shift: [-1.8; 3] },
        }
    }

    /// VGG-19 up to conv5_1, the deepest layer that Gatys et al. (2016) read, for weights that expect `input`.
    #[must_use]
    pub fn vgg19(input: Input) -> Self {
        Self {
            blocks: vec![vec![64; 2], vec![128; 2], vec![256; 4], vec![512; 4], vec![512]],
            padding: Padding::Zero,
            pooling: Pooling::Max,
            input,
        }
    }

    /// Whether a file may ask for this shape: there is a block, none and no layer of it is empty, and it is not many times as large as VGG-19.
    pub(super) fn is_sound(&self) -> bool {
        const MOST_BLOCKS: usize = 8;
        const MOST_LAYERS: usize = 16;
        const MOST_CHANNELS: usize = 4096;
        /// Three times those of VGG-19. In wasm a `usize` does not hold what a file may claim.
        const MOST_PARAMETERS: u64 = 1 << 26;
        (1..=MOST_BLOCKS).contains(&self.blocks.len())
            && self.blocks.iter().all(|block| (1..=MOST_LAYERS).contains(&block.len()))
            && self.blocks.iter().flatten().all(|channels| (1..=MOST_CHANNELS).contains(channels))
            && self.layers().map(|layer| 9 * layer.input as u64 * layer.output as u64).sum::<u64>() <= MOST_PARAMETERS
    }

    /// Every layer in order, with its input and output channels.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        let mut input = 3;
        self.blocks
            .iter()
            .enumerate()
            .flat_map(|(block, widths)| widths.iter().enumerate().map(move |(layer, &width)| (Place::new(block + 1, layer + 1), width)))
            .map(move |(place, output)| {
                let layer = Layer { place, input, output };
                input = output;
                layer
            })
    }

    /// Multiplications of the whole network for each pixel of a picture.
    #[must_use]
    pub fn multiplications_per_pixel(&self) -> f64 {
        self.layers()
            .map(|layer| f64::from(real(9 * layer.input * layer.output)) / f64::from(real(1 << (2 * (layer.place.block - 1)))))
            .sum()
    }

    /// The channels of a convolution's output, or `None` where the network has no such layer.
    #[must_use]
    pub fn channels(&self, place: Place) -> Option<usize> {
        self.blocks.get(place.block.checked_sub(1)?)?.get(place.layer.checked_sub(1)?).copied()
    }
}

/// One convolution of an [`Architecture`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Where it stands.
    pub place: Place,
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
        assert_eq!(layers[0], Layer { place: Place::new(1, 1), input: 3, output: 32 });
        assert_eq!(layers[7], Layer { place: Place::new(4, 1), input: 128, output: 256 });
        assert!(layers.windows(2).all(|pair| pair[0].output == pair[1].input));
    }

    #[test]
    fn multiplications_are_counted_at_each_size() {
        // 9 · (3·32 + 32·32 + (32·64 + 64·64) / 4 + (64·128 + 2·128·128) / 16 + 128·256 / 64)
        assert!((Architecture::lite().multiplications_per_pixel() - 51_552.0).abs() < 0.5);
    }

    #[test]
    fn taps_read_as_the_paper_writes_them() {
        assert_eq!("relu3_2".parse(), Ok(Tap::RELU3_2));
        assert_eq!("conv5_1".parse(), Ok(Tap::conv(5, 1)));
        assert_eq!(Tap::RELU4_1.to_string(), "relu4_1");
        for word in ["relu0_1", "conv", "3_1", "relu3", ""] {
            assert_eq!(word.parse::<Tap>(), Err(UnknownTap(word.to_owned())));
        }
    }

    #[test]
    fn taps_are_ordered_as_a_pass_meets_them() {
        assert!(Tap::conv(3, 1) < Tap::RELU3_1 && Tap::RELU3_1 < Tap::conv(3, 2) && Tap::RELU3_2 < Tap::conv(4, 1));
    }

    #[test]
    fn vgg19_ends_at_the_papers_deepest_layer() {
        let layers: Vec<_> = Architecture::vgg19(Input::TORCHVISION).layers().collect();
        assert_eq!(layers.len(), 13);
        assert_eq!(layers[12], Layer { place: Place::new(5, 1), input: 512, output: 512 });
    }

    #[test]
    fn a_missing_layer_has_no_channels() {
        let lite = Architecture::lite();
        assert_eq!(lite.channels(Place::new(3, 1)), Some(128));
        assert_eq!(lite.channels(Place::new(5, 1)), None);
        assert_eq!(lite.channels(Place::new(0, 1)), None);
    }
}
