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
            let target = metric.compared(statistic);
            let length = metric.of_statistics(target.clone());
            (target, normalisation.of_style(length, channels, pixels) * share)
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
