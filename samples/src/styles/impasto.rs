//! Swirling oils: thick strokes in blues and yellows, laid along whirls and lit from the side.

use crate::tools::brush::Brush;
use crate::tools::canvas::Canvas;
use crate::tools::colour::{hex, jitter, ramp};
use crate::tools::flow::{Flow, Whirl, follow};
use crate::tools::light::rake;
use crate::tools::noise::fbm2;
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, smooth, v2};

/// Glowing centres: place, radius of the glow.
const GLOWS: [(Vec2, f32); 6] = [
    (v2(150.0, 140.0), 105.0),
    (v2(452.0, 215.0), 130.0),
    (v2(250.0, 415.0), 85.0),
    (v2(560.0, 480.0), 95.0),
    (v2(60.0, 545.0), 75.0),
    (v2(590.0, 40.0), 60.0),
];

fn flow() -> Flow {
    let mut whirls: Vec<Whirl> =
        GLOWS.iter().enumerate().map(|(i, &(at, r))| Whirl { at, reach: r * 1.15, turn: if i % 2 == 0 { 1.3 } else { -1.3 } }).collect();
    whirls.push(Whirl { at: v2(340.0, 590.0), reach: 110.0, turn: 1.0 });
    whirls.push(Whirl { at: v2(320.0, 40.0), reach: 90.0, turn: -0.9 });
    Flow { whirls, drift: v2(1.0, 0.12), sway: 2.2, size: 230.0, seed: 3 }
}

/// The colour the painter means at `p`.
fn scene(p: Vec2) -> Vec3 {
    let night = [hex(0x0A1440), hex(0x14307A), hex(0x1F58A8), hex(0x3E8CC4), hex(0x86BFD2), hex(0x2A6F8E)];
    let fire = [hex(0xFFF3B8), hex(0xFFD84A), hex(0xF2A51E), hex(0xC9B45A), hex(0x5FA3A8)];
    let t = 0.45 + 0.55 * fbm2(v2(p.x * 0.006, p.y * 0.009), 4, 11) + 0.12 * fbm2(p * 0.03, 2, 12);
    let mut colour = ramp(&night, t);
    for (at, radius) in GLOWS {
        // The glow's edge wanders, and rings of the night show through it.
        let r = (p - at).length() / radius * (1.0 + 0.25 * fbm2(p * 0.02, 2, 13));
        let ring = 0.72 + 0.28 * (r * 17.0).cos();
        colour = colour.mix(ramp(&fire, r), smooth(1.05, 0.35, r) * ring.max(smooth(0.4, 0.2, r)));
    }
    colour
}

/// Paints the picture.
pub fn draw(canvas: &mut Canvas) {
    let flow = flow();
    let size = canvas.size();
    let mut rng = Rng::new(41);
    canvas.shade(1, |p| scene(p) * 0.6);
    // (half width, length, spacing): a coarse ground, then the body, then accents.
    for (layer, &(radius, length, gap)) in [(11.0, 96.0, 14.0), (7.5, 70.0, 10.0), (5.0, 52.0, 9.5)].iter().enumerate() {
        let brush = Brush { radius, bristles: 3.6, streak: 0.55, load: 0.96, dry: 0.25, body: 0.6 + radius * 0.16 };
        let count = (size.x * size.y / (gap * gap) * 1.1) as usize;
        for i in 0..count {
            let at = v2(rng.range(-10.0, size.x + 10.0), rng.range(-10.0, size.y + 10.0));
            let path = follow(at, length * rng.range(0.6, 1.2), 4.0, |p| flow.at(p));
            let mean = jitter(scene(at), 0.22, 0.05, &mut rng);
            let second = if rng.chance(0.2) {
                rng.pick(&[hex(0xF6E7A0), hex(0x0B1B4E), hex(0x59B3B8), hex(0xE9B233), hex(0x7A3B5E)])
            } else {
                jitter(scene(at + v2(rng.bell(), rng.bell()) * 30.0), 0.35, 0.06, &mut rng)
            };
            let second = mean.mix(second, 0.6 + 0.1 * layer as f32);
            brush.stroke(canvas, &path, (mean, second), i as u32 * 7 + layer as u32);
        }
    }
    rake(canvas, 0.5, 0.18);
}
