//! `F diag(n) Fᵀ` and its gradient.

use crate::matrix::{Matrix, Sum, Threads, multiply};
use crate::parallel::each_chunk;

/// `F diag(n) Fᵀ`. `counts` holds one value per pixel, or a single one where each pixel counts once.
///
/// # Shapes
/// `features [channels, pixels]` → `[channels, channels]`
#[must_use]
pub fn forward(features: &[f32], channels: usize, counts: &[f32]) -> Vec<f32> {
    let pixels = features.len() / channels.max(1);
    let mut moments = vec![0.0; channels * channels];
    let right = Matrix { transposed: true, ..Matrix::new(features, pixels) };
    let counted = counted(features, pixels, counts);
    let left = Matrix::new(counted.as_deref().unwrap_or(features), pixels);
    multiply([channels, pixels, channels], left, right, &mut moments, channels, Sum::Fresh, Threads::All);
    moments
}

/// The gradient on the features: `(G + Gᵀ) F diag(n)`.
///
/// # Shapes
/// `gradient [channels, channels]`, `features [channels, pixels]` → `[channels, pixels]`
#[must_use]
pub fn gradient(gradient: &[f32], features: &[f32], channels: usize, counts: &[f32]) -> Vec<f32> {
    let pixels = features.len() / channels.max(1);
    let mut both = gradient.to_vec();
    for (row, values) in both.chunks_mut(channels.max(1)).enumerate() {
        for (column, value) in values.iter_mut().enumerate() {
            *value += gradient.get(column * channels + row).copied().unwrap_or_default();
        }
    }
    let mut result = vec![0.0; channels * pixels];
    let (left, right) = (Matrix::new(&both, channels), Matrix::new(features, pixels));
    multiply([channels, channels, pixels], left, right, &mut result, pixels, Sum::Fresh, Threads::All);
    if counts.len() == pixels {
        each_chunk(&mut result, pixels, |_, line| weigh(line, counts));
    }
    result
}

/// The features with each pixel counted, where some count otherwise than once.
fn counted(features: &[f32], pixels: usize, counts: &[f32]) -> Option<Vec<f32>> {
    (counts.len() == pixels).then(|| {
        let mut counted = features.to_vec();
        each_chunk(&mut counted, pixels, |_, line| weigh(line, counts));
        counted
    })
}

fn weigh(line: &mut [f32], counts: &[f32]) {
    for (value, count) in line.iter_mut().zip(counts) {
        *value *= count;
    }
}
