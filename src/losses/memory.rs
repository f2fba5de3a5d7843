//! How much of a picture the network sees at a time.

use burn::tensor::Device;

use super::real;
use crate::backend;
use crate::vgg::{Architecture, Pooling, Tap};

/// Bytes that the activations of an evaluation may take: in a browser what a tab on a phone can spare beside its pictures, natively what any desktop can.
const BUDGET: f32 = if cfg!(target_family = "wasm") { 512e6 } else { 1e9 };

/// Bytes of a value.
const VALUE: f32 = 4.0;
/// Maps of the first block that stand side by side on the processor when the way back comes to it: its first layer's activations, where style is
/// compared, and the gradients from there and from above.
const MAPS: f32 = 3.0;
/// Values for each pixel beside them: packed signs and routes, and the picture's own gradient.
const BESIDE: f32 = 6.0;
/// On a GPU each layer's activations are kept until the way back has passed them, and the gradient on its way stands beside them. Measured with kernels
/// that keep no less, as the peak of resident memory over that of a run at 64 px.
const COPIES: f32 = 1.25;

/// What an evaluation holds at most for each pixel that the network sees at a time.
///
/// On the processor going back needs no more of most layers than signs (see `kernels`), so it is the first block's maps that count; an average pool
/// keeps what it has averaged. `tests/memory.rs` holds this against what is allocated.
#[must_use]
pub fn bytes_per_pixel(architecture: &Architecture, pooling: Pooling, device: &Device) -> f32 {
    let mut area = 1.0;
    let (mut all, mut pooled) = (0.0, 0.0);
    for widths in &architecture.blocks {
        all += real(widths.iter().sum()) * area;
        pooled += real(widths.last().copied().unwrap_or_default()) * area;
        area /= 4.0;
    }
    if !backend::is_cpu(device) {
        return VALUE * COPIES * all;
    }
    let first = architecture.blocks.first().and_then(|widths| widths.iter().max()).copied().unwrap_or_default();
    let averaged = if pooling == Pooling::Average { pooled } else { 0.0 };
    VALUE * (MAPS * real(first) + averaged + BESIDE)
}

/// Pixels that the network can see at a time.
pub(super) fn most_pixels(architecture: &Architecture, pooling: Pooling, device: &Device) -> f32 {
    BUDGET / bytes_per_pixel(architecture, pooling, device)
}

/// Bytes of a subject's features at the taps where content is compared, for each of its pixels.
pub(super) fn content_bytes_per_pixel(architecture: &Architecture, taps: &[Tap]) -> f32 {
    let values = taps.iter().filter_map(|tap| Some(real(architecture.channels(tap.place)?) / real(1 << (2 * (tap.place.block - 1)))));
    VALUE * values.sum::<f32>()
}

/// Whether so many bytes of a subject's features can stay from one evaluation to the next, beside the activations.
pub(super) fn can_stay(bytes: f64) -> bool {
    bytes <= f64::from(BUDGET) / 2.0
}
