//! Spectral normalisation (Miyato et al. 2018): each layer's weights over their largest singular value, so that the discriminator's
//! slope is bounded and the generator always has something to follow.

use burn::tensor::Tensor;

use crate::kernels::product;
use crate::readback::squared;

/// An estimate of a layer's first left singular vector, bettered by one power iteration at each step (algorithm 1).
#[derive(Clone, Debug)]
pub(super) struct SpectralNorm {
    /// `[output, 1]`
    pub left: Tensor<2>,
}

/// Keeps the division finite for a layer of zeros.
const EPSILON: f32 = 1e-12;

impl SpectralNorm {
    /// One power iteration on the weights as they are now.
    pub fn iterate(&mut self, weight: &Tensor<4>) {
        let matrix = flat(weight.clone());
        let right = unit(product(matrix.clone().transpose(), self.left.clone()));
        self.left = unit(product(matrix, right));
    }

    /// The weights over their largest singular value. A gradient flows through the value as well, with the vectors held fixed.
    ///
    /// # Shapes
    /// `[output, input, 3, 3]` → the same
    pub fn normalised(&self, weight: Tensor<4>) -> Tensor<4> {
        let matrix = flat(weight.clone());
        let plain = flat(weight.clone().inner());
        let right = unit(product(plain.transpose(), self.left.clone()));
        let sigma = product(product(self.left.clone().autodiff().transpose(), matrix), right.autodiff());
        weight / (sigma + EPSILON).reshape([1, 1, 1, 1])
    }
}

fn flat(weight: Tensor<4>) -> Tensor<2> {
    let [outputs, inputs, ..] = weight.dims();
    weight.reshape([outputs, 9 * inputs])
}

fn unit(vector: Tensor<2>) -> Tensor<2> {
    let length = squared(&vector).sqrt() + EPSILON;
    vector / length.reshape([1, 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::parameters::vector;

    #[test]
    fn the_largest_singular_value_becomes_one() {
        // Two outputs of nine taps each: rows (3, 4, 0, …) and (0, 0, 1, …) are orthogonal, with lengths 5 and 1.
        let mut weights = vec![0.0; 18];
        (weights[0], weights[1], weights[11]) = (3.0, 4.0, 1.0);
        let weight = vector(weights, &cpu()).reshape([2, 1, 3, 3]);
        let mut norm = SpectralNorm { left: vector(vec![0.6, 0.8], &cpu()).reshape([2, 1]) };
        (0..20).for_each(|_| norm.iterate(&weight));
        let values = norm.normalised(weight.autodiff()).inner().into_data().try_into_vec::<f32>().unwrap();
        assert!((values[0] - 0.6).abs() < 1e-5 && (values[1] - 0.8).abs() < 1e-5 && (values[11] - 0.2).abs() < 1e-5);
    }
}
