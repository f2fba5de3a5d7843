//! Optimisation of a picture (Gatys et al. 2016): towards the content of one picture and the style of others, coarse to fine.
//!
//! - [`Settings`] and [`Inputs`]: what a visitor chooses, checked.
//! - [`Optimization`]: one run as a stream of [`Event`](crate::job::Event)s.
//! - [`Lbfgs`], [`Adam`]: the minimisers, on any [`Objective`](crate::losses::Objective). They are ours because
//!   burn's L-BFGS reads scalars synchronously, which no browser allows.

mod adam;
mod canvas;
mod error;
mod inputs;
mod lbfgs;
mod minimiser;
mod optimization;
mod pace;
mod prediction;
mod probe;
mod schedule;
mod settings;
mod task;

pub use adam::Adam;
pub use error::{RunError, SettingsError};
pub use inputs::{Inputs, Style, check_weights};
pub use lbfgs::{Lbfgs, LineSearch};
pub use minimiser::{Minimiser, Step};
pub use optimization::Optimization;
pub use prediction::Prediction;
pub use probe::probe;
pub use schedule::{Scale, coarse_to_fine};
pub use settings::{Colors, ITERATIONS, Method, Recipe, SIZE, STROKE, Settings, Start};
