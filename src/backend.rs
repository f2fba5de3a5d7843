//! Devices, and the small computation that one must get right before it is trusted with a picture.

use burn::tensor::{Device, Tensor, TensorData};

use crate::kernels::{Activation, Convolution, Padding, convolution_3x3, max_pool_2x2};
use crate::readback::values;

/// The processor, through burn's Flex backend: SIMD everywhere, threads natively.
#[must_use]
pub fn cpu() -> Device {
    Device::flex()
}

/// Whether a device is the processor, with autodiff or without: devices are compared as hardware.
pub(crate) fn is_cpu(device: &Device) -> bool {
    *device == cpu()
}

/// The best GPU of this machine, for the command line; a browser is asked for one in `web`.
///
/// # Errors
/// [`DeviceError::WebGpuUnavailable`](crate::error::DeviceError::WebGpuUnavailable) where there is none that burn can use.
#[cfg(all(feature = "webgpu", not(target_family = "wasm")))]
pub fn gpu() -> Result<Device, crate::error::DeviceError> {
    Device::wgpu_options().init().map_err(|_| crate::error::DeviceError::WebGpuUnavailable { reason: "no-adapter" })
}

/// Has this program's allocator keep what is freed for the next evaluation. A program calls it once, before anything else; a library would decide for its
/// host.
///
/// glibc maps each large array anew and gives it back when it is freed, and the system clears the pages every time: 12 % of a step at 512², 16 % at 1024²,
/// 22 % at 1536² in tiles (`cargo xtask bench scaling` with and without `GLIBC_TUNABLES=glibc.malloc.mmap_threshold=…:glibc.malloc.trim_threshold=…`). Other
/// allocators were no better, and are left as they are.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "the allocator's own switch")]
    // SAFETY: mallopt changes two thresholds of the allocator, which it guards itself.
    unsafe {
        // Older ones refuse more than half a heap, and to set either stops both from growing by themselves.
        let accepted = libc::mallopt(libc::M_MMAP_THRESHOLD, libc::c_int::MAX) == 1;
        if accepted || libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20) == 1 {
            libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        }
    }
}

/// Runs, once, what the crates of a wasm module want to have run before their first use: CubeCL registers its operations so. Call it before a GPU is
/// opened.
///
/// That the module calls its constructors itself has a second use: the linker would otherwise have each exported function run all of them
/// first, and wasm-bindgen calls such functions several times for every object of the browser's that a kernel's launch touches.
#[cfg(all(feature = "webgpu", target_family = "wasm"))]
#[allow(unsafe_code, reason = "the linker's function can be named in no other way")]
pub fn construct() {
    use std::sync::Once;

    static CONSTRUCTED: Once = Once::new();
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker makes this function in every wasm module; it takes and returns nothing, and runs each constructor once here.
    CONSTRUCTED.call_once(|| unsafe { __wasm_call_ctors() });
}

/// Runs a convolution, a pool and their gradient on `device` and compares with numbers worked out on paper.
///
/// Some adapters compile every shader and answer zeros or garbage; some drop a whole submission on a validation
/// error and leave stale data. This finds both before a visitor sees a black picture.
///
/// The picture is 4×4 with the values 0…15, the kernel a 3×3 of ones with zero padding and bias −30. The output after
/// ReLU is then `max(0, neighbourhood sum − 30)`, the pool takes the largest of each quarter, and the gradient of the
/// sum of the four is one for each pixel of the four winning neighbourhoods.
pub async fn self_test(device: &Device) -> bool {
    let device = device.clone().autodiff();
    let ramp: Vec<f32> = (0..16_u8).map(f32::from).collect();
    let picture = Tensor::<4>::from_data(TensorData::new(ramp, [1, 1, 4, 4]), &device).require_grad();
    let kernel = Tensor::<4>::ones([1, 1, 3, 3], &device);
    let bias = Tensor::<1>::from_data(TensorData::new(vec![-30.0_f32], [1]), &device);
    let convolution = Convolution { padding: Padding::Zero, activation: Activation::Relu };
    let peaks = max_pool_2x2(convolution_3x3(picture.clone(), kernel, bias, convolution));
    let mut gradients = peaks.clone().sum().backward();
    let Some(gradient) = picture.grad_remove(&mut gradients) else { return false };
    let found = (values(peaks.inner()).await, values(gradient).await);
    matches!(found, (Ok(peaks), Ok(gradient)) if is_right(&peaks, &gradient))
}

/// Whether this is what a sound device answers. Exact in any float format down to f16; the tolerance is for adapters that fuse or reorder.
fn is_right(peaks: &[f32], gradient: &[f32]) -> bool {
    let near =
        |found: &[f32], expected: &[f32]| found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3);
    near(peaks, &PEAKS) && near(gradient, &GRADIENT)
}

/// Neighbourhood sums at (1,1), (1,2), (2,1), (2,2) are 45, 54, 81, 90; each is the largest of its quarter.
const PEAKS: [f32; 4] = [15.0, 24.0, 51.0, 60.0];
/// How many of the four 3×3 neighbourhoods around the inner pixels hold each pixel.
const GRADIENT: [f32; 16] = [1.0, 2.0, 2.0, 1.0, 2.0, 4.0, 4.0, 2.0, 2.0, 4.0, 4.0, 2.0, 1.0, 2.0, 2.0, 1.0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broken_adapters_answer_is_not_right() {
        assert!(is_right(&PEAKS, &GRADIENT));
        assert!(!is_right(&[0.0; 4], &[0.0; 16]), "black");
        assert!(!is_right(&PEAKS, &[f32::NAN; 16]) && !is_right(&[f32::NAN; 4], &GRADIENT), "no numbers");
        assert!(!is_right(&PEAKS[..3], &GRADIENT) && !is_right(&[], &[]), "nothing");
        for place in 0..4 {
            let mut peaks = PEAKS;
            peaks[place] += 1.0;
            assert!(!is_right(&peaks, &GRADIENT));
        }
    }
}
