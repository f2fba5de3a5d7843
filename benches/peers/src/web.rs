//! What the page of `benches/peers/page/` calls.

use atelier::backend;
use atelier::error::DeviceError;
use atelier::generator;
use atelier::vgg::Weights;
use burn::tensor::{Device, Tensor};
use wasm_bindgen::prelude::*;

use crate::painting::Painting;
use crate::workload::Workload;

/// A backend with a network, timed from JavaScript.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bench {
    device: Device,
    workload: Option<Workload>,
    painting: Option<Painting>,
}

#[wasm_bindgen]
impl Bench {
    /// Opens `wasm` or `webgpu`.
    ///
    /// # Errors
    /// Where there is no such backend.
    pub async fn open(backend: String) -> Result<Bench, JsError> {
        let device = match backend.as_str() {
            "wasm" => backend::cpu(),
            "webgpu" => {
                backend::construct();
                Device::wgpu_options().init_async().await.map_err(|error| JsError::new(&error.to_string()))?
            }
            other => return Err(JsError::new(&format!("no backend {other}"))),
        };
        Ok(Self { device, workload: None, painting: None })
    }

    /// Takes a model file of Atelier's.
    ///
    /// # Errors
    /// Where it is none.
    pub fn network(&mut self, file: &[u8]) -> Result<(), JsError> {
        (self.workload, self.painting) = (None, None);
        self.device.memory_cleanup();
        let weights = Weights::read(file, "the network").map_err(|error| JsError::new(&error.to_string()))?;
        self.workload = Some(Workload::new(weights, self.device.clone()));
        Ok(())
    }

    /// Takes a generator's file.
    ///
    /// # Errors
    /// Where it is none.
    pub fn generator(&mut self, file: &[u8]) -> Result<(), JsError> {
        (self.workload, self.painting) = (None, None);
        self.device.memory_cleanup();
        let weights = generator::Weights::read(file, "the generator").map_err(|error| JsError::new(&error.to_string()))?;
        self.painting = Some(Painting::new(&weights, &self.device));
        Ok(())
    }

    /// Takes a photo and a style's description, as [`Painting::set`] wants them.
    ///
    /// # Errors
    /// Where there is no generator, or the photo is of another size.
    pub fn photo(&mut self, values: &[f32], side: u32, style: Vec<f32>) -> Result<(), JsError> {
        let painting = self.painting.as_mut().ok_or_else(|| JsError::new("no generator yet"))?;
        painting.set(values, side, style).map_err(|error| JsError::new(&error.to_string()))
    }

    /// The generator's picture by planes.
    ///
    /// # Errors
    /// What the device says.
    pub async fn paint(&self) -> Result<Vec<f32>, JsError> {
        let painting = self.painting.as_ref().ok_or_else(|| JsError::new("no generator yet"))?;
        painting.paint().await.map_err(|error| JsError::new(&error.to_string()))
    }

    /// Takes three pictures, as [`Workload::set_pictures`] wants them.
    ///
    /// # Errors
    /// Where they are of another size.
    pub async fn pictures(&mut self, values: &[f32], side: usize) -> Result<(), JsError> {
        let workload = self.workload.as_mut().ok_or_else(|| JsError::new("no network yet"))?;
        if workload.set_pictures(values, side).await.map_err(refused)? { Ok(()) } else { Err(JsError::new("pictures of another size")) }
    }

    /// The features of the deepest tap.
    ///
    /// # Errors
    /// What the device says.
    pub async fn forward(&self) -> Result<Vec<f32>, JsError> {
        let features = self.workload.as_ref().and_then(Workload::forward).ok_or_else(|| JsError::new("no pictures yet"))?;
        read(features).await
    }

    /// The loss, then the gradient's sum: as much as an optimiser reads whose vectors stay on the device. With `whole` the gradient
    /// itself follows instead of its sum.
    ///
    /// # Errors
    /// What the device says.
    pub async fn step(&self, whole: bool) -> Result<Vec<f32>, JsError> {
        let none = || JsError::new("no pictures yet");
        let step = self.workload.as_ref().ok_or_else(none)?.step().await.map_err(refused)?.ok_or_else(none)?;
        let gradient = if whole { step.gradient.flatten::<1>(0, 3) } else { step.gradient.sum() };
        read(Tensor::cat(vec![step.loss, gradient], 0)).await
    }
}

fn refused(error: DeviceError) -> JsError {
    JsError::new(&error.to_string())
}

async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, JsError> {
    let data = tensor.into_data_async().await.map_err(|error| JsError::new(&error.to_string()))?;
    data.try_into_vec().map_err(|error| JsError::new(&format!("{error:?}")))
}
