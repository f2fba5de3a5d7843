//! The kernels and their gradients by hand, for a network that is gone back through without a graph.

use burn::backend::Dispatch;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Tensor;

use super::backend::Kernels;
use super::{Convolution, Weight, convolution_3x3_frozen, max_pool_2x2};

/// What going back needs of a convolution's output or of a pool's input: on the processor a bit or a quarter of a byte for each of its values, on a
/// GPU the values themselves, which no copy is made of.
#[derive(Clone, Debug)]
pub(crate) struct Trace(FloatTensor<Dispatch>);

/// [`convolution_3x3_frozen`] of tensors without autodiff, and what it leaves for going back.
pub(crate) fn convolution_3x3_traced(x: Tensor<4>, weight: &Weight, bias: Tensor<1>, convolution: Convolution) -> (Tensor<4>, Trace) {
    let output = convolution_3x3_frozen(x, weight, bias, convolution);
    let trace = <Dispatch as Kernels>::convolution_3x3_trace(output.clone().into_dispatch(), convolution);
    (output, Trace(trace))
}

/// The gradient on what a convolution was given, from that on its output.
///
/// # Shapes
/// `gradient [n, output, h, w]` → `[n, input, h, w]`
pub(crate) fn convolution_3x3_input_gradient(gradient: Tensor<4>, trace: Trace, weight: &Weight, convolution: Convolution) -> Tensor<4> {
    let gradient = gradient.into_dispatch();
    Tensor::from_dispatch(match weight {
        Weight::Float(weight) => {
            <Dispatch as Kernels>::convolution_3x3_input_gradient(gradient, trace.0, (**weight).clone().into_dispatch(), convolution)
        }
        Weight::Packed(packed) => {
            let (words, scales) = (packed.words.clone().into_dispatch(), packed.scales.clone().into_dispatch());
            <Dispatch as Kernels>::convolution_3x3_packed_input_gradient(gradient, trace.0, words, scales, packed.packing, convolution)
        }
    })
}

/// [`max_pool_2x2`] of a tensor without autodiff, and what it leaves for going back.
pub(crate) fn max_pool_2x2_traced(x: Tensor<4>) -> (Tensor<4>, Trace) {
    let output = max_pool_2x2(x.clone());
    (output, Trace(<Dispatch as Kernels>::max_pool_2x2_trace(x.into_dispatch())))
}

/// The gradient on what a pool was given, whose sides were `sides`, from that on its output.
///
/// # Shapes
/// `[n, c, h / 2, w / 2]` → `[n, c, h, w]`
pub(crate) fn max_pool_2x2_gradient(gradient: Tensor<4>, trace: Trace, sides: [usize; 2]) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Kernels>::max_pool_2x2_gradient(gradient.into_dispatch(), trace.0, sides))
}

/// The gradient on the features of [`moments`](super::moments), from that on the moments; where there is a `sum`, added to it.
///
/// # Shapes
/// `gradient [c, c + 1]`; `features`, `sum`: `[1, c, h, w]`; `counts [1, h·w]` → `[1, c, h, w]`
pub(crate) fn moments_gradient(gradient: Tensor<2>, features: Tensor<4>, counts: Option<Tensor<2>>, sum: Option<Tensor<4>>) -> Tensor<4> {
    let counts = counts.unwrap_or_else(|| Tensor::ones([1, 1], &features.device()));
    let (gradient, features, counts) = (gradient.into_dispatch(), features.into_dispatch(), counts.into_dispatch());
    Tensor::from_dispatch(match sum {
        Some(sum) => <Dispatch as Kernels>::add_moments_gradient(sum.into_dispatch(), gradient, features, counts),
        None => <Dispatch as Kernels>::moments_gradient(gradient, features, counts),
    })
}
