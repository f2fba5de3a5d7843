//! Content loss: keep what the photograph shows.

use burn::tensor::Tensor;

use super::coverage::Share;
use super::{Metric, Normalisation};

/// Distance of features at one tap from those of the content picture (Gatys et al. 2016, eq. 1), scaled as the
/// [`Normalisation`] says.
#[derive(Debug)]
pub struct ContentLoss {
    target: Tensor<4>,
    scale: Tensor<1>,
    metric: Metric,
    counts: Option<Share>,
}

impl ContentLoss {
    /// Takes the content picture's features, `[1, c, h, w]`, as the target. `counts`, `[1, h·w]` with mean 1, says how much
    /// each pixel counts.
    #[must_use]
    pub fn new(target: Tensor<4>, metric: Metric, normalisation: Normalisation, counts: Option<Share>) -> Self {
        let [_, channels, height, width] = target.dims();
        let length = metric.of_features(target.clone(), counts.as_ref());
        let scale = normalisation.of_content(length, channels, height * width);
        Self { target, scale, metric, counts }
    }

    /// # Shapes
    /// `[1, c, h, w]`, as the target → `[1]`; 0 at the target
    #[must_use]
    pub fn forward(&self, features: Tensor<4>) -> Tensor<1> {
        self.metric.of_features(features - self.target.clone(), self.counts.as_ref()) * self.scale.clone()
    }
}
