//! The shape of a generator.

use serde::{Deserialize, Serialize};

use crate::catalog::ModelError;
use crate::vgg::{Architecture as VggArchitecture, Tap};

/// How wide and how deep a generator is.
///
/// The default has 1.2 million parameters and takes 11 billion multiplications for 512 × 512 pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Architecture {
    /// Channels at a half of the picture's size, on the way in.
    pub entrance: usize,
    /// Channels at a quarter of the picture's size, where most of the work is done.
    pub width: usize,
    /// Residual blocks there, of two convolutions each.
    pub blocks: usize,
    /// Residual blocks at an eighth of the picture's size, amid those at a quarter: what they see is large enough for swirls and long strokes. Files
    /// from before there were any have none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub deep: usize,
    /// Channels on the way out, at a half and at the whole size.
    pub exit: [usize; 2],
    /// Length of a style code.
    pub code: usize,
    /// Where the VGG is read for the style's statistics, and how many channels it has there.
    pub taps: Vec<(Tap, usize)>,
}

/// A layer that the style modulates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modulated {
    pub channels: usize,
    /// What its channels are scaled by where the style says nothing.
    pub scale: f32,
}

/// Whether there are no blocks of a kind.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(blocks: &usize) -> bool {
    *blocks == 0
}

impl Architecture {
    /// The default shape, for a VGG of this shape.
    #[must_use]
    pub fn new(vgg: &VggArchitecture) -> Self {
        let taps = [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU4_1];
        let taps = taps.into_iter().filter_map(|tap| Some((tap, vgg.channels(tap.place)?)));
        Self { entrance: 24, width: 64, blocks: 5, deep: 3, exit: [32, 16], code: 128, taps: taps.collect() }
    }

    /// Whether a file may ask for this shape: nothing is empty, and nothing so large that a browser could not hold it.
    pub(crate) fn is_sound(&self) -> bool {
        const MOST: usize = 1024;
        /// Two dozen times those of the default shape.
        const MOST_PARAMETERS: u64 = 1 << 25;
        let [half, whole] = self.exit;
        let sides = [self.entrance, self.width, half, whole, self.code, self.blocks, self.taps.len()];
        let taps = self.taps.iter().map(|(_, channels)| *channels);
        sides.into_iter().chain(taps).all(|side| (1..=MOST).contains(&side))
            && self.deep <= MOST
            && self.about_parameters() <= MOST_PARAMETERS
    }

    /// How many parameters it has, without biases.
    fn about_parameters(&self) -> u64 {
        let modulations: u64 = self.modulated().iter().map(|layer| 2 * layer.channels as u64).sum();
        self.taps_by_size().iter().sum::<u64>() + self.code as u64 * (self.statistics() as u64 + modulations)
    }

    /// The convolutions' weights at the whole size, a half, a quarter and an eighth: so often is a pixel of that size multiplied. In wasm a `usize` does not hold what a
    /// file may claim.
    fn taps_by_size(&self) -> [u64; 4] {
        let [entrance, width, half, whole] = [self.entrance, self.width, self.exit[0], self.exit[1]].map(|side| side as u64);
        // The way back up from the deep layers is as dear as at the size that it leads to.
        let up = u64::from(self.deep > 0);
        let at_quarter = 4 * entrance * width + (2 * self.blocks as u64 + up) * width * width;
        let at_eighth = (self.deep_layers() as u64 - up) * width * width;
        [half * whole + whole * 3, 12 * entrance + width * half, at_quarter, at_eighth].map(|pairs| 9 * pairs)
    }

    /// Checks that a VGG of this shape describes styles as this generator is told of them: that it has as many channels at each tap. `file` names the
    /// generator in errors.
    ///
    /// # Errors
    /// [`ModelError::OtherNetwork`]
    pub fn require_told_by(&self, vgg: &VggArchitecture, file: &str) -> Result<(), ModelError> {
        if self.taps.iter().all(|(tap, channels)| vgg.channels(tap.place) == Some(*channels)) {
            Ok(())
        } else {
            Err(ModelError::OtherNetwork { file: file.to_owned() })
        }
    }

    /// Values that describe a style: a mean and a deviation for each channel at each tap.
    #[must_use]
    pub fn statistics(&self) -> usize {
        self.taps.iter().map(|(_, channels)| 2 * channels).sum()
    }

    /// Each layer that the style modulates, in order: the blocks', the deep layers' and the way out's.
    pub(super) fn modulated(&self) -> Vec<Modulated> {
        let [half, whole] = self.exit;
        let layer = |channels| Modulated { channels, scale: 1.0 };
        let mut layers = vec![layer(self.width); 2 * self.blocks + self.deep_layers()];
        if self.deep > 0
            && let Some(last) = layers.last_mut()
        {
            // What the deep blocks add begins at nothing (Goyal et al. 2017, section 5.1): before they have learnt anything, noise of their size would
            // drown the photo.
            last.scale = 0.0;
        }
        layers.extend([layer(half), layer(whole)]);
        layers
    }

    /// Convolutions of the deep blocks, of the way down to them and of that back up.
    pub(super) fn deep_layers(&self) -> usize {
        if self.deep == 0 { 0 } else { 2 * self.deep + 2 }
    }

    /// How many of the blocks come before the deep ones.
    pub(super) fn before_deep(&self) -> usize {
        self.blocks / 2
    }

    /// What the network's halvings divide a picture's sides by.
    #[must_use]
    pub fn period(&self) -> usize {
        if self.deep == 0 { 4 } else { 8 }
    }

    /// Pixels around a tile on which the tile's own depend: a convolution reaches one pixel at its size, each block two.
    #[must_use]
    pub fn reach(&self) -> usize {
        let (at_eighth, at_quarter, at_half, at_whole) = (self.deep_layers(), 2 + 2 * self.blocks, 2, 1);
        8 * at_eighth + 4 * at_quarter + 2 * at_half + at_whole
    }

    /// Multiplications for a picture of `pixels`, without the style's part.
    #[must_use]
    pub fn multiplications(&self, pixels: u64) -> u64 {
        let [whole, half, quarter, eighth] = self.taps_by_size();
        (64 * whole + 16 * half + 4 * quarter + eighth).saturating_mul(pixels) / 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::Weights;

    #[test]
    fn files_from_before_there_were_deep_blocks_have_none() {
        let before = r#"{"entrance":24,"width":64,"blocks":5,"exit":[32,16],"code":128,"taps":[]}"#;
        let architecture: Architecture = serde_json::from_str(before).unwrap();
        assert_eq!((architecture.deep, architecture.period(), architecture.reach()), (0, 4, 53));
    }

    #[test]
    fn the_default_is_within_its_budget() {
        let architecture = Architecture::new(&VggArchitecture::lite());
        assert!(architecture.multiplications(512 * 512) <= 12_000_000_000);
        assert!(Weights::layout(&architecture).length() <= 1_200_000);
        assert_eq!(architecture.statistics(), 960);
        let (about, length) = (architecture.about_parameters(), Weights::layout(&architecture).length() as u64);
        // Biases are a hundredth.
        assert!((length * 98 / 100..=length).contains(&about), "{about} of {length}");
    }

    #[test]
    fn no_file_asks_for_more_than_a_browser_holds() {
        let sound = Architecture::new(&VggArchitecture::lite());
        assert!(sound.is_sound());
        let wide = Architecture { width: 1024, ..sound.clone() };
        for unsound in [
            Architecture { blocks: 64, ..wide.clone() },
            Architecture { deep: 64, ..wide.clone() },
            Architecture { deep: usize::MAX, ..sound.clone() },
            Architecture { code: 1024, taps: vec![(Tap::RELU1_1, 1024); 1024], ..sound.clone() },
            Architecture { code: 1024, blocks: 1024, ..sound.clone() },
            Architecture { exit: [0, 16], ..sound },
        ] {
            assert!(!unsound.is_sound(), "{unsound:?}");
        }
    }
}
