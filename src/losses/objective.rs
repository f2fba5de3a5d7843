//! What a minimiser asks: a value and its gradient on the picture.

use burn::tensor::Tensor;

use crate::error::DeviceError;

/// Something to minimise over pictures.
pub trait Objective {
    /// Evaluates at `picture`, `[1, 3, h, w]`, which need not stay within 0…1.
    ///
    /// # Errors
    /// A device that fails where a long evaluation waits for it.
    fn evaluate(&self, picture: Tensor<4>) -> impl Future<Output = Result<Evaluation, DeviceError>>;
}

/// A value and its gradient, both still on the device and neither tied to a graph.
#[derive(Debug)]
pub struct Evaluation {
    /// `[Terms::COUNT]`: the weighted sum, then each plain term (see [`Terms`]).
    pub terms: Tensor<1>,
    /// `[1, 3, h, w]`
    pub gradient: Tensor<4>,
}

/// [`Evaluation::terms`] read back to the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// What is minimised.
    pub loss: f32,
    /// Content distance.
    pub content: f32,
    /// Style distance over taps, styles, regions and picture scales.
    pub style: f32,
    /// Mean squared difference of neighbouring pixels.
    pub variation: f32,
    /// Relative distance of Laplacians.
    pub detail: f32,
}

impl Terms {
    /// How many values there are.
    pub const COUNT: usize = 5;

    /// From values in the order of [`Evaluation::terms`]; a missing one is NaN.
    #[must_use]
    pub fn from_read(read: &[f32]) -> Self {
        let at = |index: usize| read.get(index).copied().unwrap_or(f32::NAN);
        Self { loss: at(0), content: at(1), style: at(2), variation: at(3), detail: at(4) }
    }
}
