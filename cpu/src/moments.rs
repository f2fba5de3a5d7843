//! `F diag(n) Fᵀ` with the sums `F n` beside it, and their gradient.

use crate::matrix::{Matrix, Sum, Threads, multiply};
use crate::parallel::each_chunk;
use crate::scratch::lend;
use crate::sums::add_sums;

/// Values that are counted at a time, where some pixels count otherwise than once: a copy of all would be as large as the features, and each part costs
/// the threads a meeting.
const COUNTED: usize = 1 << 19;

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
    let block = (COUNTED / channels.max(1)).min(pixels).max(1);
    lend(channels * block, |counted| {
        for (index, counts) in counts.chunks(block).enumerate() {
            let (first, length) = (index * block, counts.len());
            count(features, pixels, first, counts, counted, block);
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
    let mut result = vec![0.0; features.len()];
    add_gradient(gradient, features, channels, counts, &mut result);
    result
}

/// Adds what [`gradient`] gives to `sum`: one pass over memory where a sum of two would be three.
///
/// # Shapes
/// `gradient [channels, channels + 1]`; `features`, `sum`: `[channels, pixels]`
pub fn add_gradient(gradient: &[f32], features: &[f32], channels: usize, counts: &[f32], sum: &mut [f32]) {
    let pixels = features.len() / channels.max(1);
    let at = |row: usize, column: usize| gradient.get(row * (channels + 1) + column).copied().unwrap_or_default();
    let both: Vec<f32> = (0..channels * channels)
        .map(|index| (index / channels, index % channels))
        .map(|(row, column)| at(row, column) + at(column, row))
        .collect();
    let left = Matrix::new(&both, channels);
    if counts.len() != pixels {
        multiply([channels, channels, pixels], left, Matrix::new(features, pixels), sum, pixels, Sum::Added, Threads::All);
        each_chunk(sum, pixels, |channel, line| {
            let of_sum = at(channel, channels);
            if of_sum != 0.0 {
                for value in line {
                    *value += of_sum;
                }
            }
        });
        return;
    }
    let block = (COUNTED / channels.max(1)).min(pixels).max(1);
    lend(channels * block, |counted| {
        for (index, counts) in counts.chunks(block).enumerate() {
            let (first, length) = (index * block, counts.len());
            count(features, pixels, first, counts, counted, block);
            let right = Matrix::new(counted, block);
            multiply([channels, channels, length], left, right, &mut sum[first..], pixels, Sum::Added, Threads::All);
        }
    });
    each_chunk(sum, pixels, |channel, line| {
        let of_sum = at(channel, channels);
        line.iter_mut().zip(counts).for_each(|(value, count)| *value += of_sum * count);
    });
}

/// A block of features, each as often as its pixel counts.
fn count(features: &[f32], pixels: usize, first: usize, counts: &[f32], counted: &mut [f32], block: usize) {
    each_chunk(counted, block, |channel, line| {
        let from = channel * pixels + first;
        for ((counted, value), count) in line.iter_mut().zip(&features[from..from + counts.len()]).zip(counts) {
            *counted = value * count;
        }
    });
}
