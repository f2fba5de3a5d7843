//! What is chosen before a picture is generated.

use serde::{Deserialize, Serialize};

use crate::optimize::{SIZE, STROKE, SettingsError};

/// How a generator is used on one photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Long side of the result in pixels.
    pub size: u32,
    /// From 0, the photo as it is, to 1, the style.
    pub strength: f32,
    /// Size of the strokes: that of the painting for which a style is told over that of this one.
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

    /// The long side of paintings for which styles are to be told: larger than this painting where strokes are to be larger.
    #[must_use]
    pub fn told_for(&self) -> u32 {
        // Rounding: a size and a factor that were checked give thousands at most.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
        let size = (f64::from(self.size) * f64::from(self.stroke)).round() as u32;
        size.max(1)
    }
}
