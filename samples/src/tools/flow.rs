//! Flow fields: which way the brush moves at each place.

use super::noise::fbm2;
use super::vector::{Vec2, v2};

/// A whirl that turns the flow around it.
#[derive(Clone, Copy)]
pub struct Whirl {
    /// Its centre.
    pub at: Vec2,
    /// How far it reaches, in design units.
    pub reach: f32,
    /// Strength; the sign is the sense of turning.
    pub turn: f32,
}

/// A drift with waves of noise and whirls in it.
pub struct Flow {
    /// The whirls.
    pub whirls: Vec<Whirl>,
    /// The flow far from any whirl.
    pub drift: Vec2,
    /// How much noise bends the drift, in radians.
    pub sway: f32,
    /// The noise's size in design units.
    pub size: f32,
    /// The noise's seed.
    pub seed: u32,
}

impl Flow {
    /// The unit direction at `p`.
    pub fn at(&self, p: Vec2) -> Vec2 {
        let bend = self.sway * fbm2(p * (1.0 / self.size), 3, self.seed);
        let mut sum = self.drift.rotated(bend);
        for w in &self.whirls {
            let d = p - w.at;
            let fade = (-d.dot(d) / (w.reach * w.reach)).exp();
            // A little inward pull makes spirals instead of circles.
            sum += (d.unit().turned() * w.turn - d.unit() * (0.25 * w.turn.abs())) * (fade * 3.0);
        }
        sum.unit()
    }
}

/// Follows a direction field both ways from `start` for `length` design units in all.
pub fn follow(start: Vec2, length: f32, step: f32, field: impl Fn(Vec2) -> Vec2) -> Vec<Vec2> {
    let half = ((length * 0.5 / step) as usize).max(1);
    let walk = |sign: f32| {
        let mut points = Vec::with_capacity(half);
        let mut p = start;
        let mut last = field(p) * sign;
        for _ in 0..half {
            let mut d = field(p + last * (step * 0.5)) * sign;
            // Fields given as axes may flip; keep going forward.
            if d.dot(last) < 0.0 {
                d = v2(-d.x, -d.y);
            }
            p += d * step;
            last = d;
            points.push(p);
        }
        points
    };
    let mut path = walk(-1.0);
    path.reverse();
    path.push(start);
    path.extend(walk(1.0));
    path
}
