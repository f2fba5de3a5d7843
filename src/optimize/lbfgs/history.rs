//! The pairs of steps and gradient changes that stand for the inverse Hessian.

use std::collections::VecDeque;

use burn::tensor::Tensor;

use crate::readback::dot;

/// Pairs that are kept: the usual 10. (Gatys' own program kept 100: ten times the memory for no visible gain.)
const LENGTH: usize = 10;
/// Values that all pairs may have together, or a picture of 4096 pixels would need 3 GB for them: half a gigabyte.
const MOST_VALUES: usize = 128 << 20;
/// Pairs that are kept however large they are.
const LEAST_LENGTH: usize = 3;

/// Pairs that are kept of positions with so many values.
pub(crate) fn most_pairs(values: usize) -> usize {
    (MOST_VALUES / (2 * values).max(1)).clamp(LEAST_LENGTH, LENGTH)
}

/// What one accepted step taught about the curvature.
#[derive(Debug)]
pub(super) struct Pair {
    /// Change of position, `s`.
    pub step: Tensor<4>,
    /// Change of gradient, `y`.
    pub change: Tensor<4>,
    /// `1 / (s·y)`
    pub rho: f32,
    /// `s·y / y·y`: the scale of the inverse Hessian.
    pub gamma: f32,
}

/// The newest pairs, oldest first.
#[derive(Debug, Default)]
pub(super) struct History {
    pairs: VecDeque<Pair>,
}

impl History {
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.pairs.clear();
    }

    pub(super) fn push(&mut self, pair: Pair) {
        let most = most_pairs(pair.step.dims().iter().product());
        while self.pairs.len() >= most {
            self.pairs.pop_front();
        }
        self.pairs.push_back(pair);
    }

    /// The two-loop recursion (algorithm 7.4): `−H·g`, all on the device.
    pub(super) fn direction(&self, gradient: &Tensor<4>) -> Tensor<4> {
        let scalar = |value: Tensor<1>| value.reshape([1, 1, 1, 1]);
        let mut q = gradient.clone();
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let alpha = scalar(dot(&pair.step, &q) * pair.rho);
            q = q - pair.change.clone() * alpha.clone();
            alphas.push(alpha);
        }
        let mut r = q * self.pairs.back().map_or(1.0, |pair| pair.gamma);
        for (pair, alpha) in self.pairs.iter().zip(alphas.into_iter().rev()) {
            let beta = scalar(dot(&pair.change, &r) * pair.rho);
            r = r + pair.step.clone() * (alpha - beta);
        }
        r.neg()
    }
}
