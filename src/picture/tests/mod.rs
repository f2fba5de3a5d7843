//! Tests of the picture module as its callers see it.

#![allow(clippy::cast_precision_loss, clippy::trivially_copy_pass_by_ref, reason = "small numbers, and byte strings as literals")]

mod bad_input;
mod color;
mod files;
mod formats;
mod hostile;
mod orientation;
mod pixels;
mod resize;
