//! Jug and fruit: a still life on a plank table by a window, path traced.

use crate::tools::canvas::Canvas;
use crate::tools::colour::{develop, light};
use crate::tools::light::{grain, vignette};
use crate::tools::noise::{fbm2, fbm3, hash_unit, noise3};
use crate::tools::solid::{ball, block, egg, join, turned};
use crate::tools::trace::{Camera, Scene, Surface, render};
use crate::tools::vector::{Vec2, Vec3, smooth, v2, v3};

/// What stands on the table.
#[derive(Clone, Copy, PartialEq)]
enum Thing {
    Table,
    Wall,
    Cloth,
    Jug,
    Apple(usize),
    Pear,
    Lemon,
    Grape(usize),
}

const APPLES: [(Vec3, f32); 3] = [(v3(0.2, 0.31, -0.3), 0.33), (v3(0.72, 0.32, 0.28), 0.34), (v3(-1.32, 0.29, -0.25), 0.3)];
const PEAR: Vec3 = v3(1.32, 0.0, 0.12);
const LEMON: Vec3 = v3(-0.42, 0.205, -0.78);
const JUG: Vec3 = v3(-0.62, 0.0, 0.42);
const GRAPES: Vec3 = v3(0.98, 0.12, -0.66);

/// The jug's outline, foot to rim and back down inside.
const OUTLINE: [Vec2; 15] = [
    v2(0.0, 0.0),
    v2(0.34, 0.0),
    v2(0.37, 0.05),
    v2(0.46, 0.25),
    v2(0.53, 0.48),
    v2(0.53, 0.7),
    v2(0.45, 0.95),
    v2(0.33, 1.14),
    v2(0.27, 1.28),
    v2(0.28, 1.42),
    v2(0.34, 1.55),
    v2(0.31, 1.56),
    v2(0.24, 1.4),
    v2(0.22, 1.1),
    v2(0.0, 1.05),
];

struct Still {
    outline: Vec<Vec2>,
    grapes: Vec<(Vec3, f32)>,
}

/// The outline with two curved steps for each straight one, so that the glaze shows no facets.
fn rounded(outline: &[Vec2]) -> Vec<Vec2> {
    let last = outline.len() - 1;
    let mut points = Vec::new();
    for i in 0..last {
        let (a, b) = (outline[i], outline[i + 1]);
        let (before, after) = (outline[i.saturating_sub(1)], outline[(i + 2).min(last)]);
        points.push(a);
        points.push((a + b) * 0.5625 - (before + after) * 0.0625);
    }
    points.push(outline[last]);
    points
}

fn apple(p: Vec3, r: f32) -> f32 {
    let around = v2(p.x, p.z).length();
    let dimple = 0.24 * (-(around / (0.34 * r)).powi(2)).exp() * smooth(-0.2, 0.6, p.y / r);
    let lobes = 0.018 * (5.0 * p.z.atan2(p.x)).cos() * smooth(0.3, -1.0, p.y / r);
    let body = p.length() - r * (1.0 - dimple + lobes);
    let lean = v3(0.2 * (p.y - r * 0.6), 0.0, 0.0);
    let q = p + lean;
    let stalk = v2(q.x, q.z).length().max(0.0) - 0.016 - 0.02 * smooth(1.0, 1.25, p.y / r);
    body.min(stalk.max((q.y - r * 0.98).abs() - r * 0.3)) * 0.75
}

fn cloth(p: Vec3) -> f32 {
    let q = v3(p.x + 0.55, p.y, p.z + 0.72);
    let (s, c) = 0.28f32.sin_cos();
    let q = v3(q.x * c - q.z * s, q.y, q.x * s + q.z * c);
    let wide = block(v3(q.x, 0.0, q.z), v3(1.15, 1.0, 0.5)).max(-0.5);
    let folds =
        0.05 * (q.x * 5.0 + 1.7 * fbm2(v2(q.x, q.z) * 1.4, 2, 2) * 2.0 + q.z * 2.5).sin() + 0.05 * fbm2(v2(q.x * 2.2, q.z * 2.2), 2, 3);
    let sheet = (q.y - 0.085 - folds).abs() - 0.012;
    (sheet * 0.6).max(wide)
}

impl Still {
    fn new() -> Self {
        let grapes = (0..26)
            .map(|i| {
                let u = |k| hash_unit(i, k, 5);
                let layer = (i / 11) as f32;
                let spread = 1.0 - 0.35 * layer;
                let at = v3((u(1) - 0.5) * 0.86 * spread, layer * 0.15, (u(2) - 0.5) * 0.5 * spread);
                (GRAPES + at, 0.1 + 0.025 * u(3))
            })
            .collect();
        Self { outline: rounded(&OUTLINE), grapes }
    }

    /// The nearest thing and its distance.
    fn nearest(&self, p: Vec3) -> (f32, Thing) {
        let slab = block(p - v3(0.0, -0.1, 0.2), v3(4.0, 0.1, 1.75));
        let mut best = (slab, Thing::Table);
        let mut offer = |d: f32, thing| {
            if d < best.0 {
                best = (d, thing);
            }
        };
        offer(2.1 - p.z, Thing::Wall);
        // Everything else lives in a box over the table.
        let near = block(p - v3(-0.05, 0.8, -0.2), v3(2.0, 0.85, 1.1));
        if near > 0.2 {
            offer(near, Thing::Table);
            return best;
        }
        offer(cloth(p), Thing::Cloth);
        let j = p - JUG;
        let round = ball(j - v3(0.1, 0.8, 0.0), 1.05);
        if round > 0.1 {
            offer(round, Thing::Jug);
        } else {
            let handle = v2(v2((j.x - 0.42) * 1.15, (j.y - 0.93) * 0.82).length() - 0.33, j.z * 0.8).length() - 0.055;
            let spout = v3(j.x - 0.14 * smooth(1.25, 1.6, j.y) * smooth(0.0, -0.4, j.x), j.y, j.z * 1.0);
            offer(join(turned(spout, &self.outline) - 0.012, handle.max(0.2 - j.x), 0.06) * 0.85, Thing::Jug);
        }
        for (i, &(at, r)) in APPLES.iter().enumerate() {
            let round = ball(p - at, r * 1.4);
            offer(if round > 0.1 { round } else { apple(p - at, r) }, Thing::Apple(i));
        }
        let q = p - PEAR;
        let pear = join(ball(q - v3(0.0, 0.33, 0.0), 0.34), ball(q - v3(-0.05, 0.78, 0.02), 0.17), 0.42);
        let stalk = v2(q.x + 0.1 - 0.12 * (q.y - 0.9), q.z - 0.02).length() - 0.017;
        offer(pear.min(stalk.max((q.y - 1.03).abs() - 0.11)) * 0.9, Thing::Pear);
        let l = p - LEMON;
        let l = v3(l.x * 0.9 + l.z * 0.44, l.y, l.z * 0.9 - l.x * 0.44);
        let tip = ball(v3(l.x.abs() - 0.27, l.y, l.z), 0.045);
        offer(join(egg(l, v3(0.28, 0.2, 0.2)), tip, 0.14), Thing::Lemon);
        let bunch = ball(p - GRAPES, 0.75);
        if bunch > 0.1 {
            offer(bunch, Thing::Grape(0));
        } else {
            for (i, &(at, r)) in self.grapes.iter().enumerate() {
                offer(ball(p - at, r), Thing::Grape(i));
            }
        }
        best
    }
}

/// Plank colours: long grain, knots and gaps between the boards.
fn planks(p: Vec3) -> Vec3 {
    let board = (p.z / 0.46).floor();
    let u = v2(p.x * 0.8 + board * 5.3, p.z * 9.0 + 0.9 * fbm2(v2(p.x * 0.9, p.z * 2.0 + board), 3, 7));
    let rings = 0.5 + 0.5 * (u.y * 2.2 + 5.0 * fbm2(u * 0.35, 3, 8)).sin();
    let fibre = fbm2(v2(u.x * 3.0, u.y * 5.0), 3, 9);
    let gap = smooth(0.0, 0.03, 0.5 - (p.z / 0.46 - board - 0.5).abs());
    let base = light(0x5A3519).mix(light(0xA9703C), 0.55 * rings + 0.3 * fibre + 0.2 * hash_unit(board as i32, 1, 2));
    base * (0.25 + 0.75 * gap)
}

impl Scene for Still {
    fn distance(&self, p: Vec3) -> f32 {
        self.nearest(p).0
    }

    fn surface(&self, p: Vec3, n: Vec3) -> Surface {
        let bump = |size: f32, depth: f32| {
            let at = |d: Vec3| noise3((p + d) * size, 4);
            let h = at(Vec3::default());
            let e = 0.3 / size;
            let slope = v3(at(v3(e, 0.0, 0.0)) - h, at(v3(0.0, e, 0.0)) - h, at(v3(0.0, 0.0, e)) - h);
            (n - slope * depth).unit()
        };
        let glossy = |albedo, normal, mirror, rough| Surface { mirror, rough, ..Surface::matt(albedo, normal) };
        match self.nearest(p).1 {
            Thing::Table => glossy(planks(p), bump(14.0, 0.12), 0.03, 0.25),
            Thing::Wall => {
                let stain = fbm2(v2(p.x, p.y) * 0.9, 5, 12);
                let colour = light(0x55615A).mix(light(0x8C8B74), 0.5 + 0.6 * stain);
                Surface::matt(colour * (1.0 + 0.25 * fbm2(v2(p.x, p.y) * 7.0, 3, 13)), bump(6.0, 0.3))
            }
            Thing::Cloth => {
                let s = p.x * 0.96 + p.z * 0.28;
                let band = smooth(0.02, 0.03, ((s * 2.3).fract().abs() - 0.5).abs() - 0.04);
                let thread = 0.92 + 0.08 * ((p.x * 260.0).sin() * (p.z * 260.0).sin());
                Surface::matt(light(0x9A3B2E).mix(light(0xE9E1CF), band) * thread, n)
            }
            Thing::Jug => {
                let j = p - JUG;
                let turn = j.z.atan2(j.x);
                let flower = (turn * 7.0).sin() * 0.5 + (j.y * 21.0 + 2.0 * (turn * 14.0).sin()).sin() * 0.6;
                let painted = smooth(0.2, 0.35, flower) * smooth(0.2, 0.17, (j.y - 0.6).abs());
                let bands = [0.34, 0.86, 1.15, 1.47].iter().map(|y| smooth(0.022, 0.014, (j.y - y).abs())).sum::<f32>();
                let cream = light(0xE6DCC4) * (1.0 + 0.07 * fbm3(p * 9.0, 2, 15));
                glossy(cream.mix(light(0x1F3F86), (painted + bands).min(1.0) * 0.9), n, 0.05, 0.05)
            }
            Thing::Apple(i) => {
                let (at, r) = APPLES[i];
                let q = (p - at) * (1.0 / r);
                let streak = fbm2(v2(q.z.atan2(q.x) * 7.0, q.y * 1.3), 3, 20 + i as u32);
                let spot = smooth(0.66, 0.85, noise3(p * 75.0, 21));
                let (skin, blush) =
                    [(0xD9A23A, 0xA3141A), (0x9DB03A, 0xB9662A), (0xC9B040, 0x8E1A1C)].map(|(a, b)| (light(a), light(b)))[i];
                let c = skin.mix(blush, smooth(-0.55, 0.25, streak + 0.5 * q.x.abs() - 0.35 * q.y.abs() + [0.35, -0.45, 0.2][i]));
                let hollow = smooth(0.3, 0.05, v2(q.x, q.z).length()) * smooth(0.3, 0.6, q.y);
                glossy(c.mix(light(0x6B5A22), hollow * 0.8).mix(light(0xE8D29A), spot * 0.5), n, 0.04, 0.12)
            }
            Thing::Pear => {
                let freckle = smooth(0.5, 0.75, noise3(p * 45.0, 22));
                let blush = smooth(-0.2, 0.7, fbm3(p * 2.5, 3, 23) + 0.7 * (p.x - PEAR.x));
                let c = light(0xC8B848).mix(light(0xB06A2C), blush * 0.7).mix(light(0x7A5A26), freckle * 0.6);
                glossy(if p.y > 0.97 { light(0x4A3420) } else { c }, bump(30.0, 0.06), 0.035, 0.25)
            }
            Thing::Lemon => glossy(light(0xE9C424) * (1.0 + 0.1 * fbm3(p * 6.0, 2, 24)), bump(42.0, 0.22), 0.04, 0.2),
            Thing::Grape(i) => {
                let bloom = smooth(-0.1, 0.6, fbm3(p * 9.0, 3, 25));
                let c = light(0x2A0F33).mix(light(0x5B2148), hash_unit(i as i32, 9, 9));
                glossy(c.mix(light(0x7F86A6), 0.4 * bloom), n, 0.045, 0.1)
            }
        }
    }

    fn sky(&self, d: Vec3) -> Vec3 {
        // A dim warm room with a tall window of four panes to the left.
        let q = v2(d.z / -d.x.min(-1e-3), d.y / -d.x.min(-1e-3));
        let pane = d.x < -0.2 && (q.x + 0.45).abs() < 0.62 && (q.y - 0.75).abs() < 0.62;
        let bar = (q.x + 0.45).abs() < 0.04 || (q.y - 0.75).abs() < 0.04;
        let room = v3(0.16, 0.14, 0.12) * (0.7 + 0.5 * d.y);
        if pane && !bar { v3(3.0, 3.3, 3.6) } else { room }
    }

    fn ambient(&self, d: Vec3) -> Vec3 {
        v3(0.2, 0.19, 0.18).mix(v3(0.55, 0.58, 0.62), smooth(0.3, -1.0, d.x)) * (0.75 + 0.4 * d.y)
    }

    fn sun(&self) -> (Vec3, Vec3, f32) {
        (v3(-0.8, 0.66, -0.42).unit(), v3(3.1, 2.75, 2.2), 0.11)
    }
}

/// Takes the picture.
pub fn draw(canvas: &mut Canvas) {
    let camera = Camera { eye: v3(0.1, 1.5, -4.3), target: v3(0.05, 0.58, 0.0), zoom: 3.7, samples: 6, far: 12.0 };
    render(canvas, &Still::new(), &camera, |c| develop(c, 0.85));
    vignette(canvas, 0.3);
    grain(canvas, 0.025, 3);
}
