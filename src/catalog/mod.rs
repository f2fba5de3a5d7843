//! The models that a site offers: the manifest, and the check that every file passes before it is used.
//!
//! The core reads no network: [`Manifest::parse`] and [`Download`] take bytes as whoever fetches them hands
//! them over.

mod download;
mod error;
mod manifest;

pub use download::Download;
pub use error::ModelError;
pub use manifest::{Manifest, Model};
