//! VGG features: the network whose activations say what a picture shows (content) and how it is
//! painted (style).
//!
//! - [`Architecture`] and [`Tap`]: shape and names.
//! - [`Weights`]: weights on the host. [`Weights::read`] and [`Weights::write`] are the model file's, int8, int4 or f32;
//!   [`Weights::import_vgg19`] reads the files that people have.
//! - [`Vgg`]: the network on a device; [`Vgg::features`] reads several taps in one pass. On an autodiff device gradients go through it; an
//!   optimisation, which needs no graph, goes back by hand (`pass`).
//!
//! Weights are frozen: gradients flow to the picture only. Where a narrow network is taught, `distillation` makes one whose weights learn.

mod architecture;
mod file;
mod import;
mod int4;
mod int8;
mod network;
mod pass;
mod values;
mod weights;

pub use crate::kernels::Padding;
pub use architecture::{Architecture, Input, Layer, Place, Pooling, Tap, UnknownTap};
pub use file::Precision;
pub use import::ImportError;
pub use int4::{INT4_BLOCK, Int4, dequantise_int4, quantise_int4};
pub use int8::{Int8, dequantise_int8, quantise_int8};
pub use network::{Features, Vgg};
pub(crate) use pass::{Pass, average_pool_2x2, average_pool_2x2_gradient};
pub use values::Values;
pub use weights::{ConvolutionWeights, LinearMap, Weights};
