//! Papers and cloths under the paint.

use super::noise::{fbm2, noise2};
use super::vector::{Vec2, smooth, v2};

/// The tooth of watercolour paper at `p`: about −1…1.
pub fn tooth(p: Vec2, seed: u32) -> f32 {
    0.6 * fbm2(p * 0.3, 3, seed) + 0.4 * noise2(p * 0.75, seed ^ 9)
}

/// Long fibres of mulberry paper: 0 (none) to 1.
pub fn fibres(p: Vec2, seed: u32) -> f32 {
    let mut most = 0.0f32;
    for layer in 0..3 {
        let s = seed + layer * 31;
        let q = p.rotated(0.5 + layer as f32 * 1.9) + v2(0.0, 14.0 * fbm2(p * 0.012, 2, s));
        let ridge = 1.0 - (noise2(v2(q.x * 0.012, q.y * 0.11), s) * 7.0).abs();
        let here = smooth(0.1, 0.5, noise2(v2(q.x * 0.02, q.y * 0.05), s ^ 3));
        most = most.max(ridge.max(0.0) * here);
    }
    most
}

/// Plain-woven cloth: thread height 0…1 with `pitch` design units to a thread.
pub fn weave(p: Vec2, pitch: f32) -> f32 {
    let q = (p + v2(noise2(p * 0.03, 5), noise2(p * 0.03, 6)) * (pitch * 0.8)) * (1.0 / pitch);
    let over = (q.x.floor() as i32 + q.y.floor() as i32).rem_euclid(2) == 0;
    let bump = |t: f32| (std::f32::consts::PI * (t - t.floor())).sin().abs();
    if over { 0.35 + 0.65 * bump(q.y) * bump(q.x).sqrt() } else { 0.35 + 0.65 * bump(q.x) * bump(q.y).sqrt() }
}
