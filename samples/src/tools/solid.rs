//! Signed distances to solids, for the ray tracer's scenes. All are negative inside.

use super::vector::{Vec2, Vec3, v2, v3};

/// A ball at the origin.
pub fn ball(p: Vec3, radius: f32) -> f32 {
    p.length() - radius
}

/// A ball stretched to the half-axes `r`; a good bound near its surface.
pub fn egg(p: Vec3, r: Vec3) -> f32 {
    let k0 = v3(p.x / r.x, p.y / r.y, p.z / r.z).length();
    let k1 = v3(p.x / (r.x * r.x), p.y / (r.y * r.y), p.z / (r.z * r.z)).length();
    if k1 > 1e-6 { k0 * (k0 - 1.0) / k1 } else { -r.x.min(r.y).min(r.z) }
}

/// A box at the origin with half-sizes `b`.
pub fn block(p: Vec3, b: Vec3) -> f32 {
    let q = v3(p.x.abs() - b.x, p.y.abs() - b.y, p.z.abs() - b.z);
    q.map(|v| v.max(0.0)).length() + q.x.max(q.y).max(q.z).min(0.0)
}

/// A thick line from `a` to `b`.
pub fn rod(p: Vec3, a: Vec3, b: Vec3, radius: f32) -> f32 {
    let (pa, ba) = (p - a, b - a);
    let t = (pa.dot(ba) / ba.dot(ba)).clamp(0.0, 1.0);
    (pa - ba * t).length() - radius
}

/// A gabled roof along z: eaves at ±`half`, ridge `rise` above y = 0, ends at ±`length`.
pub fn gable(p: Vec3, half: f32, rise: f32, length: f32) -> f32 {
    let slope = v2(rise, half).unit();
    let side = v2(p.x.abs() - half, p.y).dot(slope);
    side.max(-p.y).max(p.z.abs() - length)
}

/// A solid of revolution about y whose outline is the polyline `profile` of (radius, height) points.
pub fn turned(p: Vec3, profile: &[Vec2]) -> f32 {
    let q = v2(v2(p.x, p.z).length(), p.y);
    let (mut nearest, mut inside) = (f32::MAX, false);
    for (i, &a) in profile.iter().enumerate() {
        let b = profile[(i + 1) % profile.len()];
        let (qa, ba) = (q - a, b - a);
        let t = (qa.dot(ba) / ba.dot(ba).max(1e-12)).clamp(0.0, 1.0);
        nearest = nearest.min((qa - ba * t).length());
        if (a.y > q.y) != (b.y > q.y) && q.x < (b.x - a.x) * (q.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    if inside { -nearest } else { nearest }
}

/// The nearer of two solids with a fillet of size `k` between them.
pub fn join(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k * 0.25
}
