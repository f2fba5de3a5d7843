//! Work in progress that is left at its checkpoints and gone on with later.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use web_time::Instant;

use crate::error::Error;
use crate::job::{Checkpoints, Part};

/// A computation that owns all it works on. Dropping it gives it up.
pub(super) struct Task<T> {
    future: Pin<Box<dyn Future<Output = Result<T, Error>>>>,
    checkpoints: Checkpoints,
    elapsed: Duration,
}

/// How far a [`Task`] has come.
pub(super) enum Advance<T> {
    /// To a checkpoint.
    Part(Part),
    /// To its end.
    Done(T),
}

impl<T> Task<T> {
    /// `future` stops at `checkpoints`.
    pub(super) fn new(future: impl Future<Output = Result<T, Error>> + 'static, checkpoints: &Checkpoints) -> Self {
        Self { future: Box::pin(future), checkpoints: checkpoints.clone(), elapsed: Duration::ZERO }
    }

    /// Works until the next checkpoint or the end.
    pub(super) async fn advance(&mut self) -> Result<Advance<T>, Error> {
        let began = Instant::now();
        let advance = poll_fn(|context| match self.future.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(outcome.map(Advance::Done)),
            Poll::Pending => self.checkpoints.take().map_or(Poll::Pending, |part| Poll::Ready(Ok(Advance::Part(part)))),
        })
        .await;
        self.elapsed += began.elapsed();
        advance
    }

    /// Time spent on it, without the pauses at its checkpoints.
    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Task").field("elapsed", &self.elapsed).finish_non_exhaustive()
    }
}
