//! Pools of two by two.

use crate::parallel::each_chunk;

/// The largest of each two by two; an odd last row or column is left out.
///
/// # Shapes
/// `x [planes, height, width]` → `[planes, height / 2, width / 2]`
#[must_use]
pub fn forward(x: &[f32], planes: usize, [height, width]: [usize; 2]) -> Vec<f32> {
    let (rows, columns) = (height / 2, width / 2);
    let mut output = vec![0.0; planes * rows * columns];
    each_chunk(&mut output, rows * columns, |plane, output| {
        let x = x.get(plane * height * width..).unwrap_or_default();
        for (pair, output) in x.chunks(2 * width).zip(output.chunks_mut(columns)) {
            let (upper, lower) = pair.split_at(width);
            for ((upper, lower), output) in upper.chunks_exact(2).zip(lower.chunks_exact(2)).zip(output) {
                *output = [upper[1], lower[0], lower[1]].into_iter().fold(upper[0], |most, value| if value > most { value } else { most });
            }
        }
    });
    output
}

/// The gradient on `x`: to the first of the largest in reading order.
///
/// # Shapes
/// `gradient [planes, height / 2, width / 2]`, `x [planes, height, width]` → `[planes, height, width]`
#[must_use]
pub fn gradient(gradient: &[f32], x: &[f32], planes: usize, [height, width]: [usize; 2]) -> Vec<f32> {
    let (rows, columns) = (height / 2, width / 2);
    let mut result = vec![0.0; planes * height * width];
    each_chunk(&mut result, height * width, |plane, result| {
        let x = x.get(plane * height * width..).unwrap_or_default();
        let gradient = gradient.get(plane * rows * columns..(plane + 1) * rows * columns).unwrap_or_default();
        let pairs = x.chunks(2 * width).zip(result.chunks_mut(2 * width)).zip(gradient.chunks(columns.max(1)));
        for ((x, result), gradient) in pairs {
            let ((upper, lower), (upper_result, lower_result)) = (x.split_at(width), result.split_at_mut(width));
            let inputs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            let results = upper_result.chunks_exact_mut(2).zip(lower_result.chunks_exact_mut(2));
            for (((upper, lower), (upper_result, lower_result)), gradient) in inputs.zip(results).zip(gradient) {
                let values = [upper[0], upper[1], lower[0], lower[1]];
                let winner = (1..4).fold(0, |winner, index| if values[index] > values[winner] { index } else { winner });
                if winner < 2 {
                    upper_result[winner] = *gradient;
                } else {
                    lower_result[winner - 2] = *gradient;
                }
            }
        }
    });
    result
}
