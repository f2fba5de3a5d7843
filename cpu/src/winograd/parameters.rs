//! The gradients on weights and bias, in Winograd's domain.
//!
//! A tile's outputs are `Aᵀ (U ⊙ V) A`, where `U` is the transformed kernel and `V` the transformed input. So the gradient on `U` is the sum of
//! `(A y Aᵀ) ⊙ V` over the tiles of all pictures, `y` being the gradient on a tile's outputs: at each point one matrix product over the tiles of a
//! block, with the channels as sides. The gradient on the kernel is `Gᵀ U G`.

use super::blocks::{Blocks, Run, count};
use super::transform_inputs;
use super::transforms::{LINE, POINTS, TILE, WINDOW, Workspace, transform_kernel_gradients};
use crate::matrix::{Matrix, Sum, Threads, multiply};
use crate::parallel::{each_chunk, vectorised};
use crate::planes::Planes;
use crate::scratch::lend;
use crate::sums::add_sums;

/// Fewer tiles make short sums, which are read and written again for each block.
const LEAST_BLOCK: usize = 128;

/// At this point `A y Aᵀ` is the sum of the tile: all four entries of this row of `A` are one.
const SUM_POINT: usize = WINDOW + 1;

/// The gradients on the weights and on the bias. Every sum is added up in one order, whatever the number of threads.
///
/// # Shapes
/// `source [n, inputs, h, w]`, `gradient [n, outputs, h, w]`, without border; `weights [outputs, inputs, 3, 3]`, `bias [outputs]`, zero at first
pub fn parameter_gradients(source: &Planes<'_>, gradient: &Planes<'_>, weights: &mut [f32], bias: &mut [f32]) {
    let (inputs, outputs) = (source.channels, gradient.channels);
    let blocks = Blocks::new(source.pictures(), [source.height, source.width], inputs + outputs, LEAST_BLOCK);
    let block = blocks.size;
    if block == 0 || inputs * outputs == 0 {
        return;
    }
    lend(POINTS * inputs * outputs, |points| {
        each_chunk(points, inputs * outputs, |_, points| points.fill(0.0));
        lend(POINTS * inputs * block, |transformed| {
            lend(POINTS * outputs * block, |gradients| {
                for runs in blocks.iter() {
                    transform_inputs(source, &runs, transformed, block);
                    transform_gradients(gradient, &runs, gradients, block);
                    let tiles = count(&runs);
                    add_sums(gradients, POINTS * block, SUM_POINT * block..SUM_POINT * block + tiles, bias);
                    each_chunk(points, inputs * outputs, |point, points| {
                        let factor = |values| Matrix { values, offset: point * block, row_stride: POINTS * block, transposed: false };
                        let (left, right) = (factor(gradients), Matrix { transposed: true, ..factor(transformed) });
                        multiply([outputs, tiles, inputs], left, right, points, inputs, Sum::Added, Threads::One);
                    });
                }
            });
        });
        each_chunk(weights, 9 * inputs, |output, weights| {
            vectorised(
                #[inline(always)]
                || transform_kernel_gradients(&points[output * inputs..], outputs * inputs, weights),
            );
        });
    });
}

/// # Shapes
/// `transformed [outputs, 36, block]`
fn transform_gradients(gradient: &Planes<'_>, runs: &[Run], transformed: &mut [f32], block: usize) {
    each_chunk(transformed, POINTS * block, |channel, transformed| {
        vectorised(
            #[inline(always)]
            || {
                let mut workspace = Workspace::new();
                for run in runs {
                    let length = (TILE * run.count).min(LINE);
                    for (y, line) in workspace.lines.iter_mut().enumerate().take(TILE) {
                        gradient.line([run.picture, channel], TILE * run.row + y, TILE * run.column, &mut line[..length]);
                    }
                    workspace.transform_gradient(run.count, &mut transformed[run.offset..], block);
                }
            },
        );
    });
}
