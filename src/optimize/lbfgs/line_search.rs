//! How long a step is: one direction being tried.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Here;
use super::strong_wolfe::{Sample, StrongWolfe, Verdict};

/// The way to find a step's length along a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineSearch {
    /// Full steps; one that does not lower the loss enough (Armijo, Nocedal & Wright eq. 3.4) is taken back and shortened, so a run
    /// never ends worse than it was before. There is no search for curvature: a pair without a positive one is left out of the
    /// history, which keeps the inverse Hessian positive definite.
    #[default]
    Backtracking,
    /// Strong Wolfe points by cubic interpolation, as `torch.optim.LBFGS` with `line_search_fn="strong_wolfe"`.
    StrongWolfe,
    /// Every full step is taken, as `torch.optim.LBFGS` without a line search.
    UnitStep,
}

impl LineSearch {
    /// Whether it is one of PyTorch's, which begin with a step by the gradient's absolute sum.
    pub(super) fn is_torchs(self) -> bool {
        self != Self::Backtracking
    }
}

/// Armijo's constant: the fraction of the promised decrease that a step must deliver.
const SUFFICIENT_DECREASE: f32 = 1e-4;
/// Root mean square change of a pixel in the very first step, when nothing is known of the curvature.
const FIRST_CHANGE: f32 = 0.01;
/// Shortenings of one step before the history is dropped.
const MOST_SHORTENINGS: u32 = 6;

/// What an evaluation along the direction found.
#[derive(Debug)]
pub(super) struct Trial {
    pub position: Tensor<4>,
    pub here: Here,
    /// From the start to `position`.
    pub step: Tensor<4>,
    /// Of the gradient over that step.
    pub change: Tensor<4>,
    /// The step with each vector of the history, with itself and with the change.
    pub of_step: Vec<f64>,
    /// The change with the same.
    pub of_change: Vec<f64>,
    /// `max|d|`, where the line search asks for it.
    pub reach: f64,
}

impl Trial {
    /// `s·s`
    pub fn step_squared(&self) -> f64 {
        of_last_two(&self.of_step)[0]
    }

    /// `s·y`
    pub fn curvature(&self) -> f64 {
        of_last_two(&self.of_step)[1]
    }

    /// `y·y`
    pub fn change_squared(&self) -> f64 {
        of_last_two(&self.of_change)[1]
    }

    /// `g·s` at `position`.
    fn slope_of_step(&self) -> f64 {
        of_last_two(&self.here.products)[0]
    }
}

/// With a trial's own step and change.
fn of_last_two(products: &[f64]) -> [f64; 2] {
    products.last_chunk().copied().unwrap_or([f64::NAN; 2])
}

/// What follows a trial.
#[derive(Debug)]
pub(super) enum Next {
    /// The step is good.
    Accept(Box<Trial>),
    /// Another length is to be tried.
    Shorter,
    /// No length helps.
    GiveUp,
    /// The step led to where the loss has no value, and this search takes none back.
    NotFinite,
}

/// A direction being tried.
#[derive(Debug)]
pub(super) struct Search {
    pub direction: Tensor<4>,
    /// `g·d` at the start.
    pub start_slope: f64,
    state: State,
}

#[derive(Debug)]
enum State {
    Backtracking { length: f32, shortenings: u32 },
    StrongWolfe { first: f32, search: Option<Box<StrongWolfe<Trial>>> },
    UnitStep { length: f32 },
}

impl Search {
    /// Along a direction of this slope whose length is right if the history is.
    pub(super) fn along(kind: LineSearch, direction: Tensor<4>, start_slope: f64) -> Self {
        Self::of_length(kind, direction, start_slope, 1.0)
    }

    /// Along the gradient's opposite, as long as a first step should be.
    pub(super) fn steepest(kind: LineSearch, here: &Here) -> Self {
        let length = match kind {
            LineSearch::Backtracking => {
                let count = f64::from(crate::losses::real(here.gradient.dims().iter().product()));
                if here.squared > 0.0 { FIRST_CHANGE * narrow((count / here.squared).sqrt()) } else { 0.0 }
            }
            LineSearch::StrongWolfe | LineSearch::UnitStep => here.absolute.recip().min(1.0),
        };
        Self::of_length(kind, here.gradient.clone().neg(), -here.squared, length)
    }

    fn of_length(kind: LineSearch, direction: Tensor<4>, start_slope: f64, length: f32) -> Self {
        let state = match kind {
            LineSearch::Backtracking => State::Backtracking { length, shortenings: 0 },
            LineSearch::StrongWolfe => State::StrongWolfe { first: length, search: None },
            LineSearch::UnitStep => State::UnitStep { length },
        };
        Self { direction, start_slope, state }
    }

    /// The length to try next, in directions.
    pub(super) fn length(&self) -> f32 {
        match &self.state {
            State::Backtracking { length, .. } | State::UnitStep { length } => *length,
            State::StrongWolfe { first, search } => search.as_ref().map_or(*first, |search| narrow(search.length())),
        }
    }

    /// Judges what was found at [`length`](Self::length).
    pub(super) fn judge(&mut self, start: &Here, trial: Trial) -> Next {
        match &mut self.state {
            State::Backtracking { length, shortenings } => {
                let promised = narrow(f64::from(*length) * self.start_slope);
                let rise = trial.here.terms.loss - start.terms.loss;
                if rise <= SUFFICIENT_DECREASE * promised && trial.here.squared.is_finite() {
                    return Next::Accept(Box::new(trial));
                }
                if *shortenings >= MOST_SHORTENINGS {
                    return Next::GiveUp;
                }
                *length *= shortening(rise, promised);
                *shortenings += 1;
                Next::Shorter
            }
            State::UnitStep { .. } if trial.here.terms.loss.is_finite() && trial.here.squared.is_finite() => Next::Accept(Box::new(trial)),
            State::UnitStep { .. } => Next::NotFinite,
            State::StrongWolfe { first, search } => {
                let search = search
                    .get_or_insert_with(|| Box::new(StrongWolfe::new(f64::from(*first), f64::from(start.terms.loss), self.start_slope)));
                // Where there is no gradient there is no value either.
                let value = if trial.here.squared.is_finite() { f64::from(trial.here.terms.loss) } else { f64::NAN };
                let (slope, reach) = (trial.slope_of_step() / search.length(), trial.reach);
                let sample = Sample { at: search.length(), value, slope, payload: Some(trial) };
                match search.judge(sample, reach) {
                    Verdict::Evaluate => Next::Shorter,
                    Verdict::Done(trial) => trial.map_or(Next::GiveUp, |trial| Next::Accept(Box::new(trial))),
                }
            }
        }
    }
}

/// The factor by which to shorten a step that changed the loss by `rise` where its slope promised `promised` < 0:
/// the minimum of the parabola through what is known, kept within a tenth and a half.
fn shortening(rise: f32, promised: f32) -> f32 {
    let factor = -promised / (2.0 * (rise - promised));
    if factor.is_finite() { factor.clamp(0.1, 0.5) } else { 0.1 }
}

#[expect(clippy::cast_possible_truncation, reason = "a length of a step needs no more than an f32 has")]
fn narrow(length: f64) -> f32 {
    length as f32
}
