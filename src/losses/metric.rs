//! The metric in which features are compared: the network's own, or the true network's behind a linear map.

use burn::tensor::{Device, Tensor, TensorData};

use crate::vgg::LinearMap;

/// A quadratic form `M = AᵀA` on a tap's feature vectors with a constant 1 appended.
///
/// For a narrow network `A` maps its features to the true VGG's (see [`LinearMap`]), so distances come out
/// as the true network would measure them. Without a map `M` is the identity.
#[derive(Clone, Debug)]
pub struct Metric {
    /// `[c + 1, c + 1]`
    form: Option<Tensor<2>>,
}

impl Metric {
    /// The metric of a tap on `device`; the plain one where there is no map.
    #[must_use]
    pub fn new(map: Option<&LinearMap>, device: &Device) -> Self {
        let form = map.map(|map| {
            let side = map.narrow + 1;
            Tensor::from_data(TensorData::new(map.metric(), [side, side]), device)
        });
        Self { form }
    }

    /// The squared length of a difference of features, summed over pixels. The constant cancels in a difference.
    ///
    /// # Shapes
    /// `[1, c, h, w]` → `[1]`
    pub(super) fn of_features(&self, features: Tensor<4>) -> Tensor<1> {
        let [_, channels, height, width] = features.dims();
        let flat = features.reshape([channels, height * width]);
        let weighed = match &self.form {
            Some(form) => form.clone().slice([0..channels, 0..channels]).matmul(flat.clone()),
            None => flat.clone(),
        };
        (flat * weighed).sum()
    }

    /// The squared Frobenius length `‖A D Aᵀ‖² = tr(M D M D)` of a symmetric matrix of second moments.
    ///
    /// # Shapes
    /// `[c + 1, c + 1]` → `[1]`
    pub(super) fn of_moments(&self, moments: Tensor<2>) -> Tensor<1> {
        let weighed = match &self.form {
            Some(form) => form.clone().matmul(moments),
            None => moments,
        };
        (weighed.clone() * weighed.transpose()).sum()
    }
}
