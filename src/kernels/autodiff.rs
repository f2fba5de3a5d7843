//! How the kernels are differentiated, whatever the backend.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, AutodiffBackend, TensorMetadata};
use burn::tensor::Shape;

use super::backend::{Kernels, Six, Three};
use super::{Convolution, Normalisation, Packing};

/// The gradients are the backend's, and none goes through them: nobody differentiates twice.
impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn convolution_3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let learns = weight.is_tracked() || bias.is_tracked();
        let (x, of_x) = x.into_parts();
        let (weight, of_weight) = weight.into_parts();
        let (bias, of_bias) = bias.into_parts();
        let output = B::convolution_3x3(x.clone(), weight.clone(), bias, convolution);
        match Convolution3x3.prepare::<C>([of_x, of_weight, of_bias]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let trace = B::convolution_3x3_trace(output.clone(), convolution);
                let state = Kept { trace, weight, input: learns.then_some(x), convolution };
                prepared.finish(state, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn convolution_3x3_trace(output: FloatTensor<Self>, convolution: Convolution) -> FloatTensor<Self> {
        Self::from_inner(B::convolution_3x3_trace(output.into_primitive(), convolution))
    }

    fn convolution_3x3_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let [gradient, trace, weight] = [gradient, trace, weight].map(FloatTensor::<Self>::into_primitive);
        Self::from_inner(B::convolution_3x3_input_gradient(gradient, trace, weight, convolution))
    }

    fn convolution_3x3_parameter_gradients(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        convolution: Convolution,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [x, gradient, trace] = [x, gradient, trace].map(FloatTensor::<Self>::into_primitive);
        let (of_weight, of_bias) = B::convolution_3x3_parameter_gradients(x, gradient, trace, convolution);
        (Self::from_inner(of_weight), Self::from_inner(of_bias))
    }

    fn convolution_3x3_packed(
        x: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        packing: Packing,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let [x, scales, bias] = [x, scales, bias].map(FloatTensor::<Self>::into_primitive);
        Self::from_inner(B::convolution_3x3_packed(x, words, scales, bias, packing, convolution))
    }

    fn convolution_3x3_packed_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: FloatTensor<Self>,
        packing: Packing,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let [gradient, trace, scales] = [gradient, trace, scales].map(FloatTensor::<Self>::into_primitive);
        Self::from_inner(B::convolution_3x3_packed_input_gradient(gradient, trace, words, scales, packing, convolution))
    }

    fn normalise(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        normalisation: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (x, of_x) = x.into_parts();
        let (scale, of_scale) = scale.into_parts();
        let (shift, of_shift) = shift.into_parts();
        let (output, statistics) = B::normalise(x.clone(), scale.clone(), shift.clone(), normalisation);
        let output = match Normalise.prepare::<C>([of_x, of_scale, of_shift]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let state = Normalised { x, statistics: statistics.clone(), scale, shift, normalisation };
                prepared.finish(state, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        (output, Self::from_inner(statistics))
    }

    fn normalise_gradients(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        normalisation: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [gradient, x, statistics, scale, shift] = [gradient, x, statistics, scale, shift].map(FloatTensor::<Self>::into_primitive);
        let (of_x, of_scale, of_shift) = B::normalise_gradients(gradient, x, statistics, scale, shift, normalisation);
        (Self::from_inner(of_x), Self::from_inner(of_scale), Self::from_inner(of_shift))
    }

    fn max_pool_2x2_trace(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::from_inner(B::max_pool_2x2_trace(x.into_primitive()))
    }

    fn max_pool_2x2_gradient(gradient: FloatTensor<Self>, trace: FloatTensor<Self>, sides: [usize; 2]) -> FloatTensor<Self> {
        Self::from_inner(B::max_pool_2x2_gradient(gradient.into_primitive(), trace.into_primitive(), sides))
    }

    fn moments_gradient(gradient: FloatTensor<Self>, features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self> {
        let [gradient, features, counts] = [gradient, features, counts].map(FloatTensor::<Self>::into_primitive);
        Self::from_inner(B::moments_gradient(gradient, features, counts))
    }

    fn max_pool_2x2(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, of_x) = x.into_parts();
        let output = B::max_pool_2x2(x.clone());
        match MaxPool2x2.prepare::<C>([of_x]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let [_, _, height, width] = x.shape().dims();
                prepared.finish(Pooled { trace: B::max_pool_2x2_trace(x), sides: [height, width] }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn inner_products(left: Three<Self>, right: Six<Self>) -> FloatTensor<Self> {
        let left = Three::new(left.all().map(FloatTensor::<Self>::into_primitive));
        let right = Six::new(right.all().map(FloatTensor::<Self>::into_primitive));
        Self::from_inner(B::inner_products(left, right))
    }

    fn combination(vectors: Six<Self>, factors: [f32; 6]) -> FloatTensor<Self> {
        Self::from_inner(B::combination(Six::new(vectors.all().map(FloatTensor::<Self>::into_primitive)), factors))
    }

    fn products(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        let (left, of_left) = left.into_parts();
        let (right, of_right) = right.into_parts();
        let output = B::products(left.clone(), right.clone());
        match Products.prepare::<C>([of_left, of_right]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((left, right), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn moments(features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self> {
        let (features, of_features) = features.into_parts();
        let counts = counts.into_primitive();
        let output = B::moments(features.clone(), counts.clone());
        match Moments.prepare::<C>([of_features]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((features, counts), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What a convolution keeps for going back.
#[derive(Clone, Debug)]
struct Kept<T> {
    /// Of its output.
    trace: T,
    weight: T,
    /// Where weights or bias learn.
    input: Option<T>,
    convolution: Convolution,
}

#[derive(Debug)]
struct Convolution3x3;

impl<B: Kernels> Backward<B, 3> for Convolution3x3 {
    type State = Kept<FloatTensor<B>>;

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x, weight, bias] = ops.parents;
        let Kept { trace, weight: weights, input, convolution } = ops.state;
        let gradient = gradients.consume::<B>(&ops.node);
        if let Some(input) = input {
            let (of_weight, of_bias) = B::convolution_3x3_parameter_gradients(input, gradient.clone(), trace.clone(), convolution);
            for (node, gradient) in [(weight, of_weight), (bias, of_bias)] {
                if let Some(node) = node {
                    gradients.register::<B>(node.id, gradient);
                }
            }
        }
        if let Some(x) = x {
            gradients.register::<B>(x.id, B::convolution_3x3_input_gradient(gradient, trace, weights, convolution));
        }
    }
}

/// What a normalisation keeps for going back.
#[derive(Clone, Debug)]
struct Normalised<T> {
    x: T,
    statistics: T,
    scale: T,
    shift: T,
    normalisation: Normalisation,
}

#[derive(Debug)]
struct Normalise;

impl<B: Kernels> Backward<B, 3> for Normalise {
    type State = Normalised<FloatTensor<B>>;

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Normalised { x, statistics, scale, shift, normalisation } = ops.state;
        let gradient = gradients.consume::<B>(&ops.node);
        let (of_x, of_scale, of_shift) = B::normalise_gradients(gradient, x, statistics, scale, shift, normalisation);
        for (node, gradient) in ops.parents.into_iter().zip([of_x, of_scale, of_shift]) {
            if let Some(node) = node {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

/// What a pool keeps for going back.
#[derive(Clone, Debug)]
struct Pooled<T> {
    /// Of its input.
    trace: T,
    /// The input's height and width.
    sides: [usize; 2],
}

#[derive(Debug)]
struct MaxPool2x2;

impl<B: Kernels> Backward<B, 1> for MaxPool2x2 {
    type State = Pooled<FloatTensor<B>>;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        if let [Some(node)] = ops.parents {
            gradients.register::<B>(node.id, B::max_pool_2x2_gradient(gradient, ops.state.trace, ops.state.sides));
        }
    }
}

#[derive(Debug)]
struct Products;

impl<B: Kernels> Backward<B, 2> for Products {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let ([of_left, of_right], (left, right)) = (ops.parents, ops.state);
        if let Some(node) = of_right {
            gradients.register::<B>(node.id, B::products(B::float_transpose(left), gradient.clone()));
        }
        if let Some(node) = of_left {
            // The sum over the batch is part of the product.
            let ([n, shared, columns], [_, rows, _]) = (right.shape().dims::<3>(), gradient.shape().dims::<3>());
            let gradient = B::float_reshape(B::float_swap_dims(gradient, 0, 1), Shape::from([rows, n * columns]));
            let right = B::float_reshape(B::float_swap_dims(right, 1, 2), Shape::from([1, n * columns, shared]));
            let of_left = B::float_reshape(B::products(gradient, right), Shape::from([rows, shared]));
            gradients.register::<B>(node.id, of_left);
        }
    }
}

#[derive(Debug)]
struct Moments;

impl<B: Kernels> Backward<B, 1> for Moments {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (features, counts) = ops.state;
        if let [Some(node)] = ops.parents {
            gradients.register::<B>(node.id, B::moments_gradient(gradient, features, counts));
        }
    }
}
