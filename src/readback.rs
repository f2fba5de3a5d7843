//! The one place where the core waits for the device.

use burn::tensor::Tensor;

use crate::error::DeviceError;

/// Reads a few scalars, in order, with a single wait.
///
/// Awaiting one read for each evaluation, or each tile of one, is also the back-pressure that keeps the browser's GPU queue short.
pub(crate) async fn scalars(parts: Vec<Tensor<1>>) -> Result<Vec<f32>, DeviceError> {
    values(Tensor::cat(parts, 0)).await
}

/// The same of so many, each `[1]`: what cannot be read is no number.
pub(crate) async fn each_scalar<const N: usize>(parts: [Tensor<1>; N]) -> Result<[f32; N], DeviceError> {
    let read = scalars(parts.into()).await?;
    Ok(std::array::from_fn(|index| read.get(index).copied().unwrap_or(f32::NAN)))
}

/// Reads all values of a tensor, row-major.
pub(crate) async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DeviceError> {
    let failed = |message: String| DeviceError::Read { message };
    let data = tensor.into_data_async().await.map_err(|error| failed(error.to_string()))?;
    data.try_into_vec::<f32>().map_err(|error| failed(format!("{error:?}")))
}

/// Waits until a tensor has been computed, by reading its first value.
pub(crate) async fn computed<const D: usize>(tensor: &Tensor<D>) -> Result<(), DeviceError> {
    let first = tensor.clone().slice(std::array::from_fn::<_, D, _>(|_| 0..1));
    values(first).await.map(|_| ())
}

/// The squared length of a tensor, still on the device.
///
/// # Shapes
/// any → `[1]`
pub(crate) fn squared<const D: usize>(tensor: &Tensor<D>) -> Tensor<1> {
    (tensor.clone() * tensor.clone()).sum()
}
