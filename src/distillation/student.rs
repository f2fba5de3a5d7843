//! The network that learns: a narrow VGG with a linear map at each tap.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::kernels::products;
use crate::losses::real;
use crate::parameters::{Layout, Source, Start};
use crate::vgg::{Architecture, ConvolutionWeights, LinearMap, Tap, Vgg, Weights};

/// A tap, and the channels that the true network has there.
pub(super) type Taught = (Tap, usize);

/// The narrow network and its maps.
#[derive(Clone, Debug)]
pub(super) struct Student {
    pub vgg: Vgg,
    /// For each tap `[true, narrow]` and `[true]`.
    maps: Vec<(Tap, Tensor<2>, Tensor<1>)>,
}

impl Student {
    pub fn new(architecture: &Architecture, taught: &[Taught], source: &mut Source<'_>) -> Self {
        let vgg = Vgg::from_source(architecture, source);
        let maps = taught.iter().map(|&(tap, channels)| {
            let narrow = architecture.channels(tap.place).unwrap_or(1);
            let weight = source.take(&format!("map{}.weight", tap.place), [channels, narrow], Start::Normal(real(narrow).sqrt().recip()));
            (tap, weight, source.take(&format!("map{}.bias", tap.place), [channels], Start::Constant(0.0)))
        });
        let maps = maps.collect();
        Self { vgg, maps }
    }

    /// What the true features are thought to be, from the narrow ones.
    ///
    /// # Shapes
    /// `[n, narrow, h, w]` → `[n, true, h·w]`
    pub fn mapped(&self, tap: Tap, features: Tensor<4>) -> Option<Tensor<3>> {
        let (_, weight, bias) = self.maps.iter().find(|(at, ..)| *at == tap)?;
        let [n, narrow, height, width] = features.dims();
        let products = products(weight.clone(), features.reshape([n, narrow, height * width]));
        Some(products + bias.clone().unsqueeze_dims::<3>(&[0, 2]))
    }
}

/// The parameters of a [`Student`].
pub(super) fn layout(architecture: &Architecture, taught: &[Taught]) -> Layout {
    Layout::of(|source| Student::new(architecture, taught, source))
}

/// A network's weights as the vector that a [`Student`] is cut from. Maps that it lacks start at random.
pub(super) fn flattened(weights: &Weights, taught: &[Taught], seed: u64) -> Vec<f32> {
    let mut values = layout(&weights.architecture, taught).start(seed);
    let mut from = 0;
    let mut put = |part: &[f32], room: usize| {
        if let Some(place) = values.get_mut(from..from + room).filter(|place| place.len() == part.len()) {
            place.copy_from_slice(part);
        }
        from += room;
    };
    for (layer, convolution) in weights.architecture.layers().zip(&weights.convolutions) {
        put(&convolution.floats(&layer), 9 * layer.input * layer.output);
        put(&convolution.bias, layer.output);
    }
    for &(tap, channels) in taught {
        let map = weights.maps.get(&tap.place);
        put(map.map_or(&[], |map| &map.weight), channels * weights.architecture.channels(tap.place).unwrap_or(1));
        put(map.map_or(&[], |map| &map.bias), channels);
    }
    values
}

/// The way back.
pub(super) fn assembled(values: &[f32], architecture: &Architecture, taught: &[Taught]) -> Weights {
    let mut rest = values;
    let mut next = |length: usize| {
        let (part, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        part.to_vec()
    };
    let convolutions = architecture.layers().map(|layer| {
        let weight = next(9 * layer.input * layer.output);
        ConvolutionWeights { weight: weight.into(), bias: next(layer.output) }
    });
    let convolutions = convolutions.collect();
    let maps = taught.iter().map(|&(tap, channels)| {
        let narrow = architecture.channels(tap.place).unwrap_or(1);
        let weight = next(channels * narrow);
        (tap.place, LinearMap { narrow, weight, bias: next(channels) })
    });
    let maps: BTreeMap<_, _> = maps.collect();
    Weights { architecture: architecture.clone(), convolutions, maps }
}
