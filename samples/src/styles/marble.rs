//! Marbled paper: drops of ink on water, drawn through with combs, as a bookbinder does.

use crate::tools::canvas::Canvas;
use crate::tools::colour::hex;
use crate::tools::noise::{fbm2, hash_unit, noise2};
use crate::tools::paper::tooth;
use crate::tools::rng::Rng;
use crate::tools::vector::{Vec2, Vec3, v2};

/// A drop of ink: it pushes aside all that was there.
struct Drop {
    at: Vec2,
    radius: f32,
    colour: Vec3,
}

/// A comb drawn through the bath.
struct Comb {
    along: Vec2,
    pitch: f32,
    offset: f32,
    pull: f32,
    sharp: f32,
    wave: f32,
}

impl Comb {
    /// Where the ink at `p` was before the comb passed.
    fn before(&self, p: Vec2) -> Vec2 {
        let side = self.along.turned();
        let across = p.dot(side) + self.offset + self.wave * (p.dot(self.along) * 0.021).sin();
        let tooth = (across / self.pitch).floor() as i32;
        let d = (across / self.pitch - tooth as f32 - 0.5).abs() * self.pitch;
        // Neighbouring teeth go opposite ways, as when the comb is drawn there and back.
        let sign = if tooth.rem_euclid(2) == 0 { 1.0 } else { -1.0 };
        let uneven = 0.8 + 0.4 * hash_unit(tooth, 0, 77);
        // Halfway between two teeth the ink stands still, so that the pattern joins.
        let still = (-0.5 * self.pitch / self.sharp).exp();
        p - self.along * (sign * uneven * self.pull * ((-d / self.sharp).exp() - still))
    }
}

fn drops(size: Vec2, rng: &mut Rng) -> Vec<Drop> {
    let inks = [
        hex(0x12305E),
        hex(0x8E1F2F),
        hex(0xF1E3C2),
        hex(0xD9902F),
        hex(0x1F6F78),
        hex(0x12305E),
        hex(0xF6EEDB),
        hex(0xC8442E),
        hex(0x4E8F8B),
        hex(0xE9BC5A),
        hex(0x1A1F3A),
    ];
    (0..320)
        .map(|i| Drop {
            at: v2(rng.range(-60.0, size.x + 60.0), rng.range(-60.0, size.y + 60.0)),
            radius: if i < 140 { rng.range(26.0, 52.0) } else { rng.range(9.0, 30.0) },
            colour: inks[(i * 7 + (rng.bits() % 3) as usize) % inks.len()],
        })
        .collect()
}

/// Marbles the sheet.
pub fn draw(canvas: &mut Canvas) {
    let drops = drops(canvas.size(), &mut Rng::new(5));
    let combs = [
        Comb { along: v2(0.0, 1.0), pitch: 74.0, offset: 11.0, pull: 120.0, sharp: 17.0, wave: 0.0 },
        Comb { along: v2(1.0, 0.0), pitch: 33.0, offset: 5.0, pull: 46.0, sharp: 8.0, wave: 0.0 },
        Comb { along: v2(0.0, 1.0), pitch: 58.0, offset: 20.0, pull: 34.0, sharp: 13.0, wave: 22.0 },
    ];
    canvas.shade(3, |place| {
        let mut p = place + v2(fbm2(place * 0.01, 2, 1), fbm2(place * 0.01, 2, 2)) * 16.0;
        for comb in combs.iter().rev() {
            p = comb.before(p);
        }
        // The last drop lies on top; undoing it moves the rest back under.
        for (i, drop) in drops.iter().enumerate().rev() {
            let d = p - drop.at;
            let r = d.length();
            if r < drop.radius {
                // Ink is denser at the rim of a drop, and speckled by the size in the bath.
                let rim = 0.86 + 0.14 * (1.0 - (r / drop.radius).powi(3));
                let speck = 1.0 + 0.1 * noise2(p * 0.22, i as u32);
                return drop.colour * (rim * speck);
            }
            p = drop.at + d * (1.0 - (drop.radius / r).powi(2)).max(0.0).sqrt();
        }
        hex(0xF3E8CE)
    });
    canvas.touch_all(|p, c, _| {
        let vein = 1.0 + 0.06 * tooth(p, 3) + 0.05 * fbm2(p * 0.02, 3, 4);
        *c = (*c * vein).mix(hex(0xEFE3C8), 0.04);
    });
}
