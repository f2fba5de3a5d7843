//! Replicate padding as one gather per axis.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Pads height and width by one pixel on each side, repeating the border.
///
/// A gather with the indices 0, 0, 1, …, n−1, n−1 along each axis: one pass forward and one scatter-add
/// back, where burn's `PadMode::Edge` takes a concatenation of slices and twice as many passes.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h + 2, w + 2]`
pub(super) fn replicate(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let device = x.device();
    x.select(2, border_indices(height, &device)).select(3, border_indices(width, &device))
}

fn border_indices(length: usize, device: &Device) -> Tensor<1, Int> {
    let last = i32::try_from(length.saturating_sub(1)).unwrap_or(i32::MAX);
    let indices: Vec<i32> = std::iter::once(0).chain(0..=last).chain(std::iter::once(last)).collect();
    Tensor::from_data(TensorData::new(indices, [length + 2]), device)
}
