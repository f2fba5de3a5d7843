//! Winograd's minimal filtering for 3×3 convolutions, F(4×4, 3×3): 36 products where the sum has 144 (Lavin & Gray 2016).
//!
//! Tiles of 4×4 outputs are transformed a block at a time; at each of the 36 points the block is then one matrix product over the channels. A
//! block's transformed inputs and products stay in the second cache, and no padded or unfolded copy of the input is ever made.

mod transforms;

use self::transforms::{LINE, POINTS, RUN, TILE, WINDOW, transform_input, transform_kernels, transform_output};
use crate::matrix::{Matrix, Threads, multiply};
use crate::parallel::{each_chunk, vectorised};
use crate::planes::Planes;

/// Kernels at the 36 points, `[output, 36, input]`.
#[derive(Clone, Debug)]
pub struct Kernels {
    points: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

/// What is done to each sum.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// `[output]`
    pub bias: Option<&'a [f32]>,
    /// The factor on what is not positive.
    pub slope: f32,
}

impl Finish<'_> {
    /// The sums as they are.
    pub const NONE: Self = Self { bias: None, slope: 1.0 };

    /// Finishes sums of one output channel.
    #[inline(always)]
    pub fn apply(&self, channel: usize, sums: &[f32], values: &mut [f32]) {
        let bias = self.bias.and_then(|bias| bias.get(channel)).copied().unwrap_or_default();
        for (value, sum) in values.iter_mut().zip(sums) {
            let sum = sum + bias;
            // Not `max`: a sum that is no number stays none.
            *value = if sum <= 0.0 { sum * self.slope } else { sum };
        }
    }
}

impl Kernels {
    /// # Shapes
    /// `weight [outputs, inputs, 3, 3]`
    pub fn new(weight: &[f32], outputs: usize, inputs: usize) -> Self {
        Self::transformed(outputs, inputs, |output, input, tap| (output * inputs + input) * 9 + tap, weight)
    }

    /// Those of the transposed convolution: mirrored, and from outputs to inputs.
    ///
    /// # Shapes
    /// `weight [outputs, inputs, 3, 3]`
    pub fn transposed(weight: &[f32], outputs: usize, inputs: usize) -> Self {
        Self::transformed(inputs, outputs, |input, output, tap| (output * inputs + input) * 9 + 8 - tap, weight)
    }

    fn transformed(outputs: usize, inputs: usize, place: impl Fn(usize, usize, usize) -> usize + Send + Sync, weight: &[f32]) -> Self {
        let mut points = vec![0.0; outputs * POINTS * inputs];
        each_chunk(&mut points, POINTS * inputs, |output, points| {
            let mut kernels = vec![0.0; 9 * inputs];
            for input in 0..inputs {
                for tap in 0..9 {
                    if let (Some(kernel), Some(value)) = (kernels.get_mut(tap * inputs + input), weight.get(place(output, input, tap))) {
                        *kernel = *value;
                    }
                }
            }
            vectorised(
                #[inline(always)]
                || transform_kernels(&kernels, inputs, points),
            );
        });
        Self { points, inputs, outputs }
    }
}

/// Tiles side by side.
#[derive(Clone, Copy, Debug)]
struct Run {
    row: usize,
    column: usize,
    count: usize,
    /// Of its first tile within the block.
    offset: usize,
}

/// Values of a block's transformed inputs and products: about what a second cache holds.
const BLOCK_VALUES: usize = 1 << 19;
/// Fewer tiles make thin matrices.
const LEAST_BLOCK: usize = 48;
/// More gain nothing.
const LARGEST_BLOCK: usize = 384;

/// Convolves one picture.
///
/// # Shapes
/// `source [inputs, h, w]` → `output [outputs, height, width]`
pub fn convolve(source: &Planes<'_>, kernels: &Kernels, [height, width]: [usize; 2], finish: Finish<'_>, output: &mut [f32]) {
    let (rows, columns) = (height.div_ceil(TILE), width.div_ceil(TILE));
    let tiles = rows * columns;
    let Kernels { inputs, outputs, .. } = *kernels;
    if tiles == 0 || outputs == 0 {
        return;
    }
    let most = (BLOCK_VALUES / (POINTS * (inputs + outputs))).clamp(LEAST_BLOCK, LARGEST_BLOCK);
    // Blocks of equal size: a small last one would be slow for its size.
    let block = tiles.div_ceil(tiles.div_ceil(most));
    let mut transformed = vec![0.0; inputs * POINTS * block];
    let mut products = vec![0.0; POINTS * outputs * block];
    for first in (0..tiles).step_by(block) {
        let count = block.min(tiles - first);
        let runs = runs(first, count, columns);
        each_chunk(&mut transformed, POINTS * block, |channel, transformed| {
            vectorised(
                #[inline(always)]
                || {
                    let mut lines = [[0.0; LINE]; WINDOW];
                    for run in &runs {
                        for (y, line) in lines.iter_mut().enumerate() {
                            let length = (TILE * run.count + WINDOW - TILE).min(LINE);
                            source.line(channel, TILE * run.row + y, TILE * run.column, &mut line[..length]);
                        }
                        if let Some(transformed) = transformed.get_mut(run.offset..) {
                            transform_input(&lines, run.count, transformed, block);
                        }
                    }
                },
            );
        });
        each_chunk(&mut products, outputs * block, |point, products| {
            let left = Matrix { values: &kernels.points, offset: point * inputs, row_stride: POINTS * inputs, transposed: false };
            let right = Matrix { values: &transformed, offset: point * block, row_stride: POINTS * block, transposed: false };
            multiply([outputs, inputs, count], left, right, products, block, false, Threads::One);
        });
        each_chunk(output, height * width, |channel, plane| {
            vectorised(
                #[inline(always)]
                || {
                    let mut lines = [[0.0; LINE]; TILE];
                    for run in &runs {
                        let products = products.get(channel * block + run.offset..).unwrap_or_default();
                        transform_output(products, outputs * block, run.count, &mut lines);
                        let x = TILE * run.column;
                        let length = (TILE * run.count).min(width - x);
                        for (line, values) in lines.iter().zip(plane.chunks_mut(width).skip(TILE * run.row)) {
                            if let (Some(line), Some(values)) = (line.get(..length), values.get_mut(x..x + length)) {
                                finish.apply(channel, line, values);
                            }
                        }
                    }
                },
            );
        });
    }
}

/// The runs of a block of `count` tiles from `first`, in rows of `columns`.
fn runs(first: usize, count: usize, columns: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut offset = 0;
    while offset < count {
        let (row, column) = ((first + offset) / columns, (first + offset) % columns);
        let length = (columns - column).min(count - offset).min(RUN);
        runs.push(Run { row, column, count: length, offset });
        offset += length;
    }
    runs
}
