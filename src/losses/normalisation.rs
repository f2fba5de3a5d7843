//! The scale of content and style losses.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{EPSILON, real};

/// How squared distances of features and of Gram matrices become losses.
///
/// `F`, `P` are features of the picture and the content, `N` channels of `M` pixels; `G`, `A` are the Gram matrices of picture
/// and style, `F Fᵀ` without a divisor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Over the target's own squared length, in the true network's [`Metric`](super::Metric), the channel means beside the Gram
    /// matrix: 0 is the target, and about 1 a picture without features, at every size and layer (of style a little less: the constant that the metric appends
    /// is the same in both). Departs from the paper, whose sums grow with both.
    #[default]
    Relative,
    /// Gatys et al. (2016): content `½ Σ (F − P)²` (eq. 1), style `1/(4 N² M²) Σ (G − A)²` (eq. 4). A style of another size
    /// is compared per pixel, with its own `M`: the same where the sizes are equal.
    Paper,
    /// Content `mean (F − P)²`, style `mean (G − A)²` summed over layers: the common variant of `PyTorch` and Keras programs. A style
    /// of another size counts as if it had as many pixels as the picture.
    MeanSquared,
}

impl Normalisation {
    /// The factor on the squared distance of features.
    ///
    /// # Shapes
    /// `target [1]`, the target's squared length → `[1]`
    pub(super) fn of_content(self, target: Tensor<1>, channels: usize, pixels: usize) -> Tensor<1> {
        match self {
            Self::Relative => (target + EPSILON).recip(),
            Self::Paper => target.full_like(0.5),
            Self::MeanSquared => target.full_like((real(channels) * real(pixels)).recip()),
        }
    }

    /// The factor on the squared distance of Gram matrices that are averaged over their own pixels.
    ///
    /// # Shapes
    /// `target [1]`, the target's squared length → `[1]`
    pub(super) fn of_style(self, target: Tensor<1>, channels: usize, pixels: usize) -> Tensor<1> {
        match self {
            Self::Relative => (target + EPSILON).recip(),
            Self::Paper => target.full_like((2.0 * real(channels)).powi(-2)),
            Self::MeanSquared => target.full_like((real(pixels) / real(channels)).powi(2)),
        }
    }

    /// Whether features are compared in the true network's metric and with their means: only where losses are relative.
    pub(super) fn is_relative(self) -> bool {
        self == Self::Relative
    }

    /// The shares of layers: of a whole, or each as it is.
    pub(super) fn shares(self, shares: &[f32]) -> Vec<f32> {
        let whole = if self == Self::MeanSquared { 1.0 } else { shares.iter().sum::<f32>() };
        shares.iter().map(|share| if whole > 0.0 { share / whole } else { 0.0 }).collect()
    }
}
