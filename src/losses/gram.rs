//! Gram matrices: which features occur together, wherever they occur. The statistic of style.

use burn::tensor::Tensor;

/// The Gram matrix of features, with their means beside it and averaged over pixels: `E[f fᵀ]` of the
/// feature vector `f` with a constant 1 appended.
///
/// The upper left block is `F Fᵀ / (h·w)`, Gatys et al. (2016), eq. 3, divided by the pixel count so that it does
/// not depend on the size. The last row and column hold the channel means, which a [`Metric`](super::Metric) with
/// a bias needs.
///
/// # Shapes
/// `[1, c, h, w]` → `[c + 1, c + 1]`, symmetric
#[must_use]
pub fn gram(features: Tensor<4>) -> Tensor<2> {
    let [_, channels, height, width] = features.dims();
    let pixels = height * width;
    let flat = features.reshape([channels, pixels]);
    let device = flat.device();
    // Casting a pixel count to f32 loses nothing below 2^24 and a relative 1e-7 above.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let scale = 1.0 / pixels as f32;
    let products = flat.clone().matmul(flat.clone().transpose()) * scale;
    let means = flat.mean_dim(1);
    let one = Tensor::<2>::ones([1, 1], &device);
    let upper = Tensor::cat(vec![products, means.clone()], 1);
    let lower = Tensor::cat(vec![means.transpose(), one], 1);
    Tensor::cat(vec![upper, lower], 0)
}
