//! The computations that the networks live on, faster and leaner than their burn counterparts.
//!
//! - [`convolution_3x3`]: padding, bias and activation in the one pass; going back needs no more than its output's signs. [`convolution_3x3_frozen`] takes weights in
//!   few bits as well.
//! - [`normalise`]: instance, group or layer normalisation with scale, shift and activation, two passes each way.
//! - [`max_pool_2x2`]: on the processor remembers which of each square it took, a byte each; a GPU looks again.
//! - [`product`] and [`products`]: of a matrix with one or with a batch of them.
//! - [`inner_products`] and [`combination`]: of many pictures at once, each read once.
//! - [`moments`]: `F diag(n) Fᵀ` and the sums, the core of every Gram matrix, with one product going back instead of two.
//!
//! `backend` names them for burn, `autodiff` says how each is differentiated, `trace` lets a network go back by hand; `cpu` and `gpu` compute them. Nothing outside knows
//! how any of it is done. What they are in burn's own operations, the tests say that hold them against those (`tests/compute/kernels.rs`).

mod activation;
mod autodiff;
mod backend;
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;
mod normalisation;
mod trace;
mod weight;

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};

pub use self::activation::Activation;
use self::backend::{Kernels, Six, Three};
pub use self::normalisation::Normalisation;
pub use cpu_kernels::Padding;
pub(crate) use trace::{
    Trace, convolution_3x3_input_gradient, convolution_3x3_traced, max_pool_2x2_gradient, max_pool_2x2_traced, moments_gradient,
};
pub use weight::{Packing, Weight};

/// Tells the kernels how many operations a second a device has been found to do, so that its work can be submitted in portions that it is done with
/// soon. The processor has no use for it.
pub(crate) fn expect(device: &Device, operations_per_second: f64) {
    #[cfg(feature = "webgpu")]
    if !crate::backend::is_cpu(device) {
        gpu::expect(operations_per_second);
    }
    #[cfg(not(feature = "webgpu"))]
    let _ = (device, operations_per_second);
}

/// How a 3×3 convolution of stride 1 treats what lies around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convolution {
    /// What stands where the picture ends.
    pub padding: Padding,
    /// What is done to each sum.
    pub activation: Activation,
}

/// `activation(weight ∗ pad(x) + bias)`, of the same height and width as `x`.
///
/// Differentiable in all three. What is kept for going back is which outputs are positive: a bit each on the processor, the output itself on a GPU,
/// where the next layer holds it anyway. `x` is kept only where the weights learn.
///
/// # Shapes
/// `x [n, input, h, w]`, `weight [output, input, 3, 3]`, `bias [output]` → `[n, output, h, w]`
#[must_use]
pub fn convolution_3x3(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, convolution: Convolution) -> Tensor<4> {
    let output = <Dispatch as Kernels>::convolution_3x3(x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch(), convolution);
    Tensor::from_dispatch(output)
}

/// [`convolution_3x3`] with weights that do not learn. Packed ones are not differentiated at all: who wants a gradient on `x` has floats, or a
/// `Trace`.
#[must_use]
pub fn convolution_3x3_frozen(x: Tensor<4>, weight: &Weight, bias: Tensor<1>, convolution: Convolution) -> Tensor<4> {
    match weight {
        Weight::Float(weight) => convolution_3x3(x, (**weight).clone(), bias, convolution),
        Weight::Packed(packed) => {
            let [x, scales, bias] = [x.into_dispatch(), packed.scales.clone().into_dispatch(), bias.into_dispatch()];
            let words = packed.words.clone().into_dispatch();
            let output = <Dispatch as Kernels>::convolution_3x3_packed(x, words, scales, bias, packed.packing, convolution);
            Tensor::from_dispatch(output)
        }
    }
}

/// `activation(scale · (x − mean) / √(variance + ε) + shift)`, with statistics over each group of channels of each picture and ε = 10⁻⁵.
///
/// Scale and shift are each picture's own, since a style may choose them. Differentiable in all three; what is kept for going back is `x`, and two
/// numbers for each group.
///
/// # Shapes
/// `x [n, c, h, w]`; `scale`, `shift`: `[n, c]` → `[n, c, h, w]`
///
/// # Panics
/// If the channels are not a multiple of the group: a bug of the caller's, whom no input can bring to it.
#[must_use]
pub fn normalise(x: Tensor<4>, scale: Tensor<2>, shift: Tensor<2>, normalisation: Normalisation) -> Tensor<4> {
    let [_, channels, ..] = x.dims();
    assert!(channels.is_multiple_of(normalisation.group), "groups of {} in {channels} channels", normalisation.group);
    let (output, _) = <Dispatch as Kernels>::normalise(x.into_dispatch(), scale.into_dispatch(), shift.into_dispatch(), normalisation);
    Tensor::from_dispatch(output)
}

/// The largest of each two by two; an odd last row or column is left out. Of equals the first in reading order gets the gradient.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h / 2, w / 2]`, rounded down
#[must_use]
pub fn max_pool_2x2(x: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Kernels>::max_pool_2x2(x.into_dispatch()))
}

/// `left · right`, differentiable in both.
///
/// burn's own product would do on the processor; on a GPU it brings a fifth of the whole `.wasm` with it, for matrices that take no time.
///
/// # Shapes
/// `[m, k]`, `[k, p]` → `[m, p]`
#[must_use]
pub fn product(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    let ([rows, _], [_, columns]) = (left.dims(), right.dims());
    products(left, right.unsqueeze()).reshape([rows, columns])
}

/// [`product`] with each matrix of a batch.
///
/// # Shapes
/// `left [m, k]`, `right [n, k, p]` → `[n, m, p]`
#[must_use]
pub fn products(left: Tensor<2>, right: Tensor<3>) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as Kernels>::products(left.into_dispatch(), right.into_dispatch()))
}

/// The inner product of each of `left` with each of `right`. Not differentiated.
///
/// # Shapes
/// all alike → `[3, right]`
#[must_use]
pub fn inner_products(left: [&Tensor<4>; 3], right: &[&Tensor<4>]) -> Tensor<2> {
    let dispatched = |vector: &Tensor<4>| vector.clone().into_dispatch();
    let some = right.chunks(6).map(|some| {
        // Where fewer are left, one stands for those that are not there.
        let six = std::array::from_fn(|index| dispatched(some.get(index).unwrap_or(&some[0])));
        let products = <Dispatch as Kernels>::inner_products(Three::new(left.map(dispatched)), Six::new(six));
        Tensor::<2>::from_dispatch(products).narrow(1, 0, some.len())
    });
    Tensor::cat(some.collect(), 1)
}

/// `Σ factor · vector`, of at least one vector beside the first. Not differentiated.
///
/// # Shapes
/// all alike → the same
#[must_use]
pub fn combination(first: (f32, &Tensor<4>), others: &[(f32, &Tensor<4>)]) -> Tensor<4> {
    let (mut factor, mut sum) = (first.0, first.1.clone());
    for some in others.chunks(5) {
        let terms: [_; 6] = std::array::from_fn(|index| match index.checked_sub(1) {
            None => (factor, &sum),
            // Where fewer are left, nothing of what there is stands for those that are not there.
            Some(index) => some.get(index).copied().unwrap_or((0.0, &sum)),
        });
        let vectors = Six::new(terms.map(|(_, vector)| vector.clone().into_dispatch()));
        sum = Tensor::from_dispatch(<Dispatch as Kernels>::combination(vectors, terms.map(|(factor, _)| factor)));
        factor = 1.0;
    }
    sum
}

/// `F diag(counts) Fᵀ`, which features occur together, and beside it their sums `F counts`: each pixel counts as often as `counts` says, or once.
/// No gradient flows to the counts.
///
/// # Shapes
/// `features [1, c, h, w]`, `counts [1, h·w]` → `[c, c + 1]`, of which the first `c` columns are symmetric
#[must_use]
pub fn moments(features: Tensor<4>, counts: Option<Tensor<2>>) -> Tensor<2> {
    let counts = counts.unwrap_or_else(|| Tensor::ones([1, 1], &features.device()));
    Tensor::from_dispatch(<Dispatch as Kernels>::moments(features.into_dispatch(), counts.into_dispatch()))
}
