//! The one place where a run waits for the device.

use burn::tensor::Tensor;

use crate::error::DeviceError;

/// Reads a few scalars, in order, with a single wait.
///
/// Awaiting one read for each evaluation is also the back-pressure that keeps the browser's GPU queue short.
pub(super) async fn scalars(parts: Vec<Tensor<1>>) -> Result<Vec<f32>, DeviceError> {
    values(Tensor::cat(parts, 0)).await
}

/// Reads all values of a tensor, row-major.
pub(super) async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DeviceError> {
    let failed = |message: String| DeviceError::Read { message };
    let data = tensor.into_data_async().await.map_err(|error| failed(error.to_string()))?;
    data.try_into_vec::<f32>().map_err(|error| failed(format!("{error:?}")))
}

/// The inner product of two pictures, still on the device.
///
/// # Shapes
/// `[1, c, h, w]`, `[1, c, h, w]` → `[1]`
pub(super) fn dot(a: &Tensor<4>, b: &Tensor<4>) -> Tensor<1> {
    (a.clone() * b.clone()).sum()
}
