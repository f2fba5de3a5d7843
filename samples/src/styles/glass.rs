//! Stained glass: jewel-coloured cells set in rings, streaked and bubbled, held by bevelled lead.

use std::f32::consts::TAU;

use crate::tools::canvas::Canvas;
use crate::tools::colour::{hex, jitter};
use crate::tools::light::vignette;
use crate::tools::noise::{cells, fbm2, noise2};
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, smooth, v2, v3};

/// A pane of glass.
struct Pane {
    at: Vec2,
    colour: Vec3,
    deep: Vec3,
    grain: f32,
    seed: u32,
}

/// Panes in rings about `heart`, closer near it.
fn panes(heart: Vec2, rng: &mut Rng) -> Vec<Pane> {
    let jewels = [
        [hex(0x1746C8), hex(0x2F86E8), hex(0x0E2A8A), hex(0x12A3C9)],
        [hex(0xD01F35), hex(0xF0552B), hex(0x8E1030), hex(0xE8337A)],
        [hex(0xF7B21B), hex(0xFBDA4E), hex(0xF08A1D), hex(0xFFE9A0)],
        [hex(0x168A4C), hex(0x4DBB49), hex(0x0B5B49), hex(0x8FCB3E)],
        [hex(0x6A2BB4), hex(0x9B4FD1), hex(0x43188A), hex(0xC070D8)],
    ];
    let mut panes = Vec::new();
    let mut radius = 0.0;
    let mut ring = 0;
    while radius < 640.0 {
        let step = 27.0 + ring as f32 * 1.3;
        let count = if ring == 0 { 1 } else { (TAU * radius / (step * 1.25)).round() as usize };
        let family = &jewels[[2, 1, 2, 0, 0, 3, 1, 4, 0, 2, 0, 1, 3, 0, 4][ring % 15]];
        for i in 0..count {
            let angle = TAU * (i as f32 + 0.5 * (ring % 2) as f32) / count.max(1) as f32 + 0.05 * rng.bell();
            let stray = rng.pick(&jewels);
            let family = if rng.chance(0.16) { &stray } else { family };
            let colour = jitter(rng.pick(family), 0.16, 0.05, rng);
            panes.push(Pane {
                at: heart + Vec2::at_angle(angle) * (radius + rng.bell() * step * 0.16),
                colour,
                deep: rng.pick(family) * 0.45,
                grain: rng.range(0.0, TAU),
                seed: rng.bits(),
            });
        }
        radius += step;
        ring += 1;
    }
    panes
}

/// Distance from `p` to the border of its nearest pane, and that pane.
fn nearest(panes: &[Pane], p: Vec2) -> (f32, &Pane) {
    let (mut best, mut second) = (0, 0);
    let (mut near, mut next) = (f32::MAX, f32::MAX);
    for (i, pane) in panes.iter().enumerate() {
        let d = (p - pane.at).dot(p - pane.at);
        if d < near {
            (next, second) = (near, best);
            (near, best) = (d, i);
        } else if d < next {
            (next, second) = (d, i);
        }
    }
    let apart = (panes[best].at - panes[second].at).length().max(1e-3);
    ((next - near) / (2.0 * apart), &panes[best])
}

/// Light through a pane at `p`.
fn glow(pane: &Pane, p: Vec2, border: f32, heart: Vec2) -> Vec3 {
    let q = p.rotated(pane.grain) + v2(0.0, 8.0 * noise2(p * 0.03, pane.seed));
    let streak = fbm2(v2(q.x * 0.014, q.y * 0.13), 3, pane.seed);
    let mottle = fbm2(p * 0.06, 3, pane.seed ^ 1);
    let mut c = pane.deep.mix(pane.colour, 0.78 + 0.55 * streak + 0.25 * mottle);
    // Daylight behind the heart of the window; thick glass darkens at its edges.
    let day = 1.45 - 0.5 * smooth(60.0, 430.0, (p - heart).length());
    c = c * day * (0.55 + 0.45 * smooth(1.0, 11.0, border));
    let bubble = cells(p * 0.16, pane.seed ^ 2);
    let spark = smooth(0.16, 0.08, bubble.near) * smooth(0.0, 0.03, bubble.near - 0.04);
    c + v3(1.0, 0.97, 0.85) * (0.16 * spark + 0.14 * smooth(0.45, 0.9, streak + mottle * 0.5))
}

/// Sets the window.
pub fn draw(canvas: &mut Canvas) {
    let heart = v2(300.0, 285.0);
    let panes = panes(heart, &mut Rng::new(19));
    canvas.shade(2, |p| {
        let wobble = v2(noise2(p * 0.02, 1), noise2(p * 0.02, 2)) * 7.0;
        let (border, pane) = nearest(&panes, p + wobble);
        let lead = 3.1 + 0.8 * noise2(p * 0.05, 4);
        if border > lead {
            return glow(pane, p, border - lead, heart);
        }
        // A rounded strip of lead, dull, with light caught along its middle.
        let bulge = (1.0 - (border / lead).powi(2)).max(0.0).sqrt();
        let dull = 0.07 + 0.05 * fbm2(p * 0.2, 3, 7);
        let solder = smooth(0.55, 0.95, bulge) * (0.16 + 0.14 * noise2(p * 0.13, 8));
        v3(0.92, 0.96, 1.06) * (dull + solder)
    });
    vignette(canvas, 0.2);
}
