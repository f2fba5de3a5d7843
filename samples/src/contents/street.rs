//! Old street: a cobbled lane that bends between plastered houses in low sun, path traced.

use crate::tools::canvas::Canvas;
use crate::tools::colour::{develop, light};
use crate::tools::light::{grain, vignette};
use crate::tools::noise::{cells, fbm2, fbm3, hash_unit, noise2};
use crate::tools::solid::{ball, block, rod};
use crate::tools::trace::{Camera, Scene, Surface, render};
use crate::tools::vector::{Vec3, smooth, v2, v3};

/// Length of a house front, in metres.
const FRONT: f32 = 5.4;
/// Height of a storey.
const STOREY: f32 = 2.75;

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Ground,
    Wall,
    Glass,
    Shutter,
    Stone,
    Roof,
    Leaves,
    Iron,
    Lamp,
}

struct Street;

/// The lane's centre line bends to the left.
fn bend(z: f32) -> f32 {
    -0.009 * z.max(0.0).powi(2)
}

/// A place in front of a house: `x` out of the wall (negative inside), `y` up, `z` along, from the house's middle.
struct Front {
    at: Vec3,
    id: i32,
    height: f32,
}

fn front(p: Vec3, shift: i32) -> Front {
    let x = p.x - bend(p.z);
    let right = x > 0.0;
    let along = p.z + if right { 1.9 } else { 0.0 };
    let cell = (along / FRONT).floor() as i32 + shift;
    let id = cell * 2 + i32::from(right);
    let out = 2.75 + 0.5 * hash_unit(id, 1, 3) - x.abs();
    let at = v3(out, p.y, along - (cell as f32 + 0.5) * FRONT);
    Front { at, id, height: STOREY * (2.0 + (hash_unit(id, 2, 3) * 2.6).floor()) + 0.6 }
}

fn house(f: &Front) -> (f32, Part) {
    let p = f.at;
    let shell = block(v3(p.x + 3.0, p.y - f.height * 0.5, p.z), v3(3.0, f.height * 0.5, FRONT * 0.5));
    let mut best = (shell, Part::Wall);
    let mut offer = |d: f32, part| {
        if d < best.0 {
            best = (d, part);
        }
    };
    // Eaves and a tiled slope that rises away from the lane.
    let slope = (p.y - f.height - 0.1 + (p.x - 0.45) * 0.5) * 0.89;
    let tile = 0.025 * (p.z * 21.0).sin();
    offer((slope.abs() - 0.09 - tile).max(p.x - 0.5).max(p.z.abs() - FRONT * 0.5) * 0.9, Part::Roof);
    if p.x < -0.6 || p.x > 0.9 {
        return best;
    }
    let column = (p.z / 1.8).round().clamp(-1.0, 1.0);
    let storey = ((p.y - 1.5) / STOREY).round().clamp(0.0, (f.height / STOREY - 0.9).floor());
    let w = v3(p.x, p.y - 1.55 - storey * STOREY, p.z - column * 1.8);
    let door = storey < 0.5 && column == (f.id.rem_euclid(3) - 1) as f32;
    let (half_high, low) = if door { (1.15, -0.4) } else { (0.68, 0.0) };
    let w = v3(w.x, w.y - low, w.z);
    let hole = block(w, v3(0.24, half_high, 0.42));
    if best.0 < -hole {
        best = (-hole, Part::Stone);
    }
    let mut offer = |d: f32, part| {
        if d < best.0 {
            best = (d, part);
        }
    };
    let bars = (w.z.abs() - 0.03).min(((w.y / 0.45).fract().abs() - 0.5).abs() * 0.45 - 0.02);
    let pane = w.x + 0.2 - if bars < 0.0 { 0.04 } else { 0.0 };
    offer(block(v3(pane, w.y, w.z), v3(0.03, half_high, 0.42)), if door || bars < 0.0 { Part::Shutter } else { Part::Glass });
    offer(block(v3(w.x, w.y, w.z.abs() - 0.47), v3(0.06, half_high + 0.08, 0.05)), Part::Stone);
    offer(block(v3(w.x - 0.04, w.y + half_high + 0.05, w.z), v3(0.13, 0.05, 0.56)), Part::Stone);
    if !door {
        let slat = 0.012 * (w.y * 62.0).sin();
        offer(block(v3(w.x - 0.05 - slat, w.y, w.z.abs() - 0.75), v3(0.03, 0.68, 0.22)), Part::Shutter);
        if hash_unit(f.id * 9 + column as i32, storey as i32, 8) > 0.45 {
            let lump = 0.14 * noise2(v2(p.z, p.y) * 7.0, 4) + 0.06 * noise2(v2(p.z, p.y) * 19.0, 5);
            let bush = block(v3(w.x - 0.2, w.y + 0.58, w.z), v3(0.08, 0.1, 0.36)) - 0.12 - lump;
            offer(bush * 0.6, Part::Leaves);
        }
    }
    // A lantern on a bracket.
    if f.id.rem_euclid(2) == 0 {
        let l = v3(p.x, p.y - 3.05, p.z - 2.6);
        offer(rod(l, v3(0.0, 0.35, 0.0), v3(0.6, 0.35, 0.0), 0.025), Part::Iron);
        offer(block(l - v3(0.6, 0.18, 0.0), v3(0.13, 0.02, 0.13)).min(block(l - v3(0.6, -0.2, 0.0), v3(0.1, 0.02, 0.1))), Part::Iron);
        offer(block(l - v3(0.6, 0.0, 0.0), v3(0.09, 0.18, 0.09)), Part::Lamp);
    }
    best
}

impl Street {
    fn nearest(&self, p: Vec3) -> (f32, Part) {
        let mut best = (p.y, Part::Ground);
        if p.y < 0.12 {
            let stone = cells(v2(p.x * 4.2, p.z * 3.4), 6);
            best.0 = p.y - 0.06 * smooth(0.0, 0.3, stone.next - stone.near) + 0.03;
        }
        for shift in -1..=1 {
            let f = front(p, shift);
            if f.at.z.abs() < FRONT * 0.5 + 1.0 {
                let (d, part) = house(&f);
                if d < best.0 {
                    best = (d, part);
                }
            }
        }
        // Pots by the doors.
        let f = front(p, 0);
        let q = v3(f.at.x - 0.35, f.at.y, f.at.z + 1.1 - 2.0 * hash_unit(f.id, 4, 4));
        if q.length() < 1.8 {
            let pot = block(v3(v2(q.x, q.z).length() - 0.12 - 0.2 * q.y, q.y - 0.2, 0.0), v3(0.06, 0.2, 0.1));
            let leaf = ball(q - v3(0.0, 0.72, 0.0), 0.36) - 0.16 * fbm3(q * 7.0, 2, 9);
            if pot < best.0 {
                best = (pot, Part::Roof);
            }
            if leaf * 0.6 < best.0 {
                best = (leaf * 0.6, Part::Leaves);
            }
        }
        best
    }
}

impl Scene for Street {
    fn distance(&self, p: Vec3) -> f32 {
        // The bend shears space a little; shorter steps keep rays from slipping through.
        let d = self.nearest(p).0 * 0.85;
        // Never step over a house's whole front.
        d.min(1.2)
    }

    fn surface(&self, p: Vec3, n: Vec3) -> Surface {
        let f = front(p, 0);
        let pick = |k: i32, colours: &[u32]| light(colours[(hash_unit(f.id, k, 7) * 0.999 * colours.len() as f32) as usize]);
        let rough = fbm3(p * 3.0, 4, 10);
        let fine = fbm3(p * 17.0, 3, 11);
        match self.nearest(p).1 {
            Part::Ground => {
                let stone = cells(v2(p.x * 4.2, p.z * 3.4), 6);
                let tone = (stone.id & 255) as f32 / 255.0;
                let c = light(0x5F5A55).mix(light(0xA39686), tone * 0.8 + 0.4 * fine);
                let joint = smooth(0.02, 0.16, stone.next - stone.near);
                Surface { mirror: 0.03, rough: 0.3, ..Surface::matt(light(0x2E2A24).mix(c, joint), n) }
            }
            Part::Wall => {
                let c = pick(5, &[0xD9A866, 0xC9775A, 0xE3CFA4, 0xD8908A, 0xE8DCC0, 0xB9A98C, 0xCFA04A]);
                // Rain streaks under the eaves, damp and bare stone near the ground.
                let streak = smooth(0.0, 0.7, fbm2(v2(p.z * 2.2, p.y * 0.25), 4, 12));
                let damp = smooth(1.5, 0.0, p.y + rough * 1.2);
                let bare = smooth(0.28, 0.42, rough + 0.25 * damp);
                let brick = light(0x8A5A44) * (0.8 + 0.4 * fine);
                let c = c * (1.0 + 0.3 * rough + 0.2 * fine - 0.35 * streak - 0.35 * damp);
                Surface::matt(c.mix(brick, bare * 0.8), (n + Vec3::splat(0.12 * fine)).unit())
            }
            Part::Glass => {
                let lit = hash_unit(f.id * 5 + (f.at.z * 0.55).round() as i32, (p.y / STOREY) as i32, 13) > 0.8;
                let glow = if lit { light(0xF2B45A) * 0.7 } else { Vec3::default() };
                Surface { mirror: 0.12, rough: 0.02, glow, ..Surface::matt(light(0x1A2126), n) }
            }
            Part::Shutter => Surface::matt(pick(6, &[0x3F6B5A, 0x3B5F7F, 0x6E3A2C, 0x7C8A6A, 0x2F4F5F]) * (0.9 + 0.4 * rough), n),
            Part::Stone => Surface::matt(light(0xC4B8A0) * (0.9 + 0.4 * fine), n),
            Part::Roof => {
                let tone = hash_unit((p.z * 3.4) as i32, (f.at.x * 3.0) as i32, 14);
                Surface::matt(light(0x8E4A30).mix(light(0xC27A4E), tone) * (0.9 + 0.3 * rough), n)
            }
            Part::Leaves => {
                let flower = cells(v2(p.z * 11.0 + p.x * 5.0, p.y * 11.0), 15);
                let green = light(0x2F5A22).mix(light(0x86A040), 0.5 + 0.7 * fine);
                let petal = pick(8, &[0xC9243A, 0xE45C8A, 0xF0E6E0, 0xE88A2A]);
                Surface::matt(green.mix(petal, smooth(0.3, 0.22, flower.near)), (n + Vec3::splat(0.3 * fine)).unit())
            }
            Part::Iron => Surface { mirror: 0.05, rough: 0.3, ..Surface::matt(light(0x22211F), n) },
            Part::Lamp => Surface { glow: light(0xFFD08A) * 1.6, ..Surface::matt(light(0xE8D8B0), n) },
        }
    }

    fn sky(&self, d: Vec3) -> Vec3 {
        let high = d.y.max(0.0);
        let q = v2(d.x, d.z) * (1.0 / (high + 0.25));
        let cloud = smooth(-0.05, 0.55, fbm2(q * 1.3 + v2(0.3, 2.0), 5, 16));
        let blue = light(0xE8D9C0).mix(light(0x5E94CC), smooth(0.0, 0.5, high));
        blue.mix(v3(1.0, 0.92, 0.84), cloud * 0.75) * 0.95
    }

    fn sun(&self) -> (Vec3, Vec3, f32) {
        (v3(-0.6, 0.88, -0.34).unit(), v3(3.4, 2.75, 1.95), 0.03)
    }

    fn air(&self, light: Vec3, distance: f32, _d: Vec3) -> Vec3 {
        v3(0.86, 0.76, 0.62).mix(light, (-distance * 0.0085).exp())
    }
}

/// Takes the picture.
pub fn draw(canvas: &mut Canvas) {
    let camera = Camera { eye: v3(0.75, 1.75, -3.0), target: v3(-0.15, 3.0, 10.0), zoom: 1.75, samples: 5, far: 70.0 };
    render(canvas, &Street, &camera, |c| develop(c, 0.8));
    vignette(canvas, 0.22);
    grain(canvas, 0.02, 4);
}
