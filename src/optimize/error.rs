//! What stops a run before it starts, and what stops it on its way.

use crate::error::Detail;

/// A setting is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A setting is missing its type: a word where a number belongs, an unknown method.
    #[error("the settings are not of the right form")]
    Malformed,
    /// The long side of the result, in pixels.
    #[error("size must be {min} to {max} pixels")]
    Size {
        /// Least.
        min: u32,
        /// Most.
        max: u32,
    },
    /// The number of evaluations.
    #[error("iterations must be {min} to {max}")]
    Iterations {
        /// Least.
        min: u32,
        /// Most.
        max: u32,
    },
    /// The style strength.
    #[error("strength must be {min} to {max}")]
    Strength {
        /// Least.
        min: f32,
        /// Most.
        max: f32,
    },
}

impl SettingsError {
    /// A stable, hyphenated code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "settings-malformed",
            Self::Size { .. } => "settings-size",
            Self::Iterations { .. } => "settings-iterations",
            Self::Strength { .. } => "settings-strength",
        }
    }

    /// The range that was left.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        let (min, max) = match *self {
            Self::Malformed => return Vec::new(),
            Self::Size { min, max } | Self::Iterations { min, max } => (f64::from(min), f64::from(max)),
            Self::Strength { min, max } => (f64::from(min), f64::from(max)),
        };
        vec![("min", Detail::Number(min)), ("max", Detail::Number(max))]
    }
}

/// A run cannot go on. Its last preview is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The loss or its gradient is not a finite number where the run starts.
    #[error("the loss is not a finite number")]
    NotFinite,
}

impl RunError {
    /// A stable, hyphenated code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFinite => "not-finite",
        }
    }
}
