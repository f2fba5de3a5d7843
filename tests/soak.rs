//! The soak test natively. It measures the memory of its process, so it has one to itself; in a browser it is one of `tests/compute/`.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "compute/soak.rs"]
mod soak;
#[path = "compute/support.rs"]
#[allow(dead_code, reason = "what the other tests need")]
mod support;
