//! The kernels on WebGPU: programs in WGSL, written out for the sizes at hand ([`template`]) and run by burn's CubeCL backend ([`launch`]).
//!
//! Each is cut to the adapter's limits, down to a single invocation. burn's own convolutions and products are not called anywhere, so that the linker can leave
//! them out: they would be a fifth of the `.wasm`, or 0.4 MB of what is fetched of it.

mod convolution;
mod gram;
mod launch;
mod max_pool;
mod normalisation;
mod reduce;
mod submissions;
mod template;
mod tile;
mod weight_gradient;

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use self::convolution::Weight;

pub(super) use submissions::expect;

use super::backend::Kernels;
use super::{Convolution, Normalisation, Packing, reference};

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
        _weight: CubeTensor,
        bias: CubeTensor,
        gradient: CubeTensor,
        output: CubeTensor,
        convolution: Convolution,
    ) -> (CubeTensor, CubeTensor) {
        let [x, gradient, output] = [x, gradient, output].map(into_contiguous);
        let of_weight = weight_gradient::weight_gradient(&x, &gradient, &output, convolution);
        (of_weight, reference::convolution_3x3_bias_gradient::<Self>(bias, gradient, output, convolution))
    }

    fn normalise(x: CubeTensor, scale: CubeTensor, shift: CubeTensor, normalisation: Normalisation) -> (CubeTensor, CubeTensor) {
        let [x, scale, shift] = [x, scale, shift].map(into_contiguous);
        let run = normalisation::Run { x: &x, scale: &scale, shift: &shift, normalisation };
        run.forward().unwrap_or_else(|| reference::normalise::<Self>(x, scale, shift, normalisation))
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
        let run = normalisation::Run { x: &x, scale: &scale, shift: &shift, normalisation };
        run.gradients(&gradient, &statistics)
            .unwrap_or_else(|| reference::normalise_gradients::<Self>(gradient, x, statistics, scale, shift, normalisation))
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
        convolution::products(&left, &right, None)
    }

    fn moments(features: CubeTensor, counts: CubeTensor) -> CubeTensor {
        let [features, counts] = [features, counts].map(into_contiguous);
        let flat = reference::flat::<Self>(features);
        let products = gram::second_moments(&flat, &counts);
        let sums = if counts.meta.num_elements() == 1 {
            // No counted copy of all features for one number.
            Self::float_mul(Self::float_sum_dim(flat, 1), counts)
        } else {
            Self::float_sum_dim(Self::float_mul(flat, counts), 1)
        };
        Self::float_cat(vec![products, sums], 1)
    }

    fn moments_gradient(gradient: CubeTensor, features: CubeTensor, counts: CubeTensor) -> CubeTensor {
        let [features, counts] = [features, counts].map(into_contiguous);
        let (of_products, of_sums) = reference::split::<Self>(gradient);
        let of_features = gram::second_moments_gradient(&of_products, &reference::flat::<Self>(features.clone()), &counts);
        Self::float_reshape(Self::float_add(of_features, Self::float_mul(of_sums, counts)), features.shape())
    }
}
