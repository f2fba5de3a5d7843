//! Tests of the picture module as its callers see it.

mod bad_input;
mod color;
mod files;
mod formats;
mod hostile;
mod orientation;
mod pixels;
mod resize;
