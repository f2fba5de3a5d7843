//! Colours: hexadecimal constants, ramps, jitter, and the way from light to display values.

use super::rng::Rng;
use super::vector::{Vec3, smooth, v3};

/// A display colour from `0xRRGGBB`.
pub const fn hex(rgb: u32) -> Vec3 {
    v3(((rgb >> 16) & 255) as f32 / 255.0, ((rgb >> 8) & 255) as f32 / 255.0, (rgb & 255) as f32 / 255.0)
}

/// The same colour as linear light, for the ray tracer.
pub fn light(rgb: u32) -> Vec3 {
    hex(rgb).map(|c| c.powf(2.2))
}

/// Along a row of colours: `t` = 0 is the first, 1 the last, with smooth passages.
pub fn ramp(colours: &[Vec3], t: f32) -> Vec3 {
    let last = colours.len() - 1;
    let at = t.clamp(0.0, 1.0) * last as f32;
    let i = (at as usize).min(last.saturating_sub(1));
    let from = colours[i];
    let to = colours[(i + 1).min(last)];
    from.mix(to, smooth(0.0, 1.0, at - i as f32))
}

/// Brightness as the eye weighs it.
pub fn luma(c: Vec3) -> f32 {
    c.dot(v3(0.299, 0.587, 0.114))
}

/// Varies brightness by about `value` and each channel by about `tint`, as a hand mixing paint does.
pub fn jitter(c: Vec3, value: f32, tint: f32, rng: &mut Rng) -> Vec3 {
    let k = 1.0 + value * rng.bell();
    let shift = v3(rng.bell(), rng.bell() * 0.7, rng.bell()) * tint;
    (c * k + shift).map(|v| v.clamp(0.0, 1.0))
}

/// Linear light to display values, with a film-like shoulder.
pub fn develop(c: Vec3, exposure: f32) -> Vec3 {
    (c * exposure).map(|x| {
        let x = x.max(0.0);
        let film = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14);
        film.clamp(0.0, 1.0).powf(1.0 / 2.2)
    })
}
