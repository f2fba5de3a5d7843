//! Total variation: a little smoothness against grain.

use burn::tensor::Tensor;

/// Mean squared difference of neighbouring pixels (Mahendran & Vedaldi 2015, eq. 3 with β = 2, over the count).
///
/// # Shapes
/// `[1, c, h, w]` → `[1]`; a side of one pixel has no neighbours and adds nothing
#[must_use]
pub fn total_variation(picture: Tensor<4>) -> Tensor<1> {
    let [_, channels, height, width] = picture.dims();
    let device = picture.device();
    let along = |dim: usize, length: usize| {
        if length < 2 {
            return Tensor::<1>::zeros([1], &device);
        }
        let before = picture.clone().narrow(dim, 0, length - 1);
        let after = picture.clone().narrow(dim, 1, length - 1);
        let difference = after - before;
        (difference.clone() * difference).sum()
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of pixels, used as a divisor")]
    let count = (channels * height * width) as f32;
    (along(2, height) + along(3, width)) / count
}
