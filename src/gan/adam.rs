//! Adam on a network's vector of parameters (Kingma & Ba 2015, algorithm 1).

use burn::tensor::Tensor;

/// The running means of one network's gradients.
#[derive(Clone, Debug)]
pub(crate) struct Adam {
    pub mean: Tensor<1>,
    pub square: Tensor<1>,
    pub count: u32,
    betas: [f32; 2],
}

/// Keeps the division finite.
const EPSILON: f32 = 1e-8;

impl Adam {
    /// Before the first step on parameters like these.
    pub fn new(parameters: &Tensor<1>, betas: [f32; 2]) -> Self {
        let zeros = parameters.zeros_like();
        Self { mean: zeros.clone(), square: zeros, count: 0, betas }
    }

    /// Where the parameters go.
    pub fn step(&mut self, parameters: Tensor<1>, gradient: Tensor<1>, rate: f32) -> Tensor<1> {
        let [first, second] = self.betas;
        self.count += 1;
        self.mean = self.mean.clone() * first + gradient.clone() * (1.0 - first);
        self.square = self.square.clone() * second + gradient.clone() * gradient * (1.0 - second);
        let count = i32::try_from(self.count).unwrap_or(i32::MAX);
        let mean = self.mean.clone() / (1.0 - first.powi(count));
        let square = self.square.clone() / (1.0 - second.powi(count));
        parameters - mean * rate / (square.sqrt() + EPSILON)
    }
}
