//! Inner products and sums of long vectors. What a pass can read is limited by the eight buffers that every adapter has, of which it needs two itself.

use burn::tensor::Shape;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{Program, empty, narrow, spread};
use super::reduce::reduce;
use super::sums::{Ranges, summing};

/// Vectors on the right of a pass.
const TOGETHER: usize = 3;
/// Values that a partial sum is worth.
const LEAST_RANGE: usize = 2048;
const THREADS: u32 = 64;

/// Of each of `left` with each of `right`.
///
/// # Shapes
/// → `[3, 6]`
pub(super) fn inner_products(left: &[CubeTensor; 3], right: &[CubeTensor; 6]) -> CubeTensor {
    let values = left[0].meta.num_elements();
    let Ranges { range, count } = Ranges::new(1, values, LEAST_RANGE, 1);
    let partial = empty(&left[0], Shape::new([count, left.len(), right.len()]));
    for (group, some) in right.chunks(TOGETHER).enumerate() {
        let mut program = summing("inner products", &[include_str!("total.wgsl"), include_str!("inner_products.wgsl")], false);
        program.constants.extend([("LEFT", narrow(left.len())), ("RIGHT", narrow(some.len()))]);
        let inputs: Vec<&CubeTensor> = left.iter().chain(some).collect();
        let sizes = [values, range, right.len(), group * TOGETHER].map(narrow);
        program.launch([narrow(count), 1, 1], &inputs, &partial, &sizes);
    }
    reduce(partial, count, None, Shape::new([left.len(), right.len()]))
}

/// `Σ factor · vector`
pub(super) fn combination(vectors: &[CubeTensor; 6], factors: [f32; 6]) -> CubeTensor {
    let output = empty(&vectors[0], vectors[0].meta.shape().clone());
    let values = output.meta.num_elements();
    let mut shape = vec![narrow(values)];
    shape.extend(factors.map(f32::to_bits));
    Program {
        name: "combination",
        sources: &[include_str!("combination.wgsl")],
        constants: vec![("THREADS", THREADS), ("VECTORS", narrow(vectors.len()))],
    }
    .launch(spread(values, THREADS, &output), &vectors.each_ref(), &output, &shape);
    output
}
