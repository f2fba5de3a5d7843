//! What one evaluation costs on the processor, and what its parts add. Compare ratios within one run.
//!
//! `cargo xtask bench parts`

#![allow(clippy::expect_used, reason = "a benchmark that cannot go on has failed")]

use atelier::backend;
use atelier::job::Checkpoints;
use atelier::losses::{Objective, Region, StylePicture, StyleTransfer, Subject};
use atelier::optimize::{Lbfgs, LineSearch, Settings};
use atelier::vgg::{Tap, Vgg, Weights};
use burn::tensor::{Device, Distribution, Tensor};
use divan::Bencher;

fn main() {
    divan::main();
}

const SIDES: [usize; 2] = [128, 256];

fn noise(side: usize, device: &Device) -> Tensor<4> {
    Tensor::random([1, 3, side, side], Distribution::Uniform(0.0, 1.0), device)
}

fn shipped() -> Weights {
    Weights::read(include_bytes!("../models/vgg-lite.safetensors"), "vgg-lite").expect("the shipped model")
}

fn objective(side: usize, pyramid: u8, device: &Device) -> StyleTransfer {
    let weights = shipped();
    let settings = Settings { pyramid, ..Settings::default() };
    let weighting = settings.weighting(&weights).expect("the default layers");
    let subject = Subject { picture: noise(side, device), counts: None, keep: None };
    let style = StylePicture { picture: noise(side, device), counts: None, weight: 1.0 };
    let regions = [Region { mask: None, styles: vec![style] }];
    let (network, checkpoints) = (Vgg::new(&weights, device), Checkpoints::default());
    let objective = StyleTransfer::new(&network, &weights, weighting, &subject, &regions, device, &checkpoints);
    pollster::block_on(objective).expect("a device that works")
}

/// The network alone, to its deepest tap.
#[divan::bench(args = SIDES, sample_count = 10)]
fn forward(bencher: Bencher, side: usize) {
    let device = backend::cpu();
    let network = Vgg::new(&shipped(), &device);
    let picture = noise(side, &device);
    bencher.bench(|| network.features(picture.clone(), &[Tap::RELU4_1]));
}

/// Loss and gradient.
#[divan::bench(args = SIDES, sample_count = 10)]
fn evaluation(bencher: Bencher, side: usize) {
    let device = backend::cpu();
    let objective = objective(side, 1, &device);
    let picture = noise(side, &device);
    bencher.bench_local(|| pollster::block_on(objective.evaluate(picture.clone())).expect("a device that works"));
}

/// Loss and gradient with style on a pyramid of three sizes.
#[divan::bench(args = SIDES, sample_count = 10)]
fn evaluation_with_pyramid(bencher: Bencher, side: usize) {
    let device = backend::cpu();
    let objective = objective(side, 3, &device);
    let picture = noise(side, &device);
    bencher.bench_local(|| pollster::block_on(objective.evaluate(picture.clone())).expect("a device that works"));
}

/// An evaluation and all that L-BFGS adds to it, with a full history.
#[divan::bench(args = SIDES, sample_count = 10)]
fn lbfgs_step(bencher: Bencher, side: usize) {
    let device = backend::cpu();
    let objective = objective(side, 1, &device);
    let mut minimiser = Lbfgs::new(noise(side, &device), LineSearch::Backtracking);
    for _ in 0..12 {
        pollster::block_on(minimiser.step(&objective)).expect("a finite loss");
    }
    bencher.bench_local(|| pollster::block_on(minimiser.step(&objective)).expect("a finite loss"));
}
