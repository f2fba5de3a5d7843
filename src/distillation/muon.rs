//! Muon (Jordan et al. 2024): momentum whose matrices are brought near to orthogonal ones, so that each step moves all directions of a layer alike and not
//! only the few that its gradients agree on. Vectors, the biases, are left to Adam.
//!
//! As in Moonlight (Liu et al. 2025, §2.2) a matrix's step is scaled to the length that Adam's would have, so that both go by one rate.

use burn::tensor::Tensor;

use crate::adam::Adam;
use crate::kernels::product;
use crate::losses::real;
use crate::parameters::{Entry, Layout};
use crate::readback::squared;

/// The running mean of a network's gradients, and what its biases learn by.
#[derive(Clone, Debug)]
pub(super) struct Muon {
    layout: Layout,
    pub mean: Tensor<1>,
    /// For the vectors, one after another.
    pub vectors: Adam<1>,
}

/// How much of the mean a step keeps.
const MOMENTUM: f32 = 0.95;
/// The quintic of Jordan et al.: five turns bring singular values from 0.002…1 into 0.7…1.2.
const QUINTIC: [f32; 3] = [3.4445, -4.7750, 2.0315];
const TURNS: usize = 5;
/// The root mean square that Adam's steps have, over its rate.
const LIKE_ADAM: f32 = 0.2;
/// Keeps the division finite.
const EPSILON: f32 = 1e-12;

impl Muon {
    /// Before the first step on parameters like these, which `layout` cuts into matrices and vectors.
    pub fn new(layout: Layout, parameters: &Tensor<1>) -> Self {
        let vectors = Adam::new(&vectors_of(&layout, parameters), [0.9, 0.99]);
        Self { layout, mean: parameters.zeros_like(), vectors }
    }

    /// Where the parameters go.
    pub fn step(&mut self, parameters: Tensor<1>, gradient: Tensor<1>, rate: f32) -> Tensor<1> {
        self.mean = self.mean.clone() * MOMENTUM + gradient.clone() * (1.0 - MOMENTUM);
        // Nesterov's look ahead.
        let ahead = self.mean.clone() * MOMENTUM + gradient.clone() * (1.0 - MOMENTUM);
        let by_adam = self.vectors.step(vectors_of(&self.layout, &parameters), vectors_of(&self.layout, &gradient), rate);
        let mut vectors = 0;
        let parts = self.layout.ranges().map(|(entry, range)| {
            let part = |whole: &Tensor<1>| whole.clone().narrow(0, range.start, range.len());
            let length = range.len();
            if let Some([rows, columns]) = sides(entry) {
                let scale = rate * LIKE_ADAM * real(columns.max(rows)).sqrt();
                part(&parameters) - orthogonal(part(&ahead).reshape([rows, columns])).reshape([length]) * scale
            } else {
                vectors += length;
                by_adam.clone().narrow(0, vectors - length, length)
            }
        });
        Tensor::cat(parts.collect(), 0)
    }
}

/// Rows and columns of an entry that is a matrix: outputs and, flattened, what each is made of.
fn sides(entry: &Entry) -> Option<[usize; 2]> {
    match entry.shape.as_slice() {
        [rows, rest @ ..] if !rest.is_empty() => Some([*rows, rest.iter().product()]),
        _ => None,
    }
}

/// Those parts of a vector of all parameters that are no matrices, one after another.
fn vectors_of(layout: &Layout, whole: &Tensor<1>) -> Tensor<1> {
    let parts = layout.ranges().filter(|(entry, _)| sides(entry).is_none());
    Tensor::cat(parts.map(|(_, range)| whole.clone().narrow(0, range.start, range.len())).collect(), 0)
}

/// The nearest matrix with orthogonal rows (or columns, where they are fewer), by Newton and Schulz's iteration.
fn orthogonal(matrix: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = matrix.dims();
    if rows > columns {
        return orthogonal(matrix.transpose()).transpose();
    }
    let length = squared(&matrix).sqrt() + EPSILON;
    let mut near = matrix / length.reshape([1, 1]);
    let [linear, cubic, quintic] = QUINTIC;
    for _ in 0..TURNS {
        let square = product(near.clone(), near.clone().transpose());
        let higher = square.clone() * cubic + product(square.clone(), square) * quintic;
        near = near.clone() * linear + product(higher, near);
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::parameters::{Start, vector};
    use burn::tensor::TensorData;

    fn matrix<const R: usize, const C: usize>(values: [[f32; C]; R]) -> Tensor<2> {
        Tensor::from_data(TensorData::from(values), &cpu())
    }

    #[test]
    fn singular_values_come_near_to_one() {
        // Singular values 3 and 0.1, turned and stretched into three columns.
        let (cos, sin) = (0.6, 0.8);
        let wide = matrix([[3.0 * cos, 3.0 * sin, 0.0], [-0.1 * sin, 0.1 * cos, 0.0]]);
        for near in [orthogonal(wide.clone()), orthogonal(wide.transpose()).transpose()] {
            let square: Vec<f32> = product(near.clone(), near.transpose()).into_data().try_to_vec().unwrap();
            // The iteration ends between 0.7 and 1.2, by its coefficients; squared, 0.49 and 1.44.
            assert!((0.45..1.5).contains(&square[0]) && (0.45..1.5).contains(&square[3]), "{square:?}");
            assert!(square[1].abs() < 1e-3, "{square:?}");
        }
    }

    #[test]
    fn matrices_and_vectors_step_by_the_rate() {
        let layout = Layout::of(|source| {
            let _: Tensor<2> = source.take("weight", [2, 3], Start::Constant(0.0));
            let _: Tensor<1> = source.take("bias", [2], Start::Constant(0.0));
        });
        let start = vector(vec![0.0; 8], &cpu());
        let gradient = vector(vec![4.0, 0.0, 0.0, 0.0, 2.0, 0.0, 5.0, -0.5], &cpu());
        let moved: Vec<f32> = Muon::new(layout, &start).step(start, gradient, 0.1).into_data().try_to_vec().unwrap();
        // Both rows of the matrix move alike, by 0.2 √3 of the rate and a little; what has no gradient stays; Adam's first step is the rate.
        let wanted = 0.1 * LIKE_ADAM * 3.0_f32.sqrt();
        assert!([moved[0], moved[4]].iter().all(|step| (0.65 * wanted..1.25 * wanted).contains(&-step)), "{moved:?}");
        assert!([1, 2, 3, 5].iter().all(|&index| moved[index].abs() < 1e-6), "{moved:?}");
        assert!((moved[6] + 0.1).abs() < 1e-4 && (moved[7] - 0.1).abs() < 1e-4, "{moved:?}");
    }
}
