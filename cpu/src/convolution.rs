//! 3×3 convolutions and their gradients, by the way that is fastest for the channels at hand.

use crate::Padding;
use crate::finish::Finish;
use crate::fold::Fold;
use crate::planes::Planes;
use crate::signs::Signs;
use crate::unfold;
use crate::winograd::{self, Sums};

/// What lies around a convolution: what stands where the picture ends, and what is done to each sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Border {
    /// What stands where the picture ends.
    pub padding: Padding,
    /// The factor on sums that are not positive: 1 without an activation, 0 for ReLU.
    pub slope: f32,
}

/// `[n, c, h, w]`
pub type Shape = [usize; 4];

/// Up to so many input channels, Winograd's products are too thin to be worth its transforms.
const FEW_CHANNELS: usize = 8;

/// `activation(weight ∗ pad(x) + bias)`.
///
/// # Shapes
/// `x [n, input, h, w]`, `weight [outputs, input, 3, 3]`, `bias [outputs]` → `[n, outputs, h, w]`
#[must_use]
pub fn forward(x: &[f32], [n, inputs, height, width]: Shape, weight: &[f32], bias: &[f32], border: Border) -> Vec<f32> {
    let outputs = bias.len();
    let finish = Finish { bias: Some(bias), slope: border.slope };
    let mut output = vec![0.0; n * outputs * height * width];
    let planes = Planes { values: x, activated: None, channels: inputs, height, width, padding: border.padding, border: 1 };
    if inputs > FEW_CHANNELS {
        winograd::with_kernels(weight, [outputs, inputs], |kernels| {
            winograd::convolve(&planes, kernels, [height, width], Sums::Finished(finish), &mut output);
        });
    } else {
        for (picture, output) in output.chunks_mut((outputs * height * width).max(1)).enumerate() {
            unfold::convolve(&planes, picture, weight, finish, output);
        }
    }
    output
}

/// The gradient on `x`, from that on the output and the output's packed [`signs`](crate::signs), which are not looked at without an activation.
///
/// # Shapes
/// `gradient [n, outputs, h, w]`, `weight [outputs, inputs, 3, 3]` → `[n, inputs, h, w]`
#[must_use]
pub fn input_gradient(
    gradient: &[f32],
    signs: &[u8],
    [n, outputs, height, width]: Shape,
    weight: &[f32],
    inputs: usize,
    border: Border,
) -> Vec<f32> {
    // The adjoint of zeros and of wrapping around is the same padding again. Of the others it is the gradient on the padded picture, of which what
    // lies in the border is added to where it came from.
    let fold = matches!(border.padding, Padding::Replicate | Padding::Reflect).then(|| Fold::new(border.padding, [height, width]));
    let mut result = vec![0.0; n * inputs * height * width];
    winograd::with_transposed(weight, [outputs, inputs], |kernels| {
        let activated = activated(signs, border);
        let planes = |padding, border| Planes { values: gradient, activated, channels: outputs, height, width, padding, border };
        match &fold {
            Some(fold) => winograd::convolve(&planes(Padding::Zero, 2), kernels, fold.sides(), Sums::Folded(fold), &mut result),
            None => winograd::convolve(&planes(border.padding, 1), kernels, [height, width], Sums::Finished(Finish::NONE), &mut result),
        }
    });
    result
}

/// The gradients on the weights and on the bias, from that on the output and its signs. The same arrays give the same bits.
///
/// # Shapes
/// `x [n, inputs, h, w]`, `gradient [n, outputs, h, w]` → `[outputs, inputs, 3, 3]`, `[outputs]`
#[must_use]
pub fn parameter_gradients(
    x: &[f32],
    [n, inputs, height, width]: Shape,
    gradient: &[f32],
    signs: &[u8],
    outputs: usize,
    border: Border,
) -> (Vec<f32>, Vec<f32>) {
    let (mut weights, mut bias) = (vec![0.0; outputs * inputs * 9], vec![0.0; outputs]);
    let source = Planes { values: x, activated: None, channels: inputs, height, width, padding: border.padding, border: 1 };
    let activated = activated(signs, border);
    let gradient = Planes { values: gradient, activated, channels: outputs, height, width, padding: Padding::Zero, border: 0 };
    if n > 0 && inputs > FEW_CHANNELS {
        winograd::parameter_gradients(&source, &gradient, &mut weights, &mut bias);
    } else {
        unfold::parameter_gradients(&source, &gradient, &mut weights, &mut bias);
    }
    (weights, bias)
}

/// What masks a gradient, where there is an activation.
fn activated(signs: &[u8], border: Border) -> Option<(Signs<'_>, f32)> {
    (border.slope < 1.0).then_some((Signs(signs), border.slope))
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;
    use crate::signs::packed;

    /// Values of both signs in a fixed, shapeless order.
    fn noise(count: usize) -> Vec<f32> {
        (0..count).map(|index| f32::from(u16::try_from(index * 40_503 % 65_521).unwrap_or_default()) / 32_760.0 - 1.0).collect()
    }

    /// No sum depends on which thread came first, nor on how many there are: a training can be repeated.
    #[test]
    fn the_same_arrays_give_the_same_bits() {
        for [n, inputs, outputs, height, width] in [[4, 3, 40, 64, 33], [4, 24, 40, 33, 64], [2, 40, 3, 70, 70]] {
            let x = noise(n * inputs * height * width);
            let (gradient, output) = (noise(n * outputs * height * width), noise(n * outputs * height * width + 1));
            let signs = packed(&output[1..]);
            let border = Border { padding: Padding::Reflect, slope: 0.2 };
            let run = || parameter_gradients(&x, [n, inputs, height, width], &gradient, &signs, outputs, border);
            let bits =
                |(weights, bias): (Vec<f32>, Vec<f32>)| -> Vec<u32> { weights.iter().chain(&bias).map(|value| value.to_bits()).collect() };
            let of_one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(run);
            let of_one = bits(of_one);
            for threads in [2, 5] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                for _ in 0..3 {
                    assert_eq!(bits(pool.install(run)), of_one, "{inputs} → {outputs} on {threads} threads");
                }
            }
        }
    }
}
