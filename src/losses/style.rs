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

    /// # Shapes
    /// a statistic as the targets' → `[1]`; 0 at a single style
    #[must_use]
    pub fn forward(&self, statistic: Tensor<2>) -> Tensor<1> {
        let statistic = self.metric.compared(statistic);
        let mut sum = Tensor::zeros([1], &statistic.device());
        for (target, scale) in &self.targets {
            sum = sum + self.metric.of_statistics(statistic.clone() - target.clone()) * scale.clone();
        }
        sum
    }
}
