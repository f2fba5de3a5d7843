//! What stops a run before it starts, and what stops it on its way.

use crate::error::Detail;

/// A setting is out of its range, or an input is missing.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A setting is of the wrong type: a word where a number belongs, an unknown method.
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
    /// The size of strokes.
    #[error("stroke size must be {min} to {max}")]
    Stroke {
        /// Least.
        min: f32,
        /// Most.
        max: f32,
    },
    /// How far text, eyes and thin lines are held: a share, and no percentage.
    #[error("detail must be {min} to {max}")]
    Detail {
        /// Least.
        min: f32,
        /// Most.
        max: f32,
    },
    /// The number of sizes at which style is compared.
    #[error("the style pyramid must have {min} to {max} levels")]
    Pyramid {
        /// Least.
        min: u8,
        /// Most.
        max: u8,
    },
    /// A weight is negative or no number: of a style, a layer, a term.
    #[error("weights must be numbers from 0")]
    Weight,
    /// The weights of all layers are zero.
    #[error("at least one layer must have a weight")]
    NoLayers,
    /// There is no style picture, or their weights are all zero.
    #[error("at least one style must have a weight")]
    NoStyles,
    /// A mask leaves nothing over.
    #[error("a mask is empty")]
    EmptyMask,
    /// The run should start from a picture, and there is none.
    #[error("there is no picture to start from")]
    NoStart,
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
            Self::Stroke { .. } => "settings-stroke",
            Self::Detail { .. } => "settings-detail",
            Self::Pyramid { .. } => "settings-pyramid",
            Self::Weight => "settings-weight",
            Self::NoLayers => "settings-no-layers",
            Self::NoStyles => "settings-no-styles",
            Self::EmptyMask => "settings-empty-mask",
            Self::NoStart => "settings-no-start",
        }
    }

    /// The range that was left.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        let (min, max) = match *self {
            Self::Pyramid { min, max } => (f64::from(min), f64::from(max)),
            Self::Size { min, max } | Self::Iterations { min, max } => (f64::from(min), f64::from(max)),
            Self::Strength { min, max } | Self::Stroke { min, max } | Self::Detail { min, max } => (f64::from(min), f64::from(max)),
            Self::Malformed | Self::Weight | Self::NoLayers | Self::NoStyles | Self::EmptyMask | Self::NoStart => return Vec::new(),
        };
        vec![("min", Detail::Number(min)), ("max", Detail::Number(max))]
    }
}

/// A run cannot go on. Its last preview is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The loss or its gradient is not a finite number where the run stands.
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
