//! A small path tracer over signed distances: soft sun, sky light, one bounce, mirrors and haze.

use super::canvas::Canvas;
use super::film::{Film, Guide};
use super::rng::Rng;
use super::vector::{Vec2, Vec3, v2, v3};

/// The depth of rays that left a matt surface: they end at the next one.
const SCATTERED: u32 = 2;

/// What a ray finds where it lands.
pub struct Surface {
    /// Share of light scattered back, per channel.
    pub albedo: Vec3,
    /// The normal after bumps.
    pub normal: Vec3,
    /// Mirror reflectance seen head on: 0 matt, 0.04 glaze or water.
    pub mirror: f32,
    /// Spread of the mirror direction.
    pub rough: f32,
    /// Light of its own.
    pub glow: Vec3,
}

impl Surface {
    /// A matt surface.
    pub fn matt(albedo: Vec3, normal: Vec3) -> Self {
        Self { albedo, normal, mirror: 0.0, rough: 0.0, glow: Vec3::default() }
    }
}

/// A scene to trace.
pub trait Scene {
    /// Signed distance to the nearest solid.
    fn distance(&self, p: Vec3) -> f32;
    /// The surface at `p`, whose geometric normal is `n`.
    fn surface(&self, p: Vec3, n: Vec3) -> Surface;
    /// Light arriving from far away along `-d`.
    fn sky(&self, d: Vec3) -> Vec3;
    /// The same without small bright windows, for light scattered many ways: it keeps shadows free of specks.
    fn ambient(&self, d: Vec3) -> Vec3 {
        self.sky(d)
    }
    /// Direction to the sun, its light, and the spread of its disc.
    fn sun(&self) -> (Vec3, Vec3, f32);
    /// What the air makes of `light` that crossed `distance` along `d`.
    fn air(&self, light: Vec3, _distance: f32, _d: Vec3) -> Vec3 {
        light
    }
}

/// Where the picture is taken from.
pub struct Camera {
    /// The lens.
    pub eye: Vec3,
    /// What it points at.
    pub target: Vec3,
    /// Focal length over half the picture's height.
    pub zoom: f32,
    /// Samples for each pixel.
    pub samples: u32,
    /// How far rays go.
    pub far: f32,
}

impl Camera {
    /// The ray through a place on the picture; `size` is the picture's size.
    pub fn ray(&self, p: Vec2, size: Vec2) -> Vec3 {
        let ahead = (self.target - self.eye).unit();
        let right = v3(0.0, 1.0, 0.0).cross(ahead).unit();
        let up = ahead.cross(right);
        let q = (p - size * 0.5) * (2.0 / size.y);
        (ahead * self.zoom + right * q.x - up * q.y).unit()
    }
}

/// Fills the canvas with the scene's light, passed through `finish` (linear light to display colour).
pub fn render(canvas: &mut Canvas, scene: &impl Scene, camera: &Camera, finish: impl Fn(Vec3) -> Vec3) {
    let (w, size, scale) = (canvas.width, canvas.size(), canvas.scale);
    let share = 1.0 / camera.samples as f32;
    let mut film = Film { width: w, light: Vec::new(), guides: Vec::new() };
    for i in 0..canvas.pixels.len() {
        let mut rng = Rng::new(i as u64);
        let (mut sum, mut guide) = (Vec3::default(), Guide::default());
        for _ in 0..camera.samples {
            let at = v2((i % w) as f32 + rng.unit(), (i / w) as f32 + rng.unit()) * (1.0 / scale);
            let hit = radiance(scene, camera.eye, camera.ray(at, size), camera.far, 0, &mut rng);
            // One wild sample must not leave a speck.
            sum += hit.light.map(|v| v.min(6.0));
            guide.add(&hit.guide, share);
        }
        film.light.push(sum * share);
        film.guides.push(guide);
    }
    for (pixel, light) in canvas.pixels.iter_mut().zip(film.calmed((4.0 * scale).ceil() as usize)) {
        *pixel = finish(light);
    }
}

/// Distance to the first solid along a ray, if any within `far`.
fn march(scene: &impl Scene, from: Vec3, d: Vec3, far: f32) -> Option<f32> {
    let mut t = 0.0;
    for _ in 0..160 {
        let gap = scene.distance(from + d * t);
        if gap < 0.0004 * (1.0 + t) {
            return Some(t);
        }
        t += gap * 0.92;
        if t > far {
            break;
        }
    }
    None
}

/// The normal of the distance field at `p`.
fn normal(scene: &impl Scene, p: Vec3, e: f32) -> Vec3 {
    let k = [v3(1.0, -1.0, -1.0), v3(-1.0, -1.0, 1.0), v3(-1.0, 1.0, -1.0), v3(1.0, 1.0, 1.0)];
    k.iter().fold(Vec3::default(), |n, &d| n + d * scene.distance(p + d * e)).unit()
}

/// A random direction about `n`, weighted by its cosine.
fn scatter(n: Vec3, rng: &mut Rng) -> Vec3 {
    let z = 2.0 * rng.unit() - 1.0;
    let a = std::f32::consts::TAU * rng.unit();
    let r = (1.0 - z * z).max(0.0).sqrt();
    (n + v3(r * a.cos(), r * a.sin(), z) * 0.999).unit()
}

/// What came back along a ray.
struct Hit {
    light: Vec3,
    guide: Guide,
}

/// The light that comes back along a ray.
fn radiance(scene: &impl Scene, from: Vec3, d: Vec3, far: f32, depth: u32, rng: &mut Rng) -> Hit {
    let Some(t) = march(scene, from, d, far) else {
        let light = if depth == SCATTERED { scene.ambient(d) } else { scene.sky(d) };
        return Hit { light, guide: Guide { sharp: 1.0, ..Guide::default() } };
    };
    let p = from + d * t;
    let n = normal(scene, p, 0.0006 * (1.0 + t));
    let s = scene.surface(p, n);
    let out = p + n * (0.002 * (1.0 + t));
    let (to_sun, sun, spread) = scene.sun();
    let toward = (to_sun + scatter(to_sun, rng) * spread).unit();
    let mut diffuse = Vec3::default();
    let facing = s.normal.dot(toward);
    if facing > 0.0 && n.dot(toward) > 0.0 && march(scene, out, toward, far).is_none() {
        diffuse += sun * facing;
    }
    if depth == 0 {
        diffuse += radiance(scene, out, scatter(s.normal, rng), far, SCATTERED, rng).light;
    } else {
        // Deeper light is guessed: half the sky overhead.
        diffuse += scene.ambient(s.normal) * 0.45;
    }
    let mut light = s.albedo * diffuse + s.glow;
    if s.mirror > 0.0 && depth < SCATTERED {
        let graze = (1.0 + d.dot(s.normal)).clamp(0.0, 1.0).powi(5);
        let share = s.mirror + (1.0 - s.mirror) * graze * (1.0 - s.rough).max(0.0);
        let mut bounce = (d.reflected(s.normal) + scatter(s.normal, rng) * s.rough).unit();
        if bounce.dot(n) < 0.02 {
            bounce = (bounce + n * (0.05 - bounce.dot(n))).unit();
        }
        light = light * (1.0 - share) + radiance(scene, out, bounce, far, depth + 1, rng).light * share;
    }
    // What a mirror shows, or a lamp sheds, is not noise.
    let sharp = if s.mirror > 0.055 || s.glow.length() > 0.8 { 1.0 } else { 0.0 };
    Hit { light: scene.air(light, t, d), guide: Guide { albedo: s.albedo, normal: s.normal, depth: t, sharp } }
}
