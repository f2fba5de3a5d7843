//! Brush strokes: bristle streaks, dry gaps, two colours not quite mixed, and thickness for the light.

use super::canvas::Canvas;
use super::noise::noise2;
use super::vector::{Vec2, Vec3, mix, smooth, v2};

/// A loaded brush.
#[derive(Clone, Copy)]
pub struct Brush {
    /// Half the stroke's width in design units.
    pub radius: f32,
    /// Streaks across the stroke.
    pub bristles: f32,
    /// How far the two colours stay apart: 0 mixed, 1 streaked.
    pub streak: f32,
    /// Opacity of wet paint.
    pub load: f32,
    /// How much of the stroke's tail breaks into dry streaks, 0…1.
    pub dry: f32,
    /// Paint thickness left behind.
    pub body: f32,
}

/// Where a pixel lies in a stroke.
#[derive(Clone, Copy)]
struct Place {
    distance: f32,
    along: f32,
    side: f32,
}

impl Brush {
    /// Paints along `path` with `colours` streaked together; `seed` varies the bristles.
    pub fn stroke(&self, canvas: &mut Canvas, path: &[Vec2], colours: (Vec3, Vec3), seed: u32) {
        let reach = v2(self.radius, self.radius);
        let far = f32::MAX;
        let low = path.iter().fold(v2(far, far), |m, p| v2(m.x.min(p.x), m.y.min(p.y))) - reach;
        let high = path.iter().fold(v2(-far, -far), |m, p| v2(m.x.max(p.x), m.y.max(p.y))) + reach;
        let (x0, y0, x1, y1) = canvas.window(low, high);
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        let wide = x1 - x0;
        let mut places = vec![Place { distance: far, along: 0.0, side: 0.0 }; wide * (y1 - y0)];
        let mut travelled = 0.0;
        for pair in path.windows(2) {
            let (a, ab) = (pair[0], pair[1] - pair[0]);
            let length = ab.length().max(1e-6);
            let (sx0, sy0, sx1, sy1) =
                canvas.window(v2(a.x.min(pair[1].x), a.y.min(pair[1].y)) - reach, v2(a.x.max(pair[1].x), a.y.max(pair[1].y)) + reach);
            for y in sy0..sy1 {
                for x in sx0..sx1 {
                    let p = v2(x as f32 + 0.5, y as f32 + 0.5) * (1.0 / canvas.scale) - a;
                    let t = (p.dot(ab) / (length * length)).clamp(0.0, 1.0);
                    let distance = (p - ab * t).length();
                    let place = &mut places[(y - y0) * wide + x - x0];
                    if distance < place.distance {
                        let side = p.dot(ab.turned()) / length;
                        *place = Place { distance, along: travelled + t * length, side };
                    }
                }
            }
            travelled += length;
        }
        for y in y0..y1 {
            for x in x0..x1 {
                let place = places[(y - y0) * wide + x - x0];
                if place.distance < far {
                    self.dab(canvas, y * canvas.width + x, place, travelled, colours, seed);
                }
            }
        }
    }

    /// Paints one pixel of a stroke `total` units long.
    fn dab(&self, canvas: &mut Canvas, i: usize, at: Place, total: f32, colours: (Vec3, Vec3), seed: u32) {
        let t = at.along / total.max(1e-6);
        // Full at the start, narrowing over the last third.
        let radius = self.radius * (smooth(-0.12, 0.1, t) * (1.0 - 0.6 * smooth(0.6, 1.05, t)));
        let cover = canvas.edge(at.distance - radius);
        if cover <= 0.0 {
            return;
        }
        let across = at.side / self.radius;
        let hair = noise2(v2(across * self.bristles, at.along / (self.radius * 5.0)), seed);
        let fine = noise2(v2(across * self.bristles * 2.3, at.along / (self.radius * 2.5)), seed ^ 77);
        let gap = smooth(-0.9, 0.2, hair + 0.5 * fine + 1.2 - 2.2 * self.dry * t);
        let alpha = cover * self.load * mix(1.0, gap, self.dry.min(1.0));
        let share = (0.5 + self.streak * (0.9 * hair + 0.4 * fine)).clamp(0.0, 1.0);
        let paint = colours.0.mix(colours.1, share);
        canvas.pixels[i] = canvas.pixels[i].mix(paint, alpha);
        // Paint piles up at the rim and in the furrows between the hairs.
        let rim = smooth(0.4, 0.9, at.distance / radius.max(1e-6));
        let height = self.body * (0.6 + 0.45 * hair + 0.25 * fine + 0.35 * rim) * cover;
        canvas.relief[i] = mix(canvas.relief[i], canvas.relief[i] * 0.35 + height, alpha);
    }
}
