//! Gradient of a convolution for its weights.

use burn::tensor::Shape;
use burn_cubecl::tensor::CubeTensor;

use super::convolution::source_constants;
use super::launch::{Program, dimensions, empty, narrow};
use super::reduce::reduce;
use super::submissions::gather;
use super::sums::Ranges;
use crate::kernels::{Activation, Convolution};

/// Rows and columns of pixels that are in workgroup memory at a time.
const TILE: [usize; 2] = [4, 8];
/// Fours of output channels and single input channels of a workgroup, by preference.
const BLOCKS: [[usize; 2]; 2] = [[8, 16], [4, 8]];
/// For adapters that promise next to nothing: a kilobyte and a half and a single invocation.
const SINGLE: [usize; 2] = [1, 1];

/// The gradient on the weights, from that on the output and the output itself.
///
/// There are as many sums as weights, each over all pixels: so ranges of tiles of pixels are added up apart, and their sums afterwards.
///
/// # Shapes
/// `x [n, i, h, w]`; `gradient`, `output`: `[n, o, h, w]` → `[o, i, 3, 3]`
pub(super) fn weight_gradient(x: &CubeTensor, gradient: &CubeTensor, output: &CubeTensor, convolution: Convolution) -> CubeTensor {
    let [batch, input_channels, height, width] = dimensions(x);
    let [_, output_channels] = dimensions(gradient);
    let [window_height, window_width] = TILE.map(|side| side + 2);
    let hardware = &x.client.properties().hardware;
    let fitting = BLOCKS.into_iter().find(|&[quads, depth]| {
        let bytes = 4 * window_height * window_width * (depth + 1) + 16 * TILE[0] * TILE[1] * (quads + 1);
        bytes <= hardware.max_shared_memory_size && quads * depth <= hardware.max_units_per_cube as usize
    });
    let [quads, depth] = fitting.unwrap_or(SINGLE);

    let [rows, columns] = [height.div_ceil(TILE[0]), width.div_ceil(TILE[1])];
    let tiles = batch * rows * columns;
    let output_tiles = output_channels.div_ceil(4 * quads);
    let blocks = output_tiles * input_channels.div_ceil(depth);
    let Ranges { range, count: splits } = Ranges::new(blocks, tiles, 1, 1);
    let partial = empty(x, Shape::new([splits, output_channels, input_channels, 3, 3]));

    let mask = (convolution.activation != Activation::None).then_some(output);
    let inputs: Vec<_> = [x, gradient].into_iter().chain(mask).collect();
    let constants = [
        ("THREADS", quads * depth),
        ("TILE_HEIGHT", TILE[0]),
        ("TILE_WIDTH", TILE[1]),
        ("QUADS", quads),
        ("DEPTH", depth),
        ("WINDOW_HEIGHT", window_height),
        ("WINDOW_WIDTH", window_width),
        // One more than a power of two, so that neither rows that are written nor channels that are read meet in one bank of memory.
        ("WINDOW_STRIDE", depth + 1),
        ("SLOPE_STRIDE", quads + 1),
        ("MASK", mask.map_or(0, |_| 2)),
        ("OUTPUT", inputs.len()),
    ]
    .map(|(name, value)| (name, narrow(value)));
    let constants = constants.into_iter().chain(source_constants(convolution.padding)).collect();
    let sizes = [input_channels, output_channels, height, width, output_tiles, rows, columns, tiles, range].map(narrow);
    let mut shape = sizes.to_vec();
    shape.push(convolution.activation.slope().to_bits());
    let sources = &[include_str!("padding.wgsl"), include_str!("weight_gradient.wgsl")];
    Program { name: "weight_gradient", sources, constants }.launch([narrow(blocks), narrow(splits), 1], &inputs, &partial, &shape);
    // On wasm their number is beyond a `usize`.
    let operations = [2, 9, input_channels, output_channels, batch, height, width].into_iter().map(|count| count as u64);
    gather(&partial, operations.product());
    reduce(partial, splits, None, Shape::new([output_channels, input_channels, 3, 3]))
}
