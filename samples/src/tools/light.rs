//! Raking light over thick paint, and the last touches a lens adds.

use super::canvas::Canvas;
use super::noise::hash_unit;
use super::vector::{Vec3, smooth, v3};

/// Lights the canvas's relief from the top left. `depth` scales the slopes; `gloss` the wet highlights.
pub fn rake(canvas: &mut Canvas, depth: f32, gloss: f32) {
    let sun = v3(-0.5, -0.62, 0.6).unit();
    let half = (sun + v3(0.0, 0.0, 1.0)).unit();
    let (w, h) = (canvas.width, canvas.height);
    // Slopes are per design unit, so that small copies are lit alike.
    let k = depth * canvas.scale;
    for y in 0..h {
        for x in 0..w {
            let at = |x: usize, y: usize| canvas.relief[y * w + x];
            let dx = at((x + 1).min(w - 1), y) - at(x.saturating_sub(1), y);
            let dy = at(x, (y + 1).min(h - 1)) - at(x, y.saturating_sub(1));
            let n = v3(-dx * k, -dy * k, 1.0).unit();
            let lit = (n.dot(sun) / sun.z).clamp(0.35, 1.6);
            let shine = gloss * n.dot(half).max(0.0).powi(40);
            let flat = gloss * half.z.powi(40);
            let c = &mut canvas.pixels[y * w + x];
            *c = *c * (0.25 + 0.75 * lit) + Vec3::splat(shine - flat).map(|v| v.max(0.0));
        }
    }
}

/// Darkens towards the corners by up to `amount`.
pub fn vignette(canvas: &mut Canvas, amount: f32) {
    let centre = canvas.size() * 0.5;
    canvas.touch_all(|p, c, _| {
        let r = (p - centre).length() / centre.length();
        *c = *c * (1.0 - amount * smooth(0.35, 1.1, r));
    });
}

/// Film grain: strongest in the mid tones.
pub fn grain(canvas: &mut Canvas, amount: f32, seed: u32) {
    let w = canvas.width;
    for (i, c) in canvas.pixels.iter_mut().enumerate() {
        let (x, y) = ((i % w) as i32, (i / w) as i32);
        let n = hash_unit(x, y, seed) + hash_unit(x, y, seed ^ 0xBEEF) - 1.0;
        *c = c.map(|v| v + amount * n * (0.4 + 2.4 * v.clamp(0.0, 1.0) * (1.0 - v.clamp(0.0, 1.0))));
    }
}
