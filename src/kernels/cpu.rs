//! The kernels on the processor, for burn's Flex backend: the crate `cpu-kernels` on its tensors.
//!
//! Where a tensor is not of f32, burn's own operations serve.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, FlexDevice, TensorMetadata};
use burn::tensor::{DType, TensorData};
use cpu_kernels::{Border, moments, normalisation, pool, signs};

use super::backend::Kernels;
use super::{Activation, Convolution, Normalisation, Packing, reference};

impl Kernels for Flex {
    fn convolution_3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let (input, weights, biases) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
        let (Some(values), Some(weights), Some(biases)) = (input.as_slice(), weights.as_slice(), biases.as_slice()) else {
            return reference::convolution_3x3::<Self>(x, weight, bias, convolution);
        };
        let [n, inputs, height, width] = x.shape().dims();
        let output = cpu_kernels::forward(values, [n, inputs, height, width], weights, biases, border(convolution));
        tensor(output, [n, biases.len(), height, width])
    }

    fn convolution_3x3_trace(output: FloatTensor<Self>, convolution: Convolution) -> FloatTensor<Self> {
        let contiguous = output.to_contiguous();
        match contiguous.as_slice() {
            Some(_) if convolution.activation == Activation::None => bytes(Vec::new()),
            Some(values) => bytes(signs::packed(values)),
            None => output,
        }
    }

    fn convolution_3x3_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let (gradients, weights) = (gradient.to_contiguous(), weight.to_contiguous());
        let (Some(values), Some(signs), Some(weights)) = (gradients.as_slice(), trace.as_slice(), weights.as_slice()) else {
            return reference::convolution_3x3_input_gradient::<Self>(gradient, trace, weight, convolution);
        };
        let [n, channels, height, width] = gradient.shape().dims();
        let [_, inputs, ..] = weight.shape().dims::<4>();
        let result = cpu_kernels::input_gradient(values, signs, [n, channels, height, width], weights, inputs, border(convolution));
        tensor(result, [n, inputs, height, width])
    }

    fn convolution_3x3_packed(
        x: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        packing: Packing,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        Self::convolution_3x3(x, unpacked(&words, &scales, packing), bias, convolution)
    }

    fn convolution_3x3_packed_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: FloatTensor<Self>,
        packing: Packing,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        Self::convolution_3x3_input_gradient(gradient, trace, unpacked(&words, &scales, packing), convolution)
    }

    fn convolution_3x3_parameter_gradients(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        convolution: Convolution,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (input, gradients) = (x.to_contiguous(), gradient.to_contiguous());
        let (Some(values), Some(slopes), Some(signs)) = (input.as_slice(), gradients.as_slice(), trace.as_slice()) else {
            return reference::convolution_3x3_parameter_gradients::<Self>(x, weight, bias, gradient, trace, convolution);
        };
        let (shape, [_, channels, ..]) = (x.shape().dims(), gradient.shape().dims::<4>());
        let (of_weight, of_bias) = cpu_kernels::parameter_gradients(values, shape, slopes, signs, channels, border(convolution));
        (tensor(of_weight, [channels, shape[1], 3, 3]), tensor(of_bias, [channels]))
    }

    fn normalise(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        normalisation: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (input, scales, shifts) = (x.to_contiguous(), scale.to_contiguous(), shift.to_contiguous());
        let (Some(values), Some(scales), Some(shifts)) = (input.as_slice(), scales.as_slice(), shifts.as_slice()) else {
            return reference::normalise::<Self>(x, scale, shift, normalisation);
        };
        let shape = x.shape().dims();
        let (output, statistics) = normalisation::forward(values, shape, normalised(normalisation, scales, shifts));
        (tensor(output, shape), tensor(statistics, [shape[0], shape[1] / normalisation.group, 2]))
    }

    fn normalise_gradients(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        normalisation: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let contiguous = [&gradient, &x, &statistics, &scale, &shift].map(FloatTensor::<Self>::to_contiguous);
        let [Some(slopes), Some(values), Some(pairs), Some(scales), Some(shifts)] = contiguous.each_ref().map(|tensor| tensor.as_slice())
        else {
            return reference::normalise_gradients::<Self>(gradient, x, statistics, scale, shift, normalisation);
        };
        let shape = x.shape().dims();
        let found = normalisation::gradients(slopes, values, shape, pairs, normalised(normalisation, scales, shifts));
        let [n, channels, ..] = shape;
        (tensor(found.x, shape), tensor(found.scale, [n, channels]), tensor(found.shift, [n, channels]))
    }

    fn max_pool_2x2(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let contiguous = x.to_contiguous();
        let Some(values) = contiguous.as_slice() else { return reference::max_pool_2x2::<Self>(x) };
        let [n, channels, height, width] = x.shape().dims();
        tensor(pool::forward(values, n * channels, [height, width]), [n, channels, height / 2, width / 2])
    }

    fn max_pool_2x2_trace(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let contiguous = x.to_contiguous();
        let Some(values) = contiguous.as_slice() else { return x };
        let [n, channels, height, width] = x.shape().dims();
        bytes(pool::routes(values, n * channels, [height, width]))
    }

    fn max_pool_2x2_gradient(gradient: FloatTensor<Self>, trace: FloatTensor<Self>, sides: [usize; 2]) -> FloatTensor<Self> {
        let gradients = gradient.to_contiguous();
        let (Some(values), Some(routes)) = (gradients.as_slice(), trace.as_slice()) else {
            return reference::max_pool_2x2_gradient::<Self>(gradient, trace);
        };
        let [n, channels, ..] = gradient.shape().dims::<4>();
        let [height, width] = sides;
        tensor(pool::gradient(values, routes, n * channels, sides), [n, channels, height, width])
    }

    fn moments(features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self> {
        let (values, weights) = (features.to_contiguous(), counts.to_contiguous());
        let (Some(values), Some(weights)) = (values.as_slice(), weights.as_slice()) else {
            return reference::moments::<Self>(features, counts);
        };
        let [_, channels, ..] = features.shape().dims::<4>();
        tensor(moments::forward(values, channels, weights), [channels, channels + 1])
    }

    fn moments_gradient(gradient: FloatTensor<Self>, features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self> {
        let (gradients, values, weights) = (gradient.to_contiguous(), features.to_contiguous(), counts.to_contiguous());
        let (Some(slopes), Some(values), Some(weights)) = (gradients.as_slice(), values.as_slice(), weights.as_slice()) else {
            return reference::moments_gradient::<Self>(gradient, features, counts);
        };
        let shape = features.shape().dims::<4>();
        let [_, channels, ..] = shape;
        tensor(moments::gradient(slopes, values, channels, weights), shape)
    }

    fn add_moments_gradient(
        sum: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        features: FloatTensor<Self>,
        counts: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let mut added = sum.to_contiguous();
        drop(sum);
        let contiguous = [&gradient, &features, &counts].map(FloatTensor::<Self>::to_contiguous);
        let ([Some(slopes), Some(values), Some(weights)], DType::F32) =
            (contiguous.each_ref().map(|tensor| tensor.as_slice()), added.dtype())
        else {
            return Self::float_add(added, Self::moments_gradient(gradient, features, counts));
        };
        let [_, channels, ..] = features.shape().dims::<4>();
        // In place where nobody else holds the sum.
        moments::add_gradient(slopes, values, channels, weights, added.storage_mut());
        added
    }
}

/// Packed weights as floats. The processor's kernels bring weights into a form of their own, so nothing is won by packing them; this is for
/// whoever compares.
///
/// # Shapes
/// → `[output, input, 3, 3]`
fn unpacked(words: &IntTensor<Flex>, scales: &FloatTensor<Flex>, packing: Packing) -> FloatTensor<Flex> {
    let Packing { channels: [output, input], bits, block } = packing;
    let (words, scales) = (words.to_contiguous(), scales.to_contiguous());
    let (words, scales): (&[i32], &[f32]) = (words.as_slice().unwrap_or_default(), scales.as_slice().unwrap_or_default());
    let unused = 32 - bits;
    let values = words.iter().flat_map(|word| (0..32 / bits).map(move |place| word << (unused - place * bits) >> unused));
    let channels = (0..output * packing.taps()).map(|index| (index / packing.taps(), index % packing.taps()));
    #[expect(clippy::cast_precision_loss, reason = "of eight bits")]
    let floats = values.zip(channels).map(|(value, (channel, tap))| {
        value as f32 * scales.get(channel * packing.blocks() + tap / block.max(1)).copied().unwrap_or_default()
    });
    tensor(floats.collect(), [output, input, 3, 3])
}

fn border(convolution: Convolution) -> Border {
    Border { padding: convolution.padding, slope: convolution.activation.slope() }
}

fn normalised<'a>(normalisation: Normalisation, scale: &'a [f32], shift: &'a [f32]) -> normalisation::Normalisation<'a> {
    normalisation::Normalisation { group: normalisation.group, scale, shift, slope: normalisation.activation.slope() }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FloatTensor<Flex> {
    Flex::float_from_data(TensorData::new(values, shape), &FlexDevice)
}

/// A trace: bits, which no operation of burn's is to see.
fn bytes(values: Vec<u8>) -> FloatTensor<Flex> {
    let count = values.len();
    FloatTensor::<Flex>::from_data(TensorData::new(values, [count]))
}
