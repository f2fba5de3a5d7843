//! Sums of partial sums.

use burn::tensor::Shape;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{Program, empty, narrow, reshaped, spread};

const THREADS: u32 = 64;

/// Adds up `[splits, …]` to `shape`.
///
/// `side` is that of a symmetric matrix of which only the tiles on and below the diagonal were computed, with a column of its own beside it: `shape` is `[side, side + 1]` then.
pub(super) fn reduce(partial: CubeTensor, splits: usize, side: Option<usize>, shape: Shape) -> CubeTensor {
    if splits == 1 && side.is_none() {
        return reshaped(partial, shape);
    }
    let elements = shape.num_elements();
    let output = empty(&partial, shape);
    Program {
        name: "reduce",
        sources: &[include_str!("reduce.wgsl")],
        constants: vec![("THREADS", THREADS), ("SYMMETRIC", u32::from(side.is_some()))],
    }
    .launch(spread(elements, THREADS, &partial), &[&partial], &output, &[elements, splits, side.unwrap_or(0)].map(narrow));
    output
}
