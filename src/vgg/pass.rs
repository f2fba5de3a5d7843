//! A pass through the network that can be gone back through, by hand.
//!
//! An autodiff graph holds every tensor that an operation was given until all of it has been gone back through. This holds what the kernels need, which
//! is far less, can be put aside for as long as one likes, and asks for the gradient at a tap only when it has come there.

use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Bool, Tensor};

use super::{Tap, Vgg};
use crate::kernels::{Convolution, Trace, convolution_3x3_input_gradient, max_pool_2x2_gradient};

/// What going back needs of a pass forward: see [`Vgg::pass`].
#[derive(Debug, Default)]
pub(crate) struct Pass {
    steps: Vec<Step>,
}

/// A part of the way through the network.
#[derive(Debug)]
pub(super) enum Step {
    /// A convolution with its activation.
    Convolution {
        /// From 0, over all blocks.
        layer: usize,
        convolution: Convolution,
        trace: Trace,
    },
    /// A rectifier by itself, where what comes before it is a tap.
    Rectifier {
        /// Where it gave nothing.
        off: Tensor<4, Bool>,
    },
    MaxPool {
        /// Height and width before it.
        sides: [usize; 2],
        trace: Trace,
    },
    AveragePool {
        /// Height and width before it.
        sides: [usize; 2],
    },
    /// A place where gradients come in.
    Tap(Tap),
}

impl Pass {
    pub(super) fn step(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The gradient on the picture that went through `network`, from those at its taps: `at` adds each of them, the deepest first, to what has come
    /// from below.
    ///
    /// # Shapes
    /// `at` a tap: as its features → the same; → `[n, 3, h, w]`; none if there is none at any tap
    pub(crate) fn back(self, network: &Vgg, mut at: impl FnMut(Tap, Option<Tensor<4>>) -> Option<Tensor<4>>) -> Option<Tensor<4>> {
        let mut gradient: Option<Tensor<4>> = None;
        for step in self.steps.into_iter().rev() {
            gradient = match (step, gradient) {
                (Step::Tap(tap), gradient) => at(tap, gradient),
                (step, Some(gradient)) => Some(step.back(network, gradient)),
                (_, None) => None,
            };
        }
        gradient.map(|gradient| network.back_to_picture(gradient))
    }
}

impl Step {
    fn back(self, network: &Vgg, gradient: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Convolution { layer, convolution, trace } => match network.weight(layer) {
                Some(weight) => convolution_3x3_input_gradient(gradient, trace, weight, convolution),
                None => gradient,
            },
            Self::Rectifier { off } => gradient.mask_fill(off, 0.0),
            Self::MaxPool { sides, trace } => max_pool_2x2_gradient(gradient, trace, sides),
            Self::AveragePool { sides } => average_pool_2x2_gradient(gradient, sides),
            Self::Tap(_) => gradient,
        }
    }
}

/// The mean of each two by two; an odd last row or column is left out.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h / 2, w / 2]`, rounded down
pub(crate) fn average_pool_2x2(x: Tensor<4>) -> Tensor<4> {
    avg_pool2d(x, AvgPoolOptions::new([2, 2]))
}

/// The gradient on what [`average_pool_2x2`] was given, whose sides were `sides`, from that on its output.
///
/// # Shapes
/// `[n, c, h / 2, w / 2]` → `[n, c, h, w]`
pub(crate) fn average_pool_2x2_gradient(gradient: Tensor<4>, sides: [usize; 2]) -> Tensor<4> {
    let [n, channels, rows, columns] = gradient.dims();
    let quarters = (gradient * 0.25).reshape([n, channels, rows, 1, columns, 1]).expand([n, channels, rows, 2, columns, 2]);
    let spread = quarters.reshape([n, channels, 2 * rows, 2 * columns]);
    let [height, width] = sides;
    if [2 * rows, 2 * columns] == sides {
        return spread;
    }
    let all = Tensor::zeros([n, channels, height, width], &spread.device());
    all.slice_assign([0..n, 0..channels, 0..2 * rows, 0..2 * columns], spread)
}
