//! Limited-memory BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) for browsers: vectors and their inner products stay on
//! the device, and each evaluation costs one non-blocking read.
//!
//! Three ways to find a step's length ([`LineSearch`]): backtracking, which the studio uses, and the two of
//! `torch.optim.LBFGS`, whose loss curves they follow.

mod history;
mod line_search;
mod strong_wolfe;

use burn::tensor::Tensor;

use self::history::{History, Pair};
use self::line_search::{Next, Search, Trial};
use super::RunError;
use super::minimiser::Step;
use crate::error::Error;
use crate::losses::{Objective, Terms};
use crate::readback::{dot, scalars};

pub(super) use self::history::most_pairs;
pub use self::line_search::LineSearch;

/// Below this a step's curvature `s·y` is noise (`torch.optim.LBFGS`).
const LEAST_CURVATURE: f32 = 1e-10;
/// Nearer to zero than this a slope is no descent (`tolerance_change` of `torch.optim.LBFGS`).
const LEAST_SLOPE: f32 = 1e-9;

/// The state of one minimisation.
#[derive(Debug)]
pub struct Lbfgs {
    position: Tensor<4>,
    /// Value and gradient at `position`, once evaluated.
    here: Option<Here>,
    history: History,
    search: Option<Search>,
    line_search: LineSearch,
}

/// What is known where the minimiser stands.
#[derive(Debug)]
struct Here {
    terms: Terms,
    gradient: Tensor<4>,
    /// `g·g`
    squared: f32,
    /// `Σ|g|`
    absolute: f32,
}

impl Lbfgs {
    /// Starts at `position`, `[1, c, h, w]`.
    #[must_use]
    pub fn new(position: Tensor<4>, line_search: LineSearch) -> Self {
        Self { position, here: None, history: History::default(), search: None, line_search }
    }

    /// Where the minimiser stands; with [`LineSearch::Backtracking`], the best position so far.
    #[must_use]
    pub fn position(&self) -> Tensor<4> {
        self.position.clone()
    }

    /// Forgets what was learnt of the objective, since it has changed. The position stays.
    pub fn restart(&mut self) {
        self.here = None;
        self.search = None;
        self.history.clear();
    }

    /// Evaluates the objective once and moves if the line search agrees.
    ///
    /// # Errors
    /// [`RunError::NotFinite`] if the loss is not finite where the minimiser stands; a device error if reading fails.
    pub async fn step(&mut self, objective: &impl Objective) -> Result<Step, Error> {
        match self.here.take() {
            None => self.begin(objective).await,
            Some(here) => self.advance(objective, here).await,
        }
    }

    async fn begin(&mut self, objective: &impl Objective) -> Result<Step, Error> {
        let evaluation = objective.evaluate(self.position.clone()).await?;
        let gradient = evaluation.gradient;
        let read = scalars(vec![evaluation.terms, dot(&gradient, &gradient), gradient.clone().abs().sum()]).await?;
        let terms = Terms::from_read(&read);
        let [squared, absolute] = match read.get(Terms::COUNT..) {
            Some(&[a, b]) => [a, b],
            _ => [f32::NAN; 2],
        };
        if !terms.loss.is_finite() || !squared.is_finite() {
            return Err(RunError::NotFinite.into());
        }
        self.here = Some(Here { terms, gradient, squared, absolute });
        Ok(Step { terms, converged: squared == 0.0 })
    }

    async fn advance(&mut self, objective: &impl Objective, here: Here) -> Result<Step, Error> {
        let mut search = match self.search.take() {
            Some(search) => search,
            None if self.history.is_empty() => Search::steepest(self.line_search, &here),
            None => Search::along(self.line_search, self.history.direction(&here.gradient)),
        };
        let trial = self.try_out(objective, &here, &search).await?;
        let slope = trial.start_slope;
        // Written so that a slope that is no number counts as none.
        let descends = slope < -LEAST_SLOPE || (slope < 0.0 && self.line_search == LineSearch::Backtracking);
        let next = if descends { search.judge(&here, trial) } else { Next::GiveUp };
        match next {
            Next::Accept(trial) => Ok(self.accept(*trial)),
            Next::Shorter => {
                let terms = here.terms;
                self.search = Some(search);
                self.here = Some(here);
                Ok(Step { terms, converged: false })
            }
            Next::NotFinite => Err(RunError::NotFinite.into()),
            Next::GiveUp => {
                // The model of the curvature misleads: forget it. Where there is none to forget, this is the minimum as
                // far as f32 can tell.
                let step = Step { terms: here.terms, converged: self.history.is_empty() };
                self.history.clear();
                self.here = Some(here);
                Ok(step)
            }
        }
    }

    /// Evaluates the objective where the search says.
    async fn try_out(&self, objective: &impl Objective, here: &Here, search: &Search) -> Result<Trial, Error> {
        let step = search.direction.clone() * search.length();
        let position = self.position.clone() + step.clone();
        let evaluation = objective.evaluate(position.clone()).await?;
        let gradient = evaluation.gradient;
        let change = gradient.clone() - here.gradient.clone();
        let read = scalars(vec![
            evaluation.terms,
            dot(&here.gradient, &search.direction),
            dot(&gradient, &search.direction),
            dot(&step, &change),
            dot(&change, &change),
            dot(&gradient, &gradient),
            gradient.clone().abs().sum(),
            search.direction.clone().abs().max(),
        ])
        .await?;
        let terms = Terms::from_read(&read);
        let [start_slope, slope, curvature, change_squared, squared, absolute, reach] = match read.get(Terms::COUNT..) {
            Some(&[a, b, c, d, e, f, g]) => [a, b, c, d, e, f, g],
            _ => [f32::NAN; 7],
        };
        let here = Here { terms, gradient, squared, absolute };
        Ok(Trial { position, here, step, change, start_slope, slope, curvature, change_squared, reach })
    }

    fn accept(&mut self, trial: Trial) -> Step {
        let Trial { position, here, step, change, curvature, change_squared, .. } = trial;
        let least = if self.line_search == LineSearch::Backtracking { f32::EPSILON * change_squared } else { LEAST_CURVATURE };
        if curvature > least && curvature > 0.0 {
            self.history.push(Pair { step, change, rho: curvature.recip(), gamma: curvature / change_squared });
        }
        self.position = position;
        let terms = here.terms;
        self.here = Some(here);
        Step { terms, converged: false }
    }
}
