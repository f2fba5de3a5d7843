//! Pictures on their way to a device: the counterpart of `readback`.

use burn::tensor::{Device, Tensor, TensorData};

use crate::picture::Picture;

/// A picture as the networks take it. The colour of transparent pixels is given as it is stored: take [`Picture::bled`] first for statistics.
///
/// # Shapes
/// → `[1, 3, h, w]`, sRGB in 0…1
#[must_use]
pub fn tensor(picture: &Picture, device: &Device) -> Tensor<4> {
    let shape = [1, 3, picture.height() as usize, picture.width() as usize];
    Tensor::from_data(TensorData::new(picture.to_planar(), shape), device)
}
