//! 3×3 convolutions and their input gradients, by the way that is fastest for the channels at hand.

use crate::Padding;
use crate::finish::Finish;
use crate::fold::Fold;
use crate::matrix::{Matrix, Threads, multiply};
use crate::parallel::{each_chunk, vectorised};
use crate::planes::Planes;
use crate::scratch::lend;
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
    let (read, written) = (inputs * height * width, outputs * height * width);
    let finish = Finish { bias: Some(bias), slope: border.slope };
    let mut output = vec![0.0; n * written];
    let planes = |values| Planes { values, activated: None, height, width, padding: border.padding, border: 1 };
    let pictures = x.chunks(read.max(1)).map(planes).zip(output.chunks_mut(written.max(1)));
    if inputs > FEW_CHANNELS {
        winograd::with_kernels(weight, [outputs, inputs], |kernels| {
            pictures.for_each(|(planes, output)| winograd::convolve(&planes, kernels, [height, width], Sums::Finished(finish), output));
        });
    } else {
        pictures.for_each(|(planes, output)| unfold(&planes, weight, finish, output));
    }
    output
}

/// The gradient on `x`, from that on the output and the output itself.
///
/// # Shapes
/// `gradient`, `output`: `[n, outputs, h, w]`; `weight [outputs, inputs, 3, 3]` → `[n, inputs, h, w]`
#[must_use]
pub fn input_gradient(
    gradient: &[f32],
    output: &[f32],
    [n, outputs, height, width]: Shape,
    weight: &[f32],
    inputs: usize,
    border: Border,
) -> Vec<f32> {
    let slope = border.slope;
    let (read, written) = (outputs * height * width, inputs * height * width);
    // The adjoint of zeros and of wrapping around is the same padding again. Of the others it is the gradient on the padded picture, of which what
    // lies in the border is added to where it came from.
    let fold = matches!(border.padding, Padding::Replicate | Padding::Reflect).then(|| Fold::new(border.padding, [height, width]));
    let mut result = vec![0.0; n * written];
    winograd::with_transposed(weight, [outputs, inputs], |kernels| {
        let pictures = gradient.chunks(read.max(1)).zip(output.chunks(read.max(1))).zip(result.chunks_mut(written.max(1)));
        for ((values, output), result) in pictures {
            let activated = (slope < 1.0).then_some((output, slope));
            let planes = |padding, border| Planes { values, activated, height, width, padding, border };
            match &fold {
                Some(fold) => winograd::convolve(&planes(Padding::Zero, 2), kernels, fold.sides(), Sums::Folded(fold), result),
                None => winograd::convolve(&planes(border.padding, 1), kernels, [height, width], Sums::Finished(Finish::NONE), result),
            }
        }
    });
    result
}

/// Rows of outputs that are unfolded at a time: their copies stay in the second cache.
const UNFOLDED_VALUES: usize = 1 << 18;

/// One matrix product of the weights with the neighbourhoods of all pixels, for few input channels.
fn unfold(source: &Planes<'_>, weight: &[f32], finish: Finish<'_>, output: &mut [f32]) {
    let Planes { height, width, .. } = *source;
    let (plane, taps) = (height * width, source.count() * 9);
    if plane == 0 {
        return;
    }
    let outputs = output.len() / plane;
    let rows = (UNFOLDED_VALUES / (taps * width).max(1)).clamp(1, height);
    lend(taps * rows * width, |unfolded| {
        for first in (0..height).step_by(rows) {
            let count = rows.min(height - first);
            each_chunk(unfolded, rows * width, |tap, unfolded| {
                for (row, line) in unfolded.chunks_mut(width).take(count).enumerate() {
                    source.line(tap / 9, first + row + tap / 3 % 3, tap % 3, line);
                }
            });
            let (left, right) = (Matrix::new(weight, taps), Matrix::new(unfolded, rows * width));
            let range = first * width..(first + count) * width;
            multiply([outputs, taps, range.len()], left, right, &mut output[range.start..], plane, Threads::All);
            each_chunk(output, plane, |channel, plane| {
                vectorised(
                    #[inline(always)]
                    || finish.apply_in_place(channel, &mut plane[range.clone()]),
                );
            });
        }
    });
}
