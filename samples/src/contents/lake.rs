//! Lakeside town: gabled houses with lit windows under a church, mirrored in rippled water at dusk.

use crate::tools::canvas::Canvas;
use crate::tools::colour::{develop, light};
use crate::tools::light::{grain, vignette};
use crate::tools::noise::{fbm2, fbm3, hash_unit, noise2};
use crate::tools::rng::Rng;
use crate::tools::solid::{block, gable, rod};
use crate::tools::trace::{Camera, Scene, Surface, render};
use crate::tools::vector::{Vec2, Vec3, mix, smooth, v2, v3};

/// A house: middle of its floor, half-sizes of its walls, rise of its roof.
struct House {
    at: Vec3,
    half: Vec3,
    rise: f32,
    /// Whether the gable faces the lake.
    facing: bool,
    id: i32,
}

struct Tree {
    at: Vec3,
    radius: f32,
}

struct Town {
    houses: Vec<House>,
    trees: Vec<Tree>,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Water,
    Land,
    Quay,
    House(usize, bool),
    Tower,
    Tree,
    Lamp,
    Boat,
}

const CHURCH: Vec3 = v3(6.5, 4.6, 15.0);

/// Height of the hill behind the quay.
fn hill(x: f32, z: f32) -> f32 {
    1.0 + 0.33 * (z - 4.0).max(0.0) + 0.012 * (z - 14.0).max(0.0).powi(2) * (1.0 + 0.9 * (x * 0.07 + 0.9).sin()).min(1.4)
}

impl Town {
    fn new() -> Self {
        let mut rng = Rng::new(77);
        let (mut houses, mut trees) = (Vec::new(), Vec::new());
        for row in 0..4 {
            let z = 4.2 + row as f32 * 4.6;
            let mut x = -33.0 + rng.range(0.0, 3.0);
            while x < 33.0 {
                let half = v3(rng.range(1.2, 2.1), rng.range(1.5, 2.7) - 0.15 * row as f32, rng.range(1.4, 2.0));
                x += half.x;
                let free = (v2(x, z) - v2(CHURCH.x, CHURCH.z)).length() > 4.0;
                // Houses thin out up the hill and give way to trees.
                if free && rng.chance(1.0 - 0.2 * row as f32) {
                    let at = v3(x, hill(x, z) - 0.3, z + rng.bell() * 0.7);
                    let id = houses.len() as i32;
                    houses.push(House { at, half, rise: rng.range(1.2, 2.0), facing: rng.chance(0.55), id });
                } else if free {
                    for _ in 0..3 {
                        let (tx, tz) = (x + rng.bell() * 1.6, z + rng.bell() * 1.6);
                        let radius = rng.range(0.8, 1.6);
                        trees.push(Tree { at: v3(tx, hill(tx, tz) + radius * 1.1, tz), radius });
                    }
                }
                x += half.x + rng.range(0.05, 0.9);
            }
        }
        for _ in 0..90 {
            let (x, z) = (rng.range(-36.0, 36.0), rng.range(21.0, 34.0));
            let radius = rng.range(1.2, 2.4);
            trees.push(Tree { at: v3(x, hill(x, z) + radius * 0.7, z), radius });
        }
        Self { houses, trees }
    }

    fn nearest(&self, p: Vec3) -> (f32, Part) {
        let mut best = (p.y, Part::Water);
        // Over open water nothing but the shore's own box matters.
        let shore = (0.1 - p.z).max(p.y - 20.0);
        let boats = boat(p, v3(-9.5, 0.0, -7.0), 0.35).min(boat(p, v3(5.0, 0.0, -3.4), -0.2)).min(boat(p, v3(8.0, 0.0, -3.0), 0.5));
        if boats < best.0 {
            best = (boats, Part::Boat);
        }
        if shore > 1.5 {
            if shore < best.0 {
                best.0 = shore;
            }
            return best;
        }
        let mut offer = |d: f32, part| {
            if d < best.0 {
                best = (d, part);
            }
            best.0
        };
        offer(block(p - v3(0.0, 0.2, 2.6), v3(60.0, 0.85, 2.0)), Part::Quay);
        let mut so_far = offer((p.y - hill(p.x, p.z)).max(3.9 - p.z) * 0.7, Part::Land);
        for h in &self.houses {
            let q = p - h.at;
            if q.x.abs() - 3.0 > so_far || q.z.abs() - 3.0 > so_far || q.y - 5.5 > so_far {
                continue;
            }
            offer(block(q - v3(0.0, h.half.y, 0.0), h.half), Part::House(h.id as usize, false));
            let (across, along, wide, long) = if h.facing { (q.x, q.z, h.half.x, h.half.z) } else { (q.z, q.x, h.half.z, h.half.x) };
            let up = q.y - 2.0 * h.half.y;
            offer(gable(v3(across, up, along), wide + 0.25, h.rise, long + 0.2), Part::House(h.id as usize, true));
            let chimney = block(q - v3(h.half.x * 0.4, 2.0 * h.half.y + h.rise * 0.75, 0.3), v3(0.16, 0.65, 0.16));
            so_far = offer(chimney, Part::House(h.id as usize, false));
        }
        for t in &self.trees {
            let q = p - t.at;
            if q.x.abs() - t.radius * 1.5 > so_far {
                continue;
            }
            let d = q.length() - t.radius;
            if d < so_far {
                let lumps = if d < 0.8 { 0.45 * fbm3(p * 1.8, 3, 30) } else { -0.4 };
                so_far = offer((d - lumps) * 0.7, Part::Tree);
            }
        }
        let c = p - CHURCH;
        if c.x.abs() - 6.0 < so_far {
            offer(block(c - v3(0.0, 4.2, 0.0), v3(1.15, 5.0, 1.15)), Part::Tower);
            offer(block(c - v3(0.0, 7.0, 0.0), v3(1.3, 0.12, 1.3)), Part::Tower);
            let spire = v2(v2(c.x, c.z).length() - 1.45 + (c.y - 9.2) * 0.28, 0.0).x * 0.9;
            offer(spire.max(9.2 - c.y).max(c.y - 14.3), Part::House(0, true));
            offer(block(c - v3(-3.4, 1.6, 0.6), v3(2.6, 2.0, 1.5)), Part::Tower);
            offer(gable(v3(c.z - 0.6, c.y - 3.6, c.x + 3.4), 1.75, 1.9, 2.7), Part::House(0, true));
        }
        let lamp = v3((p.x + 1.4) - ((p.x + 1.4) / 5.6).round() * 5.6, p.y, p.z - 1.2);
        offer(rod(lamp, v3(0.0, 0.9, 0.0), v3(0.0, 2.7, 0.0), 0.05), Part::Quay);
        offer((lamp - v3(0.0, 2.85, 0.0)).length() - 0.2, Part::Lamp);
        best
    }
}

/// A rowing boat at `at`, turned by `angle`.
fn boat(p: Vec3, at: Vec3, angle: f32) -> f32 {
    let q = v2(p.x - at.x, p.z - at.z).rotated(angle);
    let beam = 0.62 * (1.0 - (q.x / 1.75).powi(2)).max(0.0).sqrt() + 0.03 * p.y;
    let rise = 0.38 + 0.1 * q.x * q.x;
    let hull = (q.y.abs() - beam).max(p.y - rise).max(q.x.abs() - 1.75) * 0.7;
    hull.max(-(q.y.abs() - beam + 0.1).max(0.2 - p.y))
}

/// Slopes of the ripples; calm lanes lie between rougher ones.
fn ripples(p: Vec3) -> Vec2 {
    let lane = 0.35 + 0.65 * smooth(-0.2, 0.4, fbm2(v2(p.x * 0.03, p.z * 0.12), 3, 40));
    let a = v2(noise2(v2(p.x * 0.9, p.z * 2.1), 41), noise2(v2(p.x * 0.8, p.z * 1.7), 42));
    let b = v2(noise2(v2(p.x * 2.6, p.z * 6.0), 43), noise2(v2(p.x * 2.3, p.z * 5.0), 44));
    (a * 0.028 + b * 0.02) * lane
}

impl Scene for Town {
    fn distance(&self, p: Vec3) -> f32 {
        self.nearest(p).0
    }

    fn surface(&self, p: Vec3, n: Vec3) -> Surface {
        let rough = fbm3(p * 1.7, 3, 31);
        // Warm light from the quay's lamps.
        let lamp = v2((p.x + 1.4) - ((p.x + 1.4) / 5.6).round() * 5.6, p.z - 1.2).length();
        let pool = v3(1.0, 0.56, 0.2) * (1.3 / (1.0 + lamp * lamp + (p.y - 2.8).powi(2) * 0.8));
        let matt = |c: Vec3| Surface { glow: c * pool, ..Surface::matt(c, n) };
        match self.nearest(p).1 {
            Part::Water => {
                let s = ripples(p);
                let normal = v3(s.x, 1.0, s.y).unit();
                Surface { mirror: 0.06, rough: 0.0, ..Surface::matt(light(0x1B3A44) * 0.5, normal) }
            }
            Part::Land => matt(light(0x4A5A38).mix(light(0x7C7A50), 0.5 + rough) * 0.8),
            Part::Quay => {
                let row = (p.y * 3.2).floor();
                let joint = smooth(0.44, 0.5, ((p.x * 0.9 + row * 0.5).fract().abs() - 0.5).abs());
                let wet = smooth(0.5, 0.1, p.y);
                matt(light(0x8C8478) * (0.75 + 0.5 * rough - 0.35 * joint) * (1.0 - 0.55 * wet))
            }
            Part::House(_, true) => {
                let row = (p.y * 4.0).fract();
                let tone = hash_unit((p.x * 4.0) as i32 + (p.z * 4.0) as i32 * 57, (p.y * 4.0) as i32, 33);
                matt(light(0x6E3A2C).mix(light(0xA5603F), tone) * (0.6 + 0.4 * row + 0.3 * rough))
            }
            Part::House(i, false) => self.wall(&self.houses[i], p, n, matt, rough),
            Part::Tower => {
                let c = p - CHURCH;
                let clock = v2(c.x, c.y - 6.0).length();
                let arch = (c.x.abs() - 0.28).max((c.y - 8.1).abs() - 0.55);
                let mut s = matt(light(0xD8CBB4) * (0.85 + 0.3 * rough));
                if n.z < -0.5 && arch < 0.0 {
                    s.albedo = light(0x2A2420);
                } else if n.z < -0.5 && clock < 0.55 {
                    s.glow = light(0xFFE9B0) * if clock < 0.46 { 0.8 } else { 0.1 };
                }
                s
            }
            Part::Tree => matt(light(0x1F3A24).mix(light(0x5A6B30), 0.5 + 0.8 * fbm3(p * 4.0, 3, 34))),
            Part::Lamp => Surface { glow: light(0xFFC670) * 5.0, ..Surface::matt(Vec3::splat(0.8), n) },
            Part::Boat => {
                let plank = smooth(0.42, 0.5, ((p.y * 7.0).fract() - 0.5).abs());
                matt(light(if p.x < 0.0 { 0xB0472E } else { 0x3D6C86 }) * (1.0 - 0.5 * plank))
            }
        }
    }

    fn sky(&self, d: Vec3) -> Vec3 {
        let h = d.y.max(0.0);
        let bearing = d.x.atan2(d.z);
        let warm = smooth(1.1, -0.9, bearing);
        let horizon = light(0xF29A62).mix(light(0xF3C9A0), warm) * 1.25;
        let high = light(0x7F86C8).mix(light(0x2C4488), smooth(0.15, 0.7, h));
        let mut c = horizon.mix(high, smooth(0.1, 0.4, h));
        let q = v2(bearing * 2.4, h * 9.0) + v2(fbm2(v2(bearing * 3.0, h * 8.0), 2, 35), 0.0);
        let cloud = smooth(0.0, 0.5, fbm2(q, 5, 36)) * smooth(0.12, 0.26, h);
        c = c.mix(light(0xE9867A).mix(light(0x6A6492), smooth(0.25, 0.6, h)) * 1.15, cloud * 0.85);
        for k in 0..3 {
            let kf = k as f32;
            let peak = 1.0 - fbm2(v2(bearing * (3.0 + kf) + kf * 9.0, kf), 5, 37).abs() * 2.0;
            let edge = 0.15 - 0.035 * kf + 0.13 * peak;
            let tone = light(0x8F86A8).mix(light(0x3D4A66), kf / 2.0);
            let rock = 1.0 + 0.35 * fbm2(v2(bearing * 26.0 + h * 14.0, h * 34.0), 4, 38);
            c = c.mix(tone * rock.max(0.3) * mix(1.15, 0.75, kf / 2.0), smooth(-0.003, 0.003, edge - h));
        }
        c
    }

    fn sun(&self) -> (Vec3, Vec3, f32) {
        (v3(-0.75, 0.36, -0.62).unit(), v3(1.5, 0.85, 0.5), 0.08)
    }

    fn air(&self, light: Vec3, distance: f32, _d: Vec3) -> Vec3 {
        v3(0.5, 0.36, 0.36).mix(light, (-distance * 0.002).exp())
    }
}

impl Town {
    /// A house's wall: plaster, window frames, and panes some of which are lit.
    fn wall(&self, h: &House, p: Vec3, n: Vec3, matt: impl Fn(Vec3) -> Surface, rough: f32) -> Surface {
        let paints = [0xE6D3B0, 0xD99A6C, 0xC96F5A, 0xE8E0D0, 0xB7C3B0, 0xDDB45E, 0x9FB0BE];
        let plaster = light(paints[(hash_unit(h.id, 1, 39) * 6.99) as usize]) * (0.9 + 0.35 * rough);
        let q = p - h.at;
        let across = if n.z.abs() > n.x.abs() { q.x } else { q.z };
        let (column, storey) = ((across / 0.95).floor(), (q.y / 1.45).floor());
        let w = v2(across / 0.95 - column - 0.5, q.y / 1.45 - storey - 0.5);
        let inside = w.x.abs() < 0.2 && w.y.abs() < 0.27;
        let framed = w.x.abs() < 0.27 && w.y.abs() < 0.33;
        if n.y.abs() > 0.5 || !framed || q.y > h.half.y * 2.0 - 0.2 {
            return matt(plaster);
        }
        if !inside || w.x.abs() < 0.025 || (w.y - 0.05).abs() < 0.02 {
            return matt(light(0xEFE8DA) * 0.8);
        }
        let mut s = matt(light(0x1C232C));
        if hash_unit(h.id * 31 + column as i32, storey as i32 + 7 * i32::from(n.z.abs() > 0.5), 40) > 0.5 {
            s.glow = light(0xFFB850) * (1.5 + 0.8 * hash_unit(column as i32, h.id, 41));
        } else {
            s.mirror = 0.15;
        }
        s
    }
}

/// Takes the picture.
pub fn draw(canvas: &mut Canvas) {
    let camera = Camera { eye: v3(-1.0, 3.4, -30.0), target: v3(0.0, 4.9, 10.0), zoom: 2.6, samples: 5, far: 160.0 };
    render(canvas, &Town::new(), &camera, |c| develop(c, 1.1));
    vignette(canvas, 0.25);
    grain(canvas, 0.022, 5);
}
