//! Pools of two by two.

use crate::parallel::{each_chunk, vectorised};

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

/// Which of each two by two is the first of the largest in reading order, 0 to 3: all that going back needs of `x`.
///
/// # Shapes
/// `x [planes, height, width]` → `[planes, height / 2, width / 2]`
#[must_use]
pub fn routes(x: &[f32], planes: usize, [height, width]: [usize; 2]) -> Vec<u8> {
    let (rows, columns) = (height / 2, width / 2);
    let mut routes = vec![0; planes * rows * columns];
    each_chunk(&mut routes, rows * columns, |plane, routes| {
        let x = x.get(plane * height * width..).unwrap_or_default();
        vectorised(
            #[inline(always)]
            || {
                for (pair, routes) in x.chunks(2 * width).zip(routes.chunks_mut(columns)) {
                    let (upper, lower) = pair.split_at(width);
                    for (([a, b], [c, d]), route) in upper.as_chunks().0.iter().zip(lower.as_chunks().0).zip(routes) {
                        let (above, of_above) = if b > a { (b, 1) } else { (a, 0) };
                        let (below, of_below) = if d > c { (d, 3) } else { (c, 2) };
                        *route = if below > above { of_below } else { of_above };
                    }
                }
            },
        );
    });
    routes
}

/// The gradient on `x`, along the pools' [`routes`].
///
/// # Shapes
/// `gradient`, `routes`: `[planes, height / 2, width / 2]` → `[planes, height, width]`
#[must_use]
pub fn gradient(gradient: &[f32], routes: &[u8], planes: usize, [height, width]: [usize; 2]) -> Vec<f32> {
    let (rows, columns) = (height / 2, width / 2);
    let mut result = vec![0.0; planes * height * width];
    each_chunk(&mut result, height * width, |plane, result| {
        let of_plane = plane * rows * columns..(plane + 1) * rows * columns;
        let (gradient, routes) = (gradient.get(of_plane.clone()).unwrap_or_default(), routes.get(of_plane).unwrap_or_default());
        let lines = gradient.chunks(columns.max(1)).zip(routes.chunks(columns.max(1)));
        vectorised(
            #[inline(always)]
            || {
                for (result, (gradient, routes)) in result.chunks_exact_mut(2 * width).zip(lines) {
                    let (upper, lower) = result.split_at_mut(width);
                    let squares = upper.as_chunks_mut().0.iter_mut().zip(lower.as_chunks_mut().0);
                    for (([a, b], [c, d]), (&gradient, &route)) in squares.zip(gradient.iter().zip(routes)) {
                        let if_it_is = |place| if route == place { gradient } else { 0.0 };
                        (*a, *b, *c, *d) = (if_it_is(0), if_it_is(1), if_it_is(2), if_it_is(3));
                    }
                }
            },
        );
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_goes_to_the_first_of_the_largest() {
        for [height, width] in [[2, 2], [5, 7], [4, 18], [7, 33], [1, 9], [3, 1]] {
            // Few different values, so that many are equal.
            let x: Vec<f32> = (0..2 * height * width).map(|at| f32::from(u8::try_from(at * 7 % 5).unwrap())).collect();
            let (rows, columns) = (height / 2, width / 2);
            let slopes: Vec<f32> = (0..2 * rows * columns).map(|at| 1.0 + f32::from(u8::try_from(at).unwrap())).collect();
            let found = gradient(&slopes, &routes(&x, 2, [height, width]), 2, [height, width]);
            let mut expected = vec![0.0; x.len()];
            for (index, slope) in slopes.iter().enumerate() {
                let (plane, row, column) = (index / (rows * columns), index / columns % rows, index % columns);
                let corner = (plane * height + 2 * row) * width + 2 * column;
                let places = [corner, corner + 1, corner + width, corner + width + 1];
                let largest = places.map(|at| x[at]).into_iter().fold(f32::MIN, f32::max);
                let first = places.into_iter().find(|&at| x[at] >= largest).unwrap();
                expected[first] += slope;
            }
            assert_eq!(found, expected, "{height} × {width}");
        }
    }
}
