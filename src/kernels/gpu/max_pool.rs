//! Maximum over 2 × 2 pixels, without a tensor of indices.

use burn::tensor::Shape;
use burn_cubecl::ops::numeric::zeros;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{Program, dimensions, empty, narrow, spread};

const THREADS: u32 = 64;

/// # Shapes
/// `[n, c, h, w]` → `[n, c, ⌊h / 2⌋, ⌊w / 2⌋]`
pub(super) fn forward(x: &CubeTensor) -> CubeTensor {
    let [batch, channels, height, width] = dimensions(x);
    let output = empty(x, Shape::new([batch, channels, height / 2, width / 2]));
    let windows = output.meta.num_elements();
    if windows == 0 {
        return output;
    }
    launch(&[x], output, windows, [height, width])
}

/// The gradient goes to the largest pixel of each window, and to the first of those that are equal.
///
/// # Shapes
/// `gradient [n, c, ⌊h / 2⌋, ⌊w / 2⌋]`, `x [n, c, h, w]` → `[n, c, h, w]`
pub(super) fn backward(gradient: &CubeTensor, x: &CubeTensor) -> CubeTensor {
    let [batch, channels, height, width] = dimensions(x);
    let shape = Shape::new([batch, channels, height, width]);
    if height.min(width) < 2 {
        return zeros(x.device.clone(), shape, x.dtype);
    }
    let output = empty(x, shape);
    let windows = batch * channels * height.div_ceil(2) * width.div_ceil(2);
    launch(&[x, gradient], output, windows, [height, width])
}

fn launch(inputs: &[&CubeTensor], output: CubeTensor, windows: usize, [height, width]: [usize; 2]) -> CubeTensor {
    let constants = vec![("THREADS", THREADS), ("BACKWARD", u32::from(inputs.len() == 2))];
    let sources = &[include_str!("max_pool.wgsl")];
    let shape = [windows, height, width].map(narrow);
    Program { name: "max_pool", sources, constants }.launch(spread(windows, THREADS, &output), inputs, &output, &shape);
    output
}
