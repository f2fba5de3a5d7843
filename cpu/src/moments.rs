//! `F diag(n) Fᵀ` with the sums `F n` beside it, and their gradient.

use crate::matrix::{Matrix, Sum, Threads, multiply};
use crate::parallel::each_chunk;
use crate::scratch::lend;
use crate::sums::add_sums;

/// Pixels that are counted at a time, where some count otherwise than once: a copy of all would be as large as the features.
const COUNTED: usize = 1 << 12;

/// `[F diag(n) Fᵀ, F n]`. `counts` holds one value per pixel, or a single one where each pixel counts once.
///
/// # Shapes
/// `features [channels, pixels]` → `[channels, channels + 1]`
#[must_use]
pub fn forward(features: &[f32], channels: usize, counts: &[f32]) -> Vec<f32> {
    let pixels = features.len() / channels.max(1);
    let columns = channels + 1;
    let mut moments = vec![0.0; channels * columns];
    let right = Matrix { transposed: true, ..Matrix::new(features, pixels) };
    if counts.len() != pixels {
        multiply([channels, pixels, channels], Matrix::new(features, pixels), right, &mut moments, columns, Sum::Fresh, Threads::All);
        add_sums_beside(features, pixels, pixels, &mut moments);
        return moments;
    }
    let block = COUNTED.min(pixels).max(1);
    lend(channels * block, |counted| {
        for (index, counts) in counts.chunks(block).enumerate() {
            let (first, length) = (index * block, counts.len());
            each_chunk(counted, block, |channel, line| {
                let values = features.iter().skip(channel * pixels + first);
                for ((counted, value), count) in line.iter_mut().zip(values).zip(counts) {
                    *counted = value * count;
                }
            });
            let (left, right) = (Matrix::new(counted, block), Matrix { offset: first, ..right });
            multiply([channels, length, channels], left, right, &mut moments, columns, Sum::Added, Threads::All);
            add_sums_beside(counted, block, length, &mut moments);
        }
    });
    moments
}

/// Adds the sums of the first `length` values of each channel, `stride` apart, to the last column.
fn add_sums_beside(values: &[f32], stride: usize, length: usize, moments: &mut [f32]) {
    let channels = values.len() / stride.max(1);
    each_chunk(moments, channels + 1, |channel, row| add_sums(&values[channel * stride..], stride, 0..length, &mut row[channels..]));
}

/// The gradient on the features: `((G + Gᵀ) F + g 1ᵀ) diag(n)`, where `G` are the gradient's first columns and `g` is its last.
///
/// # Shapes
/// `gradient [channels, channels + 1]`, `features [channels, pixels]` → `[channels, pixels]`
#[must_use]
pub fn gradient(gradient: &[f32], features: &[f32], channels: usize, counts: &[f32]) -> Vec<f32> {
    let pixels = features.len() / channels.max(1);
    let at = |row: usize, column: usize| gradient.get(row * (channels + 1) + column).copied().unwrap_or_default();
    let both: Vec<f32> = (0..channels * channels)
        .map(|index| (index / channels, index % channels))
        .map(|(row, column)| at(row, column) + at(column, row))
        .collect();
    let mut result = vec![0.0; channels * pixels];
    let (left, right) = (Matrix::new(&both, channels), Matrix::new(features, pixels));
    multiply([channels, channels, pixels], left, right, &mut result, pixels, Sum::Fresh, Threads::All);
    let counts = Some(counts).filter(|counts| counts.len() == pixels);
    each_chunk(&mut result, pixels, |channel, line| {
        let of_sum = at(channel, channels);
        match counts {
            Some(counts) => line.iter_mut().zip(counts).for_each(|(value, count)| *value = (*value + of_sum) * count),
            None => line.iter_mut().for_each(|value| *value += of_sum),
        }
    });
    result
}
