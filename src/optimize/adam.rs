//! Adam (Kingma & Ba 2015, algorithm 1) on a picture, with the averaged iterates and the clamp of
//! crowsonkb/style-transfer-pytorch.

use burn::tensor::Tensor;

use super::RunError;
use super::minimiser::Step;
use crate::adam;
use crate::error::Error;
use crate::losses::{Objective, Terms};
use crate::readback::{scalars, squared};

/// Step size, in units of the picture's 0…1.
const LEARNING_RATE: f32 = 0.02;
/// Decays of the means of gradients and of their squares.
const BETAS: [f32; 2] = [0.9, 0.99];
/// Decay of the average of iterates: the result is smoother than any single iterate.
const AVERAGE: f32 = 0.9;

/// The state of one minimisation.
#[derive(Debug)]
pub struct Adam {
    position: Tensor<4>,
    means: adam::Adam<4>,
    average: Tensor<4>,
    bounds: Option<(f32, f32)>,
}

impl Adam {
    /// Starts at `position`, `[1, c, h, w]`. With `bounds`, every iterate is clamped to them.
    #[must_use]
    pub fn new(position: Tensor<4>, bounds: Option<(f32, f32)>) -> Self {
        Self { means: adam::Adam::new(&position, BETAS), average: position.zeros_like(), position, bounds }
    }

    /// The newest iterate.
    #[must_use]
    pub fn iterate(&self) -> Tensor<4> {
        self.position.clone()
    }

    /// The average of the iterates, corrected for its start at zero as Adam corrects its means.
    #[must_use]
    pub fn position(&self) -> Tensor<4> {
        let count = i32::try_from(self.means.count).unwrap_or(i32::MAX);
        if count == 0 { self.position.clone() } else { self.average.clone() / (1.0 - AVERAGE.powi(count)) }
    }

    /// Forgets the means of gradients, since the objective has changed. The position stays.
    pub fn restart(&mut self) {
        *self = Self::new(self.position(), self.bounds);
    }

    /// Evaluates the objective once, at the newest iterate, and moves.
    ///
    /// # Errors
    /// [`RunError::NotFinite`] if the loss or its gradient is not finite; a device error if reading fails.
    pub async fn step(&mut self, objective: &impl Objective) -> Result<Step, Error> {
        let evaluation = objective.evaluate(self.position.clone()).await?;
        let read = scalars(vec![evaluation.terms, squared(&evaluation.gradient)]).await?;
        let terms = Terms::from_read(&read);
        if !terms.loss.is_finite() || !read.get(Terms::COUNT).is_some_and(|squared| squared.is_finite()) {
            return Err(RunError::NotFinite.into());
        }
        let moved = self.means.step(self.position.clone(), evaluation.gradient, LEARNING_RATE);
        self.position = match self.bounds {
            Some((low, high)) => moved.clamp(low, high),
            None => moved,
        };
        self.average = self.average.clone() * AVERAGE + self.position.clone() * (1.0 - AVERAGE);
        Ok(Step { terms, converged: false })
    }
}
