//! What is chosen before a picture is generated.

use serde::{Deserialize, Serialize};

use crate::optimize::{SIZE, SettingsError};

/// How a generator is used on one photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Long side of the result in pixels.
    pub size: u32,
    /// From 0, the photo as it is, to 1, the style.
    pub strength: f32,
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
        Self { size: 1024, strength: 1.0, colors: Colors::Style, seamless: false }
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
        if (0.0..=1.0).contains(&self.strength) { Ok(()) } else { Err(SettingsError::Strength { min: 0.0, max: 1.0 }) }
    }
}
