//! Optimisation of a picture (Gatys et al. 2016): from the content picture towards its own content and
//! another picture's style, coarse to fine.
//!
//! - [`Settings`]: what a visitor chooses, checked.
//! - [`Optimization`]: one run as a stream of [`Event`](crate::job::Event)s.
//! - [`Lbfgs`], [`Adam`]: the minimisers, on any [`Objective`](crate::losses::Objective). They are ours because
//!   burn's L-BFGS reads scalars synchronously, which no browser allows.

mod adam;
mod error;
mod lbfgs;
mod minimiser;
mod optimization;
mod readback;
mod schedule;
mod settings;

pub use adam::Adam;
pub use error::{RunError, SettingsError};
pub use lbfgs::Lbfgs;
pub use minimiser::{Minimiser, Step};
pub use optimization::Optimization;
pub use schedule::{Scale, coarse_to_fine};
pub use settings::{ITERATIONS, Method, SIZE, Settings};
