//! The kernels against burn's own operations on the processor, over shapes that nobody chose: a fault at the edge of a block shows at a size of which nobody thought.

use atelier::kernels::{Activation, Convolution, convolution_3x3, normalise};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::kernels::{PADDINGS, normalised, outcome, stock, stock_normalise};
use crate::support::{assert_close, devices};

/// The ends of what is drawn, `[n, input, output, h, w]`.
const ENDS: [[usize; 5]; 4] = [[1, 513, 2, 1, 1], [1, 2, 513, 3, 2], [1, 9, 5, 131, 257], [7, 1, 1, 257, 1]];
const ACTIVATIONS: [Activation; 3] = [Activation::None, Activation::Relu, Activation::LeakyRelu(0.2)];

/// The same shapes in every run: sides up to 257, channels up to 513, small ones as often as large ones, of no more than `most` multiplications of
/// each tap.
fn drawn(count: usize, most: usize) -> Vec<[usize; 5]> {
    let mut state = 0x2545_F491_u32;
    let mut next = |limit: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // Logarithms are drawn, and then a number of that size.
        let size = 2_u32.pow(state % (limit.ilog2() + 1));
        usize::try_from((size + (state >> 8) % size).min(limit)).unwrap()
    };
    let shapes = std::iter::repeat_with(|| [next(5), next(513), next(513), next(257), next(257)]);
    let drawn = shapes.filter(|shape| shape.iter().product::<usize>() <= most);
    ENDS.into_iter().filter(|shape| shape.iter().product::<usize>() <= most).chain(drawn).take(count).collect()
}

/// How many shapes of how much work a device takes in seconds; one in software compiles a program for each.
fn effort(device: &str) -> (usize, usize) {
    if device == "cpu" { (60, 1 << 23) } else { (10, 1 << 21) }
}

/// Winograd's transforms cost a few bits of f32's 24, and sums have another order. Of a hundred thousand outputs some are then on the other side of a
/// ReLU's kink, and each changes the gradients of its channel by a few thousandths; a wrong row or column would change them by hundredths.
fn tolerance(what: &str, activation: Activation) -> f64 {
    if what == "output" || activation == Activation::None { 1e-4 } else { 1e-2 }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn convolutions_of_any_shape_are_burns() {
    for (name, device) in devices().await {
        let (count, most) = effort(name);
        for (index, shape) in drawn(count, most).into_iter().enumerate() {
            let convolution = Convolution { padding: PADDINGS[index % 4], activation: ACTIVATIONS[index % 3] };
            let found = outcome(convolution_3x3, shape, convolution, &device).await;
            let expected = outcome(stock, shape, convolution, &atelier::backend::cpu()).await;
            for (what, (found, expected)) in ["output", "input", "weight", "bias"].iter().zip(found.iter().zip(&expected)) {
                let tolerance = tolerance(what, convolution.activation);
                assert_close(&format!("{name} {shape:?} {convolution:?} {what}"), found, expected, tolerance);
            }
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn normalisations_of_any_shape_are_burns() {
    for (name, device) in devices().await {
        let (count, most) = effort(name);
        for (index, [n, group, groups, height, width]) in drawn(count, most).into_iter().enumerate() {
            if group * height * width < 3 {
                // What is left of one or two values is their sign: the gradients are what rounding leaves.
                continue;
            }
            let (shape, activation) = ([n, groups * group, group, height, width], ACTIVATIONS[index % 3]);
            let found = normalised(normalise, shape, 0.5, activation, &device).await;
            let expected = normalised(stock_normalise, shape, 0.5, activation, &atelier::backend::cpu()).await;
            for (what, (found, expected)) in ["output", "input", "scale", "shift"].iter().zip(found.iter().zip(&expected)) {
                assert_close(&format!("{name} {shape:?} {activation:?} {what}"), found, expected, tolerance(what, activation));
            }
        }
    }
}
