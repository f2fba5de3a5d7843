//! What an evaluation holds at most. It counts all that its process allocates, so it has one to itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use atelier::backend;
use atelier::job::Checkpoints;
use atelier::losses::{Objective, Region, StylePicture, StyleTransfer, Subject};
use atelier::optimize::Settings;
use atelier::vgg::{Vgg, Weights};
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

const SIDE: usize = 320;

/// Going back needs the activations; beside them stand the gradient on its way, the content's features and some pictures.
#[tokio::test]
async fn an_evaluation_holds_little_more_than_the_activations() {
    let (device, autodiff) = (backend::cpu(), backend::cpu().autodiff());
    let noise = || Tensor::<4>::random([1, 3, SIDE, SIDE], Distribution::Uniform(0.0, 1.0), &device);
    let weights = Weights::read(include_bytes!("../models/vgg-lite.safetensors"), "vgg-lite").unwrap();
    let weighting = Settings::default().weighting(&weights.architecture).unwrap();
    let subject = Subject { picture: noise(), counts: None, keep: None };
    let regions = [Region { mask: None, styles: vec![StylePicture { picture: noise(), counts: None, weight: 1.0 }] }];
    let (network, checkpoints) = (Vgg::new(&weights, &autodiff), Checkpoints::default());
    let objective = StyleTransfer::new(&network, &weights, weighting, &subject, &regions, &autodiff, &checkpoints);
    let (objective, picture) = (objective.await.unwrap(), noise());
    let blocks = weights.architecture.blocks.iter().enumerate();
    let activations: usize = blocks.map(|(block, widths)| widths.iter().sum::<usize>() * (SIDE >> block).pow(2) * size_of::<f32>()).sum();

    // The first one also fills the kernels' scratch.
    objective.evaluate(picture.clone()).await.unwrap();
    let before = ALLOCATOR.live.load(Ordering::Relaxed);
    ALLOCATOR.peak.store(before, Ordering::Relaxed);
    objective.evaluate(picture).await.unwrap();
    let held = ALLOCATOR.peak.load(Ordering::Relaxed) - before;

    // 1.17 were measured. Where four maps of the first block have to stand for a moment, a fifth would make it more than 1.3.
    assert!(4 * held < 5 * activations, "{held} bytes for {activations} of activations");
}
