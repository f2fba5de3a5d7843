//! What a generator and a discriminator are built of.

use burn::tensor::{Tensor, TensorData};

use crate::kernels::{self, Activation, Padding, convolution_3x3, product};
use crate::losses::real;
use crate::parameters::{Source, Start};

/// A 3×3 convolution.
#[derive(Clone, Debug)]
pub(crate) struct Convolution {
    /// `[output, input, 3, 3]`
    pub weight: Tensor<4>,
    /// `[output]`
    pub bias: Tensor<1>,
}

impl Convolution {
    /// From `channels` inputs to outputs, at first as He et al. (2015) start a layer, times `gain`.
    pub fn new(source: &mut Source<'_>, name: &str, channels: [usize; 2], gain: f32) -> Self {
        let [inputs, outputs] = channels;
        let deviation = gain * (2.0 / real(9 * inputs)).sqrt();
        let weight = source.take(&format!("{name}.weight"), [outputs, inputs, 3, 3], Start::Normal(deviation));
        Self { weight, bias: source.take(&format!("{name}.bias"), [outputs], Start::Constant(0.0)) }
    }

    /// # Shapes
    /// `[n, input, h, w]` → `[n, output, h, w]`
    pub fn forward(&self, x: Tensor<4>, padding: Padding, activation: Activation) -> Tensor<4> {
        convolution_3x3(x, self.weight.clone(), self.bias.clone(), kernels::Convolution { padding, activation })
    }

    /// The same convolution of the picture enlarged to twice its size, bilinearly and with half-pixel centres as PyTorch's
    /// `interpolate(…, mode="bilinear", align_corners=False)` does it. Interpolating before convolving makes no checkerboards, as
    /// transposed convolutions do (Odena et al. 2016), and no stairs, as doubled pixels do.
    ///
    /// No enlarged picture is made: the three pixels in a row that an output sees there lie between the same three of the small picture for
    /// all of them, so each of the four outputs over a pixel is a 3×3 convolution of the small picture, with kernels that are mixtures of
    /// this one's.
    ///
    /// At borders the small picture goes on as `padding` says, and that is enlarged. For [`Padding::Replicate`] this is to enlarge
    /// first and pad then, and for [`Padding::Wrap`] the enlargement wraps around too.
    ///
    /// # Shapes
    /// `[n, input, h, w]` → `[n, output, 2h, 2w]`
    pub fn forward_doubled(&self, x: Tensor<4>, padding: Padding) -> Tensor<4> {
        let [outputs, ..] = self.weight.dims();
        let bias = self.bias.clone().reshape([outputs, 1]).repeat_dim(1, 4).reshape([4 * outputs]);
        shuffled(convolution_3x3(x, self.phases(), bias, kernels::Convolution { padding, activation: Activation::None }))
    }

    /// The kernels of a doubled convolution's phases.
    ///
    /// # Shapes
    /// → `[4 · output, input, 3, 3]`
    fn phases(&self) -> Tensor<4> {
        let [outputs, inputs, ..] = self.weight.dims();
        let folding = Tensor::<2>::from_data(TensorData::new(FOLDING.as_flattened().to_vec(), [9, 36]), &self.weight.device());
        let phases = product(self.weight.clone().reshape([outputs * inputs, 9]), folding);
        phases.reshape([outputs, inputs, 4, 9]).permute([0, 2, 1, 3]).reshape([4 * outputs, inputs, 3, 3])
    }
}

/// How the taps of a kernel on the enlarged picture, `3y + x`, are spread over the taps of its four phases, `9 (2v + u) + 3y + x`, on the small one.
const FOLDING: [[f32; 36]; 9] = folding();

const fn folding() -> [[f32; 36]; 9] {
    // For the first and the second pixel over one of the small picture's, and for each of three taps along a line, the shares that the
    // small one's neighbour before, itself and the neighbour after have in what lies under the tap.
    const SHARES: [[[f32; 3]; 3]; 2] =
        [[[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.75, 0.25]], [[0.25, 0.75, 0.0], [0.0, 0.75, 0.25], [0.0, 0.25, 0.75]]];
    let mut matrix = [[0.0; 36]; 9];
    let mut index = 0;
    while index < 9 * 36 {
        let (tap, phase, place) = (index / 36, index % 36 / 9, index % 9);
        matrix[tap][9 * phase + place] = SHARES[phase / 2][tap / 3][place / 3] * SHARES[phase % 2][tap % 3][place % 3];
        index += 1;
    }
    matrix
}

/// A doubled convolution's [`phases`](Convolution::phases) on the host, `[4 · output, input, 3, 3]` from `[output, input, 3, 3]`.
#[cfg(feature = "cli")]
pub(super) fn folded(values: &[f32], inputs: usize) -> Vec<f32> {
    let kernels: Vec<&[f32]> = values.chunks_exact(9).collect();
    let phase = |kernel: &[f32], phase: usize| {
        let tap = |tap: usize| kernel.iter().zip(&FOLDING).map(|(value, shares)| value * shares[9 * phase + tap]).sum::<f32>();
        (0..9).map(tap).collect::<Vec<f32>>()
    };
    let of_output = |kernels: &[&[f32]]| {
        (0..4).flat_map(|index| kernels.iter().flat_map(|kernel| phase(kernel, index)).collect::<Vec<f32>>()).collect::<Vec<f32>>()
    };
    kernels.chunks(inputs.max(1)).flat_map(of_output).collect()
}

/// Four channels become the two by two pixels of one.
///
/// # Shapes
/// `[n, 4c, h, w]` → `[n, c, 2h, 2w]`
fn shuffled(x: Tensor<4>) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let parted = x.reshape([n, channels / 4, 2, 2, height, width]).permute([0, 1, 4, 2, 5, 3]);
    parted.reshape([n, channels / 4, 2 * height, 2 * width])
}

/// Two by two pixels become four channels: nothing is lost, and nothing is aliased before a convolution has seen it all.
///
/// # Shapes
/// `[n, c, 2h, 2w]` → `[n, 4c, h, w]`
pub(crate) fn unshuffled(x: Tensor<4>) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let (height, width) = (height / 2, width / 2);
    let parted = x.reshape([n, channels, height, 2, width, 2]).permute([0, 1, 3, 5, 2, 4]);
    parted.reshape([n, 4 * channels, height, width])
}

/// A full connection.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    /// `[input, output]`
    weight: Tensor<2>,
    /// `[output]`
    bias: Tensor<1>,
}

impl Linear {
    /// At first as He et al. (2015), times `gain`.
    pub fn new(source: &mut Source<'_>, name: &str, lengths: [usize; 2], gain: f32) -> Self {
        let [inputs, outputs] = lengths;
        let deviation = gain * (2.0 / real(inputs)).sqrt();
        let weight = source.take(&format!("{name}.weight"), [inputs, outputs], Start::Normal(deviation));
        Self { weight, bias: source.take(&format!("{name}.bias"), [outputs], Start::Constant(0.0)) }
    }

    /// # Shapes
    /// `[n, input]` → `[n, output]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        product(x, self.weight.clone()) + self.bias.clone().unsqueeze()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::module::interpolate;
    use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

    use super::*;
    use crate::parameters::{Layout, frozen, vector};

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    fn ramp(shape: [usize; 4]) -> Tensor<4> {
        let count = shape.iter().product::<usize>();
        let values = (0..count).map(|i| f32::from(u8::try_from(i * 37 % 101).unwrap()) / 50.0 - 1.0).collect();
        vector(values, &crate::backend::cpu()).reshape(shape)
    }

    #[test]
    fn shuffling_undoes_unshuffling() {
        let x = ramp([2, 3, 4, 6]);
        assert_eq!(values(shuffled(unshuffled(x.clone()))), values(x));
    }

    fn convolution() -> Convolution {
        let build = |source: &mut Source<'_>| Convolution::new(source, "c", [3, 2], 1.0);
        let mut start = Layout::of(build).start(1);
        start.iter_mut().rev().take(2).for_each(|bias| *bias = 0.5);
        frozen(&vector(start, &crate::backend::cpu()), build)
    }

    fn enlarged(x: Tensor<4>) -> Tensor<4> {
        interpolate(x, InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false).with_scale_factor([2.0, 2.0]))
    }

    /// `x` with one more pixel at each border.
    fn padded(x: Tensor<4>, padding: Padding) -> Tensor<4> {
        let mut x = x;
        for axis in [2, 3] {
            let side = x.dims()[axis];
            let line = |at: usize| x.clone().narrow(axis, at, 1);
            let (before, after) = match padding {
                Padding::Zero => (line(0).zeros_like(), line(0).zeros_like()),
                Padding::Replicate => (line(0), line(side - 1)),
                Padding::Reflect => (line(1), line(side - 2)),
                Padding::Wrap => (line(side - 1), line(0)),
            };
            x = Tensor::cat(vec![before, x, after], axis);
        }
        x
    }

    fn assert_near(found: Tensor<4>, expected: Tensor<4>, what: &str) {
        assert_eq!(found.dims(), expected.dims(), "{what}");
        // Other orders of summation in f32, of values of size 1.
        assert!(values(found).iter().zip(values(expected)).all(|(a, b)| (a - b).abs() < 1e-5), "{what}");
    }

    #[test]
    fn a_doubled_convolution_is_that_of_the_enlarged_picture() {
        let (convolution, x) = (convolution(), ramp([2, 3, 5, 7]));
        for padding in [Padding::Zero, Padding::Replicate, Padding::Reflect, Padding::Wrap] {
            let found = convolution.forward_doubled(x.clone(), padding);
            // Two pixels more at each border, of which the convolution leaves one out and the other belongs to its sight.
            let around = enlarged(padded(x.clone(), padding)).slice([0..2, 0..3, 1..13, 1..17]);
            let expected = convolution.forward(around, Padding::Zero, Activation::None).slice([0..2, 0..2, 1..11, 1..15]);
            assert_near(found, expected, &format!("{padding:?}"));
        }
    }

    #[test]
    fn with_repeated_borders_enlarging_and_padding_may_change_places() {
        let (convolution, x) = (convolution(), ramp([2, 3, 5, 7]));
        let expected = convolution.forward(enlarged(x.clone()), Padding::Replicate, Activation::None);
        assert_near(convolution.forward_doubled(x, Padding::Replicate), expected, "replicated");
    }

    #[cfg(feature = "cli")]
    #[test]
    fn phases_on_the_host_are_those_of_the_network() {
        let convolution = convolution();
        let expected = convolution.phases();
        let found = vector(folded(&values(convolution.weight), 3), &crate::backend::cpu()).reshape([8, 3, 3, 3]);
        assert_near(found, expected, "folded");
    }

    #[test]
    fn a_slope_is_enlarged_without_stairs() {
        let x = ramp([1, 3, 1, 1]).expand([1, 3, 6, 8])
            + vector((0..8).map(crate::losses::real).collect(), &crate::backend::cpu()).reshape([1, 1, 1, 8]);
        let large = values(convolution().forward_doubled(x, Padding::Replicate).slice([0..1, 0..1, 4..5, 2..14]));
        let steps: Vec<f32> = large.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // Sums of 27 products of size up to 8.
        assert!(steps.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-4), "{steps:?}");
    }
}
