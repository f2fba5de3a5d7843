//! Distilling a narrow VGG from the true one (Hinton et al. 2015; features as in Romero et al. 2015): linear maps of the narrow features are
//! drawn to the true features, so that losses on narrow features can be taken in the true network's metric.

mod checkpoint;
mod distiller;
mod exploits;
mod lessons;
mod muon;
mod reshaping;
mod student;

pub use checkpoint::Checkpoint;
pub use distiller::{Distiller, Progress, Settings};
pub use reshaping::reshaped;
