//! Gram matrices: which features occur together, wherever they occur. The statistic of style.

use burn::tensor::Tensor;

use super::coverage::Share;
use super::real;

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
    let (flat, counted) = flattened(features, counts);
    counted.matmul(flat.transpose()) / real(pixels)
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
    let (flat, counted) = flattened(features, counts);
    let [_, here] = flat.dims();
    let one = match counts {
        Some(counts) => counts.clone().sum_dim(1) / real(pixels),
        None => Tensor::full([1, 1], real(here) / real(pixels), &flat.device()),
    };
    let means = counted.clone().sum_dim(1) / real(pixels);
    let products = counted.matmul(flat.transpose()) / real(pixels);
    let upper = Tensor::cat(vec![products, means.clone()], 1);
    let lower = Tensor::cat(vec![means.transpose(), one], 1);
    Tensor::cat(vec![upper, lower], 0)
}

/// Features as a matrix, plain and with each pixel counted.
///
/// # Shapes
/// `[1, c, h, w]` → twice `[c, h·w]`
fn flattened(features: Tensor<4>, counts: Option<&Share>) -> (Tensor<2>, Tensor<2>) {
    let [_, channels, height, width] = features.dims();
    let flat = features.reshape([channels, height * width]);
    let counted = match counts {
        Some(counts) => flat.clone() * counts.clone(),
        None => flat.clone(),
    };
    (flat, counted)
}
