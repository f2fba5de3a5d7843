//! Style loss: take on how the style picture is painted.

use burn::tensor::Tensor;

use super::{EPSILON, Metric, gram};

/// Distance of the Gram matrix at one tap from that of the style picture.
///
/// Gatys et al. (2016), eq. 4, `1/(4N²M²) Σ (G − A)²`, taken in the tap's [`Metric`], with the means
/// beside the Gram matrix, and divided by the target's own squared length instead of `4N²M²`.
#[derive(Debug)]
pub struct StyleLoss {
    target: Tensor<2>,
    scale: Tensor<1>,
    metric: Metric,
}

impl StyleLoss {
    /// Takes the Gram matrix of the style picture's features, `[1, c, h, w]` of any size, as the target.
    #[must_use]
    pub fn new(features: Tensor<4>, metric: Metric) -> Self {
        let target = gram(features);
        let scale = (metric.of_moments(target.clone()) + EPSILON).recip();
        Self { target, scale, metric }
    }

    /// # Shapes
    /// `[1, c, h, w]` of any size → `[1]`; 0 at the style, 1 for a picture without features
    #[must_use]
    pub fn forward(&self, features: Tensor<4>) -> Tensor<1> {
        self.metric.of_moments(gram(features) - self.target.clone()) * self.scale.clone()
    }
}
