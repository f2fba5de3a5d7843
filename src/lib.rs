//! Atelier: neural style transfer that runs where its user is, in a browser tab or on the command line.
//!
//! | module | what lives there |
//! |---|---|
//! | [`picture`] | decode, orientation, colour, alpha, resize, encode; no tensors |
//! | [`vgg`] | the network that sees content and style; its weights |
//! | [`kernels`] | convolutions, pools and Gram products, on the processor and on WebGPU |
//! | [`losses`] | content, Gram style, total variation, and their weighted sum |
//! | [`distillation`] | a narrow VGG taught by the true one |
//! | [`generator`] | the feed-forward generator: a photo in any style, at once |
//! | [`gan`] | its training, with a discriminator or without |
//! | [`optimize`] | L-BFGS, Adam, coarse to fine: one run is an [`optimize::Optimization`] |
//! | [`inspection`] | what the network sees of a picture, for people to look at |
//! | [`catalog`] | the manifest of models; verification of what is downloaded |
//! | [`job`] | the events of a long operation |
//! | [`upload`] | a picture as the networks take it |
//! | [`backend`] | devices, and the test that one must pass before it is trusted |
//! | [`error`] | codes, and whose turn it is to act |
//! | `web` | the browser's side: wasm-bindgen surface; compiled for wasm alone |
//!
//! Invariants (with their reasons in `ARCHITECTURE.md`):
//! - Everything but `web` and the command line takes bytes and gives bytes: no browser, no file system, no network.
//! - Long operations are streams of events; dropping one cancels it, not polling it pauses it.
//! - Weights are never in the binary; each model file is hashed, listed and verified.
//! - Errors are codes and numbers, never sentences for people.
//! - Tensors are NCHW. Pictures are RGB, in 0…1 as tensors and sRGB bytes otherwise.

mod adam;
pub mod backend;
pub mod catalog;
pub mod distillation;
pub mod error;
mod fingerprint;
pub mod gan;
pub mod generator;
pub mod inspection;
pub mod job;
pub mod kernels;
pub mod losses;
pub mod optimize;
mod parameters;
pub mod picture;
mod readback;
mod tensor_file;
pub mod upload;
pub mod vgg;
#[cfg(target_family = "wasm")]
pub mod web;
