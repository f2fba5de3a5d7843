//! The kernels on WebGPU: programs in WGSL, written out for the sizes at hand ([`template`]) and run by burn's CubeCL backend ([`launch`]).
//!
//! Convolutions and products are cut to the adapter's memory; sums take the 128 invocations that every adapter has. burn's own convolutions and products are not called anywhere, so that the linker can leave
//! them out: they would be a fifth of the `.wasm`, or 0.4 MB of what is fetched of it.

mod bias_gradient;
mod convolution;
mod gram;
mod launch;
mod max_pool;
mod normalisation;
mod reduce;
mod submissions;
mod sums;
mod template;
mod tile;
mod vectors;
mod weight_gradient;

use burn::backend::ops::FloatTensorOps;
use burn::tensor::Slice;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use self::convolution::Weight;
use self::launch::{dimensions, reshaped};

pub(super) use submissions::expect;

use super::backend::{Kernels, Six, Three};
use super::{Convolution, Normalisation, Packing};

impl Kernels for CubeBackend {
    fn convolution_3x3(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, convolution: Convolution) -> CubeTensor {
        let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
        convolution::forward(&x, Weight::Float(&weight), &bias, convolution)
    }

    fn convolution_3x3_input_gradient(
        gradient: CubeTensor,
        output: CubeTensor,
        weight: CubeTensor,
        convolution: Convolution,
    ) -> CubeTensor {
        let [gradient, output, weight] = [gradient, output, weight].map(into_contiguous);
        convolution::input_gradient(&gradient, &output, Weight::Float(&weight), convolution)
    }

    fn convolution_3x3_packed(
        x: CubeTensor,
        words: CubeTensor,
        scales: CubeTensor,
        bias: CubeTensor,
        packing: Packing,
        convolution: Convolution,
    ) -> CubeTensor {
        let [x, bias] = [x, bias].map(into_contiguous);
        convolution::forward(&x, Weight::Packed { words: &words, scales: &scales, packing }, &bias, convolution)
    }

    fn convolution_3x3_packed_input_gradient(
        gradient: CubeTensor,
        output: CubeTensor,
        words: CubeTensor,
        scales: CubeTensor,
        packing: Packing,
        convolution: Convolution,
    ) -> CubeTensor {
        let [gradient, output] = [gradient, output].map(into_contiguous);
        convolution::input_gradient(&gradient, &output, Weight::Packed { words: &words, scales: &scales, packing }, convolution)
    }

    fn convolution_3x3_parameter_gradients(
        x: CubeTensor,
        gradient: CubeTensor,
        output: CubeTensor,
        convolution: Convolution,
    ) -> (CubeTensor, CubeTensor) {
        let [x, gradient, output] = [x, gradient, output].map(into_contiguous);
        let of_weight = weight_gradient::weight_gradient(&x, &gradient, &output, convolution);
        (of_weight, bias_gradient::bias_gradient(&gradient, &output, convolution.activation))
    }

    fn normalise(x: CubeTensor, scale: CubeTensor, shift: CubeTensor, normalisation: Normalisation) -> (CubeTensor, CubeTensor) {
        let [x, scale, shift] = [x, scale, shift].map(into_contiguous);
        normalisation::Run { x: &x, scale: &scale, shift: &shift, normalisation }.forward()
    }

    fn normalise_gradients(
        gradient: CubeTensor,
        x: CubeTensor,
        statistics: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        normalisation: Normalisation,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [gradient, x, statistics, scale, shift] = [gradient, x, statistics, scale, shift].map(into_contiguous);
        normalisation::Run { x: &x, scale: &scale, shift: &shift, normalisation }.gradients(&gradient, &statistics)
    }

    fn max_pool_2x2(x: CubeTensor) -> CubeTensor {
        max_pool::forward(&into_contiguous(x))
    }

    fn max_pool_2x2_gradient(gradient: CubeTensor, x: CubeTensor, _sides: [usize; 2]) -> CubeTensor {
        let [gradient, x] = [gradient, x].map(into_contiguous);
        max_pool::backward(&gradient, &x)
    }

    fn products(left: CubeTensor, right: CubeTensor) -> CubeTensor {
        let [left, right] = [left, right].map(into_contiguous);
        convolution::products(&left, &right, None, None)
    }

    fn inner_products(left: Three<Self>, right: Six<Self>) -> CubeTensor {
        vectors::inner_products(&left.all().map(into_contiguous), &right.all().map(into_contiguous))
    }

    fn combination(vectors: Six<Self>, factors: [f32; 6]) -> CubeTensor {
        vectors::combination(&vectors.all().map(into_contiguous), factors)
    }

    fn moments(features: CubeTensor, counts: CubeTensor) -> CubeTensor {
        let [features, counts] = [features, counts].map(into_contiguous);
        let [_, channels, height, width] = dimensions(&features);
        let flat = reshaped(features, [channels, height * width]);
        gram::moments(&flat, &counts)
    }

    fn moments_gradient(gradient: CubeTensor, features: CubeTensor, counts: CubeTensor) -> CubeTensor {
        let [features, counts] = [features, counts].map(into_contiguous);
        let shape @ [_, channels, height, width] = dimensions(&features);
        let columns = |begin: usize, end: usize| Self::float_slice(gradient.clone(), &[Slice::full(), (begin..end).into()]);
        let (of_products, of_sums) = (columns(0, channels), into_contiguous(columns(channels, channels + 1)));
        let flat = reshaped(features, [channels, height * width]);
        reshaped(gram::moments_gradient(&of_products, &of_sums, &flat, &counts), shape)
    }
}
