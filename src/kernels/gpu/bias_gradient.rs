//! Gradient of a convolution for its bias.

use burn::tensor::Shape;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{dimensions, empty, narrow};
use super::reduce::reduce;
use super::sums::{Ranges, summing};
use crate::kernels::Activation;

/// Pixels that a partial sum is worth.
const LEAST_RANGE: usize = 1024;

/// The gradient on the bias, from that on the output and the output itself: the sum over the pixels of each channel.
///
/// # Shapes
/// `gradient`, `output`: `[n, o, h, w]` → `[o]`
pub(super) fn bias_gradient(gradient: &CubeTensor, output: &CubeTensor, activation: Activation) -> CubeTensor {
    let [n, channels, height, width] = dimensions(gradient);
    let (plane, pixels) = (height * width, n * height * width);
    let ranges = Ranges::new(channels, pixels, LEAST_RANGE, 1);
    let partial = empty(gradient, Shape::new([ranges.count, channels]));
    let activates = activation != Activation::None;
    let mut shape = [channels, plane, pixels, ranges.range].map(narrow).to_vec();
    shape.push(activation.slope().to_bits());
    let program = summing("bias_gradient", &[include_str!("total.wgsl"), include_str!("bias_gradient.wgsl")], activates);
    let inputs: Vec<_> = [gradient].into_iter().chain(activates.then_some(output)).collect();
    program.launch([narrow(ranges.count), narrow(channels), 1], &inputs, &partial, &shape);
    reduce(partial, ranges.count, None, Shape::new([channels]))
}
