//! Adam (Kingma & Ba 2015, algorithm 1), with the averaged iterates and the clamp of
//! crowsonkb/style-transfer-pytorch.

use burn::tensor::Tensor;

use super::RunError;
use super::minimiser::Step;
use crate::error::Error;
use crate::losses::{Objective, Terms};
use crate::readback::scalars;

/// Step size, in units of the picture's 0…1.
const LEARNING_RATE: f32 = 0.02;
/// Decay of the mean of gradients.
const BETA_1: f32 = 0.9;
/// Decay of the mean of squared gradients.
const BETA_2: f32 = 0.99;
/// Keeps the division finite.
const EPSILON: f32 = 1e-8;
/// Decay of the average of iterates: the result is smoother than any single iterate.
const AVERAGE: f32 = 0.9;

/// The state of one minimisation.
#[derive(Debug)]
pub struct Adam {
    position: Tensor<4>,
    mean: Tensor<4>,
    square: Tensor<4>,
    average: Tensor<4>,
    count: i32,
    bounds: Option<(f32, f32)>,
}

impl Adam {
    /// Starts at `position`, `[1, c, h, w]`. With `bounds`, every iterate is clamped to them.
    #[must_use]
    pub fn new(position: Tensor<4>, bounds: Option<(f32, f32)>) -> Self {
        let zeros = position.zeros_like();
        Self { mean: zeros.clone(), square: zeros.clone(), average: zeros, count: 0, position, bounds }
    }

    /// The newest iterate.
    #[must_use]
    pub fn iterate(&self) -> Tensor<4> {
        self.position.clone()
    }

    /// The average of the iterates, corrected for its start at zero as Adam corrects its means.
    #[must_use]
    pub fn position(&self) -> Tensor<4> {
        if self.count == 0 { self.position.clone() } else { self.average.clone() / (1.0 - AVERAGE.powi(self.count)) }
    }

    /// Forgets the means of gradients, since the objective has changed. The position stays.
    pub fn restart(&mut self) {
        *self = Self::new(self.position(), self.bounds);
    }

    /// Evaluates the objective once, at the newest iterate, and moves.
    ///
    /// # Errors
    /// [`RunError::NotFinite`] if the loss is not finite; a device error if reading fails.
    pub async fn step(&mut self, objective: &impl Objective) -> Result<Step, Error> {
        let evaluation = objective.evaluate(self.position.clone()).await?;
        let read = scalars(vec![evaluation.terms]).await?;
        let terms = Terms::from_read(&read);
        if !terms.loss.is_finite() {
            return Err(RunError::NotFinite.into());
        }
        let gradient = evaluation.gradient;
        self.count += 1;
        self.mean = self.mean.clone() * BETA_1 + gradient.clone() * (1.0 - BETA_1);
        self.square = self.square.clone() * BETA_2 + gradient.clone() * gradient * (1.0 - BETA_2);
        let mean = self.mean.clone() / (1.0 - BETA_1.powi(self.count));
        let square = self.square.clone() / (1.0 - BETA_2.powi(self.count));
        let moved = self.position.clone() - mean * LEARNING_RATE / (square.sqrt() + EPSILON);
        self.position = match self.bounds {
            Some((low, high)) => moved.clamp(low, high),
            None => moved,
        };
        self.average = self.average.clone() * AVERAGE + self.position.clone() * (1.0 - AVERAGE);
        Ok(Step { terms, converged: false })
    }
}
