//! Counting the parts of a long computation.

use burn::tensor::Tensor;

use crate::error::DeviceError;
use crate::job::{Checkpoints, Part};
use crate::readback::computed;

/// The tiles that are done, of those to be done.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    checkpoints: &'a Checkpoints,
    done: u32,
    of: u32,
}

impl<'a> Tally<'a> {
    pub(super) fn new(checkpoints: &'a Checkpoints, of: usize) -> Self {
        Self { checkpoints, done: 0, of: u32::try_from(of).unwrap_or(u32::MAX) }
    }

    /// One more is done as soon as the device has its outcome, so that a GPU's queue holds the work of one tile at the most.
    pub(super) async fn add<const D: usize>(&mut self, outcome: &Tensor<D>) -> Result<(), DeviceError> {
        computed(outcome).await?;
        self.done += 1;
        self.checkpoints.reach(Part { done: self.done, of: self.of }).await;
        Ok(())
    }
}
