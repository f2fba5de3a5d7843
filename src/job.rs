//! What a long operation tells while it runs.
//!
//! A long operation is a value with an `async fn next`, each call of which does a bounded piece of work and answers
//! with the next event, or `None` after the last. Whoever drives it cancels it by dropping it and pauses it by not
//! calling `next`; there is no other control, so nothing can be left half stopped.

use crate::losses::Terms;
use crate::picture::Picture;

/// An event of an [`Optimization`](crate::optimize::Optimization).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A new, larger size begins.
    Scale {
        /// From 0.
        index: usize,
        /// Sizes in this run.
        count: usize,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// One evaluation is done.
    Iteration {
        /// From 1, over all sizes.
        iteration: u32,
        /// Evaluations in this run.
        total: u32,
        /// Losses where the picture now stands.
        terms: Terms,
        /// Time that the rest will take at the pace so far.
        seconds_left: f64,
    },
    /// How the picture looks now, at the size of the current scale.
    Preview(Picture),
    /// The result, at the size asked for. The last event.
    Done(Picture),
}
