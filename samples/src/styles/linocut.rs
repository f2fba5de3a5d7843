//! Linocut sun: gouges along the form, black ink over rolled colour.

use crate::tools::canvas::Canvas;
use crate::tools::colour::{hex, ramp};
use crate::tools::flow::follow;
use crate::tools::noise::{fbm2, noise2};
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, mix, smooth, v2};

const SUN: Vec2 = v2(395.0, 190.0);
const DISC: f32 = 78.0;

/// The parts of the picture, each cut in its own direction.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Sun,
    Sky,
    Hill(usize),
    Water,
}

fn crest(k: usize, x: f32) -> f32 {
    let k = k as f32;
    268.0 + 52.0 * k - 40.0 * (x * 0.0085 + k * 2.1).sin() - 22.0 * fbm2(v2(x * 0.01, k * 5.0), 3, 6)
}

fn part(p: Vec2) -> Part {
    let shore = 500.0 + 14.0 * (p.x * 0.015).sin();
    if p.y > shore {
        return Part::Water;
    }
    match (0..4).rev().find(|&k| p.y > crest(k, p.x)) {
        Some(k) => Part::Hill(k),
        None if (p - SUN).length() < DISC => Part::Sun,
        None => Part::Sky,
    }
}

/// Which way the gouge runs.
fn grain(p: Vec2) -> Vec2 {
    let bend = 0.5 * fbm2(p * 0.012, 2, 8);
    match part(p) {
        Part::Sun => (p - SUN).unit().turned(),
        // Rays from the sun, swirling as they leave it.
        Part::Sky => (p - SUN).unit().rotated(bend + 0.0022 * ((p - SUN).length() - DISC)),
        Part::Hill(k) => {
            let slope = (crest(k, p.x + 4.0) - crest(k, p.x - 4.0)) / 8.0;
            let fall = smooth(0.0, 130.0, p.y - crest(k, p.x));
            v2(1.0, slope).unit().rotated(mix(0.15, 1.25, fall) * if k % 2 == 0 { 1.0 } else { -1.0 } + bend * 0.6)
        }
        Part::Water => v2(1.0, 0.55 * (p.x * 0.045 + p.y * 0.11).sin() + bend * 0.4).unit(),
    }
}

/// How much of the block is cut away: 0 leaves it black, 1 clears it.
fn tone(p: Vec2) -> f32 {
    let wave = 0.22 * fbm2(p * 0.018, 3, 9);
    wave + match part(p) {
        Part::Sun => 0.95 - 0.2 * smooth(0.0, DISC, (p - SUN).length()),
        Part::Sky => 0.92 - 0.62 * smooth(DISC, 460.0, (p - SUN).length()),
        Part::Hill(k) => {
            let depth = p.y - crest(k, p.x);
            mix(0.95, 0.28, smooth(0.0, 75.0, depth)) * smooth(2.0, 8.0, depth)
        }
        Part::Water => {
            let path = smooth(150.0, 10.0, (p.x - SUN.x + 14.0 * (p.y * 0.2).sin()).abs());
            0.38 + 0.5 * path
        }
    }
}

/// The colour rolled on before the key block.
fn under(p: Vec2) -> Vec3 {
    let q = p + v2(noise2(p * 0.03, 1), noise2(p * 0.03, 2)) * 3.0;
    let colour = match part(q) {
        Part::Sun => hex(0xE2492B),
        Part::Sky => ramp(&[hex(0xF6B545), hex(0xF3D9A0), hex(0x9FC7BC)], (q - SUN).length() / 420.0),
        Part::Hill(k) => [hex(0x3E8C84), hex(0x86A24B), hex(0xD8A33A), hex(0xC8613A)][k],
        Part::Water => {
            let path = smooth(120.0, 0.0, (q.x - SUN.x).abs());
            hex(0x5FA9B0).mix(hex(0xF6B545), path)
        }
    };
    colour * (1.0 + 0.08 * fbm2(p * 0.15, 2, 3))
}

/// Cuts and prints the block.
pub fn draw(canvas: &mut Canvas) {
    let mut rng = Rng::new(30);
    let side = canvas.size().x as usize + 1;
    canvas.shade(1, |_| hex(0x17161A));
    // Which places are already cut, one flag for each design unit.
    let mut taken = vec![false; side * side];
    let index = |p: Vec2| {
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < side as f32 && p.y < side as f32;
        inside.then(|| p.y as usize * side + p.x as usize)
    };
    for _ in 0..26_000 {
        let start = v2(rng.range(0.0, 640.0), rng.range(0.0, 640.0));
        let t = tone(start).clamp(0.0, 1.0);
        let gap = mix(10.5, 4.4, t);
        let home = part(start);
        let mut path = follow(start, rng.range(30.0, 95.0), 2.0, grain);
        // Keep the run around the start that stays in its part and clear of other cuts.
        let free = |p: &Vec2| part(*p) == home && index(*p).is_none_or(|i| !taken[i]);
        let middle = path.len() / 2;
        if !free(&path[middle]) {
            continue;
        }
        let from = path[..middle].iter().rposition(|p| !free(p)).map_or(0, |i| i + 1);
        let to = path[middle..].iter().position(|p| !free(p)).map_or(path.len(), |i| middle + i);
        path = path[from..to].to_vec();
        if path.len() < 5 {
            continue;
        }
        let half = gap * mix(0.2, 0.42, t) * rng.range(0.85, 1.1);
        canvas.line(
            &path,
            |s| half * (0.12 + (s * std::f32::consts::PI).sin().max(0.0).powf(0.7) * (1.15 - 0.5 * s)),
            Vec3::splat(1.0),
            1.0,
        );
        for p in &path {
            let reach = (gap * 0.86) as i32;
            for dy in -reach..=reach {
                for dx in -reach..=reach {
                    if dx * dx + dy * dy <= reach * reach
                        && let Some(i) = index(*p + v2(dx as f32, dy as f32))
                    {
                        taken[i] = true;
                    }
                }
            }
        }
    }
    // Wherever the block was cut the colour shows; the ink itself is a little starved.
    canvas.touch_all(|p, c, _| {
        let cut = c.x;
        let speck = smooth(0.35, 0.8, noise2(p * 0.42, 5) + 0.6 * fbm2(p * 0.05, 3, 6));
        let ink = hex(0x1B1A20).mix(under(p), 0.06 + 0.3 * speck);
        let chatter = 0.93 + 0.07 * noise2(p * 0.35, 7);
        *c = ink.mix(under(p) * chatter, smooth(0.1, 0.9, cut));
    });
}
