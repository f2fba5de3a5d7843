//! Content loss: keep what the photograph shows.

use burn::tensor::Tensor;

use super::coverage::Share;
use super::{Metric, Normalisation};

/// Distance of features at one tap from those of the content picture (Gatys et al. 2016, eq. 1), scaled as the
/// [`Normalisation`] says. The target is given anew each time: it is as large as the picture's features, and a large picture's
/// is not kept.
#[derive(Debug)]
pub struct ContentLoss {
    scale: Tensor<1>,
    metric: Metric,
}

impl ContentLoss {
    /// For a content picture whose features at this tap, `channels × pixels`, have this squared `length` in the metric.
    #[must_use]
    pub fn new(length: Tensor<1>, metric: Metric, normalisation: Normalisation, channels: usize, pixels: usize) -> Self {
        let scale = normalisation.of_content(length, channels, pixels);
        Self { scale, metric }
    }

    /// The loss, or a part of the picture's part of it, and its gradient on the features, times `weight`; where there is a `sum`, added to it.
    /// `counts`, as in [`gram`](super::gram), says how much each pixel counts.
    ///
    /// # Shapes
    /// `[1, c, h, w]`, `[1, c, h, w]` → `[1]`, 0 at the target; `[1, c, h, w]`
    #[must_use]
    pub fn forward(
        &self,
        features: Tensor<4>,
        target: Tensor<4>,
        counts: Option<&Share>,
        weight: f32,
        sum: Option<Tensor<4>>,
    ) -> (Tensor<1>, Tensor<4>) {
        let difference = features - target;
        let loss = self.metric.of_features(difference.clone(), counts) * self.scale.clone();
        (loss, self.metric.of_features_gradient(difference, counts, self.scale.clone() * weight, sum))
    }
}
