//! The three transforms of F(4×4, 3×3), with the points 0, ±1, ±2 and ∞ (Lavin & Gray 2016, section 4.3), and the adjoints of two of them.
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
    const SIXTH: f32 = 1.0 / 6.0;
    let (outer, inner, fine) = ((a + c) * SIXTH, b * SIXTH, (a * 0.25 + c) * SIXTH);
    [a * 0.25, -outer - inner, -outer + inner, fine + inner * 0.5, fine - inner * 0.5, c]
}

/// `Aᵀ m`
#[inline(always)]
fn output([a, b, c, d, e, f]: [f32; WINDOW]) -> [f32; TILE] {
    let (sum, difference) = (b + c, b - c);
    let (sum2, difference2) = (d + e, d - e);
    [a + sum + sum2, difference + 2.0 * difference2, sum + 4.0 * sum2, difference + 8.0 * difference2 + f]
}

/// `A y`, the adjoint of [`output`]; as long as what [`input`] takes, so that both are applied alike.
#[inline(always)]
fn output_gradient([a, b, c, d, ..]: [f32; WINDOW]) -> [f32; WINDOW] {
    let (even, odd) = (a + c, b + d);
    let (even2, odd2) = (a + 4.0 * c, 2.0 * b + 8.0 * d);
    [a, even + odd, even - odd, even2 + odd2, even2 - odd2, d]
}

/// `Gᵀ u`, the adjoint of [`kernel`].
#[inline(always)]
fn kernel_gradient([a, b, c, d, e, f]: [f32; WINDOW]) -> [f32; 3] {
    const SIXTH: f32 = 1.0 / 6.0;
    let (outer, fine) = ((b + c) * SIXTH, (d + e) * SIXTH);
    [a * 0.25 - outer + fine * 0.25, (c - b) * SIXTH + (d - e) * (SIXTH * 0.5), fine - outer + f]
}

/// What the transforms of a run need on their way, kept from run to run.
#[derive(Debug)]
pub struct Workspace {
    /// Lines of inputs before, of outputs after.
    pub lines: [[f32; LINE]; WINDOW],
    columns: [[f32; LINE]; WINDOW],
    /// The values of all tiles at one place of theirs.
    places: [[f32; RUN + 1]; TILE],
    rows: [[[f32; RUN]; TILE]; WINDOW],
}

impl Workspace {
    pub fn new() -> Self {
        Self {
            lines: [[0.0; LINE]; WINDOW],
            columns: [[0.0; LINE]; WINDOW],
            places: [[0.0; RUN + 1]; TILE],
            rows: [[[0.0; RUN]; TILE]; WINDOW],
        }
    }

    /// Transforms `count` tiles of one channel, whose inputs are the six lines, into `points[point · stride ..][.. count]`.
    #[inline(always)]
    pub fn transform_input(&mut self, count: usize, points: &mut [f32], stride: usize) {
        self.transform(input, count, points, stride);
    }

    /// Transforms the gradient on the outputs of `count` tiles of one channel, which are the first four lines, into
    /// `points[point · stride ..][.. count]`.
    #[inline(always)]
    pub fn transform_gradient(&mut self, count: usize, points: &mut [f32], stride: usize) {
        self.transform(output_gradient, count, points, stride);
    }

    #[inline(always)]
    fn transform(&mut self, one: impl Fn([f32; WINDOW]) -> [f32; WINDOW], count: usize, points: &mut [f32], stride: usize) {
        let count = count.min(RUN);
        for x in 0..TILE * (count + 1) {
            let column = one(self.lines.each_ref().map(|line| line[x]));
            for (line, value) in self.columns.iter_mut().zip(column) {
                line[x] = value;
            }
        }
        for (columns, points) in self.columns.iter().zip(points.chunks_mut(WINDOW * stride)) {
            // Every fourth value is the same place of the next tile.
            for (tile, values) in columns.chunks_exact(TILE).take(count + 1).enumerate() {
                for (place, value) in self.places.iter_mut().zip(values) {
                    place[tile] = *value;
                }
            }
            let [a, b, c, d] = &self.places;
            let mut points = points.chunks_mut(stride);
            let mut point = || points.next().and_then(|point| point.get_mut(..count)).unwrap_or_default();
            let [p, q, r, s, t, u] = [point(), point(), point(), point(), point(), point()];
            // Spelt out, so that the compiler sees every index in bounds and makes vectors of the loop.
            if p.len() != count || q.len() != count || r.len() != count || s.len() != count || t.len() != count || u.len() != count {
                return;
            }
            for tile in 0..count {
                [p[tile], q[tile], r[tile], s[tile], t[tile], u[tile]] =
                    one([a[tile], b[tile], c[tile], d[tile], a[tile + 1], b[tile + 1]]);
            }
        }
    }

    /// Transforms the products of `count` tiles of one channel, `products[point · stride ..][.. count]`, into the first four lines.
    #[inline(always)]
    pub fn transform_output(&mut self, products: &[f32], stride: usize, count: usize) {
        let count = count.min(RUN);
        let mut points = products.chunks(stride);
        for rows in &mut self.rows {
            let [a, b, c, d, e, f] = std::array::from_fn(|_| points.next().and_then(|point| point.get(..count)).unwrap_or_default());
            if a.len() != count || b.len() != count || c.len() != count || d.len() != count || e.len() != count || f.len() != count {
                return;
            }
            let [p, q, r, s] = rows;
            for tile in 0..count {
                [p[tile], q[tile], r[tile], s[tile]] = output([a[tile], b[tile], c[tile], d[tile], e[tile], f[tile]]);
            }
        }
        let [p, q, r, s, ..] = &mut self.lines;
        for tile in 0..count {
            for place in 0..TILE {
                let at = TILE * tile + place;
                [p[at], q[at], r[at], s[at]] = output(self.rows.each_ref().map(|row| row[place][tile]));
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

/// Transforms the gradients on transformed kernels, `points[point · stride ..]` for the input channels of one output channel, into those on the
/// kernels, `[inputs, 3, 3]`.
#[inline(always)]
pub fn transform_kernel_gradients(points: &[f32], stride: usize, kernels: &mut [f32]) {
    const BLOCK: usize = 32;
    for (block, kernels) in kernels.chunks_mut(9 * BLOCK).enumerate() {
        let count = kernels.len() / 9;
        let mut columns = [[[0.0_f32; BLOCK]; WINDOW]; 3];
        for x in 0..WINDOW {
            let mut rows = [[0.0_f32; BLOCK]; WINDOW];
            for (row, values) in rows.iter_mut().zip(points.chunks(stride).skip(x).step_by(WINDOW)) {
                if let (Some(row), Some(values)) = (row.get_mut(..count), values.get(block * BLOCK..block * BLOCK + count)) {
                    row.copy_from_slice(values);
                }
            }
            for index in 0..BLOCK {
                let column = kernel_gradient(rows.each_ref().map(|row| row[index]));
                for (columns, value) in columns.iter_mut().zip(column) {
                    columns[x][index] = value;
                }
            }
        }
        let mut taps = [[0.0_f32; BLOCK]; 9];
        for (columns, taps) in columns.iter().zip(taps.chunks_exact_mut(3)) {
            for index in 0..BLOCK {
                let row = kernel_gradient(columns.each_ref().map(|column| column[index]));
                for (tap, value) in taps.iter_mut().zip(row) {
                    tap[index] = value;
                }
            }
        }
        for (index, kernel) in kernels.chunks_exact_mut(9).enumerate() {
            for (value, tap) in kernel.iter_mut().zip(&taps) {
                *value = tap[index];
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
        let value = |index: usize| f32::from(u8::try_from((index * 37 + 11) % 19).unwrap_or_default()) / 9.0 - 1.0;
        let mut workspace = Workspace::new();
        for (y, line) in workspace.lines.iter_mut().enumerate() {
            for (x, value_there) in line.iter_mut().enumerate().take(WINDOW) {
                *value_there = value(7 * y + x);
            }
        }
        let kernel: Vec<f32> = (0..9).map(|tap| value(5 * tap + 3)).collect();
        let (mut inputs, mut points) = (vec![0.0; POINTS], vec![0.0; POINTS]);
        let lines = workspace.lines;
        workspace.transform_input(1, &mut inputs, 1);
        transform_kernels(&kernel, 1, &mut points);
        let products: Vec<f32> = inputs.iter().zip(&points).map(|(a, b)| a * b).collect();
        workspace.transform_output(&products, 1, 1);
        for (y, line) in workspace.lines.iter().enumerate().take(TILE) {
            for (x, found) in line.iter().enumerate().take(TILE) {
                let expected: f32 = (0..9).map(|tap| kernel[tap] * lines[y + tap / 3][x + tap % 3]).sum();
                // Transforms add and subtract multiples of up to 8 of values of size 1.
                assert!((found - expected).abs() < 1e-5, "({y}, {x}): {found} and {expected}");
            }
        }
    }
}
