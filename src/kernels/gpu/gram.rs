//! Moments of features: `F · diag(counts) · Fᵀ`, and the sums `F · counts` of the same pass.

use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::convolution::products;
use super::launch::{Program, dimensions, empty, narrow, reshaped};
use super::reduce::reduce;
use super::submissions::gather;
use super::sums::Ranges;

/// Invocations of a workgroup.
const THREADS: usize = 64;
/// Pixels that are in workgroup memory at a time.
const DEPTH: usize = 16;
/// Pixels that a partial sum is worth.
const LEAST_RANGE: usize = 256;

/// `F · diag(counts) · Fᵀ`, and beside it `F · counts`.
///
/// A matrix of few channels has few tiles, and of many pixels each: so ranges of pixels are added up apart, and their sums afterwards.
///
/// # Shapes
/// `features [c, p]`, `counts [1, p]` or `[1, 1]` → `[c, c + 1]`, of which the first `c` columns are exactly symmetric
pub(super) fn moments(features: &CubeTensor, counts: &CubeTensor) -> CubeTensor {
    let [channels, pixels] = dimensions(features);
    let vectors = if channels > 32 { 2 } else { 1 };
    // 8 × 8 invocations of 4 · `vectors` rows and columns each.
    let tile = 32 * vectors;
    let stride = tile / 4 + 1;
    let hardware = &features.client.properties().hardware;
    if 2 * 16 * DEPTH * stride > hardware.max_shared_memory_size || hardware.max_units_per_cube < narrow(THREADS) {
        let counted = CubeBackend::float_transpose(CubeBackend::float_mul(features.clone(), counts.clone()));
        let each = into_contiguous(CubeBackend::float_expand(counts.clone(), Shape::new([1, pixels])));
        let right = CubeBackend::float_cat(vec![counted, reshaped(each, [pixels, 1])], 1);
        return reshaped(
            products(features, &reshaped(into_contiguous(right), [1, pixels, channels + 1]), None, None),
            [channels, channels + 1],
        );
    }
    let tiles = channels.div_ceil(tile);
    let pairs = tiles * (tiles + 1) / 2;
    let Ranges { range, count: splits } = Ranges::new(pairs, pixels, LEAST_RANGE, DEPTH);

    let partial = empty(features, Shape::new([splits, channels, channels + 1]));
    let constants = vec![
        ("THREADS", narrow(THREADS)),
        // Vectors of four channels that each invocation brings to workgroup memory at a time.
        ("LOADS", narrow(DEPTH * tile / 4 / THREADS)),
        ("CHANNELS", narrow(tile)),
        ("VECTORS", narrow(vectors)),
        ("DEPTH", narrow(DEPTH)),
        ("STRIDE", narrow(stride)),
        ("COUNTED", u32::from(counts.meta.num_elements() > 1)),
    ];
    let sources = &[include_str!("gram.wgsl")];
    let shape = [channels, pixels, range].map(narrow);
    Program { name: "gram", sources, constants }.launch([narrow(pairs), narrow(splits), 1], &[features, counts], &partial, &shape);
    // Each pair of channels once.
    gather(&partial, [channels, channels, pixels].into_iter().map(|count| count as u64).product());
    reduce(partial, splits, Some(channels), Shape::new([channels, channels + 1]))
}

/// `((G + Gᵀ) · F + g 1ᵀ) · diag(counts)`, the gradient on features of which the second moments have the gradient `G` and the sums have `g`.
///
/// # Shapes
/// `gradient [c, c]`, `of_sums [c, 1]`, `features [c, p]`, `counts [1, p]` or `[1, 1]` → `[c, p]`
pub(super) fn moments_gradient(gradient: &CubeTensor, of_sums: &CubeTensor, features: &CubeTensor, counts: &CubeTensor) -> CubeTensor {
    let [channels, pixels] = dimensions(features);
    let transposed = CubeBackend::float_transpose(gradient.clone());
    let both = into_contiguous(CubeBackend::float_add(gradient.clone(), transposed));
    reshaped(products(&both, &reshaped(features.clone(), [1, channels, pixels]), Some(of_sums), Some(counts)), [channels, pixels])
}
