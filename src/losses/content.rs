//! Content loss: keep what the photograph shows.

use burn::tensor::Tensor;

use super::{EPSILON, Metric};

/// Distance of features at one tap from those of the content picture.
///
/// Gatys et al. (2016), eq. 1, `½ Σ (F − P)²`, divided by `½ Σ P²` and taken in the tap's [`Metric`].
#[derive(Debug)]
pub struct ContentLoss {
    target: Tensor<4>,
    scale: Tensor<1>,
    metric: Metric,
}

impl ContentLoss {
    /// Takes the content picture's features, `[1, c, h, w]`, as the target.
    #[must_use]
    pub fn new(target: Tensor<4>, metric: Metric) -> Self {
        let scale = (metric.of_features(target.clone()) + EPSILON).recip();
        Self { target, scale, metric }
    }

    /// # Shapes
    /// `[1, c, h, w]`, as the target → `[1]`; 0 at the target, near 1 for a blank picture
    #[must_use]
    pub fn forward(&self, features: Tensor<4>) -> Tensor<1> {
        self.metric.of_features(features - self.target.clone()) * self.scale.clone()
    }
}
