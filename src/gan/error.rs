//! Why a training cannot begin, or go on.

use std::io;

use crate::error::Detail;

/// Why a training cannot begin, or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// There is no picture to be painted.
    #[error("there are no content pictures to train on")]
    NoContents,
    /// There is no picture to learn from.
    #[error("there are no style pictures to train on")]
    NoStyles,
    /// The patch's side is no multiple of 16 in its range.
    #[error("a patch must be a multiple of 16 from {min} to {max} pixels")]
    Patch {
        /// Least side.
        min: usize,
        /// Largest side.
        max: usize,
    },
    /// The style pictures' short side is out of its range.
    #[error("the short side of style pictures must be from {min} to {max} pixels")]
    StyleSide {
        /// Least side.
        min: u32,
        /// Largest side.
        max: u32,
    },
    /// There is no size for style pictures, or more than can be learnt.
    #[error("style pictures are learnt at one to {most} sizes")]
    StyleSides {
        /// Most.
        most: usize,
    },
    /// The batch is empty or too large.
    #[error("a batch must hold from {min} to {max} pictures")]
    Batch {
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
    },
    /// The checkpoint is of a training on one style picture and now there are several, or the reverse: its discriminator is another network.
    #[error("this training was begun with {} style picture", if *single { "one" } else { "more than one" })]
    OtherStyles {
        /// Whether it was begun with one.
        single: bool,
    },
    /// The pack that pictures are read from cannot be read, or not any more, as far as the system says why: the disk is gone, or the file was cut.
    #[error("pictures cannot be read from {file}: {reason}")]
    Unreadable {
        /// The pack.
        file: String,
        /// What the system says.
        reason: String,
    },
    /// Whatever was tried, losses or gradients were not finite for so many steps in a row.
    #[error("losses or gradients were not finite for {steps} steps in a row: a rate or weight is too large")]
    Overflow {
        /// How many.
        steps: u64,
    },
    /// A rate or weight is negative or no number.
    #[error("rates and weights must be numbers from 0 up")]
    Weight,
}

impl TrainingError {
    /// Checks that there is something to train a generator on.
    ///
    /// # Errors
    /// [`NoContents`](Self::NoContents) or [`NoStyles`](Self::NoStyles)
    pub(super) fn require_both(contents: usize, styles: usize) -> Result<(), Self> {
        match (contents, styles) {
            (0, _) => Err(Self::NoContents),
            (_, 0) => Err(Self::NoStyles),
            _ => Ok(()),
        }
    }

    /// Of a pack that is called `file`.
    pub(super) fn unreadable(file: &str, error: &io::Error) -> Self {
        Self::Unreadable { file: file.to_owned(), reason: error.to_string() }
    }

    /// A stable, hyphenated code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoContents => "training-no-contents",
            Self::NoStyles => "training-no-styles",
            Self::Patch { .. } => "training-patch",
            Self::StyleSide { .. } => "training-style-side",
            Self::StyleSides { .. } => "training-style-sides",
            Self::Batch { .. } => "training-batch",
            Self::OtherStyles { single: true } => "training-one-style",
            Self::OtherStyles { single: false } => "training-several-styles",
            Self::Unreadable { .. } => "training-unreadable",
            Self::Overflow { .. } => "training-overflow",
            Self::Weight => "training-weight",
        }
    }

    /// What a sentence about the error names.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "limits are small numbers")]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Patch { min, max } | Self::Batch { min, max } => {
                vec![("min", Detail::Number(*min as f64)), ("max", Detail::Number(*max as f64))]
            }
            Self::StyleSides { most } => vec![("max", Detail::Number(*most as f64))],
            Self::StyleSide { min, max } => vec![("min", Detail::Number(f64::from(*min))), ("max", Detail::Number(f64::from(*max)))],
            Self::Unreadable { file, reason } => {
                [("file", file), ("reason", reason)].map(|(name, text)| (name, Detail::Text(text.clone().into()))).into()
            }
            Self::Overflow { steps } => vec![("steps", Detail::Number(*steps as f64))],
            Self::NoContents | Self::NoStyles | Self::OtherStyles { .. } | Self::Weight => Vec::new(),
        }
    }
}
