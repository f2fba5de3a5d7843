//! Five hundred iterations hold no more memory than the first hundred.

use atelier::job::Checkpoints;
use atelier::losses::{Region, StylePicture, StyleTransfer, Subject};
use atelier::optimize::{Lbfgs, LineSearch, Settings};
use atelier::vgg::Vgg;
use burn::tensor::Device;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, devices};

/// By then the history of L-BFGS is full, and every buffer and every thread's scratch space is there.
const SETTLED: u32 = 100;
const ITERATIONS: u32 = 500;
/// What may come on top: an allocator's grain. A picture has 13 kB, so that one kept by each iteration would make five megabytes.
const SLACK: u64 = 1 << 20;

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn iterations_leave_nothing_behind() {
    let golden = Golden::network();
    for (name, device) in devices().await {
        let weights = golden.weights();
        let subject = Subject { picture: golden.picture("content", &device), counts: None, keep: None };
        let style = StylePicture { picture: golden.picture("style", &device), counts: None, weight: 1.0 };
        let regions = [Region { mask: None, styles: vec![style] }];
        let weighting = Settings::default().weighting(&weights).unwrap();
        let network = Vgg::new(&weights, &device);
        let objective =
            StyleTransfer::new(&network, &weights, weighting, &subject, &regions, &device, &Checkpoints::default()).await.unwrap();
        let mut minimiser = Lbfgs::new(golden.picture("input", &device), LineSearch::Backtracking);
        let mut settled = 0;
        for iteration in 1..=ITERATIONS {
            let step = minimiser.step(&objective).await.unwrap();
            assert!(step.terms.loss.is_finite(), "{name}: the loss at iteration {iteration}");
            if iteration == SETTLED {
                settled = held(&device);
            }
        }
        let held = held(&device);
        assert!(held <= settled + SLACK, "{name}: {settled} bytes after {SETTLED} iterations, {held} after {ITERATIONS}");
    }
}

/// Bytes that this process has in memory.
#[cfg(not(target_family = "wasm"))]
fn held(_: &Device) -> u64 {
    const PAGE: u64 = 4096;
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * PAGE
}

/// Bytes of the wasm's memory, which never shrinks, and of what is in use on the device.
#[cfg(target_family = "wasm")]
fn held(device: &Device) -> u64 {
    const PAGE: u64 = 64 << 10;
    let wasm = u64::try_from(core::arch::wasm32::memory_size(0)).unwrap() * PAGE;
    wasm + device.memory_pool_usage().map_or(0, |usage| usage.bytes_in_use)
}
