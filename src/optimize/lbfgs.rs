//! Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.4 and 7.5) for browsers: vectors and their inner
//! products stay on the device, and each evaluation costs one non-blocking read.
//!
//! Steps are safeguarded: a trial point that does not lower the loss enough (Armijo, eq. 3.4) is taken back and the
//! step shortened, so a run never ends worse than it was at any time before. There is no curvature search: a pair
//! whose curvature is not positive is left out of the history instead, which keeps the inverse Hessian
//! positive definite.

use std::collections::VecDeque;

use burn::tensor::Tensor;

use super::RunError;
use super::minimiser::Step;
use super::readback::{dot, scalars};
use crate::error::Error;
use crate::losses::{Objective, Terms};

/// Pairs that the inverse Hessian is built from; the usual 10 (Gatys' L-BFGS used 100: ten times the memory
/// for no visible gain).
const HISTORY: usize = 10;
/// Armijo's constant: the fraction of the promised decrease that a step must deliver.
const SUFFICIENT_DECREASE: f32 = 1e-4;
/// Root mean square change of a pixel in the very first step, when nothing is known of the curvature.
const FIRST_CHANGE: f32 = 0.01;
/// Shortenings of one step before the history is dropped.
const MOST_SHORTENINGS: u32 = 6;

/// The state of one minimisation.
#[derive(Debug)]
pub struct Lbfgs {
    position: Tensor<4>,
    /// Value and gradient at `position`, once evaluated.
    here: Option<(Terms, Tensor<4>)>,
    history: VecDeque<Pair>,
    search: Option<Search>,
}

/// What one accepted step taught about the curvature.
#[derive(Debug)]
struct Pair {
    /// Change of position, `s`.
    step: Tensor<4>,
    /// Change of gradient, `y`.
    change: Tensor<4>,
    /// `1 / (s·y)`
    rho: f32,
    /// `s·y / y·y`: the scale of the inverse Hessian.
    gamma: f32,
}

/// A direction being tried.
#[derive(Debug)]
struct Search {
    direction: Tensor<4>,
    length: f32,
    shortenings: u32,
}

impl Lbfgs {
    /// Starts at `position`, `[1, c, h, w]`.
    #[must_use]
    pub fn new(position: Tensor<4>) -> Self {
        Self { position, here: None, history: VecDeque::with_capacity(HISTORY), search: None }
    }

    /// The best position so far.
    #[must_use]
    pub fn position(&self) -> Tensor<4> {
        self.position.clone()
    }

    /// Evaluates the objective once and moves if that lowered the loss enough.
    ///
    /// # Errors
    /// [`RunError::NotFinite`] if the loss at the starting point is not finite; a device error if reading fails.
    pub async fn step(&mut self, objective: &dyn Objective) -> Result<Step, Error> {
        match self.here.take() {
            None => self.begin(objective).await,
            Some((terms, gradient)) => self.advance(objective, terms, gradient).await,
        }
    }

    async fn begin(&mut self, objective: &dyn Objective) -> Result<Step, Error> {
        let evaluation = objective.evaluate(self.position.clone());
        let squared = dot(&evaluation.gradient, &evaluation.gradient);
        let read = scalars(vec![evaluation.terms, squared]).await?;
        let (terms, squared) = (Terms::from_read(&read), read.get(4).copied().unwrap_or(f32::NAN));
        if !terms.loss.is_finite() || !squared.is_finite() {
            return Err(RunError::NotFinite.into());
        }
        self.search = Some(steepest(&evaluation.gradient, squared));
        self.here = Some((terms, evaluation.gradient));
        Ok(Step { terms, converged: squared == 0.0 })
    }

    async fn advance(&mut self, objective: &dyn Objective, terms: Terms, gradient: Tensor<4>) -> Result<Step, Error> {
        let mut search =
            self.search.take().unwrap_or_else(|| Search { direction: self.quasi_newton(&gradient), length: 1.0, shortenings: 0 });
        let trial = self.position.clone() + search.direction.clone() * search.length;
        let evaluation = objective.evaluate(trial.clone());
        let change = evaluation.gradient.clone() - gradient.clone();
        let step = trial.clone() - self.position.clone();
        let read = scalars(vec![
            evaluation.terms,
            dot(&gradient, &search.direction),
            dot(&step, &change),
            dot(&change, &change),
            dot(&gradient, &gradient),
        ])
        .await?;
        let found = Terms::from_read(&read);
        let [slope, curvature, change_squared, gradient_squared] = match read.get(4..8) {
            Some(&[a, b, c, d]) => [a, b, c, d],
            _ => [f32::NAN; 4],
        };

        if slope < 0.0 && found.loss <= terms.loss + SUFFICIENT_DECREASE * search.length * slope && change_squared.is_finite() {
            self.position = trial;
            if curvature > f32::EPSILON * change_squared && curvature > 0.0 {
                if self.history.len() == HISTORY {
                    self.history.pop_front();
                }
                self.history.push_back(Pair { step, change, rho: curvature.recip(), gamma: curvature / change_squared });
            }
            self.here = Some((found, evaluation.gradient));
            return Ok(Step { terms: found, converged: false });
        }

        let mut converged = false;
        if slope < 0.0 && search.shortenings < MOST_SHORTENINGS {
            search.length *= shortening(found.loss - terms.loss, search.length * slope);
            search.shortenings += 1;
            self.search = Some(search);
        } else {
            // The model of the curvature misleads: forget it. Where there is none to forget, this is the minimum
            // as far as f32 can tell.
            converged = self.history.is_empty();
            self.history.clear();
            self.search = Some(steepest(&gradient, gradient_squared));
        }
        self.here = Some((terms, gradient));
        Ok(Step { terms, converged })
    }

    /// The two-loop recursion: `−H·g` with the inverse Hessian that the history implies.
    fn quasi_newton(&self, gradient: &Tensor<4>) -> Tensor<4> {
        let scalar = |value: Tensor<1>| value.reshape([1, 1, 1, 1]);
        let mut q = gradient.clone();
        let mut alphas = Vec::with_capacity(self.history.len());
        for pair in self.history.iter().rev() {
            let alpha = scalar(dot(&pair.step, &q) * pair.rho);
            q = q - pair.change.clone() * alpha.clone();
            alphas.push(alpha);
        }
        let mut r = q * self.history.back().map_or(1.0, |pair| pair.gamma);
        for (pair, alpha) in self.history.iter().zip(alphas.into_iter().rev()) {
            let beta = scalar(dot(&pair.change, &r) * pair.rho);
            r = r + pair.step.clone() * (alpha - beta);
        }
        r.neg()
    }
}

/// The gradient's opposite, as long as the first step should be.
fn steepest(gradient: &Tensor<4>, squared: f32) -> Search {
    #[expect(clippy::cast_precision_loss, reason = "a count of values, for a length that is only a first guess")]
    let count = gradient.dims().iter().product::<usize>() as f32;
    let length = if squared > 0.0 { FIRST_CHANGE * (count / squared).sqrt() } else { 0.0 };
    Search { direction: gradient.clone().neg(), length, shortenings: 0 }
}

/// The factor by which to shorten a step that changed the loss by `rise` where its slope promised `promised` < 0:
/// the minimum of the parabola through what is known, kept within a tenth and a half.
fn shortening(rise: f32, promised: f32) -> f32 {
    let factor = -promised / (2.0 * (rise - promised));
    if factor.is_finite() { factor.clamp(0.1, 0.5) } else { 0.1 }
}
