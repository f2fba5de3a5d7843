//! What of a picture is locked to the lattice on which the generator works: the weave that networks without noise of their own weave into
//! smooth places, where the style asks for grain and the photo has none.

use burn::tensor::Tensor;

/// What a generator makes at a quarter and at a half of the size comes round after so many pixels. Its deep blocks' lattice is of eight: a weave of that was
/// looked for in smooth skies and not found (docs/quality.md, "The weave").
const PERIOD: usize = 4;
/// Side of the windows within which a weave has one phase. Strokes and edges are not locked to the lattice over so many of its cells.
const WINDOW: usize = 32;

/// The energy of the part of a picture that repeats from cell to cell of the lattice: each window's mean over its cells, less the window's
/// mean. In a window of random grain it is one part in as many as there are cells; of a weave, all.
///
/// # Shapes
/// `[n, c, h, w]` → `[1]`; rows and columns beyond the last whole window do not count
pub(super) fn lattice_energy(pictures: Tensor<4>) -> Tensor<1> {
    const CELLS: usize = WINDOW / PERIOD;
    let [n, channels, height, width] = pictures.dims();
    let (rows, columns) = (height / WINDOW, width / WINDOW);
    let whole = pictures.slice([0..n, 0..channels, 0..rows * WINDOW, 0..columns * WINDOW]);
    // Over the cells of a column, then over those of a row.
    let lines = whole.reshape([n * channels * rows, CELLS, PERIOD, columns * WINDOW]).mean_dim(1);
    let cells = lines.reshape([n * channels * rows * PERIOD, columns, CELLS, PERIOD]).mean_dim(2);
    let cells = cells.reshape([n * channels * rows, PERIOD, columns, PERIOD]);
    let mean = cells.clone().mean_dim(1).mean_dim(3);
    let locked = cells - mean;
    (locked.clone() * locked).mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::parameters::vector;

    /// The energy of a picture of two windows by one and a rest, of these values.
    fn energy(value: impl Fn(usize, usize) -> f32) -> f32 {
        let values = (0..40).flat_map(|y| (0..70).map(move |x| (y, x))).map(|(y, x)| value(y, x)).collect();
        lattice_energy(vector(values, &cpu()).reshape([1, 1, 40, 70])).into_data().try_into_vec().unwrap()[0]
    }

    fn sign(positive: bool) -> f32 {
        if positive { 0.1 } else { -0.1 }
    }

    #[test]
    fn a_weave_counts_with_all_its_energy() {
        // Rounding in sums of 64 values.
        assert!((energy(|y, x| 0.5 + sign((x + y) % 2 == 0)) - 0.01).abs() < 1e-6, "a checkerboard of single pixels");
        assert!((energy(|y, x| 0.5 + sign((x + y) % 4 < 2)) - 0.01).abs() < 1e-6, "slanting lines");
        assert!((energy(|y, x| if x < 32 { 0.5 } else { 0.5 + sign(y % 4 < 2) }) - 0.005).abs() < 1e-6, "in one window of two");
    }

    #[test]
    fn slopes_grain_and_other_patterns_hardly_count() {
        assert!(energy(|_, _| 0.7) < 1e-12, "a flat picture");
        // Lines three pixels apart have each phase of the lattice as often.
        assert!(energy(|_, x| 0.5 + sign(x % 3 == 0)) < 2e-4, "another period");
        let mut random = fastrand::Rng::with_seed(1);
        let grain: Vec<f32> = (0..40 * 70).map(|_| sign(random.bool())).collect();
        // One part in 64 is expected, of 0.01.
        assert!(energy(|y, x| grain[70 * y + x]) < 0.01 / 40.0, "grain");
        assert!(energy(|y, x| if x > 11 + y / 3 { 0.8 } else { 0.2 }) < 0.005, "an edge of thirty times the energy");
    }
}
