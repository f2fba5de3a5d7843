//! The kernels against burn's own operations, on the processor and, with `--features webgpu`, on the GPU. Pairs take turns, so compare the two
//! columns of a line; the rates are to be held against what `docs/kernels.md` expects of a machine.
//!
//! `cargo bench --bench kernels [--features webgpu]`

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark that cannot go on has failed; its output is a table")]

use std::time::{Duration, Instant};

use atelier::backend;
use atelier::kernels::{Activation, Convolution, Normalisation, Padding, convolution_3x3, moments, normalise};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor};

/// `[input, output, side]` of a VGG's layers on pictures of 512 and 256 pixels.
const LAYERS: [[usize; 3]; 6] = [[3, 64, 512], [64, 64, 512], [128, 128, 256], [256, 256, 128], [512, 512, 64], [32, 32, 256]];
/// `[n, input, output, side]` of a generator's and a discriminator's layers on batches of patches.
const BATCHES: [[usize; 4]; 6] = [[4, 3, 32, 64], [4, 32, 32, 128], [4, 64, 64, 64], [8, 64, 64, 16], [8, 128, 128, 16], [4, 128, 128, 32]];
/// `[n, channels, group, side]` of their normalisations.
const NORMALISATIONS: [[usize; 4]; 4] = [[4, 32, 1, 128], [4, 64, 1, 64], [4, 64, 64, 64], [8, 128, 1, 16]];
/// `[channels, side]` of its taps.
const TAPS: [[usize; 2]; 3] = [[64, 512], [256, 128], [512, 64]];
/// Pairs of which the median is taken.
const ROUNDS: usize = 5;
/// Milliseconds that one timing should last at least, so that waiting for the device does not count.
const LEAST: u128 = 200;

fn main() {
    let devices = [
        ("cpu", backend::cpu()),
        #[cfg(feature = "webgpu")]
        ("gpu", backend::gpu().expect("an adapter")),
    ];
    println!("{:<4} {:<34} {:>9} {:>9} {:>9} {:>7}", "", "", "ours", "Gflop/s", "burn", "ratio");
    for (name, device) in devices {
        let device = device.autodiff();
        for [input, output, side] in LAYERS {
            layer(name, &device, [1, input, output, side], false);
        }
        for shape in BATCHES {
            layer(name, &device, shape, true);
        }
        for shape in NORMALISATIONS {
            normalisation(name, &device, shape);
        }
        for [channels, side] in TAPS {
            let features = Tensor::<4>::random([1, channels, side, side], Distribution::Uniform(-1.0, 1.0), &device);
            let burns = |features: Tensor<4>| {
                let flat = features.reshape([channels, side * side]);
                Tensor::cat(vec![flat.clone().matmul(flat.clone().transpose()), flat.sum_dim(1)], 1)
            };
            let work = 2.0 * real(channels * channels * side * side);
            let what = format!("moments {channels}, {side}²");
            let ours = |features: Tensor<4>| moments(features, None);
            compare(name, &what, work, &device, &|| drop(ours(features.clone())), &|| drop(burns(features.clone())));
            let learnt = |operation: &dyn Fn(Tensor<4>) -> Tensor<2>| {
                let features = features.clone().require_grad();
                drop(features.grad(&operation(features.clone()).sum().backward()).expect("a gradient"));
            };
            compare(name, "  and back", 2.0 * work, &device, &|| learnt(&ours), &|| learnt(&burns));
        }
    }
}

/// A convolution with its ReLU, `[n, input, output, side]`, there and back: to its input and, where it `learns`, to its weights.
fn layer(name: &str, device: &Device, [n, input, output, side]: [usize; 4], learns: bool) {
    let random = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Uniform(-1.0, 1.0), device);
    let (x, weight) = (random([n, input, side, side]), random([output, input, 3, 3]));
    let bias = Tensor::<1>::zeros([output], device);
    let (weight, bias) = if learns { (weight.require_grad(), bias.require_grad()) } else { (weight, bias) };
    let ours = |x: Tensor<4>| {
        let convolution = Convolution { padding: Padding::Zero, activation: Activation::Relu };
        convolution_3x3(x, weight.clone(), bias.clone(), convolution)
    };
    let burns = |x: Tensor<4>| relu(conv2d(x, weight.clone(), Some(bias.clone()), ConvOptions::new([1, 1], [1, 1], [1, 1], 1)));
    let work = 18.0 * real(n * input * output * side * side);
    let what = format!("convolution {n} × {input} → {output}, {side}²");
    compare(name, &what, work, device, &|| drop(ours(x.clone())), &|| drop(burns(x.clone())));
    let back = |operation: &dyn Fn(Tensor<4>) -> Tensor<4>| {
        let x = x.clone().require_grad();
        drop(x.grad(&operation(x.clone()).sum().backward()).expect("a gradient"));
    };
    let (what, work) = if learns { ("  and back, learning", 3.0 * work) } else { ("  and back", 2.0 * work) };
    compare(name, what, work, device, &|| back(&ours), &|| back(&burns));
}

/// A normalisation with its ReLU, `[n, channels, group, side]`, there and back.
fn normalisation(name: &str, device: &Device, [n, channels, group, side]: [usize; 4]) {
    let x = Tensor::<4>::random([n, channels, side, side], Distribution::Uniform(-1.0, 1.0), device);
    let [scale, shift] = [(); 2].map(|()| Tensor::<2>::random([n, channels], Distribution::Uniform(-1.0, 1.0), device).require_grad());
    let ours = |x| normalise(x, scale.clone(), shift.clone(), Normalisation { group, activation: Activation::Relu });
    let burns = |x: Tensor<4>| {
        let groups = x.reshape([n, channels / group, group * side * side]);
        let (variance, mean) = groups.clone().var_mean_bias(2);
        let normal = ((groups - mean) / (variance + 1e-5).sqrt()).reshape([n, channels, side, side]);
        let [scale, shift] = [&scale, &shift].map(|values| values.clone().reshape([n, channels, 1, 1]));
        relu(normal * scale + shift)
    };
    // Subtracting, squaring and adding for the statistics, and once more to apply them; four times that with the gradients.
    let work = 8.0 * real(n * channels * side * side);
    let what = format!("normalise {n} × {channels} by {group}, {side}²");
    compare(name, &what, work, device, &|| drop(ours(x.clone())), &|| drop(burns(x.clone())));
    let back = |operation: &dyn Fn(Tensor<4>) -> Tensor<4>| {
        let x = x.clone().require_grad();
        drop(x.grad(&operation(x.clone()).sum().backward()).expect("a gradient"));
    };
    compare(name, "  and back", 4.0 * work, device, &|| back(&ours), &|| back(&burns));
}

/// Prints the medians of both and their ratio.
fn compare(device: &str, what: &str, work: f64, on: &Device, ours: &dyn Fn(), burns: &dyn Fn()) {
    let repetitions = [ours, burns].map(|run| {
        seconds(on, run, 1); // Compiles.
        let once = Duration::from_secs_f64(seconds(on, run, 1)).as_millis();
        u32::try_from(LEAST / once.max(1)).expect("few").max(1)
    });
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        times[0].push(seconds(on, ours, repetitions[0]));
        times[1].push(seconds(on, burns, repetitions[1]));
    }
    let [ours, burns] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    let (milliseconds, rate) = (1e3 * ours, work / ours / 1e9);
    println!("{device:<4} {what:<34} {milliseconds:>6.2} ms {rate:>9.1} {:>6.2} ms {:>6.1}×", 1e3 * burns, burns / ours);
}

/// Seconds of one run out of `repetitions`.
fn seconds(device: &Device, run: &dyn Fn(), repetitions: u32) -> f64 {
    device.sync().expect("a device that answers");
    let started = Instant::now();
    for _ in 0..repetitions {
        run();
    }
    device.sync().expect("a device that answers");
    started.elapsed().as_secs_f64() / f64::from(repetitions)
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("products below 2³²"))
}
