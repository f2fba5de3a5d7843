//! Training a generator, with a discriminator against it or without.
//!
//! [`Examples`] are the pictures, in memory or in a [`Pack`]; a [`Trainer`] goes through them step by step and tells what happens as [`Event`]s; a [`Checkpoint`] is all that it
//! needs to go on. The same code trains natively and in a browser's tab.

mod aim;
mod augmentation;
mod balance;
pub(crate) mod batch;
mod checkpoint;
mod computed;
mod discriminator;
mod error;
mod event;
mod examples;
mod game;
mod kept;
mod lattice;
mod notes;
mod pack;
mod perceptual;
mod settings;
mod spectral_norm;
mod state;
mod styles;
mod trainer;

pub use checkpoint::Checkpoint;
pub use error::TrainingError;
pub use event::{Alarm, Event, Losses, Progress};
pub use examples::Examples;
pub use notes::Note;
pub use pack::{Pack, PackError};
pub use settings::{Players, Settings};
pub use trainer::Trainer;
