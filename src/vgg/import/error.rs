//! Why a weight file cannot be used. The visitor's turn: another file, or the same one downloaded again.

use std::borrow::Cow;
use std::io;

use crate::error::Detail;

/// A weight file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The content is of no form that is known here.
    #[error("this is neither a PyTorch nor a safetensors file")]
    Unrecognised,
    /// The file ends before its content does.
    #[error("the file ends too early")]
    Truncated,
    /// The file contradicts itself.
    #[error("the file is damaged: {what}")]
    Damaged {
        /// What is wrong, in English, for a bug report.
        what: Cow<'static, str>,
    },
    /// The pickle names something that no set of weights needs, and that could do harm if it were run.
    #[error("the file names {global}, which weights do not need")]
    Unsafe {
        /// Module and name, shortened where they are absurdly long.
        global: String,
    },
    /// A form that PyTorch can write and that is not read here.
    #[error("not supported: {what}")]
    Unsupported {
        /// What it is, in English, for a bug report.
        what: Cow<'static, str>,
    },
    /// The file has no such layer.
    #[error("the file has no {key} for {layer}")]
    LayerMissing {
        /// The layer's name, such as conv1_1.
        layer: String,
        /// The key that was looked for.
        key: String,
    },
    /// A layer is of another size than the network's.
    #[error("{layer} is {found}, not {expected}")]
    Shape {
        /// The layer's name, such as conv1_1.
        layer: String,
        /// The file's shape, as `64×3×3×3`.
        found: String,
        /// The network's shape.
        expected: String,
    },
    /// A weight is infinite or not a number.
    #[error("{layer} has a weight that is not finite")]
    NotFinite {
        /// The layer's name, such as conv1_1.
        layer: String,
    },
    /// The system did not give the file's bytes.
    #[error("the file could not be read: {message}")]
    Unreadable {
        /// What the system said.
        message: String,
    },
}

impl ImportError {
    /// A stable, hyphenated code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unrecognised => "weights-unrecognised",
            Self::Truncated => "weights-truncated",
            Self::Damaged { .. } => "weights-damaged",
            Self::Unsafe { .. } => "weights-unsafe",
            Self::Unsupported { .. } => "weights-unsupported",
            Self::LayerMissing { .. } => "weights-layer-missing",
            Self::Shape { .. } => "weights-shape",
            Self::NotFinite { .. } => "weights-not-finite",
            Self::Unreadable { .. } => "weights-unreadable",
        }
    }

    /// What a sentence about the error names.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        let text = |name, value: &str| (name, Detail::Text(Cow::Owned(value.to_owned())));
        match self {
            Self::Unrecognised | Self::Truncated => Vec::new(),
            Self::Damaged { what } | Self::Unsupported { what } => vec![text("what", what)],
            Self::Unsafe { global } => vec![text("global", global)],
            Self::LayerMissing { layer, key } => vec![text("layer", layer), text("key", key)],
            Self::Shape { layer, found, expected } => {
                vec![text("layer", layer), text("found", found), text("expected", expected)]
            }
            Self::NotFinite { layer } => vec![text("layer", layer)],
            Self::Unreadable { message } => vec![text("message", message)],
        }
    }

    pub(super) fn damaged(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(super) fn unsupported(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsupported { what: what.into() }
    }
}

impl From<io::Error> for ImportError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Unreadable { message: error.to_string() },
        }
    }
}
