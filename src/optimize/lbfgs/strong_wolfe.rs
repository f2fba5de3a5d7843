//! The strong Wolfe line search of `torch.optim.LBFGS` (`_strong_wolfe`, itself after Nocedal & Wright 2006, algorithms
//! 3.5 and 3.6, and minFunc), turned inside out: it asks for one evaluation at a time, as a browser needs it.

/// Fraction of the promised decrease that a step must deliver (`c1`).
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// Fraction of the first slope that may be left (`c2`).
const CURVATURE: f64 = 0.9;
/// Evaluations of one search after its first (`max_ls`).
const MOST_EVALUATIONS: u32 = 25;
/// A bracket narrower than this, in units of the position, is done (`tolerance_change`).
const LEAST_BRACKET: f64 = 1e-9;

/// An evaluation along the direction.
#[derive(Debug)]
pub(super) struct Sample<P> {
    pub at: f64,
    pub value: f64,
    pub slope: f64,
    /// What the caller wants back if this point wins; nothing at the start.
    pub payload: Option<P>,
}

/// What follows an evaluation.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict<P> {
    /// Another one, at [`StrongWolfe::length`].
    Evaluate,
    /// This point; nothing where the start is the best there is.
    Done(Option<P>),
}

/// One search.
#[derive(Debug)]
pub(super) struct StrongWolfe<P> {
    length: f64,
    value: f64,
    slope: f64,
    evaluations: u32,
    phase: Phase<P>,
}

#[derive(Debug)]
enum Phase<P> {
    /// Growing, from the sample before.
    Bracket(Sample<P>),
    /// Shrinking between two samples.
    Zoom { bracket: [Sample<P>; 2], low: usize, stalled: bool },
}

impl<P> StrongWolfe<P> {
    /// Starts where the objective has `value` and `slope` < 0 along the direction; the first evaluation is at `length`.
    pub(super) fn new(length: f64, value: f64, slope: f64) -> Self {
        let start = Sample { at: 0.0, value, slope, payload: None };
        Self { length, value, slope, evaluations: 0, phase: Phase::Bracket(start) }
    }

    /// Where the next evaluation is wanted.
    pub(super) fn length(&self) -> f64 {
        self.length
    }

    /// Takes the evaluation at [`length`](Self::length). `reach` is the largest value of the direction.
    pub(super) fn judge(&mut self, new: Sample<P>, reach: f64) -> Verdict<P> {
        let promised = self.value + SUFFICIENT_DECREASE * self.length * self.slope;
        let flat = new.slope.abs() <= -CURVATURE * self.slope;
        let start = Sample { at: 0.0, value: self.value, slope: self.slope, payload: None };
        match std::mem::replace(&mut self.phase, Phase::Bracket(start)) {
            Phase::Bracket(previous) => {
                // Written so that a value that is no number counts as too high.
                let fell = new.value <= promised && !(self.evaluations > 1 && new.value >= previous.value);
                if fell && flat {
                    return Verdict::Done(new.payload);
                }
                if fell && new.slope < 0.0 && self.evaluations < MOST_EVALUATIONS {
                    self.evaluations += 1;
                    let bounds = (new.at + 0.01 * (new.at - previous.at), new.at * 10.0);
                    self.length = cubic_minimum(&previous, &new, Some(bounds));
                    self.phase = Phase::Bracket(new);
                    return Verdict::Evaluate;
                }
                let low = usize::from(previous.value > new.value);
                self.zoom([previous, new], low, false, reach)
            }
            Phase::Zoom { mut bracket, mut low, stalled } => {
                let high = 1 - low;
                if new.value <= promised && new.value < bracket[low].value {
                    if flat {
                        return Verdict::Done(new.payload);
                    }
                    if new.slope * (bracket[high].at - bracket[low].at) >= 0.0 {
                        bracket.swap(high, low);
                    }
                    bracket[low] = new;
                } else {
                    bracket[high] = new;
                    // A point without a value is never the lower one.
                    low = usize::from(bracket[0].value > bracket[1].value || bracket[0].value.is_nan());
                }
                self.zoom(bracket, low, stalled, reach)
            }
        }
    }

    /// Chooses the next length within the bracket, or ends with its lower end.
    fn zoom(&mut self, bracket: [Sample<P>; 2], low: usize, stalled: bool, reach: f64) -> Verdict<P> {
        let [a, b] = &bracket;
        let (least, most) = (a.at.min(b.at), a.at.max(b.at));
        if self.evaluations >= MOST_EVALUATIONS || (most - least) * reach < LEAST_BRACKET {
            let [a, b] = bracket;
            return Verdict::Done(if low == 0 { a.payload } else { b.payload });
        }
        self.evaluations += 1;
        let mut length = cubic_minimum(a, b, None);
        // A minimum near the edge of the bracket twice running would make it shrink too slowly.
        let margin = 0.1 * (most - least);
        let near = (most - length).min(length - least) < margin;
        let mut stalled_now = near;
        if near && (stalled || length >= most || length <= least) {
            length = if (length - most).abs() < (length - least).abs() { most - margin } else { least + margin };
            stalled_now = false;
        }
        self.length = length;
        self.phase = Phase::Zoom { bracket, low, stalled: stalled_now };
        Verdict::Evaluate
    }
}

/// The minimum of the cubic through two samples (Nocedal & Wright 2006, eq. 3.59), within `bounds` or else between them.
fn cubic_minimum<P>(a: &Sample<P>, b: &Sample<P>, bounds: Option<(f64, f64)>) -> f64 {
    let (least, most) = bounds.unwrap_or_else(|| (a.at.min(b.at), a.at.max(b.at)));
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.at - b.at);
    let squared = d1 * d1 - a.slope * b.slope;
    // Written so that no number takes the middle too.
    if squared >= 0.0 {
        let d2 = squared.sqrt();
        let minimum = if a.at <= b.at {
            b.at - (b.at - a.at) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2))
        } else {
            a.at - (a.at - b.at) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2.0 * d2))
        };
        if minimum.is_nan() { f64::midpoint(least, most) } else { minimum.max(least).min(most) }
    } else {
        f64::midpoint(least, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches along a function of one variable with this slope, from 0, and returns the point found and the evaluations.
    fn search(function: impl Fn(f64) -> (f64, f64), first: f64) -> (f64, u32) {
        let (value, slope) = function(0.0);
        let mut search = StrongWolfe::new(first, value, slope);
        for count in 1..=30 {
            let at = search.length();
            let (value, slope) = function(at);
            match search.judge(Sample { at, value, slope, payload: Some(at) }, 1.0) {
                Verdict::Evaluate => {}
                Verdict::Done(at) => return (at.unwrap_or(0.0), count),
            }
        }
        panic!("the search does not end");
    }

    #[test]
    fn a_parabola_takes_its_first_step_if_that_is_good() {
        let (at, count) = search(|x| ((x - 1.0).powi(2), 2.0 * (x - 1.0)), 1.0);
        assert_eq!((at.to_bits(), count), (1.0_f64.to_bits(), 1));
    }

    #[test]
    fn a_step_too_short_is_lengthened_and_one_too_long_shortened() {
        let valley = |x: f64| ((x - 5.0).powi(2), 2.0 * (x - 5.0));
        for first in [1e-3, 60.0] {
            let (at, _) = search(valley, first);
            let (value, slope) = valley(at);
            assert!(value <= 25.0 - 1e-4 * at * 10.0 && slope.abs() <= 9.0, "{first}: {at}");
        }
    }

    #[test]
    fn a_wall_without_value_is_kept_away_from() {
        let (at, _) = search(|x| if x < 2.0 { (-(2.0 - x).ln() - 3.0 * x, 1.0 / (2.0 - x) - 3.0) } else { (f64::NAN, f64::NAN) }, 8.0);
        assert!(at > 0.0 && at < 2.0, "{at}");
    }
}
