//! VGG features: the network whose activations say what a picture shows (content) and how it is
//! painted (style).
//!
//! - [`Architecture`] and [`Tap`]: shape and names.
//! - [`Weights`]: a model file's contents on the host, int8 or f32; [`quantise()`] makes the int8.
//! - [`Vgg`]: the network on a device; [`Vgg::features`] reads several taps in one pass.
//!
//! Weights are frozen: gradients flow to the picture only, so no weight gradient is ever computed.

mod architecture;
mod network;
mod padding;
mod quantise;
mod weights;

pub use architecture::{Architecture, Input, Layer, Padding, Place, Pooling, Tap, UnknownTap};
pub use network::{Features, Vgg};
pub use quantise::{Quantised, dequantise, quantise};
pub use weights::{ConvolutionWeights, LinearMap, Weights};
