//! Ink and mist: mountain washes that bleed into wet paper, dry-brush rock, pine and spatter.

use crate::tools::brush::Brush;
use crate::tools::canvas::Canvas;
use crate::tools::colour::hex;
use crate::tools::flow::follow;
use crate::tools::noise::{cells, fbm2, warp};
use crate::tools::paper::{fibres, tooth};
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, mix, smooth, v2};

const INK: Vec3 = hex(0x15171C);

/// Height of the `k`-th ridge at `x`.
fn ridge(k: usize, x: f32) -> f32 {
    let k = k as f32;
    let q = v2(x * 0.0055 + k * 7.3, k * 3.1);
    let peak = (1.0 - fbm2(q, 2, 51).abs() * 2.2).max(0.0).powi(2);
    60.0 + k * 92.0 - 96.0 * peak - 34.0 * fbm2(q * 3.1, 4, 52) + 20.0 * (x * 0.006 + k * 2.0).sin()
}

/// How much ink the washes leave at `p`.
fn washes(p: Vec2) -> f32 {
    let mut ink = 0.05 + 0.07 * fbm2(p * 0.008, 4, 60).max(0.0);
    for k in 0..7 {
        // Where the paper was wet the edge creeps into feathers.
        let wet = smooth(-0.1, 0.4, fbm2(p * 0.009 + v2(k as f32, 0.0), 2, 61));
        let q = warp(p, mix(5.0, 34.0, wet), mix(16.0, 44.0, wet), 62 + k as u32);
        let depth = q.y - ridge(k, q.x);
        let mist = smooth(150.0, 0.0, depth);
        let body = smooth(-mix(1.5, 16.0, wet), mix(2.0, 20.0, wet), depth) * mist;
        let rim = smooth(-3.0, 2.0, depth) * smooth(11.0, 2.0, depth) * (1.0 - wet);
        let grain = 1.0 + 0.5 * fbm2(p * 0.045, 4, 70 + k as u32);
        let strength = 0.2 + 0.075 * k as f32;
        // Nearer hills hide farther ones behind their own mist.
        ink = ink * (1.0 - 0.7 * smooth(0.0, 40.0, depth)) + strength * body * grain + 0.28 * rim;
    }
    // Back-runs: a drop of water pushes the ink into a ragged ring.
    let q = warp(p, 26.0, 40.0, 81);
    let bloom = cells(q * 0.0085, 82);
    let size = 0.22 + 0.14 * (bloom.id & 255) as f32 / 255.0;
    ink += 0.1 * smooth(0.05, 0.0, (bloom.near - size).abs()) - 0.06 * smooth(size, size * 0.4, bloom.near);
    ink
}

/// Rock: short dry strokes down the slopes, thicker where the hill is dark.
fn rocks(canvas: &mut Canvas, rng: &mut Rng) {
    for i in 0..3600 {
        let k = rng.bits() as usize % 7;
        let x = rng.range(-10.0, 650.0);
        let slope = (ridge(k, x + 6.0) - ridge(k, x - 6.0)) / 12.0;
        let start = v2(x, ridge(k, x) + rng.unit().powi(2) * 80.0 + 4.0);
        let fall = v2(0.55 * slope.signum(), 1.0 + slope.abs() * 0.4).unit();
        let path = follow(start, rng.range(10.0, 44.0), 3.0, |p| fall.rotated(0.9 * fbm2(p * 0.03, 2, 90)));
        let brush = Brush {
            radius: 0.7 + 4.0 * rng.unit().powi(4),
            bristles: 5.0,
            streak: 0.4,
            load: rng.range(0.14, 0.4) + 0.06 * k as f32,
            dry: 0.95,
            body: 0.0,
        };
        brush.stroke(canvas, &path, (INK, hex(0x4A4E57)), i);
    }
}

/// A leaning pine: a jointed trunk and fans of needles.
fn pine(canvas: &mut Canvas, root: Vec2, height: f32, lean: f32, rng: &mut Rng) {
    let wander = |p: Vec2| v2(lean + 0.9 * fbm2(p * 0.02, 2, 95), -1.0).unit();
    let trunk: Vec<Vec2> = follow(root, height * 2.0, 4.0, wander).split_off((height / 4.0) as usize);
    let wood = Brush { radius: 3.0 + height * 0.014, bristles: 4.0, streak: 0.5, load: 0.95, dry: 0.7, body: 0.0 };
    wood.stroke(canvas, &trunk, (INK, hex(0x30333A)), 5);
    for (i, &joint) in trunk.iter().enumerate().skip(trunk.len() / 3).step_by(3) {
        let t = i as f32 / trunk.len() as f32;
        let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
        let reach = height * rng.range(0.14, 0.5) * (1.25 - t);
        let limb = |p: Vec2| v2(side, -0.25 + 0.9 * fbm2(p * 0.03, 2, 96)).unit();
        let branch: Vec<Vec2> = follow(joint, reach * 2.0, 3.0, limb).split_off((reach / 3.0) as usize);
        let twig = Brush { radius: 2.2, bristles: 2.0, streak: 0.3, load: 0.9, dry: 0.4, body: 0.0 };
        twig.stroke(canvas, &branch, (INK, INK), 6);
        for &tip in branch.iter().step_by(3) {
            let length = rng.range(8.0, 15.0);
            for needle in 0..15 {
                let d = Vec2::at_angle(-std::f32::consts::PI * (needle as f32 + rng.unit()) / 15.0);
                let end = tip + d * length * rng.range(0.7, 1.1);
                canvas.line(&[tip, (tip + end) * 0.5, end], |t| 1.0 - 0.8 * t, INK, rng.range(0.4, 0.95));
            }
        }
    }
}

/// Paints the scroll.
pub fn draw(canvas: &mut Canvas) {
    let mut rng = Rng::new(23);
    canvas.shade(1, |p| {
        let paper = hex(0xEDE5D2) * (1.0 + 0.03 * tooth(p, 40)) + Vec3::splat(0.05 * fibres(p, 41));
        let wash = washes(p) * (1.0 + 0.28 * tooth(p, 42));
        // A trace of indigo and ochre keeps the greys alive.
        let tint = hex(0x232A38).mix(hex(0x2E261D), smooth(-0.3, 0.4, fbm2(p * 0.006, 2, 43)));
        paper.mix(tint, wash.clamp(0.0, 0.97))
    });
    rocks(canvas, &mut rng);
    for (x, y, height, lean) in [(84.0, 668.0, 330.0, 0.22), (560.0, 655.0, 215.0, -0.3), (300.0, 470.0, 80.0, 0.1)] {
        pine(canvas, v2(x, y), height, lean, &mut rng);
    }
    for _ in 0..520 {
        let at = v2(rng.range(0.0, 640.0), rng.range(0.0, 640.0));
        canvas.disc(at, 0.5 + 2.6 * rng.unit().powi(4), INK, rng.range(0.25, 0.85));
    }
    for i in 0..3 {
        // The seal: three vermilion marks pressed into the corner.
        let low = v2(582.0, 40.0 + 26.0 * i as f32);
        canvas.touch(low, low + v2(22.0, 22.0), |p, c, _| {
            let cut = ((p.x * 0.9 + 2.0 * fbm2(p * 0.1, 2, 7)).sin() * (p.y * 0.8 + i as f32).sin()).abs();
            *c = c.mix(hex(0xB8321F), 0.85 * smooth(0.12, 0.3, cut) * smooth(-0.5, 0.1, tooth(p, 8) + 0.2));
        });
    }
}
