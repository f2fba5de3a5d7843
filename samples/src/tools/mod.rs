//! What the pictures are drawn with: vectors, noise, a canvas, brushes, light and a small ray tracer.

pub mod brush;
pub mod canvas;
pub mod colour;
pub mod film;
pub mod flow;
pub mod light;
pub mod noise;
pub mod paper;
pub mod rng;
pub mod solid;
pub mod trace;
pub mod vector;
