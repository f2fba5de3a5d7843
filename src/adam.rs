//! Adam (Kingma & Ba 2015, algorithm 1), for pictures and for networks' vectors of parameters.

use burn::tensor::Tensor;

/// The running means of one tensor's gradients.
#[derive(Clone, Debug)]
pub(crate) struct Adam<const D: usize> {
    pub mean: Tensor<D>,
    pub square: Tensor<D>,
    /// Steps taken.
    pub count: u32,
    /// Decays of the means of gradients and of their squares.
    betas: [f32; 2],
}

/// Keeps the division finite.
const EPSILON: f32 = 1e-8;

impl<const D: usize> Adam<D> {
    /// Before the first step of something of this shape.
    pub fn new(position: &Tensor<D>, betas: [f32; 2]) -> Self {
        let zeros = position.zeros_like();
        Self { mean: zeros.clone(), square: zeros, count: 0, betas }
    }

    /// Where it goes.
    pub fn step(&mut self, position: Tensor<D>, gradient: Tensor<D>, rate: f32) -> Tensor<D> {
        let [first, second] = self.betas;
        self.count += 1;
        self.mean = self.mean.clone() * first + gradient.clone() * (1.0 - first);
        self.square = self.square.clone() * second + gradient.clone() * gradient * (1.0 - second);
        let count = i32::try_from(self.count).unwrap_or(i32::MAX);
        let mean = self.mean.clone() / (1.0 - first.powi(count));
        let square = self.square.clone() / (1.0 - second.powi(count));
        position - mean * rate / (square.sqrt() + EPSILON)
    }
}
