//! Convolutions as one matrix product with the neighbourhoods of all pixels, for few input channels.

use crate::finish::Finish;
use crate::matrix::{Matrix, Sum, Threads, multiply};
use crate::parallel::{each_chunk, vectorised};
use crate::planes::Planes;
use crate::scratch::lend;
use crate::sums::add_sums;

/// Values that are unfolded at a time: they stay in the second cache.
const UNFOLDED_VALUES: usize = 1 << 18;

/// Rows of pixels that are unfolded at a time, where each pixel has so many values.
fn rows(height: usize, width: usize, values: usize) -> usize {
    (UNFOLDED_VALUES / (values * width).max(1)).clamp(1, height)
}

/// Convolves one picture.
///
/// # Shapes
/// `weight [outputs, inputs, 3, 3]`, `output [outputs, h, w]`
pub fn convolve(source: &Planes<'_>, picture: usize, weight: &[f32], finish: Finish<'_>, output: &mut [f32]) {
    let Planes { height, width, channels, .. } = *source;
    let (plane, taps) = (height * width, channels * 9);
    if plane == 0 {
        return;
    }
    let outputs = output.len() / plane;
    let rows = rows(height, width, taps);
    lend(taps * rows * width, |unfolded| {
        for first in (0..height).step_by(rows) {
            let count = rows.min(height - first);
            unfold(source, picture, first, count, rows * width, unfolded);
            let (left, right) = (Matrix::new(weight, taps), Matrix::new(unfolded, rows * width));
            let range = first * width..(first + count) * width;
            multiply([outputs, taps, range.len()], left, right, &mut output[range.start..], plane, Sum::Fresh, Threads::All);
            each_chunk(output, plane, |channel, plane| {
                vectorised(
                    #[inline(always)]
                    || finish.apply_in_place(channel, &mut plane[range.clone()]),
                );
            });
        }
    });
}

/// The gradients on the weights and on the bias. Every sum is added up in one order, whatever the number of threads.
///
/// # Shapes
/// `source [n, inputs, h, w]`, `gradient [n, outputs, h, w]`, without border; `weights [outputs, inputs, 3, 3]`, `bias [outputs]`, zero at first
pub fn parameter_gradients(source: &Planes<'_>, gradient: &Planes<'_>, weights: &mut [f32], bias: &mut [f32]) {
    let Planes { height, width, channels: inputs, .. } = *source;
    let (outputs, taps) = (gradient.channels, inputs * 9);
    if height * width * outputs == 0 {
        return;
    }
    let rows = rows(height, width, taps + outputs);
    let length = rows * width;
    lend(taps * length, |unfolded| {
        lend(outputs * length, |gradients| {
            for (picture, first) in (0..source.pictures()).flat_map(|picture| (0..height).step_by(rows).map(move |first| (picture, first)))
            {
                let count = rows.min(height - first);
                unfold(source, picture, first, count, length, unfolded);
                each_chunk(gradients, length, |channel, gradients| {
                    for (row, line) in gradients.chunks_mut(width).take(count).enumerate() {
                        gradient.line([picture, channel], first + row, 0, line);
                    }
                });
                add_sums(gradients, length, 0..count * width, bias);
                let (left, right) = (Matrix::new(gradients, length), Matrix { transposed: true, ..Matrix::new(unfolded, length) });
                multiply([outputs, count * width, taps], left, right, weights, taps, Sum::Added, Threads::All);
            }
        });
    });
}

/// Copies what each of the nine taps reads of each channel, for `count` rows of outputs from `first`.
///
/// # Shapes
/// `unfolded [inputs · 9, stride]`
fn unfold(source: &Planes<'_>, picture: usize, first: usize, count: usize, stride: usize, unfolded: &mut [f32]) {
    each_chunk(unfolded, stride, |tap, unfolded| {
        for (row, line) in unfolded.chunks_mut(source.width).take(count).enumerate() {
            source.line([picture, tap / 9], first + row + tap / 3 % 3, tap % 3, line);
        }
    });
}
