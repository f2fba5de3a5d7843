//! The pairs of steps and gradient changes that stand for the inverse Hessian.

use std::collections::VecDeque;

use burn::tensor::Tensor;

use crate::kernels::combination;

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

/// The newest steps and what they taught about the curvature.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Of each accepted step, oldest first: the change of position, `s`, and then that of the gradient, `y`.
    vectors: VecDeque<Tensor<4>>,
    /// The inner product of each of the vectors with each.
    products: VecDeque<VecDeque<f64>>,
}

impl History {
    pub(super) fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Steps and gradient changes by turns, oldest first.
    pub(super) fn vectors(&self) -> impl Iterator<Item = &Tensor<4>> {
        self.vectors.iter()
    }

    /// Adds a step and the gradient's change over it. Of each, its inner products with [`vectors`](Self::vectors), with the step and with the change; so many of the oldest
    /// vectors as it answers are forgotten.
    pub(super) fn push(&mut self, [step, change]: [Tensor<4>; 2], [of_step, of_change]: [&[f64]; 2]) -> usize {
        let most = 2 * most_pairs(step.dims().iter().product());
        let known = self.vectors.len();
        for (index, row) in self.products.iter_mut().enumerate() {
            row.extend([of_step, of_change].map(|products| products.get(index).copied().unwrap_or(f64::NAN)));
        }
        self.products.extend([of_step, of_change].map(|products| products.iter().take(known + 2).copied().collect()));
        self.vectors.extend([step, change]);
        let forgotten = self.vectors.len().saturating_sub(most);
        self.vectors.drain(..forgotten);
        self.products.drain(..forgotten);
        for row in &mut self.products {
            row.drain(..forgotten);
        }
        forgotten
    }

    /// The two-loop recursion (algorithm 7.4): `−H·g`, and its inner product with `g`.
    ///
    /// It takes no more of the vectors than their inner products (Chen, Wang & Zhou 2014), of which those with `g` are told: the recursion itself is of a few numbers, and what it says of the
    /// vectors is added up in one pass over them where the loops would make forty.
    pub(super) fn direction(&self, gradient: &Tensor<4>, squared: f64, of_gradient: &[f64]) -> (Tensor<4>, f64) {
        let count = self.vectors.len();
        // Of a vector that is told by how much of each it has, of the gradient last: the product with one of them.
        let with = |parts: &[f64], index: usize| {
            let known = self.products.get(index).into_iter().flatten().chain(of_gradient.get(index));
            parts.iter().zip(known).map(|(part, product)| part * product).sum::<f64>()
        };
        let mut parts = vec![0.0; count + 1];
        parts[count] = -1.0;
        let rho = |step: usize| self.products.get(step).and_then(|row| row.get(step + 1)).map_or(0.0, |curvature| curvature.recip());
        let mut alphas = Vec::with_capacity(count / 2);
        for step in (0..count).step_by(2).rev() {
            let alpha = rho(step) * with(&parts, step);
            parts[step + 1] -= alpha;
            alphas.push(alpha);
        }
        // The scale of the inverse Hessian, `s·y / y·y` of the newest pair.
        let scale = self.products.back().and_then(|row| Some(row.get(count.checked_sub(2)?)? / row.get(count - 1)?)).unwrap_or(1.0);
        for part in &mut parts {
            *part *= scale;
        }
        for (step, alpha) in (0..count).step_by(2).zip(alphas.into_iter().rev()) {
            let beta = rho(step) * with(&parts, step + 1);
            parts[step] += alpha - beta;
        }
        let slope = parts.iter().zip(of_gradient.iter().take(count).chain([&squared])).map(|(part, product)| part * product).sum();
        #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
        let terms: Vec<_> = parts.iter().map(|part| *part as f32).zip(self.vectors()).collect();
        #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
        (combination((parts[count] as f32, gradient), &terms), slope)
    }
}
