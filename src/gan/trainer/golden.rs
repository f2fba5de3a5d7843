//! A whole step beside PyTorch's: the same networks, pictures and draws as in `tests/goldens/gan.py`.

use std::collections::BTreeMap;

use safetensors::SafeTensors;

use super::super::augmentation::Augmentation;
use super::*;
use crate::backend::cpu;
use crate::generator::Architecture;
use crate::picture::Picture;
use crate::vgg::{ConvolutionWeights, LinearMap, Tap};

const SIDE: u32 = 32;
const DRAWS: [[([f32; 7], bool); 3]; 2] = [
    [
        ([0.125, 1.125, 0.875, 0.0, 0.625, 0.25, 1.0], false),
        ([-0.25, 0.75, 1.25, 1.0, 0.25, 0.0, 0.625], true),
        ([0.0625, 1.0, 1.0625, 0.375, 0.5, 0.875, 0.125], false),
    ],
    [
        ([-0.125, 0.875, 1.125, 0.625, 0.125, 1.0, 0.375], true),
        ([0.1875, 1.25, 0.75, 0.25, 1.0, 0.5, 0.0], false),
        ([0.0, 1.0, 1.0, 0.0, 0.0, 0.625, 0.625], true),
    ],
];

/// Numbers in -1…1 that differ from place to place, times `scale`.
fn numbers(seed: u32, scale: f32, count: usize) -> Vec<f32> {
    let number = |index: u32| {
        let mut x = index.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503));
        x = (x ^ (x >> 15)).wrapping_mul(2_246_822_519);
        x ^= x >> 13;
        #[expect(clippy::cast_precision_loss, reason = "24 bits")]
        let part = (x >> 8) as f32 / 8_388_608.0;
        (part - 1.0) * scale
    };
    (0..u32::try_from(count).unwrap()).map(number).collect()
}

/// Waves of a colour each.
fn picture(seed: u32) -> Picture {
    let wave = |x: u32, y: u32, channel: u32| {
        let (a, b) = (3 + (seed + channel) % 5, 2 + (seed * 3 + channel) % 7);
        u8::try_from((x * a * 7 + y * b * 11 + seed * 53 + channel * 80) % 256).unwrap()
    };
    let rgb = (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| [0, 1, 2].map(|channel| wave(x, y, channel))));
    Picture::new(SIDE, SIDE, rgb.collect(), None).unwrap()
}

fn planes(seeds: [u32; 3]) -> Vec<f32> {
    seeds.iter().flat_map(|&seed| picture(seed).to_planar()).collect()
}

fn vgg() -> vgg::Weights {
    let blocks = vec![vec![4, 4], vec![6, 6], vec![8, 8], vec![10]];
    let architecture = vgg::Architecture { blocks, ..vgg::Architecture::lite() };
    let true_channels = [(Tap::RELU1_1, 7), (Tap::RELU2_1, 9), (Tap::RELU3_1, 12), (Tap::RELU3_2, 12), (Tap::RELU4_1, 15)];
    let narrow = |tap: Tap| architecture.channels(tap.place).unwrap();
    let of_layers: usize = architecture.layers().map(|layer| (9 * layer.input + 1) * layer.output).sum();
    let of_maps: usize = true_channels.iter().map(|&(tap, channels)| channels * (narrow(tap) + 1)).sum();
    let mut rest = numbers(1, 0.5, of_layers + of_maps).into_iter();
    let mut next = |count: usize| rest.by_ref().take(count).collect::<Vec<f32>>();
    let convolutions = architecture
        .layers()
        .map(|layer| ConvolutionWeights { weight: next(9 * layer.input * layer.output).into(), bias: next(layer.output) });
    let convolutions = convolutions.collect();
    let maps = true_channels.map(|(tap, channels)| {
        let map = LinearMap { narrow: narrow(tap), weight: next(channels * narrow(tap)), bias: next(channels) };
        (tap.place, map)
    });
    vgg::Weights { maps: BTreeMap::from(maps), convolutions, architecture }
}

fn generator(vgg: &vgg::Weights) -> Weights {
    let architecture =
        Architecture { entrance: 4, width: 8, blocks: 2, deep: 1, exit: [8, 4], code: 8, ..Architecture::new(&vgg.architecture) };
    let statistics = architecture.statistics();
    let deviation = numbers(5, 0.5, statistics).into_iter().map(|number| 1.0 + number).collect();
    let style_scale = StyleScale { mean: numbers(4, 0.5, statistics), deviation };
    let untrained = Weights::start(architecture, style_scale, 1);
    // One that has been trained keeps the scale that it is told of styles by.
    Weights { values: numbers(2, 0.25, untrained.values.len()), about: About { steps: 1, ..About::default() }, ..untrained }
}

fn discriminator(statistics: usize) -> Vec<f32> {
    let mut values = numbers(6, 0.25, Discriminator::layout(statistics).length());
    // What a style is told by is large enough for verdicts on either side of the hinge.
    let of_projection = (statistics + 1) * Discriminator::outputs()[3];
    values.iter_mut().rev().take(of_projection).for_each(|value| *value *= 4.0);
    values
}

#[test]
fn a_step_is_pytorchs() {
    let settings = Settings {
        steps: 1,
        batch: 3,
        patch: SIDE as usize,
        style_sides: vec![SIDE],
        content: 1.0,
        style: 10.0,
        variation: 2.0,
        lattice: 3.0,
        identity: 0.5,
        adversarial: 0.75,
        warm_up: 0,
        ..Settings::default()
    };
    let mut examples = Examples::new(&settings);
    examples.add_content(&picture(1)).unwrap();
    for seed in [21, 22] {
        examples.add_style(&picture(seed)).unwrap();
    }
    let vgg = vgg();
    let start = generator(&vgg);
    let statistics = start.architecture.statistics();
    let mut trainer = Trainer::new(start, examples, &vgg, settings, &cpu()).unwrap();
    while trainer.styles.unseen().is_some() {
        pollster::block_on(trainer.next()).unwrap();
    }
    trainer.state.discriminator = vector(discriminator(statistics), &cpu());
    let batch = Batch {
        contents: planes([1, 2, 3]),
        styles: vec![Target::Style(StyleAt { style: 0, size: 0 }), Target::Style(StyleAt { style: 1, size: 0 }), Target::Own],
        patches: planes([31, 32, 33]),
        augmentations: DRAWS.map(|draws| Augmentation::of(&draws)),
    };
    let (scalars, gradients) = pollster::block_on(trainer.computed(&batch, true, true).read()).unwrap();

    let file = SafeTensors::deserialize(include_bytes!("../../../tests/goldens/gan.safetensors")).unwrap();
    let golden = |name: &str| -> Vec<f32> {
        let bytes = file.tensor(name).unwrap().data();
        bytes.chunks_exact(4).map(|value| f32::from_le_bytes(value.try_into().unwrap())).collect()
    };
    let length = |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    // Sums of thousands of terms in f32, the lattice's energy a difference of nearly equal ones.
    let near = |name: &str, found: &[f32], tolerance: f64| {
        let wanted = golden(name);
        assert_eq!(found.len(), wanted.len(), "{name}");
        let (off, size) = (length(&mut found.iter().zip(&wanted).map(|(a, b)| a - b)), length(&mut wanted.iter().copied()));
        assert!(off <= tolerance * size, "{name}: off by {off} of {size}");
    };
    let Losses { content, style, identity, variation, lattice, adversarial, discriminator } = scalars.losses;
    let losses = [
        ("content", content),
        ("style", style),
        ("identity", identity),
        ("variation", variation),
        ("lattice", lattice),
        ("adversarial", adversarial),
        ("discriminator", discriminator),
        ("success", scalars.success),
        ("generator.length", scalars.gradient),
        ("discriminator.length", scalars.of_discriminator),
    ];
    for (name, found) in losses {
        near(name, &[found], 1e-4);
    }
    // Where f32 falls on the other side of a kink, of a ReLU or of a pool, a value's gradient goes another way.
    for (name, stride, gradient) in [("generator", 7, &gradients[0]), ("discriminator", 211, &gradients[1])] {
        let gradient = pollster::block_on(values(gradient.clone().unwrap())).unwrap();
        near(&format!("{name}.gradient"), &gradient.into_iter().step_by(stride).collect::<Vec<_>>(), 1e-3);
    }
}
