//! Cubist shards: a plane split again and again, each facet shaded and scumbled its own way.

use std::f32::consts::PI;

use crate::tools::canvas::Canvas;
use crate::tools::colour::{hex, jitter};
use crate::tools::light::rake;
use crate::tools::noise::{fbm2, noise2};
use crate::tools::paper::weave;
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, mix, smooth, v2};

/// A facet's paint.
struct Facet {
    light: Vec3,
    dark: Vec3,
    /// Across the facet, from dark to light.
    across: Vec2,
    from: f32,
    to: f32,
    /// Angle of the brushwork.
    angle: f32,
    hatch: bool,
    seed: u32,
}

/// Cuts `shape` with the line through `at` whose normal is `n`.
fn cut(shape: &[Vec2], at: Vec2, n: Vec2) -> (Vec<Vec2>, Vec<Vec2>) {
    let (mut front, mut back) = (Vec::new(), Vec::new());
    for (i, &a) in shape.iter().enumerate() {
        let b = shape[(i + 1) % shape.len()];
        let (da, db) = ((a - at).dot(n), (b - at).dot(n));
        if da >= 0.0 {
            front.push(a)
        } else {
            back.push(a)
        }
        if (da >= 0.0) != (db >= 0.0) {
            let p = a + (b - a) * (da / (da - db));
            front.push(p);
            back.push(p);
        }
    }
    (front, back)
}

fn area(shape: &[Vec2]) -> f32 {
    let twice: f32 = (0..shape.len())
        .map(|i| {
            let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
            a.x * b.y - a.y * b.x
        })
        .sum();
    twice.abs() * 0.5
}

fn middle(shape: &[Vec2]) -> Vec2 {
    shape.iter().fold(Vec2::default(), |s, &p| s + p) * (1.0 / shape.len().max(1) as f32)
}

/// Splits until the pieces are small, smaller towards the middle of the picture.
fn split(shape: Vec<Vec2>, rng: &mut Rng, out: &mut Vec<Vec<Vec2>>) {
    let centre = middle(&shape);
    let r = (centre - v2(320.0, 320.0)).length() / 400.0;
    let enough = mix(1100.0, 4200.0, r) * rng.range(0.6, 1.7);
    if area(&shape) < enough {
        out.push(shape);
        return;
    }
    // Three leading directions hold the composition together.
    let lead = rng.pick(&[0.35, 1.25, 2.3]) + 0.22 * rng.bell();
    let at = centre + v2(rng.bell(), rng.bell()) * (area(&shape).sqrt() * 0.18);
    let (a, b) = cut(&shape, at, Vec2::at_angle(lead));
    for part in [a, b] {
        if part.len() >= 3 {
            split(part, rng, out);
        }
    }
}

fn facet(shape: &[Vec2], rng: &mut Rng) -> Facet {
    let families = [
        [hex(0xE3C48A), hex(0x8C5A2B)],
        [hex(0xC9A25E), hex(0x5A3A22)],
        [hex(0xD8CDB4), hex(0x77705F)],
        [hex(0x9FB4B8), hex(0x2F4652)],
        [hex(0xC7703C), hex(0x5C2416)],
        [hex(0x6E8F8A), hex(0x1F3438)],
        [hex(0xF0E2C0), hex(0xA57F48)],
        [hex(0x4A4440), hex(0x15120F)],
        [hex(0x3D6F9A), hex(0x14283F)],
        [hex(0xB9442F), hex(0x4A130F)],
    ];
    let c = middle(shape);
    // Neighbours tend to one family, so that the eye finds larger forms.
    let drift = fbm2(c * 0.006, 2, 3) * 6.0 + rng.bell() * 2.6 + 4.3;
    let [light, dark] = families[(drift.max(0.0) as usize) % families.len()];
    let across = Vec2::at_angle(rng.range(0.0, 2.0 * PI));
    let reach = |pick: fn(f32, f32) -> f32, start| shape.iter().map(|p| p.dot(across)).fold(start, pick);
    Facet {
        light: jitter(light, 0.2, 0.06, rng),
        dark: jitter(dark, 0.2, 0.04, rng),
        across,
        from: reach(f32::min, f32::MAX),
        to: reach(f32::max, f32::MIN),
        angle: rng.range(0.0, PI),
        hatch: rng.chance(0.22),
        seed: rng.bits(),
    }
}

impl Facet {
    /// Colour and paint height at `p`.
    fn paint(&self, p: Vec2) -> (Vec3, f32) {
        let q = p.rotated(self.angle) + v2(0.0, 5.0 * noise2(p * 0.025, self.seed));
        let streak = fbm2(v2(q.x * 0.022, q.y * 0.2), 3, self.seed);
        let scumble = fbm2(v2(q.x * 0.07, q.y * 0.12), 3, self.seed ^ 1);
        let t = (p.dot(self.across) - self.from) / (self.to - self.from).max(1.0);
        let mut tone = smooth(-0.1, 1.0, t + 0.3 * streak + 0.2 * scumble);
        // Great arcs and a diagonal pass through all facets and shift their tone.
        for (i, (at, r)) in [(v2(250.0, 260.0), 120.0), (v2(395.0, 400.0), 150.0), (v2(330.0, 330.0), 265.0)].iter().enumerate() {
            let inside = smooth(5.0, -5.0, (p - *at).length() - r);
            tone += (inside - 0.5) * if i % 2 == 0 { 0.28 } else { -0.26 };
        }
        if self.hatch {
            tone -= 0.4 * smooth(0.25, 0.85, (q.y * 0.62).sin() + 0.5 * scumble);
        }
        (self.dark.mix(self.light, tone.clamp(0.0, 1.0)) * (1.0 + 0.12 * streak), 0.9 * streak + 0.5 * scumble)
    }
}

/// Paints the picture.
pub fn draw(canvas: &mut Canvas) {
    let mut rng = Rng::new(12);
    let mut shapes = Vec::new();
    split(vec![v2(-20.0, -20.0), v2(660.0, -20.0), v2(660.0, 660.0), v2(-20.0, 660.0)], &mut rng, &mut shapes);
    let facets: Vec<Facet> = shapes.iter().map(|s| facet(s, &mut rng)).collect();
    for (shape, facet) in shapes.iter().zip(&facets) {
        canvas.polygon(shape, 1.0, |p, _| facet.paint(p).0);
    }
    canvas.touch_all(|p, _, relief| {
        *relief = 0.4 * weave(p, 3.6) + 1.6 * fbm2(v2(p.x * 0.03, p.y * 0.09), 3, 9);
    });
    for (shape, facet) in shapes.iter().zip(&facets) {
        for i in 0..shape.len() {
            let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
            let side = (b - a).unit().turned();
            let bright = side.dot(facet.across) > 0.2;
            let steps = 8;
            let path: Vec<Vec2> = (0..=steps)
                .map(|k| {
                    let p = a + (b - a) * (k as f32 / steps as f32);
                    p + side * (if bright { 2.4 } else { 0.0 } + noise2(p * 0.05, facet.seed))
                })
                .collect();
            let width = rng.range(0.6, 2.0);
            let (colour, opacity) = if bright { (facet.light.mix(hex(0xFFF6DF), 0.5), 0.6) } else { (hex(0x1A1410), 0.8) };
            canvas.line(&path, |t| width * (0.35 + 0.65 * (t * PI).sin()), colour, opacity);
        }
    }
    rake(canvas, 0.35, 0.05);
}
