//! What a generator and a discriminator are built of.

use burn::tensor::{Tensor, TensorData};

use crate::kernels::{self, Activation, Padding, convolution_3x3};
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

    /// The same convolution of the picture at twice the size, each pixel doubled (Odena et al. 2016: no checkerboards, as
    /// transposed convolutions make them). No enlarged picture is made: of the nine pixels that an output sees, neighbours are equal,
    /// so each of the four outputs over a pixel is a 3×3 convolution of the small picture, with kernels that are sums of this one's.
    ///
    /// Equal to enlarging for paddings under which an enlarged border is the border's enlargement: all but [`Padding::Reflect`].
    ///
    /// # Shapes
    /// `[n, input, h, w]` → `[n, output, 2h, 2w]`
    pub fn forward_doubled(&self, x: Tensor<4>, padding: Padding) -> Tensor<4> {
        let [outputs, inputs, ..] = self.weight.dims();
        let folding = Tensor::<2>::from_data(TensorData::new(FOLDING.as_flattened().to_vec(), [9, 36]), &x.device());
        let phases = self.weight.clone().reshape([outputs * inputs, 9]).matmul(folding);
        let phases = phases.reshape([outputs, inputs, 4, 9]).permute([0, 2, 1, 3]).reshape([4 * outputs, inputs, 3, 3]);
        let bias = self.bias.clone().reshape([outputs, 1]).repeat_dim(1, 4).reshape([4 * outputs]);
        shuffled(convolution_3x3(x, phases, bias, kernels::Convolution { padding, activation: Activation::None }))
    }
}

/// How the taps of a kernel on the doubled picture, `3y + x`, add up to the taps of its four phases, `9 (2v + u) + 3y + x`, on the small one.
const FOLDING: [[f32; 36]; 9] = folding();

const fn folding() -> [[f32; 36]; 9] {
    // Where the three taps along a line land, for the first and the second of two equal pixels.
    const LANDS: [[usize; 3]; 2] = [[0, 1, 1], [1, 1, 2]];
    let mut matrix = [[0.0; 36]; 9];
    let mut index = 0;
    while index < 36 {
        let (phase, tap) = (index / 9, index % 9);
        let (row, column) = (LANDS[phase / 2][tap / 3], LANDS[phase % 2][tap % 3]);
        matrix[tap][9 * phase + 3 * row + column] = 1.0;
        index += 1;
    }
    matrix
}

/// The kernels of a doubled convolution's phases on the host, `[4 · output, input, 3, 3]` from `[output, input, 3, 3]`.
#[cfg(feature = "cli")]
pub(super) fn folded(values: &[f32], inputs: usize) -> Vec<f32> {
    let kernels: Vec<&[f32]> = values.chunks_exact(9).collect();
    let phase = |kernel: &[f32], phase: usize| {
        let tap = |tap: usize| kernel.iter().zip(&FOLDING).map(|(value, lands)| value * lands[9 * phase + tap]).sum::<f32>();
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
        x.matmul(self.weight.clone()) + self.bias.clone().unsqueeze()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

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

    #[test]
    fn a_doubled_convolution_is_that_of_the_enlarged_picture() {
        let build = |source: &mut Source<'_>| Convolution::new(source, "c", [3, 2], 1.0);
        let layout = Layout::of(build);
        let mut start = layout.start(1);
        start.iter_mut().rev().take(2).for_each(|bias| *bias = 0.5);
        let convolution = frozen(&vector(start, &crate::backend::cpu()), build);
        let x = ramp([2, 3, 5, 7]);
        let enlarged = x.clone().reshape([2, 3, 5, 1, 7, 1]).expand([2, 3, 5, 2, 7, 2]).reshape([2, 3, 10, 14]);
        for padding in [Padding::Zero, Padding::Replicate, Padding::Wrap] {
            let expected = values(convolution.forward(enlarged.clone(), padding, Activation::None));
            let found = values(convolution.forward_doubled(x.clone(), padding));
            // Other orders of summation in f32, of values of size 1.
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5), "{padding:?}");
        }
    }
}
