//! Total variation: a little smoothness against grain.

use burn::tensor::Tensor;

use super::real;

/// Mean squared difference of neighbouring pixels (Mahendran & Vedaldi 2015, eq. 3 with β = 2, over the count). With `wrap`, the
/// last row and column are neighbours of the first.
///
/// # Shapes
/// `[n, c, h, w]` → `[1]`; a side of one pixel has no neighbours and adds nothing
#[must_use]
pub fn total_variation(picture: Tensor<4>, wrap: bool) -> Tensor<1> {
    let [n, channels, height, width] = picture.dims();
    let device = picture.device();
    let along = |dim: usize, length: usize| {
        if length < 2 {
            return Tensor::<1>::zeros([1], &device);
        }
        let squares = |before: Tensor<4>, after: Tensor<4>| {
            let difference = after - before;
            (difference.clone() * difference).sum()
        };
        let at = |start: usize, count: usize| picture.clone().narrow(dim, start, count);
        let inner = squares(at(0, length - 1), at(1, length - 1));
        if wrap { inner + squares(at(length - 1, 1), at(0, 1)) } else { inner }
    };
    (along(2, height) + along(3, width)) / real(n * channels * height * width)
}
