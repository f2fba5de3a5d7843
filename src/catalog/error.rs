//! Why a model cannot be had. The host's turn: the visitor can only try again.

use std::borrow::Cow;

use crate::error::Detail;

/// A model or the manifest could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The manifest did not arrive; status 0 where there was no answer at all.
    #[error("manifest.json could not be fetched (status {status})")]
    ManifestUnreachable {
        /// HTTP status.
        status: u16,
    },
    /// The manifest is not the JSON it should be, or lists no such model.
    #[error("manifest.json is not a model manifest")]
    ManifestInvalid,
    /// The host does not have the file.
    #[error("{file} could not be fetched (status {status})")]
    Missing {
        /// The file's name in the manifest.
        file: String,
        /// HTTP status.
        status: u16,
    },
    /// The connection ended before the file did.
    #[error("the network was lost while {file} was loading")]
    NetworkLost {
        /// The file's name in the manifest.
        file: String,
    },
    /// The file is whole, but of a version that this one neither writes nor reads.
    #[error("{file} was made by another version")]
    OtherVersion {
        /// The file's name.
        file: String,
    },
    /// A generator that is told of styles by another network than the one at hand.
    #[error("{file} was trained with another network")]
    OtherNetwork {
        /// The file's name.
        file: String,
    },
    /// The file's length or hash is not the manifest's, or its contents are not a model.
    #[error("{file} is damaged")]
    Damaged {
        /// The file's name in the manifest.
        file: String,
    },
}

impl ModelError {
    /// A stable, hyphenated code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ManifestUnreachable { .. } => "manifest-unreachable",
            Self::ManifestInvalid => "manifest-invalid",
            Self::Missing { .. } => "model-missing",
            Self::NetworkLost { .. } => "network-lost",
            Self::OtherVersion { .. } => "model-other-version",
            Self::OtherNetwork { .. } => "model-other-network",
            Self::Damaged { .. } => "model-damaged",
        }
    }

    /// What a sentence about the error names.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        let named = |file: &str| ("file", Detail::Text(Cow::Owned(file.to_owned())));
        let answered = |status: u16| ("status", Detail::Number(f64::from(status)));
        match self {
            Self::ManifestInvalid => Vec::new(),
            Self::ManifestUnreachable { status } => vec![answered(*status)],
            Self::Missing { file, status } => vec![named(file), answered(*status)],
            Self::NetworkLost { file } | Self::OtherVersion { file } | Self::OtherNetwork { file } | Self::Damaged { file } => {
                vec![named(file)]
            }
        }
    }
}
