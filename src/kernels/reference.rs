//! What the kernels compute, in burn's own operations: the fallback, and what the fast ways are tested against.
//!
//! Each function is for a plain backend, without autodiff.

use burn::backend::tensor::{Device, FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{FloatDType, IndexingUpdateOp, Shape, Slice, TensorData};

use cpu_kernels::normalisation::EPSILON;

use super::{Activation, Convolution, Normalisation, Padding};

/// See [`convolution_3x3`](super::convolution_3x3).
pub(super) fn convolution_3x3<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    convolution: Convolution,
) -> FloatTensor<B> {
    activate::<B>(B::conv2d(pad::<B>(x, convolution.padding), weight, Some(bias), options(convolution.padding)), convolution.activation)
}

/// The gradient on `x`.
///
/// # Shapes
/// `gradient`, `output`: `[n, output, h, w]`; `weight [output, input, 3, 3]` → `[n, input, h, w]`
pub(super) fn convolution_3x3_input_gradient<B: Backend>(
    gradient: FloatTensor<B>,
    output: FloatTensor<B>,
    weight: FloatTensor<B>,
    convolution: Convolution,
) -> FloatTensor<B> {
    let [n, _, height, width] = output.shape().dims::<4>();
    let [_, input, ..] = weight.shape().dims::<4>();
    let device = output.device();
    let gradient = through_activation::<B>(gradient, output, convolution.activation);
    let border = if convolution.padding == Padding::Zero { 0 } else { 2 };
    // Only its shape is looked at.
    let x = zeros::<B>([n, input, height + border, width + border], &device);
    let padded = B::conv2d_x_backward(x, weight, gradient, options(convolution.padding));
    unpad::<B>(padded, convolution.padding)
}

/// The gradients on the weights and on the bias, for networks that learn.
///
/// # Shapes
/// `x [n, input, h, w]`, `weight [output, input, 3, 3]`, `bias [output]`; `gradient`, `output`: `[n, output, h, w]`
/// → `[output, input, 3, 3]`, `[output]`
pub(super) fn convolution_3x3_parameter_gradients<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    gradient: FloatTensor<B>,
    output: FloatTensor<B>,
    convolution: Convolution,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let gradient = through_activation::<B>(gradient, output, convolution.activation);
    let of_bias = B::conv2d_bias_backward(x.clone(), bias, gradient.clone());
    let of_weight = B::conv2d_weight_backward(pad::<B>(x, convolution.padding), weight, gradient, options(convolution.padding));
    (of_weight, of_bias)
}

/// The gradient on the bias alone, for a backend that has the weights' another way.
///
/// # Shapes
/// `bias [output]`; `gradient`, `output`: `[n, output, h, w]` → `[output]`
#[cfg(feature = "webgpu")]
pub(super) fn convolution_3x3_bias_gradient<B: Backend>(
    bias: FloatTensor<B>,
    gradient: FloatTensor<B>,
    output: FloatTensor<B>,
    convolution: Convolution,
) -> FloatTensor<B> {
    let gradient = through_activation::<B>(gradient, output.clone(), convolution.activation);
    B::conv2d_bias_backward(output, bias, gradient)
}

/// See [`normalise`](super::normalise); with mean and `1 / √(variance + ε)` of each group.
///
/// # Shapes
/// `x [n, c, h, w]`; `scale`, `shift`: `[n, c]` → `[n, c, h, w]`, `[n, c / group, 2]`
pub(super) fn normalise<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    normalisation: Normalisation,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let sides = x.shape().dims::<4>();
    let groups = grouped::<B>(x.clone(), normalisation);
    let mean = B::float_mean_dim(groups.clone(), 2);
    let centred = B::float_sub(groups, mean.clone());
    let variance = B::float_mean_dim(B::float_mul(centred.clone(), centred), 2);
    let inverse_deviation = B::float_recip(B::float_sqrt(B::float_add_scalar(variance, EPSILON.into())));
    let statistics = B::float_cat(vec![mean, inverse_deviation], 2);
    let normal = normal::<B>(x, statistics.clone(), normalisation);
    let scaled = B::float_mul(normal, per_channel::<B>(scale, sides));
    (activate::<B>(B::float_add(scaled, per_channel::<B>(shift, sides)), normalisation.activation), statistics)
}

/// The gradients on `x`, on the scale and on the shift.
///
/// # Shapes
/// `gradient`, `x`: `[n, c, h, w]`; `statistics [n, c / group, 2]`; `scale`, `shift`: `[n, c]` → `[n, c, h, w]`, `[n, c]`, `[n, c]`
pub(super) fn normalise_gradients<B: Backend>(
    gradient: FloatTensor<B>,
    x: FloatTensor<B>,
    statistics: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    normalisation: Normalisation,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let sides = x.shape().dims::<4>();
    let [n, channels, height, width] = sides;
    let normal = normal::<B>(x, statistics.clone(), normalisation);
    let scale = per_channel::<B>(scale, sides);
    let value = B::float_add(B::float_mul(normal.clone(), scale.clone()), per_channel::<B>(shift, sides));
    let gradient = through_activation::<B>(gradient, value, normalisation.activation);
    let of_channels = |values: FloatTensor<B>| {
        let planes = B::float_reshape(values, Shape::new([n, channels, height * width]));
        B::float_reshape(B::float_sum_dim(planes, 2), Shape::new([n, channels]))
    };
    let of_shift = of_channels(gradient.clone());
    let of_scale = of_channels(B::float_mul(gradient.clone(), normal.clone()));
    // What the gradient on the normalised values has along the two directions that normalisation takes from it.
    let of_normal = grouped::<B>(B::float_mul(gradient, scale), normalisation);
    let normal = grouped::<B>(normal, normalisation);
    let constant = B::float_mean_dim(of_normal.clone(), 2);
    let proportional = B::float_mul(normal.clone(), B::float_mean_dim(B::float_mul(of_normal.clone(), normal), 2));
    let rest = B::float_sub(B::float_sub(of_normal, constant), proportional);
    let of_x = B::float_mul(rest, statistic::<B>(statistics, 1));
    (B::float_reshape(of_x, Shape::from(sides)), of_scale, of_shift)
}

/// `(x − mean) / √(variance + ε)`
fn normal<B: Backend>(x: FloatTensor<B>, statistics: FloatTensor<B>, normalisation: Normalisation) -> FloatTensor<B> {
    let shape = x.shape();
    let centred = B::float_sub(grouped::<B>(x, normalisation), statistic::<B>(statistics.clone(), 0));
    B::float_reshape(B::float_mul(centred, statistic::<B>(statistics, 1)), shape)
}

/// `[n, c, h, w]` → `[n, c / group, group · h · w]`
fn grouped<B: Backend>(x: FloatTensor<B>, Normalisation { group, .. }: Normalisation) -> FloatTensor<B> {
    let [n, channels, height, width] = x.shape().dims::<4>();
    B::float_reshape(x, Shape::new([n, channels / group, group * height * width]))
}

/// `[n, c]` → `[n, c, 1, 1]`
fn per_channel<B: Backend>(values: FloatTensor<B>, [n, channels, ..]: [usize; 4]) -> FloatTensor<B> {
    B::float_reshape(values, Shape::new([n, channels, 1, 1]))
}

/// One of the two numbers of each group.
///
/// # Shapes
/// `[n, c / group, 2]` → `[n, c / group, 1]`
fn statistic<B: Backend>(statistics: FloatTensor<B>, which: isize) -> FloatTensor<B> {
    B::float_slice(statistics, &[Slice::full(), Slice::full(), Slice::new(which, Some(which + 1), 1)])
}

/// See [`max_pool_2x2`](super::max_pool_2x2).
pub(super) fn max_pool_2x2<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], false)
}

/// The gradient on `x`.
///
/// # Shapes
/// `gradient [n, c, h / 2, w / 2]`, `x [n, c, h, w]` → `[n, c, h, w]`
pub(super) fn max_pool_2x2_gradient<B: Backend>(gradient: FloatTensor<B>, x: FloatTensor<B>) -> FloatTensor<B> {
    let indices = get_or_init_device_settings::<B>(&x.device()).int_dtype;
    let indices = B::max_pool2d_with_indices(x.clone(), [2, 2], [2, 2], [0, 0], [1, 1], false, indices).indices;
    B::max_pool2d_with_indices_backward(x, [2, 2], [2, 2], [0, 0], [1, 1], false, gradient, indices).x_grad
}

/// See [`products`](super::products).
pub(super) fn products<B: Backend>(left: FloatTensor<B>, right: FloatTensor<B>) -> FloatTensor<B> {
    let [rows, shared] = left.shape().dims::<2>();
    B::float_matmul(B::float_reshape(left, Shape::from([1, rows, shared])), right)
}

/// See [`moments`](super::moments).
pub(super) fn moments<B: Backend>(features: FloatTensor<B>, counts: FloatTensor<B>) -> FloatTensor<B> {
    let features = flat::<B>(features);
    let counted = B::float_mul(features.clone(), counts);
    let sums = B::float_sum_dim(counted.clone(), 1);
    B::float_cat(vec![B::float_matmul(counted, B::float_transpose(features)), sums], 1)
}

/// The gradient on the features: `((G + Gᵀ) F + g 1ᵀ) diag(counts)`.
///
/// # Shapes
/// `gradient [c, c + 1]`, `features [1, c, h, w]`, `counts [1, h·w]` or `[1, 1]` → `[1, c, h, w]`
pub(super) fn moments_gradient<B: Backend>(gradient: FloatTensor<B>, features: FloatTensor<B>, counts: FloatTensor<B>) -> FloatTensor<B> {
    let shape = features.shape();
    let (of_products, of_sums) = split::<B>(gradient);
    let transposed = B::float_transpose(of_products.clone());
    let of_features = B::float_matmul(B::float_add(of_products, transposed), flat::<B>(features));
    B::float_reshape(B::float_mul(B::float_add(of_features, of_sums), counts), shape)
}

/// # Shapes
/// `[1, c, h, w]` → `[c, h·w]`
pub(super) fn flat<B: Backend>(features: FloatTensor<B>) -> FloatTensor<B> {
    let [_, channels, height, width] = features.shape().dims::<4>();
    B::float_reshape(features, Shape::from([channels, height * width]))
}

/// What goes to the products and to the sums of moments.
///
/// # Shapes
/// `[c, c + 1]` → `[c, c]`, `[c, 1]`
pub(super) fn split<B: Backend>(moments: FloatTensor<B>) -> (FloatTensor<B>, FloatTensor<B>) {
    let [channels, _] = moments.shape().dims::<2>();
    let columns = |range: std::ops::Range<usize>| B::float_slice(moments.clone(), &[(0..channels).into(), range.into()]);
    (columns(0..channels), columns(channels..channels + 1))
}

fn activate<B: Backend>(values: FloatTensor<B>, activation: Activation) -> FloatTensor<B> {
    match activation {
        Activation::None => values,
        Activation::Relu => B::relu(values),
        Activation::LeakyRelu(slope) => B::leaky_relu(values, slope.into()),
    }
}

/// The gradient on what was activated, from that on what became of it; `output` is either.
fn through_activation<B: Backend>(gradient: FloatTensor<B>, output: FloatTensor<B>, activation: Activation) -> FloatTensor<B> {
    match activation {
        Activation::None => gradient,
        Activation::Relu => B::relu_backward(output, gradient),
        Activation::LeakyRelu(slope) => {
            let settings = get_or_init_device_settings::<B>(&output.device());
            let low = B::float_lower_equal_elem(output, 0_f32.into(), settings.bool_dtype);
            let less = B::float_mul_scalar(gradient.clone(), slope.into());
            B::float_mask_where(gradient, low, less)
        }
    }
}

/// Zeros are left to burn's convolution; another padding comes before it.
fn options(padding: Padding) -> ConvOptions<2> {
    let border = usize::from(padding == Padding::Zero);
    ConvOptions::new([1, 1], [border, border], [1, 1], 1)
}

/// A gather along each axis.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h + 2, w + 2]`, or unchanged for zeros
fn pad<B: Backend>(x: FloatTensor<B>, padding: Padding) -> FloatTensor<B> {
    if padding == Padding::Zero {
        return x;
    }
    let [_, _, height, width] = x.shape().dims::<4>();
    let device = x.device();
    let rows = B::float_select(x, 2, sources::<B>(padding, height, &device));
    B::float_select(rows, 3, sources::<B>(padding, width, &device))
}

/// The adjoint of [`pad`]: what lies in the border is added to where it came from.
fn unpad<B: Backend>(gradient: FloatTensor<B>, padding: Padding) -> FloatTensor<B> {
    if padding == Padding::Zero {
        return gradient;
    }
    let [n, channels, height, width] = gradient.shape().dims::<4>();
    let (height, width) = (height - 2, width - 2);
    let device = gradient.device();
    let rows = zeros::<B>([n, channels, height, width + 2], &device);
    let rows = B::float_select_assign(rows, 2, sources::<B>(padding, height, &device), gradient, IndexingUpdateOp::Add);
    let all = zeros::<B>([n, channels, height, width], &device);
    B::float_select_assign(all, 3, sources::<B>(padding, width, &device), rows, IndexingUpdateOp::Add)
}

fn sources<B: Backend>(padding: Padding, length: usize, device: &Device<B>) -> IntTensor<B> {
    let sources: Vec<i32> = padding.sources(length).into_iter().flatten().map(|at| i32::try_from(at).unwrap_or(i32::MAX)).collect();
    let count = sources.len();
    B::int_from_data(TensorData::new(sources, [count]), device)
}

fn zeros<B: Backend>(shape: [usize; 4], device: &Device<B>) -> FloatTensor<B> {
    B::float_zeros(Shape::from(shape), device, FloatDType::F32)
}
