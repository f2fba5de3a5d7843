//! Limited-memory BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) for browsers: vectors stay on the device, and each evaluation costs one non-blocking read, of the losses and of
//! all inner products that the next direction needs.
//!
//! Three ways to find a step's length ([`LineSearch`]): backtracking, which the studio uses, and the two of
//! `torch.optim.LBFGS`, whose loss curves they follow.

mod history;
mod line_search;
mod strong_wolfe;

use burn::tensor::Tensor;

use self::history::History;
use self::line_search::{Next, Search, Trial};
use super::RunError;
use super::minimiser::Step;
use crate::error::Error;
use crate::kernels::inner_products;
use crate::losses::{Objective, Terms};
use crate::readback::{scalars, squared};

pub(super) use self::history::most_pairs;
pub use self::line_search::LineSearch;

/// Below this a step's curvature `s·y` is noise (`torch.optim.LBFGS`).
const LEAST_CURVATURE: f64 = 1e-10;
/// Nearer to zero than this a slope is no descent (`tolerance_change` of `torch.optim.LBFGS`).
const LEAST_SLOPE: f64 = 1e-9;

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
    squared: f64,
    /// `g` with each vector of the history.
    products: Vec<f64>,
    /// `Σ|g|`, where the line search asks for it.
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
        let mut parts = vec![evaluation.terms, squared(&gradient)];
        if self.line_search.is_torchs() {
            parts.push(gradient.clone().abs().sum());
        }
        let read = scalars(parts).await?;
        let terms = Terms::from_read(&read);
        let squared = read.get(Terms::COUNT).copied().map_or(f64::NAN, f64::from);
        let absolute = read.get(Terms::COUNT + 1).copied().unwrap_or_default();
        if !terms.loss.is_finite() || !squared.is_finite() {
            return Err(RunError::NotFinite.into());
        }
        self.here = Some(Here { terms, gradient, squared, products: Vec::new(), absolute });
        Ok(Step { terms, converged: squared == 0.0 })
    }

    async fn advance(&mut self, objective: &impl Objective, here: Here) -> Result<Step, Error> {
        let mut search = match self.search.take() {
            Some(search) => search,
            None if self.history.is_empty() => Search::steepest(self.line_search, &here),
            None => {
                let (direction, slope) = self.history.direction(&here.gradient, here.squared, &here.products);
                Search::along(self.line_search, direction, slope)
            }
        };
        let slope = search.start_slope;
        // Written so that a slope that is no number counts as none.
        let descends = slope < -LEAST_SLOPE || (slope < 0.0 && self.line_search == LineSearch::Backtracking);
        let next = if descends {
            let trial = self.try_out(objective, &here, &search).await?;
            search.judge(&here, trial)
        } else {
            Next::GiveUp
        };
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
                self.here = Some(Here { products: Vec::new(), ..here });
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
        let others: Vec<_> = self.history.vectors().chain([&step, &change, &gradient]).collect();
        let products = inner_products([&step, &change, &gradient], &others);
        let (known, count) = (others.len() - 3, 3 * others.len());
        let mut parts = vec![evaluation.terms, products.reshape([count])];
        if self.line_search.is_torchs() {
            parts.extend([gradient.clone().abs().sum(), search.direction.clone().abs().max()]);
        }
        let read = scalars(parts).await?;
        let terms = Terms::from_read(&read);
        let read: Vec<f64> = read.iter().skip(Terms::COUNT).copied().map(f64::from).collect();
        let at = |index: usize| read.get(index).copied().unwrap_or(f64::NAN);
        let row = |row: usize| (row * (known + 3)..row * (known + 3) + known + 2).map(at).collect::<Vec<_>>();
        let [of_step, of_change, products] = [0, 1, 2].map(row);
        let [absolute, reach] = if self.line_search.is_torchs() { [at(count), at(count + 1)] } else { [0.0; 2] };
        #[expect(clippy::cast_possible_truncation, reason = "it was read as an f32")]
        let here = Here { terms, gradient, squared: at(count - 1), products, absolute: absolute as f32 };
        Ok(Trial { position, here, step, change, of_step, of_change, reach })
    }

    fn accept(&mut self, trial: Trial) -> Step {
        let known = self.history.vectors().count();
        let (curvature, step_squared, change_squared) = (trial.curvature(), trial.step_squared(), trial.change_squared());
        let Trial { position, mut here, step, change, of_step, of_change, .. } = trial;
        // Noise, whatever the loss is measured in.
        let noise = f64::from(f32::EPSILON) * (step_squared * change_squared).sqrt();
        let least = if self.line_search == LineSearch::Backtracking { noise } else { LEAST_CURVATURE };
        if curvature > least && curvature > 0.0 {
            let forgotten = self.history.push([step, change], [&of_step, &of_change]);
            here.products.drain(..forgotten);
        } else {
            here.products.truncate(known);
        }
        self.position = position;
        let terms = here.terms;
        self.here = Some(here);
        Step { terms, converged: false }
    }
}
