//! Instance normalisation with the style's scale and shift (Dumoulin et al. 2017, eq. 5), and where its statistics come from.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use cpu_kernels::normalisation::EPSILON;

use crate::kernels::{Activation, Normalisation, normalise};
use crate::losses::real;

/// A scale and a shift for each channel of each picture.
///
/// # Shapes
/// `[n, c]` each
#[derive(Clone, Debug)]
pub(crate) struct Modulation {
    pub scale: Tensor<2>,
    pub shift: Tensor<2>,
}

/// A channel's mean and the reciprocal of its deviation, `[1, c, 1, 1]` each.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    mean: Tensor<4>,
    reciprocal: Tensor<4>,
}

/// Normalises one layer after another, each by the statistics that it is told to.
#[derive(Debug, Default)]
pub(crate) enum Normaliser {
    /// Each picture of a batch by its own.
    #[default]
    Own,
    /// All pictures of a batch by those of the pixels that count in any of them, which are noted: `[n, 1, h, w]` at each size that there is a layer
    /// of; without such a map, all pixels count.
    Noting { counts: Vec<Tensor<4>>, noted: Vec<Statistics> },
    /// By those noted.
    Given { statistics: Vec<Statistics>, next: usize },
}

impl Normaliser {
    /// ReLU of the normalised, scaled and shifted channels.
    ///
    /// # Shapes
    /// `[n, c, h, w]` → the same
    pub fn rectified(&mut self, x: Tensor<4>, modulation: &Modulation) -> Tensor<4> {
        self.apply(x, modulation, Activation::Relu)
    }

    /// The normalised, scaled and shifted channels.
    ///
    /// # Shapes
    /// `[n, c, h, w]` → the same
    pub fn linear(&mut self, x: Tensor<4>, modulation: &Modulation) -> Tensor<4> {
        self.apply(x, modulation, Activation::None)
    }

    fn apply(&mut self, x: Tensor<4>, modulation: &Modulation, activation: Activation) -> Tensor<4> {
        let statistics = match self {
            Self::Own => {
                let normalisation = Normalisation { group: 1, activation };
                return normalise(x, modulation.scale.clone(), modulation.shift.clone(), normalisation);
            }
            Self::Noting { counts, noted } => {
                let statistics = Statistics::of(&x, counts);
                noted.push(statistics.clone());
                statistics
            }
            Self::Given { statistics, next } => {
                let given = statistics.get(*next).cloned().unwrap_or_else(|| Statistics::of(&x, &[]));
                *next += 1;
                given
            }
        };
        let channels = |values: &Tensor<2>| values.clone().unsqueeze_dims::<4>(&[2, 3]);
        let scale = channels(&modulation.scale) * statistics.reciprocal;
        let shift = channels(&modulation.shift) - statistics.mean * scale.clone();
        let sums = x * scale + shift;
        if activation == Activation::Relu { relu(sums) } else { sums }
    }
}

impl Statistics {
    /// Over the pixels of a batch, each as often as the map of `x`'s size among `counts` says, or once.
    fn of(x: &Tensor<4>, counts: &[Tensor<4>]) -> Self {
        let [n, channels, height, width] = x.dims();
        let counts = counts.iter().find(|map| map.dims() == [n, 1, height, width]);
        let mean_of = |values: Tensor<4>| {
            let (sums, count) = match counts {
                Some(counts) => (values * counts.clone(), counts.clone().sum().reshape([1, 1, 1, 1])),
                None => (values, Tensor::full([1, 1, 1, 1], real(n * height * width), &x.device())),
            };
            sums.reshape([n, channels, height * width]).sum_dim(2).sum_dim(0).reshape([1, channels, 1, 1]) / (count + EPSILON)
        };
        let mean = mean_of(x.clone());
        let deviations = x.clone() - mean.clone();
        let variance = mean_of(deviations.clone() * deviations);
        Self { mean, reciprocal: (variance + EPSILON).sqrt().recip() }
    }
}
