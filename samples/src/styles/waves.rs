//! Printed waves: curling crests in rows, cut with contour lines and printed in indigo on washi.

use crate::tools::canvas::Canvas;
use crate::tools::colour::{hex, ramp};
use crate::tools::noise::{fbm2, noise2};
use crate::tools::paper::fibres;
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, mix, smooth, v2};

/// The ink of the key lines.
const KEY: Vec3 = hex(0x14264F);
/// Foam, the colour of the paper.
const FOAM: Vec3 = hex(0xF5EDD8);

/// A wave's size and place: foot of its crest, width, height, and which way it breaks (±1).
struct Wave {
    foot: Vec2,
    width: f32,
    height: f32,
    side: f32,
    seed: u32,
}

impl Wave {
    /// From wave coordinates (breaking rightwards, foot at the origin, unit size) to the sheet.
    fn place(&self, p: Vec2) -> Vec2 {
        self.foot + v2(p.x * self.width * self.side, -p.y * self.height)
    }

    /// The back of the wave from trough to lip, moved `inset` into the water.
    fn back(&self, inset: f32) -> Vec<Vec2> {
        let mut points: Vec<Vec2> = (0..=18)
            .map(|i| {
                let t = i as f32 / 18.0;
                v2(mix(-1.4, 0.12, t) + inset * 1.25, t.powf(2.9) * 0.99 - inset * (0.75 - 0.2 * t) - 0.12)
            })
            .collect();
        points.extend(self.curl(0.32 - inset * 0.5, 1.7, -1.15));
        points.into_iter().map(|p| self.place(p)).collect()
    }

    /// An arc of the breaking lip with radius `r`, from angle `from` to `to` (radians, anticlockwise from right).
    fn curl(&self, r: f32, from: f32, to: f32) -> Vec<Vec2> {
        let centre = v2(0.3, 0.68);
        (0..=14)
            .map(|i| {
                let a = mix(from, to, i as f32 / 14.0);
                centre + v2(a.cos() * 0.9, a.sin()) * r.max(0.03)
            })
            .collect()
    }

    /// The hollow face from under the lip to the next trough.
    fn face(&self, inset: f32) -> Vec<Vec2> {
        let mut points = self.curl((0.15 - inset * 0.25).max(0.04), -0.9, 3.4);
        points.extend((1..=16).map(|i| {
            let t = i as f32 / 16.0;
            let bow = (1.0 - t).powf(0.75);
            v2(mix(1.1, 0.17 - inset * 0.3, bow), 0.64 * (1.0 - t).powf(1.9) - 0.1 - inset * (0.3 + 0.3 * t))
        }));
        points.into_iter().map(|p| self.place(p)).collect()
    }
}

/// Prints one wave over those behind it.
fn print(canvas: &mut Canvas, wave: &Wave, rng: &mut Rng) {
    let blues = [hex(0xC9DAD6), hex(0x7FB0BF), hex(0x3C79A6), hex(0x23508A), hex(0x1B3A73)];
    let back = wave.back(0.0);
    let face = wave.face(0.0);
    let mut outline = back.clone();
    outline.extend(&face);
    outline.push(wave.place(v2(1.0, -1.4)));
    outline.push(wave.place(v2(-1.55, -1.4)));
    // Graded by hand on the block: pale at the crest, deep in the trough.
    canvas.polygon(&outline, 1.0, |p, _| {
        let t = (p.y - wave.foot.y) / wave.height + 0.95;
        let water = ramp(&blues, t * 0.9 + 0.1 * fbm2(p * 0.03, 3, wave.seed));
        // Currents: fine pale lines that swell and thin, so that no water lies flat.
        let swell = p.y * 0.62 + 5.0 * (p.x * 0.03 + t).sin() + 3.0 * noise2(p * 0.02, wave.seed);
        water.mix(hex(0xB9D3D2), 0.4 * smooth(0.62 + 0.3 * noise2(p * 0.03, 9), 1.0, swell.sin()))
    });
    for k in 1..9 {
        let inset = k as f32 * 0.062;
        let colour = if k % 2 == 1 { FOAM } else { KEY };
        let width = if k % 2 == 1 { 2.3 } else { 1.2 };
        canvas.line(&wave.back(inset), |t| width * (0.25 + (t * 3.0).sin().abs()), colour, 0.92);
    }
    for k in 1..8 {
        let inset = k as f32 * 0.085;
        let colour = if k % 2 == 0 { hex(0xA9CBCB) } else { KEY };
        canvas.line(&wave.face(inset)[15..], |t| 0.4 + 1.5 * (t * 3.0).sin().abs(), colour, 0.9);
    }
    canvas.line(&face, |t| 1.0 + 0.8 * (t * 3.1).sin(), KEY, 1.0);
    canvas.line(&back, |t| 1.2 + 0.8 * (t * 3.1).sin(), KEY, 1.0);
    foam(canvas, wave, &back, rng);
}

/// Scalloped foam along the lip, with fingers that reach forward and spray beyond.
fn foam(canvas: &mut Canvas, wave: &Wave, back: &[Vec2], rng: &mut Rng) {
    let unit = wave.height * 0.05;
    let crest = &back[18..];
    let mut lumps: Vec<(Vec2, f32)> = Vec::new();
    for (i, &p) in crest.iter().enumerate() {
        let grow = smooth(0.0, 6.0, i as f32) * (0.7 + 0.5 * rng.unit());
        lumps.push((p + v2(rng.bell(), rng.bell()) * 2.0, unit * (0.35 + grow)));
        if i > 5 && i % 2 == 0 {
            // A finger: three lumps in a row, each smaller.
            let out = v2(wave.side * rng.range(0.35, 1.0), rng.range(0.2, 1.1)).unit();
            for j in 1..4 {
                let j = j as f32;
                lumps.push((p + (out * unit * 1.25).rotated(0.25 * j * wave.side) * j, unit * (0.95 - 0.2 * j)));
            }
        }
    }
    for &(p, r) in &lumps {
        canvas.disc(p, r + 1.5, KEY, 1.0);
    }
    for &(p, r) in &lumps {
        canvas.disc(p, r, FOAM, 1.0);
    }
    for &(p, r) in lumps.iter().step_by(2) {
        canvas.disc(p + v2(-wave.side * 0.25, 0.35) * r, r * 0.35, hex(0x9CC3C8), 0.8);
    }
    for _ in 0..16 {
        let at = wave.place(v2(rng.range(-0.1, 0.95), rng.range(0.55, 1.35)));
        let r = rng.range(0.9, 2.6);
        canvas.disc(at, r + 0.8, KEY, 0.85);
        canvas.disc(at, r, FOAM, 1.0);
    }
}

/// Prints the sheet.
pub fn draw(canvas: &mut Canvas) {
    let mut rng = Rng::new(17);
    let size = canvas.size();
    let sky = [hex(0x3A6C9C), hex(0xD8B98A), hex(0xE98F62), hex(0xF2D9A8)];
    canvas.shade(1, |p| ramp(&sky, p.y / 120.0 + 0.15 * (p.y * 0.35 + 3.0 * noise2(p * 0.012, 3)).sin()));
    let mut y = 86.0;
    let mut row = 0;
    while y < size.y + 150.0 {
        let grow = 0.72 + 0.5 * smooth(60.0, 640.0, y);
        let pitch = 178.0 * grow;
        let mut x = -pitch + pitch * 0.47 * (row % 2) as f32 + rng.bell() * 14.0;
        while x < size.x + pitch {
            let k = grow * rng.range(0.85, 1.2);
            let side = if rng.chance(0.14) { -1.0 } else { 1.0 };
            let foot = v2(x, y + rng.bell() * 10.0);
            print(canvas, &Wave { foot, width: 100.0 * k, height: 124.0 * k, side, seed: rng.bits() }, &mut rng);
            x += pitch;
        }
        y += 62.0 * grow;
        row += 1;
    }
    washi(canvas);
}

/// The wood's grain in the ink and the fibres of the paper under it.
fn washi(canvas: &mut Canvas) {
    canvas.touch_all(|p, c, _| {
        let grain = (p.x * 0.05 + 9.0 * fbm2(v2(p.x * 0.004, p.y * 0.02), 3, 31) + 0.3 * p.y).sin();
        let mottle = 0.07 * fbm2(p * 0.12, 3, 32) + 0.035 * grain;
        let printed = c.mix(FOAM, (0.05 + mottle).clamp(0.0, 0.3)) * (1.0 + mottle * 0.7);
        *c = printed.mix(hex(0xEADDBE), 0.16 + 0.2 * fibres(p, 33));
    });
}
