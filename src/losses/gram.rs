//! Gram matrices: which features occur together, wherever they occur. The statistic of style.

use burn::tensor::Tensor;

use super::coverage::Share;
use super::real;
use crate::kernels::second_moments;

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
    second_moments(flat(features), counts.cloned()) / real(pixels)
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
    let flat = flat(features);
    let [_, here] = flat.dims();
    let (sums, count) = match counts {
        Some(counts) => ((flat.clone() * counts.clone()).sum_dim(1), counts.clone().sum_dim(1)),
        None => (flat.clone().sum_dim(1), Tensor::full([1, 1], real(here), &flat.device())),
    };
    let (means, one) = (sums / real(pixels), count / real(pixels));
    let products = second_moments(flat, counts.cloned()) / real(pixels);
    let upper = Tensor::cat(vec![products, means.clone()], 1);
    let lower = Tensor::cat(vec![means.transpose(), one], 1);
    Tensor::cat(vec![upper, lower], 0)
}

/// # Shapes
/// `[1, c, h, w]` → `[c, h·w]`
fn flat(features: Tensor<4>) -> Tensor<2> {
    let [_, channels, height, width] = features.dims();
    features.reshape([channels, height * width])
}
