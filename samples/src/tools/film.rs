//! Calms the speckle of a path-traced picture without touching edges or textures.
//!
//! Light is divided by the surface's own colour, averaged with neighbours that lie on the same surface and are
//! lit alike, and multiplied back. Mirrors, lamps and the sky are left alone: what they
//! show has edges no guide knows.

use super::colour::luma;
use super::vector::Vec3;

/// What is known about the surface behind a pixel.
#[derive(Clone, Copy, Default)]
pub struct Guide {
    /// The surface's colour.
    pub albedo: Vec3,
    /// Its normal.
    pub normal: Vec3,
    /// Its distance from the lens.
    pub depth: f32,
    /// Share of the pixel that must stay as it is.
    pub sharp: f32,
}

impl Guide {
    /// Adds one sample's guide with weight `share`.
    pub fn add(&mut self, o: &Guide, share: f32) {
        self.albedo += o.albedo * share;
        self.normal += o.normal * share;
        self.depth += o.depth * share;
        self.sharp += o.sharp * share;
    }
}

/// A traced picture before development: linear light and guides, row by row.
pub struct Film {
    /// Pixels across.
    pub width: usize,
    /// Linear light.
    pub light: Vec<Vec3>,
    /// The surfaces.
    pub guides: Vec<Guide>,
}

impl Film {
    /// The light after averaging within `reach` pixels.
    pub fn calmed(&self, reach: usize) -> Vec<Vec3> {
        let bare: Vec<Vec3> = self.light.iter().zip(&self.guides).map(|(&l, g)| divide(l, body(g))).collect();
        // Brightness is compared after a small blur, or the speckle would protect itself.
        let tone = self.averaged(&bare, 1, |_, _| 1.0).iter().map(|&c| (luma(c) + 0.02).ln()).collect::<Vec<_>>();
        let alike = |i: usize, j: usize| {
            let (a, b) = (&self.guides[i], &self.guides[j]);
            let turn = (1.0 - a.normal.dot(b.normal)).max(0.0) / 0.08;
            let apart = (a.depth - b.depth) / (0.02 * a.depth + 0.02);
            let lit = (tone[i] - tone[j]) / 0.4;
            (-turn - apart * apart - lit * lit).exp() * (1.0 - b.sharp)
        };
        let calm = self.averaged(&bare, reach, alike);
        let parts = self.light.iter().zip(&self.guides).zip(calm);
        parts.map(|((&l, g), c)| (c * body(g)).mix(l, g.sharp)).collect()
    }

    /// Each value averaged with those within `reach` pixels, by `weight` of the two pixels.
    fn averaged(&self, values: &[Vec3], reach: usize, weight: impl Fn(usize, usize) -> f32) -> Vec<Vec3> {
        let height = values.len() / self.width.max(1);
        let near = |v: usize, end: usize| v.saturating_sub(reach)..(v + reach + 1).min(end);
        let mut out = Vec::with_capacity(values.len());
        for (i, &own) in values.iter().enumerate() {
            let (mut sum, mut total) = (own * 1e-4, 1e-4);
            for y in near(i / self.width, height) {
                for x in near(i % self.width, self.width) {
                    let j = y * self.width + x;
                    let w = weight(i, j);
                    sum += values[j] * w;
                    total += w;
                }
            }
            out.push(sum * (1.0 / total));
        }
        out
    }
}

/// The colour to divide by: never black.
fn body(g: &Guide) -> Vec3 {
    g.albedo.map(|v| v.max(0.03))
}

fn divide(a: Vec3, b: Vec3) -> Vec3 {
    Vec3 { x: a.x / b.x, y: a.y / b.y, z: a.z / b.z }
}
