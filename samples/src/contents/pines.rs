//! Pines in fog: a traced range of snowy peaks, then belts of spruces, each nearer belt darker.

use crate::tools::canvas::Canvas;
use crate::tools::colour::{develop, hex, jitter, light};
use crate::tools::light::{grain, vignette};
use crate::tools::noise::{fbm2, noise2};
use crate::tools::rng::Rng;
use crate::tools::trace::{Camera, Scene, Surface, render};
use crate::tools::vector::{Vec2, Vec3, mix, smooth, v2, v3};

struct Range;

/// Height of the mountains, with ridges sharpened by folding the noise.
fn height(x: f32, z: f32) -> f32 {
    let (mut q, mut tall, mut sum, mut keep) = (v2(x * 0.07 + 2.3, z * 0.07 + 0.4), 1.0, 0.0, 1.0);
    for octave in 0..6 {
        let fold = (1.0 - noise2(q, 60 + octave).abs() * 1.5).max(0.0).powi(2);
        sum += fold * tall * keep;
        keep = fold.clamp(0.2, 1.0);
        tall *= 0.4;
        q = v2(q.x * 1.6 - q.y * 1.2, q.x * 1.2 + q.y * 1.6);
    }
    sum * 6.6 * smooth(2.0, 26.0, z) - 1.5
}

impl Scene for Range {
    fn distance(&self, p: Vec3) -> f32 {
        (p.y - height(p.x, p.z)) * 0.34
    }

    fn surface(&self, p: Vec3, n: Vec3) -> Surface {
        let patch = fbm2(v2(p.x, p.z) * 0.8, 4, 61);
        let snow = smooth(0.4, 0.56, n.y + 0.22 * patch) * smooth(1.2, 2.6, p.y + patch);
        let strata = fbm2(v2(p.x * 0.9 + p.z * 0.6, p.y * 1.8 + 1.5 * patch), 4, 62);
        let rock = light(0x4A4C55).mix(light(0x877C72), 0.5 + 0.8 * strata);
        let forest = light(0x26372F) * (0.8 + 0.6 * fbm2(v2(p.x, p.z) * 5.0, 2, 63));
        let ground = rock.mix(forest, smooth(2.6, 1.2, p.y + patch) * smooth(0.35, 0.6, n.y));
        Surface::matt(ground.mix(light(0xF2F4F8), snow), n)
    }

    fn sky(&self, d: Vec3) -> Vec3 {
        let h = d.y.max(0.0);
        let q = v2(d.x * 2.0, h * 6.5);
        let cloud = smooth(-0.1, 0.6, fbm2(q * 1.6 + v2(0.0, fbm2(q * 2.0, 3, 64)), 5, 65));
        let clear = light(0xF5D9BE).mix(light(0x6F9CC8), smooth(0.04, 0.42, h));
        clear.mix(light(0xFBEDE0), cloud * 0.7)
    }

    fn sun(&self) -> (Vec3, Vec3, f32) {
        (v3(-0.8, 0.42, 0.12).unit(), v3(3.6, 2.75, 1.95), 0.03)
    }

    fn air(&self, light: Vec3, distance: f32, d: Vec3) -> Vec3 {
        let toward = d.dot(self.sun().0).max(0.0);
        let haze = v3(0.55, 0.62, 0.72).mix(v3(0.95, 0.75, 0.58), toward * 0.8);
        haze.mix(light, (-distance * 0.0105).exp())
    }
}

/// A spruce standing at `foot`; boughs droop and end in lifted tips.
fn spruce(canvas: &mut Canvas, foot: Vec2, tall: f32, colour: Vec3, rng: &mut Rng) {
    let top = foot - v2(tall * 0.02 * rng.bell(), tall);
    canvas.line(&[foot, (foot + top) * 0.5, top], |t| tall * 0.013 * (1.05 - t), colour * 0.7, 1.0);
    let levels = (tall * 0.42).clamp(12.0, 96.0) as i32;
    for i in 0..levels {
        let t = (i as f32 + rng.unit()) / levels as f32;
        let at = top + (foot - top) * (0.02 + 0.9 * t);
        let reach = tall * (0.02 + 0.175 * t.powf(0.8)) * rng.range(0.65, 1.1);
        for side in [-1.0, 1.0] {
            let droop = rng.range(0.2, 0.5);
            let bough: Vec<Vec2> = (0..=6)
                .map(|k| {
                    let s = k as f32 / 6.0;
                    at + v2(side * reach * s, reach * (droop * s - 0.16 * s * s * s))
                })
                .collect();
            let shade = jitter(colour, 0.3, 0.01, rng) * if side < 0.0 { 1.12 } else { 0.9 };
            let thick = (reach * 0.05).clamp(0.5, 2.6);
            canvas.line(&bough, |s| thick * (1.1 - s), shade, 1.0);
            // Needled twigs hang along the bough.
            for _ in 0..(reach * 1.0) as i32 {
                let s = rng.unit();
                let from = bough[(s * 6.0) as usize];
                let to = from + v2(side * rng.range(0.1, 0.5), rng.range(0.25, 0.8)) * (reach * rng.range(0.12, 0.3) * (1.15 - s));
                canvas.line(&[from, (from + to) * 0.5, to], |u| 1.1 * (1.1 - u), shade * rng.range(0.7, 1.5), 0.9);
            }
        }
    }
}

/// Drifting fog that thickens towards `level` and below.
fn fog(canvas: &mut Canvas, level: f32, depth: f32, colour: Vec3, most: f32, seed: u32) {
    canvas.touch_all(|p, c, _| {
        let drift = fbm2(v2(p.x * 0.005, p.y * 0.013) + v2(0.0, fbm2(p * 0.006, 2, seed)), 5, seed);
        let amount = smooth(level - depth, level + depth * 0.4, p.y + 75.0 * drift);
        *c = c.mix(colour, amount * most * (0.85 + 0.3 * drift).clamp(0.0, 1.0));
    });
}

/// Takes the picture.
pub fn draw(canvas: &mut Canvas) {
    let camera = Camera { eye: v3(0.0, 2.7, -6.0), target: v3(0.0, 3.35, 10.0), zoom: 2.3, samples: 3, far: 75.0 };
    render(canvas, &Range, &camera, |c| develop(c, 0.95));
    let mut rng = Rng::new(9);
    let mist = hex(0xE3E0DC);
    fog(canvas, 330.0, 130.0, mist, 0.85, 70);
    // (ground line, tree height, trees, share of mist in their colour)
    let belts =
        [(322.0, 34.0, 190, 0.78), (362.0, 58.0, 110, 0.62), (412.0, 98.0, 62, 0.43), (478.0, 165.0, 27, 0.22), (560.0, 330.0, 9, 0.0)];
    for (k, &(ground, tall, count, pale)) in belts.iter().enumerate() {
        let colour = hex(0x1B3127).mix(hex(0xAEBBC2), pale);
        let line = |x: f32| ground + 0.26 * tall * fbm2(v2(x * 0.006 + k as f32 * 5.0, 1.0), 3, 71) + 20.0 * (x * 0.008 + k as f32).cos();
        let mut places: Vec<f32> = (0..count).map(|i| 768.0 * (i as f32 + 0.5 + 0.8 * rng.bell()) / count as f32).collect();
        if k == 4 {
            // The nearest trees frame the view and leave its middle open.
            places.retain(|x| !(250.0..560.0).contains(x));
        }
        for x in places {
            let size = tall * rng.range(0.6, 1.2);
            spruce(canvas, v2(x, line(x) + 4.0), size, jitter(colour, 0.12, 0.015, &mut rng), &mut rng);
        }
        canvas.touch_all(|p, c, _| {
            let depth = p.y - line(p.x) + 3.0 * noise2(v2(p.x * 0.3, 0.0), 72);
            let brush = 0.75 + 0.6 * fbm2(v2(p.x * 0.09, p.y * 0.16), 4, 73 + k as u32);
            let earth = (colour * brush).mix(mist, 0.35 - 0.05 * k as f32);
            *c = c.mix(earth, smooth(0.0, 3.0, depth));
        });
        let thick = mix(0.85, 0.35, k as f32 / 4.0);
        fog(canvas, ground + 24.0, 50.0 + tall * 0.4, mist, thick, 80 + k as u32);
    }
    vignette(canvas, 0.2);
    grain(canvas, 0.03, 6);
}
