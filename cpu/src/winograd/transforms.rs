//! The three transforms of F(4×4, 3×3), with the points 0, ±1, ±2 and ∞ (Lavin & Gray 2016, section 4.3).
//!
//! Each is applied along columns and then along rows, to a run of tiles side by side, so that the arithmetic goes over the run in vectors.

/// Outputs on a side of a tile.
pub const TILE: usize = 4;
/// Inputs that a tile reads, on a side.
pub const WINDOW: usize = TILE + 2;
/// Products of a tile.
pub const POINTS: usize = WINDOW * WINDOW;
/// Tiles that are transformed together: what they need stays in the first cache.
pub const RUN: usize = 32;
/// Values in a line that a run of tiles reads, up to a whole number of tiles.
pub const LINE: usize = TILE * (RUN + 1);

/// `Bᵀ d`
#[inline(always)]
fn input([a, b, c, d, e, f]: [f32; WINDOW]) -> [f32; WINDOW] {
    let (even, odd) = (e - 4.0 * c, d - 4.0 * b);
    let (even2, odd2) = (e - c, 2.0 * (d - b));
    [4.0 * a - 5.0 * c + e, even + odd, even - odd, even2 + odd2, even2 - odd2, 4.0 * b - 5.0 * d + f]
}

/// `G g`
#[inline(always)]
fn kernel([a, b, c]: [f32; 3]) -> [f32; WINDOW] {
    let (outer, fine) = ((a + c) / 6.0, a / 24.0 + c / 6.0);
    [a / 4.0, -outer - b / 6.0, -outer + b / 6.0, fine + b / 12.0, fine - b / 12.0, c]
}

/// `Aᵀ m`
#[inline(always)]
fn output([a, b, c, d, e, f]: [f32; WINDOW]) -> [f32; TILE] {
    let (sum, difference) = (b + c, b - c);
    let (sum2, difference2) = (d + e, d - e);
    [a + sum + sum2, difference + 2.0 * difference2, sum + 4.0 * sum2, difference + 8.0 * difference2 + f]
}

/// Transforms `count` tiles of one channel, whose inputs are six lines, into `products[point · stride ..][.. count]`.
#[inline(always)]
pub fn transform_input(lines: &[[f32; LINE]; WINDOW], count: usize, products: &mut [f32], stride: usize) {
    let count = count.min(RUN);
    let mut columns = [[0.0_f32; LINE]; WINDOW];
    for x in 0..TILE * (count + 1) {
        let column = input(lines.each_ref().map(|line| line[x]));
        for (line, value) in columns.iter_mut().zip(column) {
            line[x] = value;
        }
    }
    for (columns, products) in columns.iter().zip(products.chunks_mut(WINDOW * stride)) {
        // Every fourth value is the same place of the next tile.
        let mut places = [[0.0_f32; RUN + 1]; TILE];
        for (tile, values) in columns.chunks_exact(TILE).take(count + 1).enumerate() {
            for (place, value) in places.iter_mut().zip(values) {
                place[tile] = *value;
            }
        }
        let [a, b, c, d] = &places;
        let mut rows = [[0.0_f32; RUN]; WINDOW];
        for tile in 0..count {
            let row = input([a[tile], b[tile], c[tile], d[tile], a[tile + 1], b[tile + 1]]);
            for (row, value) in rows.iter_mut().zip(row) {
                row[tile] = value;
            }
        }
        for (row, products) in rows.iter().zip(products.chunks_mut(stride)) {
            if let (Some(row), Some(products)) = (row.get(..count), products.get_mut(..count)) {
                products.copy_from_slice(row);
            }
        }
    }
}

/// Transforms the products of `count` tiles of one channel, `products[point · stride ..][.. count]`, into four lines of outputs.
#[inline(always)]
pub fn transform_output(products: &[f32], stride: usize, count: usize, lines: &mut [[f32; LINE]; TILE]) {
    let count = count.min(RUN);
    let mut rows = [[[0.0_f32; RUN]; TILE]; WINDOW];
    let mut points = products.chunks(stride);
    for rows in &mut rows {
        let [a, b, c, d, e, f] = std::array::from_fn(|_| points.next().and_then(|point| point.get(..count)).unwrap_or_default());
        if [b, c, d, e, f].iter().any(|point| point.len() != count) || a.len() != count {
            return;
        }
        for tile in 0..count {
            let values = output([a[tile], b[tile], c[tile], d[tile], e[tile], f[tile]]);
            for (row, value) in rows.iter_mut().zip(values) {
                row[tile] = value;
            }
        }
    }
    for tile in 0..count {
        for place in 0..TILE {
            let column = output(rows.each_ref().map(|row| row[place][tile]));
            for (line, value) in lines.iter_mut().zip(column) {
                line[TILE * tile + place] = value;
            }
        }
    }
}

/// Transforms the kernels that one output channel has for `inputs` channels, `kernels[tap · inputs ..][.. inputs]`, into
/// `points[point · inputs ..][.. inputs]`.
#[inline(always)]
pub fn transform_kernels(kernels: &[f32], inputs: usize, points: &mut [f32]) {
    const BLOCK: usize = 32;
    for start in (0..inputs).step_by(BLOCK) {
        let count = (inputs - start).min(BLOCK);
        let mut taps = [[0.0_f32; BLOCK]; 9];
        for (tap, kernels) in taps.iter_mut().zip(kernels.chunks(inputs)) {
            for (tap, kernel) in tap.iter_mut().zip(kernels.iter().skip(start)).take(count) {
                *tap = *kernel;
            }
        }
        let mut columns = [[[0.0_f32; BLOCK]; 3]; WINDOW];
        for x in 0..3 {
            for index in 0..BLOCK {
                let column = kernel([taps[x][index], taps[3 + x][index], taps[6 + x][index]]);
                for (columns, value) in columns.iter_mut().zip(column) {
                    columns[x][index] = value;
                }
            }
        }
        for (columns, points) in columns.iter().zip(points.chunks_mut(WINDOW * inputs)) {
            let mut rows = [[0.0_f32; BLOCK]; WINDOW];
            for index in 0..BLOCK {
                let row = kernel([columns[0][index], columns[1][index], columns[2][index]]);
                for (row, value) in rows.iter_mut().zip(row) {
                    row[index] = value;
                }
            }
            for (row, point) in rows.iter().zip(points.chunks_mut(inputs)) {
                if let (Some(row), Some(point)) = (row.get(..count), point.get_mut(start..start + count)) {
                    point.copy_from_slice(row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One tile of one channel, all the way, against the sum that it stands for.
    #[test]
    fn a_tile_is_convolved() {
        let value = |index: usize| ((index * 37 + 11) % 19) as f32 / 9.0 - 1.0;
        let mut lines = [[0.0; LINE]; WINDOW];
        for (y, line) in lines.iter_mut().enumerate() {
            for (x, value_there) in line.iter_mut().enumerate().take(WINDOW) {
                *value_there = value(7 * y + x);
            }
        }
        let kernel: Vec<f32> = (0..9).map(|tap| value(5 * tap + 3)).collect();
        let (mut inputs, mut points) = (vec![0.0; POINTS], vec![0.0; POINTS]);
        transform_input(&lines, 1, &mut inputs, 1);
        transform_kernels(&kernel, 1, &mut points);
        let products: Vec<f32> = inputs.iter().zip(&points).map(|(a, b)| a * b).collect();
        let mut outputs = [[0.0; LINE]; TILE];
        transform_output(&products, 1, 1, &mut outputs);
        for (y, line) in outputs.iter().enumerate() {
            for (x, found) in line.iter().enumerate().take(TILE) {
                let expected: f32 = (0..9).map(|tap| kernel[tap] * lines[y + tap / 3][x + tap % 3]).sum();
                // Transforms add and subtract multiples of up to 8 of values of size 1.
                assert!((found - expected).abs() < 1e-5, "({y}, {x}): {found} and {expected}");
            }
        }
    }
}
