//! What a long operation tells while it runs.
//!
//! A long operation is a value with an `async fn next`, each call of which does a bounded piece of work and answers
//! with the next event, or `None` after the last. Whoever drives it cancels it by dropping it and pauses it by not
//! calling `next`; there is no other control, so nothing can be left half stopped.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

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
    /// Another picture, or tile of one, that the new size will be compared with has been looked at.
    Targets {
        /// From 1.
        done: u32,
        /// In all for this size.
        of: u32,
    },
    /// Another tile of the evaluation in progress is done; there are none where the picture is small enough to be evaluated whole.
    Tile {
        /// From 1.
        done: u32,
        /// In this evaluation, each tile as often as it is passed over.
        of: u32,
        /// Time that the rest of the run will take at the pace so far.
        seconds_left: f64,
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

/// Places where a long computation can be left for a while, or for good.
///
/// An `async fn` that computes for seconds on end calls `reach` between its parts. That stops it once, with something
/// to tell: whoever polls it may go on at once, later, or never. So nothing that computes needs to know what else its thread has
/// to do, and an executor that knows nothing of this just goes on.
#[derive(Clone, Debug, Default)]
pub struct Checkpoints {
    reached: Rc<Cell<Option<Part>>>,
}

/// How far a computation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub done: u32,
    pub of: u32,
}

impl Checkpoints {
    /// Stops the caller once.
    pub(crate) async fn reach(&self, part: Part) {
        let mut told = false;
        poll_fn(|context| {
            if std::mem::replace(&mut told, true) {
                return Poll::Ready(());
            }
            self.reached.set(Some(part));
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Why a computation has stopped, if it was here.
    pub(crate) fn take(&self) -> Option<Part> {
        self.reached.take()
    }
}
