//! The kernels as burn's backends have them.

use burn::backend::Backend;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{ExtensionType, backend_extension};

use super::{Convolution, Normalisation, Packing};

/// Vectors that are looked at together: an extension of burn's takes no lists.
#[derive(Debug, Clone, ExtensionType)]
pub(super) struct Three<B: Backend> {
    pub first: FloatTensor<B>,
    pub second: FloatTensor<B>,
    pub third: FloatTensor<B>,
}

/// [`Three`] and three more.
#[derive(Debug, Clone, ExtensionType)]
pub(super) struct Six<B: Backend> {
    pub first: FloatTensor<B>,
    pub second: FloatTensor<B>,
    pub third: FloatTensor<B>,
    pub fourth: FloatTensor<B>,
    pub fifth: FloatTensor<B>,
    pub sixth: FloatTensor<B>,
}

impl<B: Backend> Three<B> {
    pub fn new([first, second, third]: [FloatTensor<B>; 3]) -> Self {
        Self { first, second, third }
    }

    pub fn all(self) -> [FloatTensor<B>; 3] {
        [self.first, self.second, self.third]
    }
}

impl<B: Backend> Six<B> {
    pub fn new([first, second, third, fourth, fifth, sixth]: [FloatTensor<B>; 6]) -> Self {
        Self { first, second, third, fourth, fifth, sixth }
    }

    pub fn all(self) -> [FloatTensor<B>; 6] {
        [self.first, self.second, self.third, self.fourth, self.fifth, self.sixth]
    }
}

/// What [`Autodiff`](burn::backend::Autodiff) differentiates by the gradients named beside it, and each backend computes as fast as it can. All tensors are of
/// 32-bit floats.
#[backend_extension(Flex, Cube: cfg(feature = "webgpu"), Autodiff)]
pub(super) trait Kernels: Backend {
    /// [`convolution_3x3`](super::convolution_3x3).
    fn convolution_3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self>;

    /// What the gradients need to know of a convolution's output. Its shape and numbers are the backend's own affair: it is kept until they
    /// are asked for, and nothing else may look at it. Without a better idea it is the output.
    ///
    /// # Shapes
    /// `[n, output, h, w]` → any
    #[allow(unused_variables, reason = "for backends with a better idea")]
    fn convolution_3x3_trace(output: FloatTensor<Self>, convolution: Convolution) -> FloatTensor<Self> {
        output
    }

    /// The gradient on `x`, from that on the output and the output's trace.
    ///
    /// # Shapes
    /// `gradient [n, output, h, w]`, `weight [output, input, 3, 3]` → `[n, input, h, w]`
    fn convolution_3x3_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self>;

    /// [`convolution_3x3`](Self::convolution_3x3) with packed weights. No gradient goes through it: who wants one has floats.
    ///
    /// # Shapes
    /// `words [any]`, `scales [output · blocks]`
    fn convolution_3x3_packed(
        x: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        packing: Packing,
        convolution: Convolution,
    ) -> FloatTensor<Self>;

    /// [`convolution_3x3_input_gradient`](Self::convolution_3x3_input_gradient) with packed weights.
    fn convolution_3x3_packed_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: FloatTensor<Self>,
        packing: Packing,
        convolution: Convolution,
    ) -> FloatTensor<Self>;

    /// The gradients on the weights and on the bias, for networks that learn.
    ///
    /// # Shapes
    /// `x [n, input, h, w]`, `gradient [n, output, h, w]` → `[output, input, 3, 3]`, `[output]`
    fn convolution_3x3_parameter_gradients(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        convolution: Convolution,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// [`normalise`](super::normalise), and mean and `1 / √(variance + ε)` of each group, through which no gradient goes.
    ///
    /// # Shapes
    /// `x [n, c, h, w]`; `scale`, `shift`: `[n, c]` → `[n, c, h, w]`, `[n, c / group, 2]`
    fn normalise(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        normalisation: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The gradients on `x`, on the scale and on the shift, from that on the output, the input and its statistics.
    ///
    /// # Shapes
    /// `gradient`, `x`: `[n, c, h, w]`; `statistics [n, c / group, 2]`; `scale`, `shift`: `[n, c]` → `[n, c, h, w]`, `[n, c]`, `[n, c]`
    fn normalise_gradients(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        normalisation: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// [`max_pool_2x2`](super::max_pool_2x2).
    fn max_pool_2x2(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// What the gradient needs to know of `x`, as [`convolution_3x3_trace`](Self::convolution_3x3_trace) of an output.
    ///
    /// # Shapes
    /// `[n, c, h, w]` → any
    fn max_pool_2x2_trace(x: FloatTensor<Self>) -> FloatTensor<Self> {
        x
    }

    /// The gradient on `x`, whose sides are `sides`, from that on the output and the trace of `x`.
    ///
    /// # Shapes
    /// `gradient [n, c, h / 2, w / 2]` → `[n, c, h, w]`
    fn max_pool_2x2_gradient(gradient: FloatTensor<Self>, trace: FloatTensor<Self>, sides: [usize; 2]) -> FloatTensor<Self>;

    /// [`products`](super::products).
    fn products(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self>;

    /// [`inner_products`](super::inner_products) of three vectors with six. No gradient goes through them.
    ///
    /// # Shapes
    /// all alike → `[3, 6]`
    fn inner_products(#[extension_type] left: Three<Self>, #[extension_type] right: Six<Self>) -> FloatTensor<Self>;

    /// [`combination`](super::combination) of six vectors. No gradient goes through it.
    ///
    /// # Shapes
    /// all alike → the same
    fn combination(#[extension_type] vectors: Six<Self>, factors: [f32; 6]) -> FloatTensor<Self>;

    /// [`moments`](super::moments), with `counts` of one value where each pixel counts once.
    fn moments(features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradient on the features: `((G + Gᵀ) F + g 1ᵀ) diag(counts)`, where `G` are the gradient's first columns and `g` is its last.
    ///
    /// # Shapes
    /// `gradient [c, c + 1]`, `features [1, c, h, w]`, `counts [1, h·w]` or `[1, 1]` → `[1, c, h, w]`
    fn moments_gradient(gradient: FloatTensor<Self>, features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self>;

    /// [`moments_gradient`](Self::moments_gradient), added to `sum`.
    ///
    /// # Shapes
    /// `sum [1, c, h, w]` → the same
    fn add_moments_gradient(
        sum: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        features: FloatTensor<Self>,
        counts: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::float_add(sum, Self::moments_gradient(gradient, features, counts))
    }
}
