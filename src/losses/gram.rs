//! Gram matrices: which features occur together, wherever they occur. The statistic of style.

use burn::tensor::Tensor;

use super::coverage::Share;
use super::real;
use crate::kernels;

/// The Gram matrix of features, averaged over pixels: `F Fᵀ / (h·w)`, Gatys et al. (2016), eq. 3, divided by the pixel
/// count so that it does not depend on the size.
///
/// `counts` says how much each pixel counts, with mean 1; `None` counts all alike. For a part of a map, `pixels` is the count of
/// the whole: what the parts give then adds up.
///
/// # Shapes
/// `[1, c, h, w]`, `[1, h·w]` → `[c, c]`, symmetric
#[must_use]
pub fn gram(features: Tensor<4>, counts: Option<&Share>, pixels: usize) -> Tensor<2> {
    let [_, channels, ..] = features.dims();
    kernels::moments(features, counts.cloned()).narrow(1, 0, channels) / real(pixels)
}

/// The gradient on the features of [`gram`], from that on the matrix; where there is a `sum`, added to it.
///
/// # Shapes
/// `slope [c, c]`, `[1, c, h, w]`, `[1, h·w]` → `[1, c, h, w]`
pub(super) fn gram_gradient(
    slope: Tensor<2>,
    features: Tensor<4>,
    counts: Option<&Share>,
    pixels: usize,
    sum: Option<Tensor<4>>,
) -> Tensor<4> {
    let [channels, _] = slope.dims();
    let of_sums = Tensor::zeros([channels, 1], &slope.device());
    kernels::moments_gradient(Tensor::cat(vec![slope, of_sums], 1) / real(pixels), features, counts.cloned(), sum)
}

/// The Gram matrix with the channel means beside it: `E[f fᵀ]` of the feature vector `f` with a constant 1 appended.
///
/// The upper left block is [`gram`]; the last row and column hold the means, which a [`Metric`](super::Metric) with a bias
/// needs.
///
/// # Shapes
/// `[1, c, h, w]`, `[1, h·w]` → `[c + 1, c + 1]`, symmetric
#[must_use]
pub fn moments(features: Tensor<4>, counts: Option<&Share>, pixels: usize) -> Tensor<2> {
    let [_, channels, height, width] = features.dims();
    let count = match counts {
        Some(counts) => counts.clone().sum_dim(1),
        None => Tensor::full([1, 1], real(height * width), &features.device()),
    };
    let upper = kernels::moments(features, counts.cloned()) / real(pixels);
    let means = upper.clone().narrow(1, channels, 1);
    let lower = Tensor::cat(vec![means.transpose(), count / real(pixels)], 1);
    Tensor::cat(vec![upper, lower], 0)
}

/// The gradient on the features of [`moments`], from that on the matrix; where there is a `sum`, added to it.
///
/// # Shapes
/// `slope [c + 1, c + 1]`, `[1, c, h, w]`, `[1, h·w]` → `[1, c, h, w]`
pub(super) fn moments_gradient(
    slope: Tensor<2>,
    features: Tensor<4>,
    counts: Option<&Share>,
    pixels: usize,
    sum: Option<Tensor<4>>,
) -> Tensor<4> {
    let [_, channels, ..] = features.dims();
    let block = slope.clone().slice([0..channels, 0..channels]);
    // The means stand there twice.
    let of_means =
        slope.clone().slice([0..channels, channels..channels + 1]) + slope.slice([channels..channels + 1, 0..channels]).transpose();
    kernels::moments_gradient(Tensor::cat(vec![block, of_means], 1) / real(pixels), features, counts.cloned(), sum)
}
