//! One interface to the minimisers.

use burn::tensor::Tensor;

use super::{Adam, Lbfgs, LineSearch, Method};
use crate::error::Error;
use crate::losses::{Objective, Terms};

/// What one evaluation found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The losses where the minimiser stands; of Adam, where it stood before its move.
    pub terms: Terms,
    /// Further steps would change nothing.
    pub converged: bool,
}

/// A minimiser of pictures that asks for one evaluation at a time.
#[derive(Debug)]
pub enum Minimiser {
    /// Limited-memory BFGS.
    Lbfgs(Box<Lbfgs>),
    /// Adam.
    Adam(Box<Adam>),
}

impl Minimiser {
    /// Starts at `position`, `[1, c, h, w]`.
    #[must_use]
    pub fn new(method: Method, line_search: LineSearch, position: Tensor<4>) -> Self {
        match method {
            Method::Lbfgs => Self::Lbfgs(Box::new(Lbfgs::new(position, line_search))),
            Method::Adam => Self::Adam(Box::new(Adam::new(position, Some((0.0, 1.0))))),
        }
    }

    /// Evaluates the objective once and moves.
    ///
    /// # Errors
    /// As the minimiser's own `step`.
    pub async fn step(&mut self, objective: &impl Objective) -> Result<Step, Error> {
        match self {
            Self::Lbfgs(minimiser) => minimiser.step(objective).await,
            Self::Adam(minimiser) => minimiser.step(objective).await,
        }
    }

    /// Forgets what was learnt of the objective, since it has changed.
    pub fn restart(&mut self) {
        match self {
            Self::Lbfgs(minimiser) => minimiser.restart(),
            Self::Adam(minimiser) => minimiser.restart(),
        }
    }

    /// Where the minimiser stands: the picture to show.
    #[must_use]
    pub fn position(&self) -> Tensor<4> {
        match self {
            Self::Lbfgs(minimiser) => minimiser.position(),
            Self::Adam(minimiser) => minimiser.position(),
        }
    }
}
