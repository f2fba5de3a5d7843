//! The metric in which features are compared: the network's own, or the true network's behind a linear map.

use burn::tensor::{Device, Tensor, TensorData};

use super::coverage::Share;
use super::{gram, moments};
use crate::vgg::LinearMap;

/// A quadratic form on a tap's feature vectors, and the statistic of style that goes with it.
#[derive(Clone, Debug)]
pub enum Metric {
    /// The network's own features, and their Gram matrix: the paper's.
    Plain,
    /// The network's own features; the channel means stand beside the Gram matrix.
    WithMeans,
    /// `M = AᵀA`, `[c + 1, c + 1]`, on feature vectors with a constant 1 appended, where `A` takes a narrow network's features to
    /// the true VGG's (see [`LinearMap`]): distances come out as the true network would measure them.
    Mapped(Box<Tensor<2>>),
}

impl Metric {
    /// The metric behind a map on `device`; without a map, the network's own, with means.
    #[must_use]
    pub fn new(map: Option<&LinearMap>, device: &Device) -> Self {
        map.map_or(Self::WithMeans, |map| {
            let side = map.narrow + 1;
            Self::Mapped(Box::new(Tensor::from_data(TensorData::new(map.metric(), [side, side]), device)))
        })
    }

    /// The statistic of style that this metric compares, of a map with `pixels` or of a part of it: see [`gram`].
    ///
    /// # Shapes
    /// `[1, c, h, w]`, `[1, h·w]` → `[c, c]`, or `[c + 1, c + 1]` with the means
    #[must_use]
    pub fn statistic(&self, features: Tensor<4>, counts: Option<&Share>, pixels: usize) -> Tensor<2> {
        match self {
            Self::Plain => gram(features, counts, pixels),
            Self::WithMeans | Self::Mapped(_) => moments(features, counts, pixels),
        }
    }

    /// The squared length of a difference of features, summed over pixels. A map's constant cancels in a difference.
    ///
    /// # Shapes
    /// `[1, c, h, w]`, `[1, h·w]` → `[1]`
    pub(super) fn of_features(&self, features: Tensor<4>, counts: Option<&Share>) -> Tensor<1> {
        let [_, channels, height, width] = features.dims();
        let flat = features.reshape([channels, height * width]);
        let weighed = match self {
            Self::Mapped(form) => form.as_ref().clone().slice([0..channels, 0..channels]).matmul(flat.clone()),
            Self::Plain | Self::WithMeans => flat.clone(),
        };
        let squares = flat * weighed;
        match counts {
            Some(counts) => (squares * counts.clone()).sum(),
            None => squares.sum(),
        }
    }

    /// The squared Frobenius length of a difference of statistics: `‖A D Aᵀ‖² = tr(M D M D)` behind a map.
    ///
    /// # Shapes
    /// [`statistic`](Self::statistic)'s → `[1]`
    pub(super) fn of_statistics(&self, difference: Tensor<2>) -> Tensor<1> {
        let weighed = match self {
            Self::Mapped(form) => form.as_ref().clone().matmul(difference),
            Self::Plain | Self::WithMeans => difference,
        };
        (weighed.clone() * weighed.transpose()).sum()
    }
}
