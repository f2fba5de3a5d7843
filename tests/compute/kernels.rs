//! The kernels against burn's own operations, over odd shapes.

use atelier::kernels::{
    Activation, Convolution, Normalisation, Padding, combination, convolution_3x3, inner_products, max_pool_2x2, moments, normalise,
    products,
};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Int, Tensor, TensorData};

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{assert_close, devices, read};

pub const PADDINGS: [Padding; 4] = [Padding::Zero, Padding::Replicate, Padding::Reflect, Padding::Wrap];

/// `[n, input, output, h, w]`: single pixels and lines, sides that no tile divides, channels around each kernel's blocks, several
/// pictures in one block of tiles.
const SHAPES: [[usize; 5]; 14] = [
    [1, 1, 1, 1, 1],
    [1, 3, 5, 1, 7],
    [1, 2, 3, 9, 1],
    [2, 3, 4, 2, 3],
    [1, 3, 32, 17, 13],
    [1, 32, 3, 13, 18],
    [1, 5, 6, 4, 4],
    [3, 8, 9, 11, 10],
    [1, 17, 33, 16, 16],
    [1, 64, 64, 12, 20],
    [1, 7, 130, 5, 6],
    [1, 129, 16, 8, 7],
    [5, 20, 12, 16, 6],
    [3, 9, 40, 33, 21],
];

/// Values of both signs in a fixed, shapeless order.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f32::from(u16::try_from(state >> 16).unwrap()) / 32768.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

pub fn tensor<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(noise(shape.iter().product(), seed), shape), device)
}

/// What [`convolution_3x3`] is, in burn's own operations.
pub fn stock(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, convolution: Convolution) -> Tensor<4> {
    let border = usize::from(convolution.padding == Padding::Zero);
    let x = [2, 3].into_iter().fold(x, |x, axis| {
        let length = x.dims()[axis];
        let places = (-1..=i32::try_from(length).unwrap()).map(|at| convolution.padding.source(at as isize, length));
        let places: Vec<i32> = places.flatten().map(|at| i32::try_from(at).unwrap()).collect();
        let count = places.len();
        let places = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &x.device());
        x.select(axis, places)
    });
    activated(conv2d(x, weight, Some(bias), ConvOptions::new([1, 1], [border, border], [1, 1], 1)), convolution.activation)
}

fn activated(values: Tensor<4>, activation: Activation) -> Tensor<4> {
    match activation {
        Activation::None => values,
        Activation::Relu => relu(values),
        Activation::LeakyRelu(slope) => leaky_relu(values, f64::from(slope)),
    }
}

/// Output, and the gradients on input, weight and bias of a sum that weighs every output differently.
pub async fn outcome(
    operation: fn(Tensor<4>, Tensor<4>, Tensor<1>, Convolution) -> Tensor<4>,
    [n, input, output, height, width]: [usize; 5],
    convolution: Convolution,
    device: &Device,
) -> [Vec<f32>; 4] {
    let device = device.clone().autodiff();
    let x = tensor([n, input, height, width], 1, &device).require_grad();
    let weight = tensor([output, input, 3, 3], 2, &device).require_grad();
    let bias = tensor([output], 3, &device).require_grad();
    let result = operation(x.clone(), weight.clone(), bias.clone(), convolution);
    let mut gradients = (result.clone() * tensor([n, output, height, width], 4, &device)).sum().backward();
    let x = x.grad_remove(&mut gradients).unwrap();
    let weight = weight.grad_remove(&mut gradients).unwrap();
    let bias = bias.grad_remove(&mut gradients).unwrap();
    [read(result.inner()).await, read(x).await, read(weight).await, read(bias).await]
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn convolutions_are_burns() {
    for (name, device) in devices().await {
        for shape in SHAPES {
            for padding in PADDINGS {
                // Every activation with some shape, not each with each: a run on software WebGPU takes seconds as it is.
                let activation = [Activation::None, Activation::Relu, Activation::LeakyRelu(0.2)][(shape[3] + padding as usize) % 3];
                let convolution = Convolution { padding, activation };
                let found = outcome(convolution_3x3, shape, convolution, &device).await;
                let expected = outcome(stock, shape, convolution, &device).await;
                for (what, (found, expected)) in ["output", "input", "weight", "bias"].iter().zip(found.iter().zip(&expected)) {
                    // Winograd's transforms cost a few bits of f32's 24; an output near zero may then be on the other side of a ReLU.
                    assert_close(&format!("{name} {shape:?} {convolution:?} {what}"), found, expected, 1e-4);
                }
            }
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_picture_as_large_as_many_tiles_is_right_too() {
    for (name, device) in devices().await {
        let (shape, convolution) = ([1, 8, 12, 131, 257], Convolution { padding: Padding::Replicate, activation: Activation::Relu });
        let found = outcome(convolution_3x3, shape, convolution, &device).await;
        // On the processor: burn's own weight gradient of so many pixels is wrong on software WebGPU.
        let expected = outcome(stock, shape, convolution, &atelier::backend::cpu()).await;
        for (what, (found, expected)) in ["output", "input", "weight", "bias"].iter().zip(found.iter().zip(&expected)) {
            assert_close(&format!("{name} {what}"), found, expected, 1e-4);
        }
    }
}

/// `⟨A x, y⟩ = ⟨x, Aᵀ y⟩` for a convolution without bias and activation: no reference is needed for that.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_input_gradient_is_the_adjoint() {
    for (name, device) in devices().await {
        for padding in PADDINGS {
            let autodiff = device.clone().autodiff();
            let x = tensor([1, 6, 15, 22], 5, &autodiff).require_grad();
            let y = tensor([1, 10, 15, 22], 6, &autodiff);
            let convolution = Convolution { padding, activation: Activation::None };
            let forward = convolution_3x3(x.clone(), tensor([10, 6, 3, 3], 7, &autodiff), Tensor::zeros([10], &autodiff), convolution);
            let product = (forward * y).sum();
            let mut gradients = product.clone().backward();
            let back = read((x.grad_remove(&mut gradients).unwrap() * x.inner()).sum()).await[0];
            let forth = read(product.inner()).await[0];
            // Sums of 3,300 products of size 1 in f32.
            assert!((forth - back).abs() < 1e-3 * forth.abs().max(1.0), "{name} {padding:?}: {forth} and {back}");
        }
    }
}

/// The convolution is linear in its weights: the finite difference is exact but for rounding, and no reference is needed.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_parameter_gradients_are_finite_differences() {
    for (name, device) in devices().await {
        let device = device.autodiff();
        for (padding, channels) in PADDINGS.into_iter().zip([3, 12, 33, 9]) {
            let convolution = Convolution { padding, activation: Activation::None };
            let x = tensor([3, channels, 13, 18], 5, &device);
            let of = |weight: Tensor<4>, bias: Tensor<1>| {
                (convolution_3x3(x.clone(), weight, bias, convolution) * tensor([3, 10, 13, 18], 6, &device)).sum()
            };
            let (weight, bias) = (tensor([10, channels, 3, 3], 7, &device).require_grad(), tensor([10], 8, &device).require_grad());
            let (weight_step, bias_step) = (tensor([10, channels, 3, 3], 9, &device), tensor([10], 10, &device));
            let mut gradients = of(weight.clone(), bias.clone()).backward();
            let by_weight = (weight.grad_remove(&mut gradients).unwrap() * weight_step.clone().inner()).sum();
            let by_bias = (bias.grad_remove(&mut gradients).unwrap() * bias_step.clone().inner()).sum();
            let predicted = read(by_weight + by_bias).await[0];
            let ahead = of(weight.clone() + weight_step.clone(), bias.clone() + bias_step.clone());
            let difference = read((ahead - of(weight - weight_step, bias - bias_step)).inner()).await[0] / 2.0;
            // Sums of up to two million products of size 1 in f32, which nearly cancel.
            assert!((predicted - difference).abs() < 1e-3 * difference.abs().max(10.0), "{name} {padding:?}: {predicted} and {difference}");
        }
    }
}

/// `[n, m, k, p]`: single numbers, vectors, sides that no tile divides.
const PRODUCTS: [[usize; 4]; 6] = [[1, 1, 1, 1], [1, 40, 9, 36], [1, 5, 7, 1], [3, 33, 17, 65], [2, 1, 129, 3], [1, 130, 64, 200]];

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn products_are_burns() {
    let burns: fn(Tensor<2>, Tensor<3>) -> Tensor<3> = |left, right| left.unsqueeze::<3>().matmul(right);
    for (name, device) in devices().await {
        for [n, rows, shared, columns] in PRODUCTS {
            let outcome = async |operation: fn(Tensor<2>, Tensor<3>) -> Tensor<3>| {
                let device = device.clone().autodiff();
                let left = tensor([rows, shared], 1, &device).require_grad();
                // Turned, as matrices of which the transpose is wanted lie in memory.
                let right = tensor([n, columns, shared], 2, &device).require_grad();
                let result = operation(left.clone(), right.clone().transpose());
                let mut gradients = (result.clone() * tensor([n, rows, columns], 3, &device)).sum().backward();
                let [left, right] =
                    [left.grad_remove(&mut gradients).unwrap().unsqueeze::<3>(), right.grad_remove(&mut gradients).unwrap()];
                [read(result.inner()).await, read(left).await, read(right).await]
            };
            let (found, expected) = (outcome(products).await, outcome(burns).await);
            for (what, (found, expected)) in ["product", "left", "right"].iter().zip(found.iter().zip(&expected)) {
                // Other orders of up to 200 products.
                assert_close(&format!("{name} {what} of {n}, {rows} × {shared} × {columns}"), found, expected, 1e-5);
            }
        }
    }
}

/// What [`normalise`] is, in burn's own operations.
pub fn stock_normalise(x: Tensor<4>, scale: Tensor<2>, shift: Tensor<2>, normalisation: Normalisation) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let group = normalisation.group;
    let groups = x.reshape([n, channels / group, group * height * width]);
    let centred = groups.clone() - groups.mean_dim(2);
    let deviation = (centred.clone().powi_scalar(2).mean_dim(2) + 1e-5).sqrt();
    let normal = (centred / deviation).reshape([n, channels, height, width]);
    let [scale, shift] = [scale, shift].map(|values| values.reshape([n, channels, 1, 1]));
    activated(normal * scale + shift, normalisation.activation)
}

/// `[n, channels, group, h, w]`: single pixels, channels around a workgroup's threads, groups of more values than one workgroup sums.
const NORMALISED: [[usize; 5]; 9] = [
    [1, 3, 1, 3, 1],
    [2, 4, 4, 1, 1],
    [1, 129, 129, 1, 3],
    [2, 6, 3, 5, 7],
    [3, 5, 1, 9, 11],
    [8, 16, 16, 8, 8],
    [1, 33, 1, 33, 31],
    [1, 12, 4, 64, 65],
    [1, 2, 2, 131, 129],
];

/// Output, and the gradients on input, scale and shift of a sum that weighs every output differently.
pub async fn normalised(
    operation: fn(Tensor<4>, Tensor<2>, Tensor<2>, Normalisation) -> Tensor<4>,
    [n, channels, group, height, width]: [usize; 5],
    offset: f32,
    activation: Activation,
    device: &Device,
) -> [Vec<f32>; 4] {
    let device = device.clone().autodiff();
    let x = (tensor([n, channels, height, width], 21, &device) + offset).detach().require_grad();
    let scale = tensor([n, channels], 22, &device).require_grad();
    let shift = tensor([n, channels], 23, &device).require_grad();
    let result = operation(x.clone(), scale.clone(), shift.clone(), Normalisation { group, activation });
    let mut gradients = (result.clone() * tensor([n, channels, height, width], 24, &device)).sum().backward();
    let x = x.grad_remove(&mut gradients).unwrap();
    let scale = scale.grad_remove(&mut gradients).unwrap();
    let shift = shift.grad_remove(&mut gradients).unwrap();
    [read(result.inner()).await, read(x).await, read(scale).await, read(shift).await]
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn normalisations_are_burns() {
    for (name, device) in devices().await {
        for (index, shape) in NORMALISED.into_iter().enumerate() {
            let activation = [Activation::None, Activation::Relu, Activation::LeakyRelu(0.2)][index % 3];
            let found = normalised(normalise, shape, 0.5, activation, &device).await;
            let expected = normalised(stock_normalise, shape, 0.5, activation, &device).await;
            for (what, (found, expected)) in ["output", "input", "scale", "shift"].iter().zip(found.iter().zip(&expected)) {
                // The order of sums is another, and gradients are what is left of larger numbers.
                assert_close(&format!("{name} {shape:?} {activation:?} {what}"), found, expected, 5e-5);
            }
        }
    }
}

/// A lone pixel is its own mean: the output is the shift, and nothing that it was comes through.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_single_pixel_becomes_the_shift() {
    for (name, device) in devices().await {
        let [output, x, scale, shift] = normalised(normalise, [2, 3, 1, 1, 1], 0.0, Activation::None, &device).await;
        assert_eq!(output, read(tensor([2, 3], 23, &device)).await, "{name}");
        assert_eq!(shift, read(tensor([2, 3], 24, &device)).await, "{name}");
        // Rounding of products of size 1, times 1 / √ε = 316.
        assert!(x.iter().chain(&scale).all(|value| value.abs() < 1e-4), "{name}: {x:?}, {scale:?}");
    }
}

/// Where values lie a thousand deviations from zero, each has ten bits less, and the normalised ones no more than that.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn large_means_are_taken_off_first() {
    for (name, device) in devices().await {
        for group in [1, 4] {
            let [found, found_x, ..] = normalised(normalise, [2, 4, group, 24, 40], 512.0, Activation::None, &device).await;
            let [expected, expected_x, ..] = normalised(normalise, [2, 4, group, 24, 40], 0.0, Activation::None, &device).await;
            // An f32 near 512 is off by up to 3e-5; the naive variance would be off by a fifth.
            assert_close(&format!("{name} {group} output"), &found, &expected, 2e-4);
            assert_close(&format!("{name} {group} input"), &found_x, &expected_x, 2e-4);
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_normalisation_gradients_are_finite_differences() {
    for (name, device) in devices().await {
        let device = device.autodiff();
        for group in [1, 3, 6] {
            let of = |[x, scale, shift]: [Tensor<4>; 3]| {
                let [scale, shift] = [scale, shift].map(|values| values.reshape([2, 6]));
                let output = normalise(x, scale, shift, Normalisation { group, activation: Activation::LeakyRelu(0.2) });
                (output * tensor([2, 6, 9, 8], 31, &device)).sum()
            };
            let shapes = [[2, 6, 9, 8], [2, 6, 1, 1], [2, 6, 1, 1]];
            let at = [0, 1, 2].map(|index| tensor(shapes[index], 32 + u32::try_from(index).unwrap(), &device).require_grad());
            let mut gradients = of(at.clone()).backward();
            let slopes = at.clone().map(|tensor| tensor.grad_remove(&mut gradients).unwrap());
            for (index, slope) in slopes.into_iter().enumerate() {
                // Along the gradient, where the difference is largest against f32's grain.
                let length = read(slope.clone().powi_scalar(2).sum()).await[0].sqrt();
                let direction = Tensor::from_inner(slope / length);
                let mut values = Vec::new();
                for offset in [-0.005, 0.005] {
                    let mut there = at.clone().map(Tensor::detach);
                    there[index] = there[index].clone() + direction.clone() * offset;
                    values.push(read(of(there).inner()).await[0]);
                }
                let difference = (values[1] - values[0]) / 0.01;
                // Kinks crossed within ±0.005, and the second derivative.
                assert!((difference - length).abs() < 0.01 * length, "{name} {group} {index}: {difference} and {length}");
            }
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn pools_are_burns_and_the_first_of_equals_wins() {
    for (name, device) in devices().await {
        let device = device.autodiff();
        for shape in [[1, 1, 2, 2], [2, 3, 7, 5], [1, 4, 3, 6], [1, 16, 33, 64]] {
            let mut outcomes = Vec::new();
            for ours in [true, false] {
                // Zeros, as a ReLU leaves them, make ties.
                let x = tensor(shape, 8, &device).clamp_min(0.0).require_grad();
                let pooled = if ours { max_pool_2x2(x.clone()) } else { max_pool2d(x.clone(), MaxPoolOptions::new([2, 2])) };
                let dims = pooled.dims();
                let mut gradients = (pooled.clone() * tensor(dims, 9, &device)).sum().backward();
                outcomes.push([read(pooled.inner()).await, read(x.grad_remove(&mut gradients).unwrap()).await]);
            }
            assert_eq!(outcomes[0], outcomes[1], "{name} {shape:?}");
        }
        let x = Tensor::<4>::ones([1, 1, 2, 2], &device).require_grad();
        let mut gradients = max_pool_2x2(x.clone()).sum().backward();
        assert_eq!(read(x.grad_remove(&mut gradients).unwrap()).await, [1.0, 0.0, 0.0, 0.0], "{name}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn moments_are_a_product_and_sums() {
    for (name, device) in devices().await {
        let device = device.autodiff();
        for [channels, pixels] in [[1, 1], [3, 1], [1, 50], [7, 129], [64, 1000], [130, 77], [2, 9000]] {
            for counted in [false, true] {
                let mut outcomes = Vec::new();
                for ours in [true, false] {
                    let features = tensor([1, channels, 1, pixels], 10, &device).require_grad();
                    let counts = counted.then(|| tensor([1, pixels], 11, &device).abs());
                    let moments = if ours {
                        moments(features.clone(), counts)
                    } else {
                        let flat = features.clone().reshape([channels, pixels]);
                        let other = counts.map_or(flat.clone(), |counts| flat.clone() * counts);
                        Tensor::cat(vec![other.clone().matmul(flat.transpose()), other.sum_dim(1)], 1)
                    };
                    let mut gradients = (moments.clone() * tensor([channels, channels + 1], 12, &device)).sum().backward();
                    outcomes.push([read(moments.inner()).await, read(features.grad_remove(&mut gradients).unwrap()).await]);
                }
                for (what, index) in [("moments", 0), ("gradient", 1)] {
                    let what = format!("{name} {channels}×{pixels} {what}");
                    // The order of sums is another.
                    assert_close(&what, &outcomes[0][index], &outcomes[1][index], 1e-5);
                }
            }
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn inner_products_and_combinations_are_burns() {
    for (name, device) in devices().await {
        // One value, fewer than a workgroup has invocations, more than one range.
        for sides in [[1, 1], [3, 7], [90, 131]] {
            let vectors: Vec<Tensor<4>> = (0..8).map(|seed| tensor([1, 3, sides[0], sides[1]], 30 + seed, &device)).collect();
            let all: Vec<&Tensor<4>> = vectors.iter().collect();
            let found = read(inner_products([all[0], all[1], all[2]], &all[1..])).await;
            let mut expected = Vec::new();
            for left in &all[..3] {
                for right in &all[1..] {
                    expected.extend(read(((*left).clone() * (*right).clone()).sum()).await);
                }
            }
            // The order of sums is another.
            assert_close(&format!("{name} {sides:?} products"), &found, &expected, 1e-5);
            let factors = [0.5, -2.0, 1.0, 0.25, -0.75, 3.0, -1.0, 0.125];
            let terms: Vec<(f32, &Tensor<4>)> = factors.into_iter().zip(all).collect();
            let found = read(combination(terms[0], &terms[1..])).await;
            let sum = terms.iter().map(|(factor, vector)| (*vector).clone() * *factor).reduce(|sum, part| sum + part).unwrap();
            assert_close(&format!("{name} {sides:?} combination"), &found, &read(sum).await, 1e-6);
        }
    }
}
