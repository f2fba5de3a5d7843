//! What an evaluation holds at most. It counts all that its process allocates, so it has one to itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use atelier::backend;
use atelier::job::Checkpoints;
use atelier::losses::{Objective, Region, StylePicture, StyleTransfer, Subject, Weighting, bytes_per_pixel};
use atelier::optimize::Settings;
use atelier::vgg::{Architecture, Input, Pooling, Vgg, Weights};
use burn::tensor::{Distribution, Tensor};

/// The system's allocator, and what of it is in use.
struct Counting {
    live: AtomicUsize,
    peak: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: Counting = Counting { live: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

#[allow(unsafe_code, reason = "that of an allocator")]
// SAFETY: all is the system's own; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = self.live.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        self.peak.fetch_max(live, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.live.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Every side here can be halved as often as the networks do.
const SIDE: usize = 320;

/// Bytes that an evaluation holds at most, beside what it stands on.
async fn held(weights: &Weights, settings: &Settings, tile: Option<usize>) -> usize {
    let (device, autodiff) = (backend::cpu(), backend::cpu().autodiff());
    let noise = || Tensor::<4>::random([1, 3, SIDE, SIDE], Distribution::Uniform(0.0, 1.0), &device);
    let weighting = Weighting { tile, ..settings.weighting(&weights.architecture).unwrap() };
    let subject = Subject { picture: noise(), counts: None, keep: None };
    let regions = [Region { mask: None, styles: vec![StylePicture { picture: noise(), counts: None, weight: 1.0 }] }];
    let (network, checkpoints) = (Vgg::new(weights, &autodiff), Checkpoints::default());
    let objective = StyleTransfer::new(&network, weights, weighting, &subject, &regions, &autodiff, &checkpoints);
    let (objective, picture) = (objective.await.unwrap(), noise());

    // The first one also fills the kernels' scratch.
    objective.evaluate(picture.clone()).await.unwrap();
    let before = ALLOCATOR.live.load(Ordering::Relaxed);
    ALLOCATOR.peak.store(before, Ordering::Relaxed);
    objective.evaluate(picture).await.unwrap();
    ALLOCATOR.peak.load(Ordering::Relaxed) - before
}

/// What tiles are cut by, and what the page foretells, is what an evaluation holds: a little less, by at most a fifth.
#[tokio::test]
async fn an_evaluation_holds_what_is_foretold() {
    let lite = Weights::read(include_bytes!("../models/vgg-lite.safetensors"), "vgg-lite").unwrap();
    let vgg19 = Weights::untrained(Architecture::vgg19(Input::TORCHVISION), 1);
    for (name, weights, pooling) in [("lite", &lite, Pooling::Max), ("lite", &lite, Pooling::Average), ("VGG-19", &vgg19, Pooling::Max)] {
        let foretold = bytes_per_pixel(&weights.architecture, pooling, &backend::cpu());
        let held = held(weights, &Settings { pooling, ..Settings::default() }, None).await / SIDE.pow(2);
        let held = f32::from(u16::try_from(held).unwrap());
        assert!(held < foretold && held > 0.8 * foretold, "{name}, {pooling:?}: {held} bytes a pixel, {foretold} were foretold");
    }
    let [whole, tiled] = [held(&lite, &Settings::default(), None).await, held(&lite, &Settings::default(), Some(SIDE / 2)).await];
    // A quarter of the picture and its halos, and the picture's gradient.
    assert!(2 * tiled < whole, "{tiled} bytes in tiles, {whole} whole");
}
