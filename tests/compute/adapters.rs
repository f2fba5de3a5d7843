//! The kernels on adapters that promise little, and on memory that held something else before.

use atelier::kernels::{Activation, Convolution, Normalisation, Padding, convolution_3x3, max_pool_2x2, moments, normalise};
use burn::tensor::wgpu::{WgpuSetup, wgpu};
use burn::tensor::{Device, Tensor};

use crate::kernels::{PADDINGS, outcome, tensor};
use crate::support::{assert_close, devices, read};

const REPLICATE: Convolution = Convolution { padding: Padding::Replicate, activation: Activation::Relu };

/// A device of its own, with no more than these bytes of workgroup memory and invocations in a workgroup.
async fn limited(bytes: u32, invocations: u32) -> Device {
    let instance = wgpu::Instance::default();
    let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.unwrap();
    let required_limits = wgpu::Limits {
        max_compute_workgroup_storage_size: bytes,
        max_compute_invocations_per_workgroup: invocations,
        max_compute_workgroup_size_x: invocations,
        max_compute_workgroup_size_y: invocations,
        max_storage_buffer_binding_size: 128 << 20,
        ..adapter.limits()
    };
    let required_features = adapter.features().difference(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS | wgpu::Features::SHADER_F16);
    let descriptor = wgpu::DeviceDescriptor { required_features, required_limits, ..Default::default() };
    let (device, queue) = adapter.request_device(&descriptor).await.unwrap();
    device.on_uncaptured_error(std::sync::Arc::new(|error| panic!("uncaptured GPU error: {error}")));
    let backend = adapter.get_info().backend;
    Device::wgpu_options().setup(WgpuSetup { instance, adapter, device, queue, backend }).init().unwrap()
}

/// Outputs and gradients of each kernel, wide and narrow.
async fn outcomes(device: &Device) -> Vec<Vec<f32>> {
    let device = &device.clone().autodiff();
    let mut found = Vec::new();
    for [input, output, height, width] in [[3, 70, 21, 35], [64, 3, 21, 35], [20, 16, 9, 130], [33, 32, 70, 67]] {
        let x = tensor([1, input, height, width], 1, device).require_grad();
        let (weight, bias) = (tensor([output, input, 3, 3], 2, device).require_grad(), tensor([output], 3, device).require_grad());
        let (scale, shift) = (tensor([1, input], 6, device).require_grad(), tensor([1, input], 7, device).require_grad());
        let normalised = [1, input].map(|group| {
            let normalisation = Normalisation { group, activation: Activation::LeakyRelu(0.2) };
            normalise(x.clone(), scale.clone(), shift.clone(), normalisation)
        });
        let [by_channel, by_picture] = normalised;
        let convolved = convolution_3x3(x.clone(), weight.clone(), bias.clone(), REPLICATE);
        let counts = tensor([1, height * width], 4, device);
        let moments = moments(x.clone(), Some(counts)).reshape([1, 1, input, input + 1]);
        for result in [convolved, max_pool_2x2(x.clone()), by_channel, by_picture, moments] {
            let weighed = (result.clone() * tensor(result.dims(), 5, device)).sum();
            found.push(read(result.inner()).await);
            let mut gradients = weighed.backward();
            for gradient in [&x, &weight].into_iter().filter_map(|learnt| learnt.grad_remove(&mut gradients)) {
                found.push(read(gradient).await);
            }
            for gradient in [&scale, &shift].into_iter().filter_map(|learnt| learnt.grad_remove(&mut gradients)) {
                found.push(read(gradient).await);
            }
            if let Some(gradient) = bias.grad_remove(&mut gradients) {
                found.push(read(gradient).await);
            }
        }
    }
    found
}

#[tokio::test]
async fn the_least_adapters_compute_the_same() {
    let expected = outcomes(&atelier::backend::cpu()).await;
    // What WebGPU promises, what its compatibility mode promises, and less memory than that.
    for (bytes, invocations) in [(16384, 256), (16384, 128), (8192, 128)] {
        let found = outcomes(&limited(bytes, invocations).await).await;
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            // The order of sums is another, and the processor's transforms cost a few bits.
            assert_close(&format!("{bytes} bytes, {invocations} invocations, {index}"), found, expected, 1e-4);
        }
    }
}

/// Where not even the smallest of the usual tiles has room, each invocation is a workgroup of its own.
#[tokio::test]
async fn an_adapter_that_promises_next_to_nothing_computes_the_same() {
    let (shape, cpu) = ([2, 5, 40, 12, 13], atelier::backend::cpu());
    // Fewer than 64 invocations no adapter has, and burn's own programs need them.
    let device = limited(2048, 256).await;
    for padding in PADDINGS {
        let convolution = Convolution { padding, ..REPLICATE };
        let run = async |device: &Device| outcome(convolution_3x3, shape, convolution, device).await;
        let (found, expected) = (run(&device).await, run(&cpu).await);
        for (what, (found, expected)) in ["output", "input", "weight", "bias"].iter().zip(found.iter().zip(&expected)) {
            assert_close(&format!("{padding:?}, {what}"), found, expected, 1e-4);
        }
    }
    let run = async |device: &Device| {
        let (features, counts) = (tensor([1, 33, 12, 13], 4, device), tensor([1, 12 * 13], 5, device));
        read(moments(features, Some(counts))).await
    };
    assert_close("moments", &run(&device).await, &run(&cpu).await, 1e-4);
}

#[tokio::test]
async fn memory_is_not_taken_to_be_zero() {
    let expected = outcomes(&atelier::backend::cpu()).await;
    for (name, device) in devices().await.into_iter().filter(|(name, _)| *name == "webgpu") {
        for side in [1, 5, 30, 200, 700, 1500] {
            let poison: Vec<_> = (0..4).map(|_| Tensor::<2>::full([side, side], f32::NAN, &device)).collect();
            device.sync().unwrap();
            drop(poison);
        }
        for (index, (found, expected)) in outcomes(&device).await.iter().zip(&expected).enumerate() {
            assert_close(&format!("{name}, {index}"), found, expected, 1e-4);
        }
    }
}
