//! What can go wrong, as codes: whose turn it is to act, and the numbers a sentence about it needs.
//!
//! The core never writes sentences for people. The page turns a [`Error::code`] and its
//! [`Error::details`] into text in the visitor's language, so a code is part of the public interface:
//! once released it keeps its meaning.

use std::borrow::Cow;

use crate::catalog::ModelError;
use crate::gan::TrainingError;
use crate::optimize::{RunError, SettingsError};
use crate::picture::{PictureError, PixelError};
use crate::vgg::ImportError;

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The person at the screen: another picture, another setting.
    Visitor,
    /// Their device or its driver: less work, or another backend.
    Device,
    /// Whoever hosts the site, or the network between.
    Host,
    /// Us: a defect in Atelier.
    Bug,
}

impl Party {
    /// The name used in messages to the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Device => "device",
            Self::Host => "host",
            Self::Bug => "bug",
        }
    }
}

/// One number or word that a sentence about an error needs, such as the limit that was passed.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// A quantity; the page formats it for the reader's language.
    Number(f64),
    /// A name that needs no translation: a file, a format.
    Text(Cow<'static, str>),
}

/// Everything that an operation of the core can answer instead of its result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A picture could not be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Pixels that make no picture.
    #[error(transparent)]
    Pixels(#[from] PixelError),
    /// A setting is out of range.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A model or the manifest could not be loaded.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A weight file of the visitor's cannot be used.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A run stopped before its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A training cannot begin.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The compute device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// A failure of the compute device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// WebGPU was asked for by name, and there is none that burn can use.
    #[error("WebGPU is not available: {reason}")]
    WebGpuUnavailable {
        /// The reason code of the probe.
        reason: &'static str,
    },
    /// Values could not be read back from the device.
    #[error("reading from the device failed: {message}")]
    Read {
        /// What the backend said.
        message: String,
    },
}

impl Error {
    /// A stable, hyphenated code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Picture(error) => error.code(),
            Self::Pixels(error) => error.code(),
            Self::Settings(error) => error.code(),
            Self::Model(error) => error.code(),
            Self::Import(error) => error.code(),
            Self::Run(error) => error.code(),
            Self::Training(error) => error.code(),
            Self::Device(DeviceError::WebGpuUnavailable { .. }) => "webgpu-unavailable",
            Self::Device(DeviceError::Read { .. }) => "gpu-error",
        }
    }

    /// Whose turn it is to act.
    #[must_use]
    pub fn party(&self) -> Party {
        match self {
            // The site's own files are all of one version and for one network: another's is the visitor's.
            Self::Picture(_)
            | Self::Settings(_)
            | Self::Import(_)
            | Self::Training(_)
            | Self::Model(ModelError::OtherVersion { .. } | ModelError::OtherNetwork { .. }) => Party::Visitor,
            Self::Model(_) => Party::Host,
            Self::Run(_) | Self::Pixels(_) => Party::Bug,
            Self::Device(_) => Party::Device,
        }
    }

    /// What a sentence about the error names.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Picture(error) => error.details(),
            Self::Settings(error) => error.details(),
            Self::Model(error) => error.details(),
            Self::Import(error) => error.details(),
            Self::Pixels(error) => vec![("message", Detail::Text(Cow::Owned(error.to_string())))],
            Self::Training(error) => error.details(),
            Self::Run(_) => Vec::new(),
            Self::Device(DeviceError::WebGpuUnavailable { reason }) => {
                vec![("reason", Detail::Text(Cow::Borrowed(reason)))]
            }
            Self::Device(DeviceError::Read { message }) => {
                vec![("message", Detail::Text(Cow::Owned(message.clone())))]
            }
        }
    }
}
