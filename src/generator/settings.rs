//! What is chosen before a picture is generated.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::optimize::{SIZE, STROKE, SettingsError};

/// How a generator is used on one photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Long side of the result in pixels.
    pub size: u32,
    /// From 0, the photo in its own style, as near to the photo as the generator has learnt to stay, to 1, the style.
    pub strength: f32,
    /// Size of the strokes over that which they have by themselves.
    pub stroke: f32,
    /// Whose colours the result has.
    pub colors: Colors,
    /// The result can be laid side by side with itself.
    pub seamless: bool,
}

/// Whose colours a result has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Colors {
    /// The style's.
    #[default]
    Style,
    /// The photo's: only light and dark are the style's.
    Luma,
}

impl Default for Settings {
    fn default() -> Self {
        Self { size: 1024, strength: 1.0, stroke: 1.0, colors: Colors::Style, seamless: false }
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
        if !STROKE.contains(&self.stroke) {
            return Err(SettingsError::Stroke { min: *STROKE.start(), max: *STROKE.end() });
        }
        if (0.0..=1.0).contains(&self.strength) { Ok(()) } else { Err(SettingsError::Strength { min: 0.0, max: 1.0 }) }
    }

    /// The long side of paintings for which styles are to be told, where they can be told for paintings of these: that of this one, or a larger one where strokes are to be larger.
    #[must_use]
    pub fn told_for(&self, sizes: &RangeInclusive<u32>) -> u32 {
        let within = |size: u32| size.max(*sizes.start()).min(*sizes.end());
        // Rounding: a size and a factor that were checked give thousands at most.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
        let size = (f64::from(within(self.size)) * f64::from(self.stroke)).round() as u32;
        within(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_told_for_a_size_that_is_known_and_strokes_are_larger_or_smaller_from_there() {
        let told = |size: u32, stroke: f32| Settings { size, stroke, ..Settings::default() }.told_for(&(256..=1024));
        assert_eq!([told(512, 1.0), told(512, 0.5), told(512, 1.5), told(512, 2.0)], [512, 256, 768, 1024]);
        // However large or small a painting is, there is a slider that does something.
        assert_eq!([told(4096, 1.0), told(4096, 0.5), told(64, 1.0), told(64, 2.0)], [1024, 512, 256, 512]);
        assert_eq!([told(512, 0.25), told(768, 2.0)], [256, 1024]);
    }
}
