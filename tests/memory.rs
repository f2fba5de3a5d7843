//! What an evaluation holds at most. It counts all that its process allocates, so it has one to itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use atelier::backend;
use atelier::job::Checkpoints;
use atelier::losses::{Footprint, Objective, Region, StylePicture, StyleTransfer, Subject, Tiles, Weighting};
use atelier::optimize::{Recipe, Settings};
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
async fn held(weights: &Weights, settings: &Settings, tiles: Option<Tiles>) -> usize {
    let device = backend::cpu();
    let noise = || Tensor::<4>::random([1, 3, SIDE, SIDE], Distribution::Uniform(0.0, 1.0), &device);
    let weighting = Weighting { tiles, ..settings.weighting(weights).unwrap() };
    let subject = Subject { picture: noise(), counts: None, keep: None };
    let regions = [Region { mask: None, styles: vec![StylePicture { picture: noise(), counts: None, weight: 1.0 }] }];
    let (network, checkpoints) = (Vgg::new(weights, &device), Checkpoints::default());
    let objective = StyleTransfer::new(&network, weights, weighting, &subject, &regions, &device, &checkpoints);
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
    let wide = Weights::read(include_bytes!("../models/vgg-lite-wide.safetensors"), "vgg-lite-wide").unwrap();
    let vgg19 = Weights::untrained(Architecture::vgg19(Input::TORCHVISION), 1);
    // With the halos of their tiles.
    let (quality, paper) = (Recipe::Quality, Recipe::Paper);
    let networks = [
        ("lite", &lite, quality, Pooling::Max, 40),
        ("lite", &lite, quality, Pooling::Average, 40),
        ("wide", &wide, quality, Pooling::Max, 80),
        ("VGG-19", &vgg19, quality, Pooling::Max, 96),
        // Reads features before their ReLU.
        ("VGG-19, paper", &vgg19, paper, Pooling::Average, 96),
    ];
    for (name, weights, recipe, pooling, halo) in networks {
        let settings = Settings { recipe, pooling, ..Settings::default() };
        let weighting = settings.weighting(weights).unwrap();
        let foretold = Footprint::new(&weights.architecture, &weighting, &backend::cpu());
        let per_pixel = |bytes: usize, pixels: usize| f32::from(u16::try_from(bytes / pixels).unwrap());
        let whole = per_pixel(held(weights, &settings, None).await, SIDE.pow(2));
        assert!(whole < foretold.seen && whole > 0.8 * foretold.seen, "{name}, {pooling:?}: {whole} bytes a pixel, {foretold:?}");

        // One tile, without the features of the first layer.
        let lean = per_pixel(held(weights, &settings, Some(Tiles { side: SIDE - 1, kept: 0 })).await, SIDE.pow(2));
        // VGG-19's matrices take some bytes a pixel of so small a picture.
        assert!(lean < foretold.lean + 40.0 && lean > 0.8 * foretold.lean, "{name}, {pooling:?}: {lean} bytes a pixel, {foretold:?}");

        // Four tiles, each with a halo on two sides. Three keep their way back while the fourth is gone back through.
        let cut = |kept| Some(Tiles { side: SIDE / 2, kept });
        let [none, all] = [held(weights, &settings, cut(0)).await, held(weights, &settings, cut(4)).await];
        let kept = per_pixel(all - none, 3 * (SIDE / 2 + halo).pow(2));
        assert!(kept < foretold.kept && kept > 0.8 * foretold.kept, "{name}, {pooling:?}: {kept} bytes a pixel, {foretold:?}");
        // A quarter of the picture and its halos, and the picture's gradient.
        assert!(halo > 40 || 2 * none < held(weights, &settings, None).await, "{name}, {pooling:?}: {none} bytes in tiles");
    }
}
