//! The kernels of a style transfer on the processor, on plain slices: 3×3 convolutions, normalisation, pools, Gram products.
//!
//! A crate of its own because it is compiled for speed in every profile, where all else in the browser is compiled for size. It knows neither
//! burn nor networks; `atelier::kernels` binds it to burn's Flex backend. Arrays are f32, contiguous, NCHW.
//!
//! - [`forward`], [`input_gradient`] and [`parameter_gradients`] convolve: by Winograd's minimal filtering, or unfolded where channels are few.
//! - [`signs`] are what their gradients need of an output.
//! - [`normalisation`] has a `forward` and `gradients`.
//! - [`pool`] and [`moments`] each have a `forward` and a `gradient`; what a pool's needs are its `routes`.
//! - [`vectors`] are multiplied with one another and added up, many at a time.
//! - [`Padding`] says what stands where a picture ends.

#![allow(clippy::inline_always, reason = "what is to be compiled for wide vectors must be inlined into the function that is")]

mod convolution;
mod finish;
mod fold;
mod matrix;
pub mod moments;
pub mod normalisation;
mod padding;
mod parallel;
mod planes;
pub mod pool;
mod scratch;
pub mod signs;
mod sums;
mod unfold;
pub mod vectors;
mod winograd;

pub use convolution::{Border, Shape, forward, input_gradient, parameter_gradients};
pub use padding::Padding;
