//! Points of light: a sunlit riverside in pure dots, each hue answered by its complement.

use crate::tools::canvas::Canvas;
use crate::tools::colour::{hex, jitter, ramp};
use crate::tools::light::rake;
use crate::tools::noise::{fbm2, warp};
use crate::tools::paper::weave;
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, mix, smooth, v2};

/// A place's colour, and the palette its dots are picked from.
fn scene(p: Vec2) -> (Vec3, [Vec3; 4]) {
    let q = warp(p, 46.0, 150.0, 21);
    let shore = 262.0 + 30.0 * (p.x * 0.008).sin() + 14.0 * fbm2(p * 0.02, 2, 22);
    let bank = 400.0 + 0.24 * (p.x - 320.0) + 26.0 * fbm2(v2(p.x * 0.012, 3.0), 3, 23);
    let crowns = fbm2(q * 0.011, 4, 24);
    if p.y < shore - 70.0 - 70.0 * crowns {
        let t = p.y / 230.0 + 0.3 * fbm2(q * 0.009, 3, 25);
        let sky = [hex(0x7FA8DE), hex(0xA8C6EA), hex(0xF6D7B0), hex(0xF9B68C)];
        (ramp(&sky, t), [hex(0xF7C9A0), hex(0x8FB4EE), hex(0xF5E6A8), hex(0xD9A7CF)])
    } else if p.y < shore {
        let lit = smooth(-0.3, 0.5, fbm2(q * 0.03 + v2(0.0, 5.0), 3, 26));
        let c = ramp(&[hex(0x23336E), hex(0x2F6B4F), hex(0x7FA53A), hex(0xE9C64B)], lit);
        (c, [hex(0x2E3F94), hex(0xE7B93C), hex(0x3E8F57), hex(0xC9553B)])
    } else if p.y < bank {
        let t = smooth(shore, bank, p.y);
        let glint = smooth(0.05, 0.45, fbm2(v2(p.x * 0.012, p.y * 0.075), 3, 27));
        let c = ramp(&[hex(0x2C5A86), hex(0x3F7FBF), hex(0x6FAFD0)], t).mix(hex(0xF9C98E), glint * 0.85);
        (c, [hex(0x2B55B0), hex(0xF8B76A), hex(0x7AC6C9), hex(0x8B6CC0)])
    } else {
        let lit = smooth(-0.35, 0.45, fbm2(v2(q.x * 0.012, q.y * 0.022), 4, 28));
        let c = ramp(&[hex(0x33398A), hex(0x3E7A4A), hex(0x9CBB3B), hex(0xF4DC62)], lit);
        (c, [hex(0x47409F), hex(0xF2D24B), hex(0xE8743B), hex(0x5FA648)])
    }
}

/// Sets the dots.
pub fn draw(canvas: &mut Canvas) {
    let size = canvas.size();
    let mut rng = Rng::new(8);
    canvas.shade(1, |p| hex(0xE9DCC0) * mix(0.8, 1.0, weave(p, 4.0)));
    // Big dots first, then smaller ones closer together.
    for (radius, gap) in [(8.0f32, 8.0f32), (6.2, 7.4), (5.0, 8.0), (3.8, 9.5)] {
        let (columns, rows) = ((size.x / gap) as i32 + 2, (size.y / gap) as i32 + 2);
        for i in 0..columns * rows {
            // A stride coprime to the grid scatters the order, so that no row always lies on top.
            let j = ((i as i64 * 7919) % (columns * rows) as i64) as i32;
            let at = v2((j % columns) as f32 + rng.bell() * 0.7, (j / columns) as f32 + rng.bell() * 0.7) * gap;
            let (mean, palette) = scene(at);
            let colour = if rng.chance(0.45) { mean.mix(rng.pick(&palette), 0.8) } else { mean };
            let colour = jitter(colour, 0.2, 0.07, &mut rng);
            dot(canvas, at, radius * rng.range(0.75, 1.15), colour, &mut rng);
        }
    }
    rake(canvas, 0.22, 0.05);
}

/// One touch of the brush: a slightly stretched, domed dot.
fn dot(canvas: &mut Canvas, at: Vec2, radius: f32, colour: Vec3, rng: &mut Rng) {
    let along = Vec2::at_angle(rng.range(-0.9, 0.5));
    let stretch = rng.range(1.0, 1.4);
    let reach = v2(radius, radius) * stretch;
    let scale = canvas.scale;
    canvas.touch(at - reach, at + reach, |p, c, relief| {
        let d = p - at;
        let r = v2(d.dot(along) / stretch, d.dot(along.turned())).length();
        let a = (0.5 - (r - radius) * scale).clamp(0.0, 1.0) * 0.95;
        let dome = (1.0 - (r / radius).powi(2)).max(0.0).sqrt();
        *c = c.mix(colour * (0.93 + 0.1 * dome), a);
        *relief = mix(*relief, *relief * 0.3 + dome * 1.3, a);
    });
}
