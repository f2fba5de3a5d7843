//! Winograd's minimal filtering for 3×3 convolutions, F(4×4, 3×3): 36 products where the sum has 144 (Lavin & Gray 2016).
//!
//! Tiles of 4×4 outputs are transformed a block at a time; at each of the 36 points the block is then one matrix product over the channels. A
//! block's transformed inputs and products stay in the second cache, and no padded or unfolded copy of the input is ever made.

mod blocks;
mod parameters;
mod transforms;

use self::blocks::{Blocks, Run, count};
pub use self::parameters::parameter_gradients;
use self::transforms::{LINE, POINTS, TILE, WINDOW, Workspace, transform_kernels};
use crate::finish::Finish;
use crate::fold::Fold;
use crate::matrix::{Matrix, Sum, Threads, multiply};
use crate::parallel::{each_chunk, vectorised};
use crate::planes::Planes;
use crate::scratch::lend;

/// Kernels at the 36 points, `[output, 36, input]`.
#[derive(Clone, Copy, Debug)]
pub struct Kernels<'a> {
    points: &'a [f32],
    inputs: usize,
    outputs: usize,
}

/// Transforms a convolution's kernels for as long as `work` takes.
///
/// # Shapes
/// `weight [outputs, inputs, 3, 3]`
pub fn with_kernels<R>(weight: &[f32], [outputs, inputs]: [usize; 2], work: impl FnOnce(Kernels<'_>) -> R) -> R {
    let fill = |output: usize, kernels: &mut [f32]| {
        for (input, kernel) in weight.chunks_exact(9).skip(output * inputs).take(inputs).enumerate() {
            spread(kernel, kernels, inputs, input);
        }
    };
    transformed(outputs, inputs, fill, work)
}

/// Transforms the kernels of the transposed convolution, mirrored and from outputs to inputs.
///
/// # Shapes
/// `weight [outputs, inputs, 3, 3]`
pub fn with_transposed<R>(weight: &[f32], [outputs, inputs]: [usize; 2], work: impl FnOnce(Kernels<'_>) -> R) -> R {
    let fill = |input: usize, kernels: &mut [f32]| {
        for (output, of_output) in weight.chunks_exact(9 * inputs).take(outputs).enumerate() {
            let mut kernel = [0.0; 9];
            kernel.copy_from_slice(&of_output[9 * input..9 * input + 9]);
            kernel.reverse();
            spread(&kernel, kernels, outputs, output);
        }
    };
    transformed(inputs, outputs, fill, work)
}

/// `fill(output, kernels)` writes the kernels of one output channel, `kernels[tap · inputs ..][.. inputs]`.
fn transformed<R>(outputs: usize, inputs: usize, fill: impl Fn(usize, &mut [f32]) + Send + Sync, work: impl FnOnce(Kernels<'_>) -> R) -> R {
    lend(outputs * POINTS * inputs, |points| {
        each_chunk(points, POINTS * inputs, |output, points| {
            lend(9 * inputs, |kernels| {
                fill(output, kernels);
                vectorised(
                    #[inline(always)]
                    || transform_kernels(kernels, inputs, points),
                );
            });
        });
        work(Kernels { points, inputs, outputs })
    })
}

/// What becomes of the sums.
#[derive(Clone, Copy, Debug)]
pub enum Sums<'a> {
    /// They are finished and written.
    Finished(Finish<'a>),
    /// They are gradients on padded planes, and added to planes that are not, which are zero at first.
    Folded(&'a Fold),
}

/// Puts the nine taps of a kernel `stride` apart.
#[inline]
fn spread(kernel: &[f32], kernels: &mut [f32], stride: usize, at: usize) {
    for (value, place) in kernel.iter().zip(kernels.iter_mut().skip(at).step_by(stride)) {
        *place = *value;
    }
}

/// Fewer tiles make thin matrices.
const LEAST_BLOCK: usize = 48;

/// Convolves a batch of pictures.
///
/// # Shapes
/// `source [n, inputs, h, w]` → `output [n, outputs, height, width]`, or without the padding
pub fn convolve(source: &Planes<'_>, kernels: Kernels<'_>, sides: [usize; 2], sums: Sums<'_>, output: &mut [f32]) {
    let Kernels { inputs, outputs, .. } = kernels;
    let blocks = Blocks::new(source.pictures(), sides, inputs + outputs, LEAST_BLOCK);
    let block = blocks.size;
    if outputs == 0 {
        return;
    }
    let plane = output.len() / (source.pictures() * outputs).max(1);
    lend(POINTS * inputs * block, |transformed| {
        lend(POINTS * outputs * block, |products| {
            for runs in blocks.iter() {
                transform_inputs(source, &runs, transformed, block);
                multiply_points(kernels, transformed, products, block, count(&runs));
                // Each picture has planes of its own.
                for runs in runs.chunk_by(|run, next| run.picture == next.picture) {
                    let picture = runs.first().map_or(0, |run| run.picture);
                    let output = &mut output[picture * outputs * plane..][..outputs * plane];
                    transform_outputs(products, runs, block, outputs, sides, sums, output);
                }
            }
        });
    });
}

/// # Shapes
/// `transformed [inputs, 36, block]`
fn transform_inputs(source: &Planes<'_>, runs: &[Run], transformed: &mut [f32], block: usize) {
    each_chunk(transformed, POINTS * block, |channel, transformed| {
        vectorised(
            #[inline(always)]
            || {
                let mut workspace = Workspace::new();
                for run in runs {
                    let length = (TILE * run.count + WINDOW - TILE).min(LINE);
                    for (y, line) in workspace.lines.iter_mut().enumerate() {
                        source.line([run.picture, channel], TILE * run.row + y, TILE * run.column, &mut line[..length]);
                    }
                    workspace.transform_input(run.count, &mut transformed[run.offset..], block);
                }
            },
        );
    });
}

/// # Shapes
/// `transformed [inputs, 36, block]` → `products [36, outputs, block]`
fn multiply_points(kernels: Kernels<'_>, transformed: &[f32], products: &mut [f32], block: usize, count: usize) {
    let Kernels { points, inputs, outputs } = kernels;
    each_chunk(products, outputs * block, |point, products| {
        let left = Matrix { values: points, offset: point * inputs, row_stride: POINTS * inputs, transposed: false };
        let right = Matrix { values: transformed, offset: point * block, row_stride: POINTS * block, transposed: false };
        multiply([outputs, inputs, count], left, right, products, block, Sum::Fresh, Threads::One);
    });
}

/// # Shapes
/// `products [36, outputs, block]` → `output [outputs, height, width]`
fn transform_outputs(
    products: &[f32],
    runs: &[Run],
    block: usize,
    outputs: usize,
    [height, width]: [usize; 2],
    sums: Sums<'_>,
    output: &mut [f32],
) {
    let plane = output.len() / outputs;
    each_chunk(output, plane, |channel, plane| {
        vectorised(
            #[inline(always)]
            || {
                let mut workspace = Workspace::new();
                for run in runs {
                    workspace.transform_output(&products[channel * block + run.offset..], outputs * block, run.count);
                    let x = TILE * run.column;
                    let length = (TILE * run.count).min(width - x);
                    let lines = workspace.lines.iter().take(TILE).map(|line| &line[..length]).zip(TILE * run.row..height);
                    for (line, y) in lines {
                        match sums {
                            Sums::Finished(finish) => finish.apply(channel, line, &mut plane[y * width + x..][..length]),
                            Sums::Folded(fold) => fold.add(line, [y, x], plane),
                        }
                    }
                }
            },
        );
    });
}
