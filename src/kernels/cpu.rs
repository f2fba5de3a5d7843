//! The kernels on the processor, for burn's Flex backend: the crate `cpu-kernels` on its tensors.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, FlexDevice, TensorMetadata};
use burn::tensor::{Shape, TensorData};
use cpu_kernels::{Border, moments, normalisation, pool, signs, vectors};

use super::backend::{Kernels, Six, Three};
use super::{Activation, Convolution, Normalisation, Packing};

impl Kernels for Flex {
    fn convolution_3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let [x, weight, bias] = [x, weight, bias].map(contiguous);
        let [n, inputs, height, width] = x.shape().dims();
        let [outputs] = bias.shape().dims();
        let output = cpu_kernels::forward(
            values(x.as_slice()),
            [n, inputs, height, width],
            values(weight.as_slice()),
            values(bias.as_slice()),
            border(convolution),
        );
        tensor(output, [n, outputs, height, width])
    }

    fn convolution_3x3_trace(output: FloatTensor<Self>, convolution: Convolution) -> FloatTensor<Self> {
        bytes(match convolution.activation {
            Activation::None => Vec::new(),
            Activation::Relu | Activation::LeakyRelu(_) => signs::packed(values(contiguous(output).as_slice())),
        })
    }

    fn convolution_3x3_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        let [gradient, weight] = [gradient, weight].map(contiguous);
        let ([n, channels, height, width], [_, inputs, ..]) = (gradient.shape().dims(), weight.shape().dims::<4>());
        let shape = [n, channels, height, width];
        let result = cpu_kernels::input_gradient(
            values(gradient.as_slice()),
            values(trace.as_slice()),
            shape,
            values(weight.as_slice()),
            inputs,
            border(convolution),
        );
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
        Self::convolution_3x3(x, unpacked(words, scales, packing), bias, convolution)
    }

    fn convolution_3x3_packed_input_gradient(
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: FloatTensor<Self>,
        packing: Packing,
        convolution: Convolution,
    ) -> FloatTensor<Self> {
        Self::convolution_3x3_input_gradient(gradient, trace, unpacked(words, scales, packing), convolution)
    }

    fn convolution_3x3_parameter_gradients(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        convolution: Convolution,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [x, gradient] = [x, gradient].map(contiguous);
        let (shape, [_, channels, ..]) = (x.shape().dims(), gradient.shape().dims::<4>());
        let (of_weight, of_bias) = cpu_kernels::parameter_gradients(
            values(x.as_slice()),
            shape,
            values(gradient.as_slice()),
            values(trace.as_slice()),
            channels,
            border(convolution),
        );
        (tensor(of_weight, [channels, shape[1], 3, 3]), tensor(of_bias, [channels]))
    }

    fn normalise(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        normalisation: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [x, scale, shift] = [x, scale, shift].map(contiguous);
        let shape = x.shape().dims();
        let (output, statistics) = normalisation::forward(values(x.as_slice()), shape, normalised(normalisation, &scale, &shift));
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
        let [gradient, x, statistics, scale, shift] = [gradient, x, statistics, scale, shift].map(contiguous);
        let shape = x.shape().dims();
        let normalised = normalised(normalisation, &scale, &shift);
        let found =
            normalisation::gradients(values(gradient.as_slice()), values(x.as_slice()), shape, values(statistics.as_slice()), normalised);
        let [n, channels, ..] = shape;
        (tensor(found.x, shape), tensor(found.scale, [n, channels]), tensor(found.shift, [n, channels]))
    }

    fn max_pool_2x2(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let x = contiguous(x);
        let [n, channels, height, width] = x.shape().dims();
        tensor(pool::forward(values(x.as_slice()), n * channels, [height, width]), [n, channels, height / 2, width / 2])
    }

    fn max_pool_2x2_trace(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let x = contiguous(x);
        let [n, channels, height, width] = x.shape().dims();
        bytes(pool::routes(values(x.as_slice()), n * channels, [height, width]))
    }

    fn max_pool_2x2_gradient(gradient: FloatTensor<Self>, trace: FloatTensor<Self>, sides: [usize; 2]) -> FloatTensor<Self> {
        let gradient = contiguous(gradient);
        let [n, channels, ..] = gradient.shape().dims::<4>();
        let [height, width] = sides;
        tensor(pool::gradient(values(gradient.as_slice()), values(trace.as_slice()), n * channels, sides), [n, channels, height, width])
    }

    fn products(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        let [rows, shared] = left.shape().dims::<2>();
        Self::float_matmul(Self::float_reshape(left, Shape::from([1, rows, shared])), right)
    }

    fn inner_products(left: Three<Self>, right: Six<Self>) -> FloatTensor<Self> {
        let (left, right) = (left.all().map(contiguous), right.all().map(contiguous));
        let (left, right) =
            (left.each_ref().map(|vector| values(vector.as_slice())), right.each_ref().map(|vector| values(vector.as_slice())));
        tensor(vectors::inner_products(&left, &right), [3, 6])
    }

    fn combination(vectors: Six<Self>, factors: [f32; 6]) -> FloatTensor<Self> {
        let vectors = vectors.all().map(contiguous);
        let each = vectors.each_ref().map(|vector| values(vector.as_slice()));
        tensor(vectors::combination(&each, &factors), vectors[0].shape().dims::<4>())
    }

    fn moments(features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self> {
        let [features, counts] = [features, counts].map(contiguous);
        let [_, channels, ..] = features.shape().dims::<4>();
        tensor(moments::forward(values(features.as_slice()), channels, values(counts.as_slice())), [channels, channels + 1])
    }

    fn moments_gradient(gradient: FloatTensor<Self>, features: FloatTensor<Self>, counts: FloatTensor<Self>) -> FloatTensor<Self> {
        let [gradient, features, counts] = [gradient, features, counts].map(contiguous);
        let shape = features.shape().dims::<4>();
        tensor(moments::gradient(values(gradient.as_slice()), values(features.as_slice()), shape[1], values(counts.as_slice())), shape)
    }

    fn add_moments_gradient(
        sum: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        features: FloatTensor<Self>,
        counts: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let [gradient, features, counts] = [gradient, features, counts].map(contiguous);
        let [_, channels, ..] = features.shape().dims::<4>();
        // A buffer of its own, and the same one where nobody else holds it.
        let mut added = sum.to_contiguous();
        drop(sum);
        moments::add_gradient(
            values(gradient.as_slice()),
            values(features.as_slice()),
            channels,
            values(counts.as_slice()),
            added.storage_mut(),
        );
        added
    }
}

/// Packed weights as floats. The processor's kernels bring weights into a form of their own, so nothing is won by packing them; this is for
/// whoever compares.
///
/// # Shapes
/// → `[output, input, 3, 3]`
fn unpacked(words: IntTensor<Flex>, scales: FloatTensor<Flex>, packing: Packing) -> FloatTensor<Flex> {
    let Packing { channels: [output, input], bits, block } = packing;
    let [words, scales] = [words, scales].map(contiguous);
    let (words, scales): (&[i32], &[f32]) = (values(words.as_slice()), values(scales.as_slice()));
    let unused = 32 - bits;
    let integers = words.iter().flat_map(|word| (0..32 / bits).map(move |place| word << (unused - place * bits) >> unused));
    let channels = (0..output * packing.taps()).map(|index| (index / packing.taps(), index % packing.taps()));
    #[expect(clippy::cast_precision_loss, reason = "of eight bits")]
    let floats = integers.zip(channels).map(|(value, (channel, tap))| {
        value as f32 * scales.get(channel * packing.blocks() + tap / block.max(1)).copied().unwrap_or_default()
    });
    tensor(floats.collect(), [output, input, 3, 3])
}

fn border(convolution: Convolution) -> Border {
    Border { padding: convolution.padding, slope: convolution.activation.slope() }
}

fn normalised<'a>(
    normalisation: Normalisation,
    scale: &'a FloatTensor<Flex>,
    shift: &'a FloatTensor<Flex>,
) -> normalisation::Normalisation<'a> {
    let Normalisation { group, activation } = normalisation;
    normalisation::Normalisation { group, scale: values(scale.as_slice()), shift: values(shift.as_slice()), slope: activation.slope() }
}

/// The tensor with its values one after another, as they lie already unless it is turned or has gaps.
fn contiguous(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    // `to_contiguous` alone would copy a part of a larger tensor, too.
    if tensor.layout().contiguous_offsets().is_some() { tensor } else { tensor.to_contiguous() }
}

/// What a tensor holds, by `FlexTensor::as_slice`.
///
/// # Panics
/// If it is not [`contiguous`], or of another type than is asked for: a bug in this file, which no input can cause.
fn values<T>(held: Option<&[T]>) -> &[T] {
    held.unwrap_or_else(|| unreachable!("floats, traces and words are of one type each, and contiguous"))
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FloatTensor<Flex> {
    Flex::float_from_data(TensorData::new(values, shape), &FlexDevice)
}

/// A trace: bits, which no operation of burn's is to see.
fn bytes(values: Vec<u8>) -> FloatTensor<Flex> {
    let count = values.len();
    FloatTensor::<Flex>::from_data(TensorData::new(values, [count]))
}
