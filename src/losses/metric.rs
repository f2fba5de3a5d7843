//! The metric in which features are compared: the network's own, or the true network's behind a linear map.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::coverage::Share;
use super::gram::{gram_gradient, moments_gradient};
use super::{gram, moments, real};
use crate::kernels::{self, product, products};
use crate::vgg::LinearMap;

/// What is compared of a style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StyleStatistic {
    /// The Gram matrix, with the channel means beside it where losses are relative.
    #[default]
    Gram,
    /// Means and covariances: the Gram matrix with the means taken out. What is compared is `‖ΔΣ‖² + 2 ‖Δμ‖²`, a plain stand-in for the Wasserstein
    /// distance of two Gaussians, `‖Δμ‖²` and the Bures distance of `Σ`, which crowsonkb and others match instead of Gram matrices.
    MeanCovariance,
}

/// A quadratic form on a tap's feature vectors, and the statistic of style that goes with it.
#[derive(Clone, Debug)]
pub struct Metric {
    /// `M = AᵀA`, `[c + 1, c + 1]`, on feature vectors with a constant 1 appended, where `A` takes a narrow network's features to
    /// the true VGG's (see [`LinearMap`]): distances come out as the true network would measure them. `None` is the identity.
    form: Option<Box<Tensor<2>>>,
    kind: Kind,
}

/// What a statistic holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The Gram matrix alone: the paper's.
    Gram,
    GramWithMeans,
    MeanCovariance,
}

impl Metric {
    /// The network's own features and their Gram matrix: the paper's.
    #[must_use]
    pub fn plain() -> Self {
        Self { form: None, kind: Kind::Gram }
    }

    /// The metric behind a map on `device`; without a map, the network's own. Means count with either statistic.
    #[must_use]
    pub fn new(map: Option<&LinearMap>, statistic: StyleStatistic, device: &Device) -> Self {
        let kind = match statistic {
            StyleStatistic::Gram => Kind::GramWithMeans,
            StyleStatistic::MeanCovariance => Kind::MeanCovariance,
        };
        let form = map.map(|map| {
            let side = map.narrow + 1;
            let mut form = map.metric();
            if kind == Kind::MeanCovariance {
                // A map's constant moves all means alike and no covariance.
                for (index, value) in form.iter_mut().enumerate() {
                    let (row, column) = (index / side, index % side);
                    if row == map.narrow || column == map.narrow {
                        *value = f32::from(u8::from(row == column));
                    }
                }
            }
            Box::new(Tensor::from_data(TensorData::new(form, [side, side]), device))
        });
        Self { form, kind }
    }

    /// The statistic of a map with `pixels`, or of a part of it: what parts give adds up (see [`gram`]).
    ///
    /// # Shapes
    /// `[1, c, h, w]`, `[1, h·w]` → `[c, c]`, or `[c + 1, c + 1]` with the means
    #[must_use]
    pub fn statistic(&self, features: Tensor<4>, counts: Option<&Share>, pixels: usize) -> Tensor<2> {
        match self.kind {
            Kind::Gram => gram(features, counts, pixels),
            Kind::GramWithMeans | Kind::MeanCovariance => moments(features, counts, pixels),
        }
    }

    /// The gradient on the features, from that on their [`statistic`](Self::statistic); where there is a `sum`, added to it.
    ///
    /// # Shapes
    /// [`statistic`](Self::statistic)'s, `[1, c, h, w]`, `[1, h·w]` → `[1, c, h, w]`
    pub(super) fn statistic_gradient(
        &self,
        slope: Tensor<2>,
        features: Tensor<4>,
        counts: Option<&Share>,
        pixels: usize,
        sum: Option<Tensor<4>>,
    ) -> Tensor<4> {
        match self.kind {
            Kind::Gram => gram_gradient(slope, features, counts, pixels, sum),
            Kind::GramWithMeans | Kind::MeanCovariance => moments_gradient(slope, features, counts, pixels, sum),
        }
    }

    /// What of a whole picture's statistic is compared.
    ///
    /// # Shapes
    /// [`statistic`](Self::statistic)'s → the same
    pub(super) fn compared(&self, statistic: Tensor<2>) -> Tensor<2> {
        if self.kind != Kind::MeanCovariance {
            return statistic;
        }
        // [G μ; μᵀ 1] less [μμᵀ 0; 0 1].
        let [side, _] = statistic.dims();
        let channels = side - 1;
        let means = statistic.clone().slice([0..channels, channels..side]);
        let squares = means.clone() * means.transpose();
        let device = statistic.device();
        let upper = Tensor::cat(vec![squares, Tensor::zeros([channels, 1], &device)], 1);
        let lower = Tensor::cat(vec![Tensor::zeros([1, channels], &device), Tensor::ones([1, 1], &device)], 1);
        statistic - Tensor::cat(vec![upper, lower], 0)
    }

    /// The gradient on a statistic, from that on what of it is [`compared`](Self::compared).
    ///
    /// # Shapes
    /// [`statistic`](Self::statistic)'s, twice → the same
    fn compared_gradient(&self, slope: Tensor<2>, statistic: &Tensor<2>) -> Tensor<2> {
        if self.kind != Kind::MeanCovariance {
            return slope;
        }
        let [side, _] = slope.dims();
        let channels = side - 1;
        let means = statistic.clone().slice([0..channels, channels..side]);
        let block = slope.clone().slice([0..channels, 0..channels]);
        let of_squares = product(block.clone() + block.transpose(), means);
        let column = [0..channels, channels..side];
        let rest = slope.clone().slice(column.clone()) - of_squares;
        slope.slice_assign(column, rest)
    }

    /// The squared length of a difference of features, summed over pixels. A map's constant cancels in a difference.
    ///
    /// Behind a map it is `Σ dᵀ M d = tr(M · Σ d dᵀ)`: of all that goes into the sum, going back then needs the difference alone.
    ///
    /// # Shapes
    /// `[1, c, h, w]`, `[1, h·w]` → `[1]`
    pub(super) fn of_features(&self, features: Tensor<4>, counts: Option<&Share>) -> Tensor<1> {
        let [_, channels, height, width] = features.dims();
        if let Some(form) = &self.form {
            let form = form.as_ref().clone().slice([0..channels, 0..channels]);
            return (kernels::moments(features, counts.cloned()).narrow(1, 0, channels) * form).sum();
        }
        let flat = features.reshape([channels, height * width]);
        let squares = flat.clone() * flat;
        match counts {
            Some(counts) => (squares * counts.clone()).sum(),
            None => squares.sum(),
        }
    }

    /// The gradient of [`of_features`](Self::of_features) on the difference, times `factor`; where there is a `sum`, added to it.
    ///
    /// # Shapes
    /// `[1, c, h, w]`, `[1, h·w]`, `[1]` → `[1, c, h, w]`
    pub(super) fn of_features_gradient(
        &self,
        difference: Tensor<4>,
        counts: Option<&Share>,
        factor: Tensor<1>,
        sum: Option<Tensor<4>>,
    ) -> Tensor<4> {
        let [_, channels, height, width] = difference.dims();
        if let Some(form) = &self.form {
            let form = form.as_ref().clone().slice([0..channels, 0..channels]);
            return gram_gradient(form * factor.reshape([1, 1]), difference, counts, 1, sum);
        }
        let twice = difference * (factor * 2.0).reshape([1, 1, 1, 1]);
        let gradient = match counts {
            Some(counts) => twice * counts.clone().reshape([1, 1, height, width]),
            None => twice,
        };
        match sum {
            Some(sum) => sum + gradient,
            None => gradient,
        }
    }

    /// The squared Frobenius length of a difference of what is [`compared`](Self::compared): `‖A D Aᵀ‖² = tr(M D M D)` behind a map.
    ///
    /// # Shapes
    /// [`statistic`](Self::statistic)'s → `[1]`
    pub(super) fn of_statistics(&self, difference: Tensor<2>) -> Tensor<1> {
        let weighed = match &self.form {
            Some(form) => product(form.as_ref().clone(), difference),
            None => difference,
        };
        (weighed.clone() * weighed.transpose()).sum()
    }

    /// The squared length of what two statistics differ by, as [`of_statistics`](Self::of_statistics) of what is [`compared`](Self::compared) of them, and
    /// its gradient on the first: `2 M D M`.
    ///
    /// # Shapes
    /// a statistic; what is compared of another → `[1]`, as the statistic
    pub(super) fn distance_and_slope(&self, statistic: &Tensor<2>, target: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
        let difference = self.compared(statistic.clone()) - target;
        let (weighed, slope) = match &self.form {
            Some(form) => {
                let form = form.as_ref();
                let weighed = product(form.clone(), difference);
                (weighed.clone(), product(form.clone(), weighed.transpose()))
            }
            None => (difference.clone(), difference.transpose()),
        };
        let distance = (weighed.clone() * weighed.transpose()).sum();
        (distance, self.compared_gradient(slope * 2.0, statistic))
    }

    /// [`statistic`](Self::statistic) for each picture of a batch, of those that hold means.
    ///
    /// # Shapes
    /// `[n, c, h, w]` → `[n, c + 1, c + 1]`
    pub(crate) fn statistics_of_batch(features: Tensor<4>) -> Tensor<3> {
        let [n, channels, height, width] = features.dims();
        let pixels = real(height * width);
        let moments = (0..n).map(|index| kernels::moments(features.clone().narrow(0, index, 1), None).unsqueeze::<3>());
        let upper = Tensor::cat(moments.collect(), 0) / pixels;
        let means = upper.clone().narrow(2, channels, 1);
        let one = Tensor::ones([n, 1, 1], &upper.device());
        Tensor::cat(vec![upper, Tensor::cat(vec![means.transpose(), one], 2)], 1)
    }

    /// [`of_statistics`](Self::of_statistics) for each picture of a batch.
    ///
    /// # Shapes
    /// `[n, c + 1, c + 1]` → `[n]`
    pub(crate) fn of_statistics_in_batch(&self, differences: Tensor<3>) -> Tensor<1> {
        let weighed = match &self.form {
            Some(form) => products(form.as_ref().clone(), differences),
            None => differences,
        };
        let [n, side, _] = weighed.dims();
        (weighed.clone() * weighed.transpose()).reshape([n, side * side]).sum_dim(1).reshape([n])
    }

    /// [`of_features`](Self::of_features) for each picture of a batch.
    ///
    /// # Shapes
    /// `[n, c, h, w]` → `[n]`
    pub(crate) fn of_features_in_batch(&self, differences: Tensor<4>) -> Tensor<1> {
        let [n, channels, height, width] = differences.dims();
        let flat = differences.reshape([n, channels, height * width]);
        let weighed = match &self.form {
            Some(form) => products(form.as_ref().clone().slice([0..channels, 0..channels]), flat.clone()),
            None => flat.clone(),
        };
        (flat * weighed).reshape([n, channels * height * width]).sum_dim(1).reshape([n])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::parameters::vector;

    fn ramp(shape: [usize; 4], seed: usize) -> Tensor<4> {
        let value = |i: usize| f32::from(u8::try_from((i * 37 + seed * 11) % 101).unwrap()) / 50.0 - 0.7;
        vector((0..shape.iter().product()).map(value).collect(), &cpu()).reshape(shape)
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    /// Two orders of summation in f32, of sums of a few hundred products.
    fn assert_near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-4 * (1.0 + b.abs())), "{found:?} and {expected:?}");
    }

    /// The gradient that autodiff finds.
    fn differentiated<const D: usize>(at: Tensor<D>, value: impl FnOnce(Tensor<D>) -> Tensor<1>) -> Vec<f32> {
        let leaf = at.autodiff().require_grad();
        let mut gradients = value(leaf.clone()).backward();
        values(leaf.grad_remove(&mut gradients).unwrap())
    }

    /// With a map on an autodiff device too, for comparison.
    fn metrics() -> Vec<[Metric; 2]> {
        let map = LinearMap { narrow: 3, weight: values(ramp([1, 1, 5, 3], 1)), bias: values(ramp([1, 1, 1, 5], 2)) };
        let of = |map, statistic| [cpu(), cpu().autodiff()].map(|device| Metric::new(map, statistic, &device));
        let kinds = [StyleStatistic::Gram, StyleStatistic::MeanCovariance];
        let mut all: Vec<_> = kinds.into_iter().flat_map(|kind| [of(Some(&map), kind), of(None, kind)]).collect();
        all.push([Metric::plain(), Metric::plain()]);
        all
    }

    #[test]
    fn gradients_by_hand_are_those_of_autodiff() {
        let (features, counts) = (ramp([1, 3, 7, 6], 3), ramp([1, 1, 1, 42], 5).abs().reshape([1, 42]));
        for [metric, on_autodiff] in metrics() {
            for counts in [None, Some(&counts)] {
                let tracked = counts.map(|counts| counts.clone().autodiff());
                let statistic = metric.statistic(features.clone(), counts, 50);
                let target = metric.compared(metric.statistic(ramp([1, 3, 7, 6], 4), None, 42));
                let (distance, slope) = metric.distance_and_slope(&statistic, target.clone());
                let distance_to = |statistic| on_autodiff.of_statistics(on_autodiff.compared(statistic) - target.clone().autodiff());
                assert_near(&values(distance), &values(distance_to(statistic.clone().autodiff()).inner()));
                assert_near(&values(slope.clone()), &differentiated(statistic, distance_to));

                let found = metric.statistic_gradient(slope.clone(), features.clone(), counts, 50, None);
                let pulled = |features| (on_autodiff.statistic(features, tracked.as_ref(), 50) * slope.clone().autodiff()).sum();
                assert_near(&values(found), &differentiated(features.clone(), pulled));

                let found = metric.of_features_gradient(features.clone(), counts, Tensor::full([1], 0.5, &cpu()), None);
                let squares = |difference| on_autodiff.of_features(difference, tracked.as_ref()) * 0.5;
                assert_near(&values(found.clone()), &differentiated(features.clone(), squares));

                let both = metric.statistic_gradient(slope.clone(), features.clone(), counts, 50, Some(found.clone()));
                let alone = metric.statistic_gradient(slope.clone(), features.clone(), counts, 50, None);
                assert_near(&values(both), &values(found.clone() + alone));
                let twice = metric.of_features_gradient(features.clone(), counts, Tensor::full([1], 0.5, &cpu()), Some(found.clone()));
                assert_near(&values(twice), &values(found * 2.0));
            }
        }
    }

    #[test]
    fn a_batch_is_measured_as_each_of_its_pictures() {
        let map = LinearMap { narrow: 3, weight: values(ramp([1, 1, 5, 3], 1)), bias: values(ramp([1, 1, 1, 5], 2)) };
        for metric in [Metric::new(Some(&map), StyleStatistic::Gram, &cpu()), Metric::new(None, StyleStatistic::Gram, &cpu())] {
            let (a, b) = (ramp([2, 3, 7, 6], 3), ramp([2, 3, 7, 6], 4));
            let [of_a, of_b] = [&a, &b].map(|features| Metric::statistics_of_batch(features.clone()));
            let styles = values(metric.of_statistics_in_batch(of_a.clone() - of_b.clone()));
            let contents = values(metric.of_features_in_batch(a.clone() - b.clone()));
            for index in 0..2 {
                let [one_a, one_b] = [&a, &b].map(|features| features.clone().narrow(0, index, 1));
                let [alone_a, alone_b] = [&one_a, &one_b].map(|features| metric.statistic(features.clone(), None, 42));
                assert_near(&values(of_a.clone().narrow(0, index, 1)), &values(alone_a.clone()));
                assert_near(&styles[index..=index], &values(metric.of_statistics(alone_a - alone_b)));
                assert_near(&contents[index..=index], &values(metric.of_features(one_a - one_b, None)));
            }
        }
    }
}
