//! Seeded noise: hashes, gradient noise, fractal sums and cells.

use super::vector::{Vec2, Vec3, v2, v3};

/// Scrambles three integers into 32 bits.
pub fn hash(x: i32, y: i32, seed: u32) -> u32 {
    let mut h = (x as u32).wrapping_mul(0x85EB_CA6B) ^ seed.wrapping_mul(0x27D4_EB2F);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D) ^ (y as u32).wrapping_mul(0xC2B2_AE35);
    h = (h ^ (h >> 13)).wrapping_mul(0x297A_2D39);
    h ^= h >> 16;
    h = h.wrapping_mul(0x9E37_79B1);
    h ^ (h >> 15)
}

/// A fixed random number in 0…1 for a lattice point.
pub fn hash_unit(x: i32, y: i32, seed: u32) -> f32 {
    (hash(x, y, seed) >> 8) as f32 / 16_777_216.0
}

fn ease(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

fn slope2(ix: i32, iy: i32, seed: u32, dx: f32, dy: f32) -> f32 {
    let h = hash(ix, iy, seed);
    let gx = (h & 0xFFFF) as f32 / 32_768.0 - 1.0;
    let gy = (h >> 16) as f32 / 32_768.0 - 1.0;
    gx * dx + gy * dy
}

/// Smooth gradient noise, about −1…1, with features one unit across.
pub fn noise2(p: Vec2, seed: u32) -> f32 {
    let (fx, fy) = (p.x.floor(), p.y.floor());
    let (ix, iy) = (fx as i32, fy as i32);
    let (x, y) = (p.x - fx, p.y - fy);
    let (u, v) = (ease(x), ease(y));
    let top = lerp(slope2(ix, iy, seed, x, y), slope2(ix + 1, iy, seed, x - 1.0, y), u);
    let low = lerp(slope2(ix, iy + 1, seed, x, y - 1.0), slope2(ix + 1, iy + 1, seed, x - 1.0, y - 1.0), u);
    1.5 * lerp(top, low, v)
}

/// Smooth value noise in space, about −1…1.
pub fn noise3(p: Vec3, seed: u32) -> f32 {
    let (fx, fy, fz) = (p.x.floor(), p.y.floor(), p.z.floor());
    let (ix, iy, iz) = (fx as i32, fy as i32, fz as i32);
    let (u, v, w) = (ease(p.x - fx), ease(p.y - fy), ease(p.z - fz));
    let layer = |k: i32| {
        let s = seed.wrapping_add((iz + k) as u32 ^ 0xA5A5_0000);
        let top = lerp(hash_unit(ix, iy, s), hash_unit(ix + 1, iy, s), u);
        let low = lerp(hash_unit(ix, iy + 1, s), hash_unit(ix + 1, iy + 1, s), u);
        lerp(top, low, v)
    };
    2.0 * lerp(layer(0), layer(1), w) - 1.0
}

/// Sum of `octaves` noises, each half as tall and twice as fine; about −1…1.
pub fn fbm2(p: Vec2, octaves: u32, seed: u32) -> f32 {
    let (mut q, mut height, mut sum, mut total) = (p, 1.0, 0.0, 0.0);
    for octave in 0..octaves {
        sum += height * noise2(q, seed.wrapping_add(octave * 101));
        total += height;
        height *= 0.5;
        // A turn between octaves keeps the lattice from showing.
        q = v2(q.x * 1.6 - q.y * 1.2, q.x * 1.2 + q.y * 1.6);
    }
    sum / total
}

/// The same in space.
pub fn fbm3(p: Vec3, octaves: u32, seed: u32) -> f32 {
    let (mut q, mut height, mut sum, mut total) = (p, 1.0, 0.0, 0.0);
    for octave in 0..octaves {
        sum += height * noise3(q, seed.wrapping_add(octave * 101));
        total += height;
        height *= 0.5;
        q = v3(q.x * 1.6 - q.z * 1.2, q.y * 2.03 + 7.1, q.x * 1.2 + q.z * 1.6);
    }
    sum / total
}

/// Moves `p` about by low noise, for natural edges.
pub fn warp(p: Vec2, amount: f32, size: f32, seed: u32) -> Vec2 {
    let q = p * (1.0 / size);
    p + v2(fbm2(q, 3, seed), fbm2(q + v2(37.2, 11.9), 3, seed ^ 0x55)) * amount
}

/// The nearest cells to a point.
pub struct Cell {
    /// Distance to the nearest centre.
    pub near: f32,
    /// Distance to the second nearest.
    pub next: f32,
    /// A random number for the nearest cell.
    pub id: u32,
}

/// Jittered cells one unit across.
pub fn cells(p: Vec2, seed: u32) -> Cell {
    let (ix, iy) = (p.x.floor() as i32, p.y.floor() as i32);
    let mut found = Cell { near: 9.0, next: 9.0, id: 0 };
    for y in iy - 1..=iy + 1 {
        for x in ix - 1..=ix + 1 {
            let h = hash(x, y, seed);
            let jitter = v2((h & 0xFFFF) as f32, (h >> 16) as f32) * (0.8 / 65_536.0);
            let d = (v2(x as f32 + 0.1, y as f32 + 0.1) + jitter - p).length();
            if d < found.near {
                found = Cell { near: d, next: found.near, id: h };
            } else if d < found.next {
                found.next = d;
            }
        }
    }
    found
}
