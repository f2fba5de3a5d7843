//! The parameters of a network that learns: one vector, and the names and shapes of what it is cut into.
//!
//! As one vector, an optimiser's step, an average of weights, a gradient's norm and a checkpoint are each one line whatever the
//! network, and a handful of operations on a GPU instead of a handful for each layer. A network is a function of a [`Source`]: it asks for its
//! parameters in a fixed order, and so the same lines say what there is, how it starts, and where it goes.

use std::ops::Range;

use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// What a parameter is before any training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Start {
    /// Every value is this.
    Constant(f32),
    /// Normal, with mean 0 and this standard deviation.
    Normal(f32),
}

/// A parameter's place in the vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub name: String,
    pub shape: Vec<usize>,
    pub start: Start,
}

impl Entry {
    pub fn length(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Every parameter of a network, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layout {
    pub entries: Vec<Entry>,
}

impl Layout {
    /// What a network asks for.
    pub fn of<N>(network: impl FnOnce(&mut Source<'_>) -> N) -> Self {
        let mut layout = Self::default();
        network(&mut Source { way: Way::Listing(&mut layout) });
        layout
    }

    /// Values in the vector.
    pub fn length(&self) -> usize {
        self.entries.iter().map(Entry::length).sum()
    }

    /// Each entry, and where in the vector it lies.
    pub fn ranges(&self) -> impl Iterator<Item = (&Entry, Range<usize>)> {
        self.entries.iter().scan(0, |from, entry| {
            let range = *from..*from + entry.length();
            *from = range.end;
            Some((entry, range))
        })
    }

    /// Each entry with its part of a vector on the host; nothing of what lies beyond its end.
    pub fn parts<'a>(&'a self, values: &'a [f32]) -> impl Iterator<Item = (&'a Entry, &'a [f32])> {
        self.ranges().map(|(entry, range)| (entry, values.get(range).unwrap_or_default()))
    }

    /// A vector to start training from.
    pub fn start(&self, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut values = Vec::with_capacity(self.length());
        for entry in &self.entries {
            values.extend((0..entry.length()).map(|_| match entry.start {
                Start::Constant(value) => value,
                Start::Normal(deviation) => normal(&mut random) * deviation,
            }));
        }
        values
    }
}

/// The Box–Muller transform of two uniform numbers.
fn normal(random: &mut fastrand::Rng) -> f32 {
    let radius = (-2.0 * (1.0 - random.f32()).ln()).sqrt();
    radius * (std::f32::consts::TAU * random.f32()).cos()
}

/// Where a network takes its parameters from, one after another.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    way: Way<'a>,
}

#[derive(Debug)]
enum Way<'a> {
    /// Names and shapes are noted; what is given is zeros.
    Listing(&'a mut Layout),
    /// Parts of the vector are given.
    Reading { vector: &'a Tensor<1>, from: usize, learning: Option<&'a mut Vec<Tensor<1>>> },
}

impl Source<'_> {
    /// The next parameter.
    pub fn take<const D: usize>(&mut self, name: &str, shape: [usize; D], start: Start) -> Tensor<D> {
        match &mut self.way {
            Way::Listing(layout) => {
                layout.entries.push(Entry { name: name.to_owned(), shape: shape.to_vec(), start });
                Tensor::zeros(shape, &crate::backend::cpu())
            }
            Way::Reading { vector, from, learning } => {
                let length: usize = shape.iter().product();
                let part = vector.clone().narrow(0, *from, length);
                *from += length;
                match learning {
                    Some(leaves) => {
                        let leaf = part.autodiff().require_grad();
                        leaves.push(leaf.clone());
                        leaf.reshape(shape)
                    }
                    None => part.reshape(shape),
                }
            }
        }
    }
}

/// A network whose parameters do not learn here. On an autodiff `vector` gradients still pass through it to what it is given.
pub(crate) fn frozen<N>(vector: &Tensor<1>, network: impl FnOnce(&mut Source<'_>) -> N) -> N {
    network(&mut Source { way: Way::Reading { vector, from: 0, learning: None } })
}

/// A network, and what to collect the gradient on its parameters with.
pub(crate) fn learning<N>(vector: &Tensor<1>, network: impl FnOnce(&mut Source<'_>) -> N) -> (N, Leaves) {
    let mut leaves = Vec::new();
    let network = network(&mut Source { way: Way::Reading { vector, from: 0, learning: Some(&mut leaves) } });
    (network, Leaves(leaves))
}

/// A vector's parts while they learn.
#[derive(Debug)]
pub(crate) struct Leaves(Vec<Tensor<1>>);

impl Leaves {
    /// The gradient on the vector, zero for parts that the loss did not depend on.
    pub fn gradient(&self, gradients: &mut Gradients) -> Tensor<1> {
        let parts = self.0.iter().map(|leaf| leaf.grad_remove(gradients).unwrap_or_else(|| leaf.clone().inner().zeros_like()));
        Tensor::cat(parts.collect(), 0)
    }
}

/// A vector on a device without autodiff.
pub(crate) fn vector(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}
