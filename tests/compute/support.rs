//! Devices, goldens and comparisons.

use std::collections::HashMap;

use atelier::losses::Objective;
use atelier::vgg::{Architecture, ConvolutionWeights, LinearMap, Tap, Weights};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};

/// Every device that a test must pass on: the processor and, in a build with WebGPU, the GPU. A browser's is SwiftShader; natively it is
/// what Vulkan, Metal or Direct3D offer, of which Mesa's lavapipe is one that needs no GPU.
///
/// A build with WebGPU and no adapter fails the test: a null adapter that passes would prove nothing.
pub async fn devices() -> Vec<(&'static str, Device)> {
    let cpu = ("cpu", atelier::backend::cpu());
    #[cfg(feature = "webgpu")]
    {
        vec![cpu, ("webgpu", webgpu::device().await)]
    }
    #[cfg(not(feature = "webgpu"))]
    {
        vec![cpu]
    }
}

#[cfg(feature = "webgpu")]
mod webgpu {
    use burn::tensor::Device;

    #[cfg(target_family = "wasm")]
    thread_local! {
        // burn's runtime can be opened once in a page.
        static DEVICE: std::cell::RefCell<Option<Device>> = const { std::cell::RefCell::new(None) };
    }

    #[cfg(target_family = "wasm")]
    pub async fn device() -> Device {
        if let Some(device) = DEVICE.with(|slot| slot.borrow().clone()) {
            return device;
        }
        atelier::backend::construct();
        let (device, setup) = Device::wgpu_options().init_with_setup_async().await.expect("WebGPU with an adapter");
        setup.device.on_uncaptured_error(std::sync::Arc::new(|error| panic!("uncaptured GPU error: {error}")));
        DEVICE.with(|slot| *slot.borrow_mut() = Some(device.clone()));
        device
    }

    /// Tests run side by side, and share the one runtime that a process can open.
    #[cfg(not(target_family = "wasm"))]
    pub async fn device() -> Device {
        static DEVICE: tokio::sync::OnceCell<Device> = tokio::sync::OnceCell::const_new();
        let open = async || {
            let (device, setup) = Device::wgpu_options().init_with_setup_async().await.expect("an adapter for Vulkan, Metal or Direct3D");
            setup.device.on_uncaptured_error(std::sync::Arc::new(|error| panic!("uncaptured GPU error: {error}")));
            device
        };
        DEVICE.get_or_init(open).await.clone()
    }
}

/// Arrays that PyTorch computed (`tests/goldens/README.md`).
pub struct Golden {
    arrays: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Golden {
    pub fn new(bytes: &[u8]) -> Self {
        let file = SafeTensors::deserialize(bytes).unwrap();
        let arrays = file.tensors().into_iter().filter(|(_, view)| view.dtype() == Dtype::F32).map(|(name, view)| {
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
            (name, (view.shape().to_vec(), values))
        });
        Self { arrays: arrays.collect() }
    }

    pub fn network() -> Self {
        Self::new(include_bytes!("../goldens/vgg_lite_random.safetensors"))
    }

    pub fn values(&self, name: &str) -> &[f32] {
        &self.arrays[name].1
    }

    pub fn scalar(&self, name: &str) -> f32 {
        self.values(name)[0]
    }

    /// A picture or another array of four dimensions.
    pub fn picture(&self, name: &str, device: &Device) -> Tensor<4> {
        let (shape, values) = &self.arrays[name];
        Tensor::from_data(TensorData::new(values.clone(), <[usize; 4]>::try_from(shape.as_slice()).unwrap()), device)
    }

    /// The random network of the golden file.
    pub fn weights(&self) -> Weights {
        let architecture = Architecture { blocks: vec![vec![4, 4], vec![6, 6], vec![8, 8, 8], vec![10]], ..Architecture::lite() };
        network(self, architecture, &TAPS)
    }
}

/// A network whose weights a golden file holds, with linear maps at `mapped`.
pub fn network(golden: &Golden, architecture: Architecture, mapped: &[Tap]) -> Weights {
    let convolutions = architecture.layers().map(|layer| ConvolutionWeights {
        weight: golden.values(&format!("conv{}.weight", layer.place)).to_vec().into(),
        bias: golden.values(&format!("conv{}.bias", layer.place)).to_vec(),
    });
    let maps = mapped.iter().map(|tap| {
        let map = LinearMap {
            narrow: architecture.channels(tap.place).unwrap(),
            weight: golden.values(&format!("map{}.weight", tap.place)).to_vec(),
            bias: golden.values(&format!("map{}.bias", tap.place)).to_vec(),
        };
        (tap.place, map)
    });
    Weights { convolutions: convolutions.collect(), maps: maps.collect(), architecture: architecture.clone() }
}

/// All taps of the golden network.
pub const TAPS: [Tap; 5] = [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU3_2, Tap::RELU4_1];

/// Reads a tensor back.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data_async().await.unwrap().try_into_vec().unwrap()
}

/// Asserts `‖found − expected‖ ≤ tolerance · ‖expected‖`.
#[track_caller]
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let error = norm(&mut found.iter().zip(expected).map(|(a, b)| f64::from(a - b)));
    let length = norm(&mut expected.iter().map(|v| f64::from(*v)));
    // NaN fails every comparison, so ask for what is wanted rather than refuse what is not.
    assert!(error <= tolerance * length, "{what}: relative error {:.2e} over {tolerance:.0e}", error / length);
}

/// Asserts that the objective's gradient at `picture` is its finite difference.
pub async fn assert_gradient(objective: &impl Objective, picture: Tensor<4>) {
    let gradient = objective.evaluate(picture.clone()).await.unwrap().gradient;
    let length = read((gradient.clone() * gradient.clone()).sum()).await[0].sqrt();
    let direction = gradient / length;
    let mut at = Vec::new();
    // Along the gradient, where the difference is largest against f32's grain; small enough to cross few kinks.
    for offset in [-0.005, 0.005] {
        at.push(read(objective.evaluate(picture.clone() + direction.clone() * offset).await.unwrap().terms).await[0]);
    }
    let slope = (at[1] - at[0]) / 0.01;
    // Kinks crossed within ±0.005 bend the secant by a few parts in a thousand.
    assert!((slope - length).abs() < 0.01 * length, "slope {slope}, gradient {length}");
}
