//! What a visitor chooses for one run.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{LineSearch, Scale, SettingsError, coarse_to_fine};
use crate::losses::{DISTANT, LEAST_LEVEL_SIDE, Normalisation, StyleStatistic, Weighting, content_tap, is_distant, style_taps};
use crate::picture::whole_side;
use crate::vgg::{Padding, Pooling, Tap, Weights};

/// Sizes that can be asked for: long side of the result, in pixels.
pub const SIZE: RangeInclusive<u32> = 64..=4096;
/// Evaluations that can be asked for.
pub const ITERATIONS: RangeInclusive<u32> = 1..=2000;
/// Stroke sizes that can be asked for.
pub const STROKE: RangeInclusive<f32> = 0.25..=2.0;

/// How the picture is moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Limited-memory BFGS: fewer evaluations.
    #[default]
    Lbfgs,
    /// Adam: slower, and smoother on the way.
    Adam,
}

/// Which losses, on which layers, in which order of sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// Relative losses after each ReLU, coarse to fine.
    #[default]
    Quality,
    /// Gatys et al. (2016): the paper's sums, conv1_1 … conv5_1 before their ReLU, content at conv4_2, one size.
    Paper,
    /// Mean squares of features and of Gram matrices without a divisor, weights 1 and 1e-4, on the paper's layers, one size.
    MeanSquared,
}

/// The picture that a run starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// The content picture; with [`Recipe::Quality`] in the styles' colours, unless those are to be the content's or `layers` leaves the finest out.
    #[default]
    Content,
    /// The first style picture that has a weight, stretched to the content's shape.
    Style,
    /// White noise from [`Settings::seed`].
    Noise,
    /// [`Inputs::start`](super::Inputs::start), such as the last result, stretched to the content's shape if it has another. Goes on at
    /// the final size only.
    Picture,
}

/// Whose colours the result has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colors {
    /// The style's.
    #[default]
    Style,
    /// The content's: only luminance is taken from the result (Gatys et al. 2017, section 5.2).
    Luma,
    /// The content's: the styles' colours are first matched to it, linearly (Gatys et al. 2017, section 5.1).
    MatchBefore,
    /// The content's: the result's colours are matched to it afterwards.
    MatchAfter,
}

/// One run's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Long side of the result in pixels.
    pub size: u32,
    /// Evaluations of the loss over all scales.
    pub iterations: u32,
    /// The minimiser.
    pub method: Method,
    /// How L-BFGS finds the length of a step.
    pub line_search: LineSearch,
    /// 0 (hardly any style) … 1 (hardly any content); 0.5 is the recipe's balance.
    pub strength: f32,
    /// The losses and their scale.
    pub recipe: Recipe,
    /// Where the picture starts.
    pub start: Start,
    /// Of [`Start::Noise`].
    pub seed: u32,
    /// Size of the strokes: the style picture's size over what it has by default.
    pub stroke: f32,
    /// Weights of the style taps from fine texture (block 1) to large shapes (block 5).
    pub layers: [f32; 5],
    /// Whose colours the result has.
    pub colors: Colors,
    /// The result can be laid side by side with itself. Its sides become multiples of 16 pixels, and with a `pyramid` of more levels of 32, 64 or 128.
    pub seamless: bool,
    /// Weight of total variation, with the recipe [`Recipe::Quality`]: the papers have none.
    pub smoothness: f32,
    /// 0 … 1: how far text, eyes and thin lines are held to the content, with the recipe [`Recipe::Quality`]: beside the others' sums it would be nothing.
    pub detail: f32,
    /// Between the network's blocks.
    pub pooling: Pooling,
    /// What is compared of styles, with the recipe [`Recipe::Quality`].
    pub statistic: StyleStatistic,
    /// Sizes at which style is compared, 1 … 4; 1 is the picture itself alone.
    pub pyramid: u8,
    /// Where content is compared, instead of the recipe's layer.
    pub content_taps: Option<Vec<Tap>>,
    /// Where style is compared, instead of the recipe's layers; `layers` weighs them by their block.
    pub style_taps: Option<Vec<Tap>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            size: 384,
            iterations: 100,
            method: Method::Lbfgs,
            line_search: LineSearch::Backtracking,
            strength: 0.5,
            recipe: Recipe::Quality,
            start: Start::Content,
            seed: 0,
            stroke: 1.0,
            layers: [1.0; 5],
            colors: Colors::Style,
            seamless: false,
            smoothness: 0.1,
            detail: 0.0,
            pooling: Pooling::Max,
            statistic: StyleStatistic::Gram,
            pyramid: 1,
            content_taps: None,
            style_taps: None,
        }
    }
}

/// Levels that the style pyramid may have.
const PYRAMID: RangeInclusive<u8> = 1..=4;
/// What the pools of VGG-19 divide a side by until its fifth block.
const PERIOD: u32 = 16;

impl Settings {
    /// Checks every range.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !SIZE.contains(&self.size) {
            return Err(SettingsError::Size { min: *SIZE.start(), max: *SIZE.end() });
        }
        if !ITERATIONS.contains(&self.iterations) {
            return Err(SettingsError::Iterations { min: *ITERATIONS.start(), max: *ITERATIONS.end() });
        }
        if !(0.0..=1.0).contains(&self.strength) {
            return Err(SettingsError::Strength { min: 0.0, max: 1.0 });
        }
        if !STROKE.contains(&self.stroke) {
            return Err(SettingsError::Stroke { min: *STROKE.start(), max: *STROKE.end() });
        }
        if !(0.0..=1.0).contains(&self.detail) {
            return Err(SettingsError::Detail { min: 0.0, max: 1.0 });
        }
        if !PYRAMID.contains(&self.pyramid) {
            return Err(SettingsError::Pyramid { min: *PYRAMID.start(), max: *PYRAMID.end() });
        }
        let whole = self.layers.iter().sum::<f32>();
        if self.layers.iter().chain([&self.smoothness, &whole]).any(|weight| !(*weight >= 0.0 && weight.is_finite())) {
            return Err(SettingsError::Weight);
        }
        Ok(())
    }

    /// The sizes of a run whose result has `width × height` pixels, with their shares of the evaluations.
    #[must_use]
    pub fn scales(&self, width: u32, height: u32) -> Vec<Scale> {
        // A picture to go on from would lose its detail on a coarse scale, and the papers know one size only.
        let mut scales = if self.recipe == Recipe::Quality && self.start != Start::Picture {
            coarse_to_fine(width, height, self.iterations)
        } else {
            vec![Scale { width, height, iterations: self.iterations }]
        };
        for scale in &mut scales {
            (scale.width, scale.height) = self.whole(scale.width, scale.height);
        }
        // Two that come out alike are one.
        scales.dedup_by(|later, earlier| {
            let are_alike = (later.width, later.height) == (earlier.width, earlier.height);
            earlier.iterations += if are_alike { later.iterations } else { 0 };
            are_alike
        });
        scales
    }

    /// The sides nearest to these that a seamless tile can have; any others as they are.
    ///
    /// Only where every pool of the deepest network divides a side, on every level of the pyramid that the sides have room for, is a tile the same
    /// wherever it is cut.
    #[must_use]
    pub fn whole(&self, width: u32, height: u32) -> (u32, u32) {
        if !self.seamless {
            return (width, height);
        }
        let levels = |side: u32| (1..=self.pyramid.min(*PYRAMID.end())).rev().find(|levels| side >> (levels - 1) >= LEAST_LEVEL_SIDE);
        let period = PERIOD << (levels(width.min(height)).unwrap_or(1) - 1);
        (whole_side(width, period), whole_side(height, period))
    }

    /// The loss weights that these settings stand for on this network.
    ///
    /// # Errors
    /// [`SettingsError::NoLayers`] if no layer that the network has is given a weight.
    pub fn weighting(&self, network: &Weights) -> Result<Weighting, SettingsError> {
        let exists = |tap: &Tap| network.architecture.channels(tap.place).is_some();
        let rectified = self.recipe == Recipe::Quality;
        let as_read = |tap| Tap { rectified, ..tap };
        let style_taps = once_each(self.style_taps.clone().unwrap_or_else(|| style_taps(network).map(as_read).collect()));
        let share = |tap: &Tap| {
            let chosen = self.layers.get(tap.place.block - 1).copied().unwrap_or(1.0);
            if is_distant(network, *tap) { chosen * DISTANT } else { chosen }
        };
        let style_taps: Vec<_> = style_taps.into_iter().filter(exists).map(|tap| (tap, share(&tap))).collect();
        if style_taps.iter().all(|(_, share)| *share == 0.0) {
            return Err(SettingsError::NoLayers);
        }
        let own = || content_tap(network).map(as_read).into_iter().collect();
        let content_taps: Vec<_> = once_each(self.content_taps.clone().unwrap_or_else(own)).into_iter().filter(exists).collect();
        if content_taps.is_empty() {
            return Err(SettingsError::NoLayers);
        }
        let (normalisation, content, style) = match self.recipe {
            Recipe::Quality => (Normalisation::Relative, 1.0, BALANCED_STYLE),
            Recipe::Paper => (Normalisation::Paper, 1.0, PAPER_STYLE),
            Recipe::MeanSquared => (Normalisation::MeanSquared, 1.0, MEAN_SQUARED_STYLE),
        };
        let padding = if self.seamless {
            Some(Padding::Wrap)
        } else if rectified {
            Some(Padding::Replicate)
        } else {
            None
        };
        Ok(Weighting {
            content,
            style: style * STRENGTH_RANGE.powf(2.0 * self.strength - 1.0),
            variation: if rectified { self.smoothness } else { 0.0 },
            // Squared, so that the lower half of the slider is of use.
            detail: if rectified { DETAIL_RANGE * self.detail.powi(2) } else { 0.0 },
            content_taps,
            style_taps,
            normalisation,
            statistic: self.statistic,
            pyramid: usize::from(self.pyramid),
            pooling: self.pooling,
            padding,
            tiles: None,
        })
    }
}

/// A tap that is named twice is compared once.
fn once_each(mut taps: Vec<Tap>) -> Vec<Tap> {
    let mut seen = HashSet::new();
    taps.retain(|tap| seen.insert(*tap));
    taps
}

/// Style weight against a content weight of 1 at strength 0.5.
const BALANCED_STYLE: f32 = 64.0;
/// The paper's β/α where it matches content and style (section 3: α/β = 10⁻³).
const PAPER_STYLE: f32 = 1e3;
/// The usual weight of programs with mean-squared losses.
const MEAN_SQUARED_STYLE: f32 = 1e-4;
/// Factor on the style weight between strength 0.5 and either end of the slider.
const STRENGTH_RANGE: f32 = 16.0;
/// Weight of the detail loss at its most.
const DETAIL_RANGE: f32 = 8.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vgg::{Architecture, Input, LinearMap, Place};

    fn untrained(architecture: Architecture) -> Weights {
        Weights::untrained(architecture, 1)
    }

    #[test]
    fn defaults_are_in_range() {
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn each_range_is_held() {
        let check = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().map_err(|error| error.code())
        };
        assert_eq!(check(|s| s.size = 63), Err("settings-size"));
        assert_eq!(check(|s| s.size = 100_000), Err("settings-size"));
        assert_eq!(check(|s| s.iterations = 0), Err("settings-iterations"));
        assert_eq!(check(|s| s.strength = 1.1), Err("settings-strength"));
        assert_eq!(check(|s| s.strength = f32::NAN), Err("settings-strength"));
        assert_eq!(check(|s| s.stroke = 0.1), Err("settings-stroke"));
        assert_eq!(check(|s| s.layers[2] = -1.0), Err("settings-weight"));
        assert_eq!(check(|s| s.layers = [f32::MAX; 5]), Err("settings-weight"), "their sum is no number");
        assert_eq!(check(|s| s.detail = f32::INFINITY), Err("settings-detail"));
        assert_eq!(check(|s| s.detail = 80.0), Err("settings-detail"), "a share, and no percentage");
        assert_eq!(check(|s| s.pyramid = 0), Err("settings-pyramid"));
        assert_eq!(check(|s| s.pyramid = 5), Err("settings-pyramid"));
        assert_eq!(check(|s| s.smoothness = f32::INFINITY), Err("settings-weight"));
    }

    #[test]
    fn no_size_of_a_tile_comes_twice() {
        // 16 px have room for one level more than 32, on which all sizes are.
        assert_eq!(Settings { seamless: true, pyramid: 4, ..Settings::default() }.whole(64, 40), (64, 32));
        for (pyramid, long_sides) in [(1, vec![128, 176, 256, 368, 512]), (4, vec![128, 256, 384, 512])] {
            let settings = Settings { seamless: true, pyramid, iterations: 100, ..Settings::default() };
            let scales = settings.scales(512, 512);
            assert_eq!(scales.iter().map(|scale| scale.width).collect::<Vec<_>>(), long_sides);
            assert_eq!(scales.iter().map(|scale| scale.iterations).sum::<u32>(), 100);
        }
    }

    #[test]
    fn strength_moves_the_style_weight_alone() {
        let at = |strength| Settings { strength, ..Settings::default() }.weighting(&untrained(Architecture::lite())).unwrap();
        assert!(at(0.0).style < at(0.5).style && at(0.5).style < at(1.0).style);
        assert!((at(0.0).content - at(1.0).content).abs() < f32::EPSILON);
        assert!((at(0.5).style - BALANCED_STYLE).abs() < 1e-5);
    }

    #[test]
    fn the_papers_layers_are_read_before_their_relu() {
        let paper = Settings { recipe: Recipe::Paper, ..Settings::default() };
        let weighting = paper.weighting(&untrained(Architecture::vgg19(Input::TORCHVISION))).unwrap();
        assert_eq!(weighting.content_taps, [Tap::conv(4, 2)]);
        assert_eq!(weighting.style_taps.iter().map(|(tap, _)| *tap).collect::<Vec<_>>(), [1, 2, 3, 4, 5].map(|block| Tap::conv(block, 1)));
    }

    #[test]
    fn a_layer_that_is_named_twice_counts_once() {
        let twice = |tap| Some(vec![tap, tap]);
        let settings = Settings { content_taps: twice(Tap::relu(3, 2)), style_taps: twice(Tap::RELU2_1), ..Settings::default() };
        let weighting = settings.weighting(&untrained(Architecture::lite())).unwrap();
        assert_eq!((weighting.content_taps, weighting.style_taps), (vec![Tap::relu(3, 2)], vec![(Tap::RELU2_1, 1.0)]));
    }

    #[test]
    fn a_narrow_network_is_read_where_it_was_taught() {
        let blocks = vec![vec![2, 2], vec![2, 2], vec![2, 2], vec![2, 2], vec![2]];
        let mut network = untrained(Architecture { blocks, ..Architecture::lite() });
        for place in [Place::new(1, 1), Place::new(3, 2), Place::new(5, 1)] {
            network.maps.insert(place, LinearMap { narrow: 2, weight: vec![1.0; 2], bias: vec![0.0] });
        }
        let weighting = Settings::default().weighting(&network).unwrap();
        assert_eq!(
            (weighting.content_taps, weighting.style_taps),
            (vec![Tap::RELU3_2], vec![(Tap::RELU1_1, 1.0), (Tap::RELU5_1, DISTANT)])
        );
        // Where a caller names a layer, that is the one.
        let named = Settings { content_taps: Some(vec![Tap::RELU4_2]), ..Settings::default() };
        assert_eq!(named.weighting(&network).unwrap().content_taps, [Tap::RELU4_2]);
    }

    #[test]
    fn a_network_without_a_weighted_layer_is_refused() {
        let deep = Settings { layers: [0.0, 0.0, 0.0, 0.0, 1.0], ..Settings::default() };
        assert_eq!(deep.weighting(&untrained(Architecture::lite())), Err(SettingsError::NoLayers));
        assert!(deep.weighting(&untrained(Architecture::vgg19(Input::TORCHVISION))).is_ok());
    }

    #[test]
    fn json_is_as_the_page_writes_it_and_unknown_words_are_refused() {
        let read = serde_json::from_str::<Settings>;
        let settings =
            read(r#"{"recipe":"mean-squared","colors":"match-before","styleTaps":["conv3_1"],"lineSearch":"strong-wolfe"}"#).unwrap();
        assert_eq!((settings.recipe, settings.colors), (Recipe::MeanSquared, Colors::MatchBefore));
        assert_eq!(settings.style_taps, Some(vec![Tap::conv(3, 1)]));
        assert!(read(r#"{"strenght":1}"#).is_err());
        assert!(read(r#"{"styleTaps":["pool3"]}"#).is_err());
    }
}
