//! Style loss: take on how the style pictures are painted.

use burn::tensor::Tensor;

use super::{Metric, Normalisation};

/// One style picture's statistic at one tap, and its share among the styles.
#[derive(Clone, Debug)]
pub struct StyleTarget {
    /// As [`Metric::statistic`] gives it.
    pub statistic: Tensor<2>,
    /// Its share; the caller makes them sum to one.
    pub share: f32,
}

/// Distance of the statistic at one tap from those of one or more style pictures (Gatys et al. 2016, eq. 4), scaled as the
/// [`Normalisation`] says; of several, the distances are averaged by share.
#[derive(Debug)]
pub struct StyleLoss {
    /// What is compared of each style, with its factor.
    targets: Vec<(Tensor<2>, Tensor<1>)>,
    metric: Metric,
}

impl StyleLoss {
    /// Takes the statistics of style pictures as targets, for a picture with `channels × pixels` at this tap.
    #[must_use]
    pub fn new(targets: Vec<StyleTarget>, metric: Metric, normalisation: Normalisation, channels: usize, pixels: usize) -> Self {
        let scaled = targets.into_iter().map(|StyleTarget { statistic, share }| {
            // A style may count so little that its mask has no pixel left at this size: there is nothing to be alike to.
            let size = statistic.clone().abs().sum();
            let seen = size.clone() / (size + f32::MIN_POSITIVE);
            let target = metric.compared(statistic);
            let length = metric.of_statistics(target.clone());
            (target, normalisation.of_style(length, channels, pixels) * seen * share)
        });
        Self { targets: scaled.collect(), metric }
    }

    /// The loss, and its gradient on the statistic.
    ///
    /// # Shapes
    /// a statistic as the targets' → `[1]`, 0 at a single style; as the statistic
    #[must_use]
    pub fn forward(&self, statistic: &Tensor<2>) -> (Tensor<1>, Tensor<2>) {
        let (mut loss, mut slope) = (Tensor::zeros([1], &statistic.device()), statistic.zeros_like());
        for (target, scale) in &self.targets {
            let (distance, of_distance) = self.metric.distance_and_slope(statistic, target.clone());
            loss = loss + distance * scale.clone();
            slope = slope + of_distance * scale.clone().reshape([1, 1]);
        }
        (loss, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_of_which_nothing_is_left_at_a_size_counts_nothing_there() {
        let device = crate::backend::cpu();
        let plane = |value: f32| Tensor::<2>::full([3, 3], value, &device);
        let number = |tensor: Tensor<1>| tensor.into_data().try_into_vec::<f32>().unwrap()[0];
        for normalisation in [Normalisation::Relative, Normalisation::Paper, Normalisation::MeanSquared] {
            let of = |values: &[f32]| {
                let targets = values.iter().map(|value| StyleTarget { statistic: plane(*value), share: 0.5 });
                let (loss, slope) = StyleLoss::new(targets.collect(), Metric::plain(), normalisation, 3, 9).forward(&plane(1e8));
                [number(loss), number(slope.abs().sum())]
            };
            let whole = of(&[2.0]);
            let alike = |a: [f32; 2], b: [f32; 2]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= f32::EPSILON * b);
            assert!(alike(of(&[0.0]), [0.0; 2]));
            assert!(whole[0] > 0.0 && alike(of(&[2.0, 0.0]), whole), "{normalisation:?}: {whole:?}");
        }
    }
}
