//! Atelier's side of the comparison with other libraries: the same network, pictures and loss as theirs, step by step.
//!
//! `cargo xtask bench native` runs it as a program beside PyTorch, `cargo xtask bench web` as wasm beside TensorFlow.js and ONNX
//! Runtime Web. It calls the product as the product calls itself, and is built like it, but is never shipped.

pub mod painting;
pub mod workload;

#[cfg(target_family = "wasm")]
pub mod web;
