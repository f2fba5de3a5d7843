//! What a visitor chooses for one run.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::SettingsError;
use crate::losses::Weighting;
use crate::vgg::Tap;

/// Sizes that can be asked for: long side of the result, in pixels.
pub const SIZE: RangeInclusive<u32> = 64..=2048;
/// Evaluations that can be asked for.
pub const ITERATIONS: RangeInclusive<u32> = 1..=2000;

/// How the picture is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Limited-memory BFGS: fewer evaluations.
    Lbfgs,
    /// Adam: slower, and smoother on the way.
    Adam,
}

/// One run's settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Long side of the result in pixels.
    pub size: u32,
    /// Evaluations of the loss over all scales.
    pub iterations: u32,
    /// The minimiser.
    pub method: Method,
    /// 0 (hardly any style) … 1 (hardly any content); 0.5 is balanced.
    pub strength: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { size: 384, iterations: 100, method: Method::Lbfgs, strength: 0.5 }
    }
}

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
        Ok(())
    }

    /// The loss weights that these settings stand for.
    #[must_use]
    pub fn weighting(&self) -> Weighting {
        Weighting {
            content: 1.0,
            style: BALANCED_STYLE * STRENGTH_RANGE.powf(2.0 * self.strength - 1.0),
            variation: VARIATION,
            content_tap: Tap::RELU3_2,
            style_taps: vec![(Tap::RELU1_1, 1.0), (Tap::RELU2_1, 1.0), (Tap::RELU3_1, 1.0), (Tap::RELU4_1, 1.0)],
            pyramid: 1,
        }
    }
}

/// Style weight against a content weight of 1 at strength 0.5.
const BALANCED_STYLE: f32 = 64.0;
/// Factor on the style weight between strength 0.5 and either end of the slider.
const STRENGTH_RANGE: f32 = 16.0;
/// Weight of total variation.
const VARIATION: f32 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn strength_moves_the_style_weight_alone() {
        let at = |strength| Settings { strength, ..Settings::default() }.weighting();
        assert!(at(0.0).style < at(0.5).style && at(0.5).style < at(1.0).style);
        assert!((at(0.0).content - at(1.0).content).abs() < f32::EPSILON);
        assert!((at(0.5).style - BALANCED_STYLE).abs() < 1e-5);
    }
}
