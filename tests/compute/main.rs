//! Everything that computes, on every backend there is: natively on Flex, in a browser on Flex and on WebGPU.
//!
//! One source for all three. Natively these are `tokio` tests; in the browser they run in a dedicated worker, as
//! the product does. [`support::devices`] says on which devices each test runs.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(all(feature = "webgpu", not(target_family = "wasm")))]
mod adapters;
mod backends;
mod controls;
mod distillation;
mod features;
mod kernels;
mod losses;
mod optimisers;
mod packed;
mod painting;
mod paper;
mod pauses;
mod runs;
mod shapes;
#[cfg(target_family = "wasm")]
mod soak;
mod support;
mod training;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
