//! The canvas: display colours and a paint thickness for every pixel.
//!
//! Pictures draw in design units and the canvas scales them, so that tests can draw the same picture small.

use super::vector::{Vec2, Vec3, v2};

/// A picture being drawn.
pub struct Canvas {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Pixels for each design unit.
    pub scale: f32,
    /// Display colours, row by row.
    pub pixels: Vec<Vec3>,
    /// Paint thickness, row by row, for `light::rake`.
    pub relief: Vec<f32>,
}

impl Canvas {
    /// A black canvas for a picture of `width`×`height` design units at `scale` pixels each.
    pub fn new(width: u32, height: u32, scale: f32) -> Self {
        let w = ((width as f32 * scale).round() as usize).max(1);
        let h = ((height as f32 * scale).round() as usize).max(1);
        Self { width: w, height: h, scale, pixels: vec![Vec3::default(); w * h], relief: vec![0.0; w * h] }
    }

    /// The picture's size in design units.
    pub fn size(&self) -> Vec2 {
        v2(self.width as f32, self.height as f32) * (1.0 / self.scale)
    }

    /// Sets every pixel to the mean of `grid`×`grid` samples of `f`, which takes design units.
    pub fn shade(&mut self, grid: u32, f: impl Fn(Vec2) -> Vec3) {
        let share = 1.0 / (grid * grid) as f32;
        let step = 1.0 / (grid as f32 * self.scale);
        for y in 0..self.height {
            for x in 0..self.width {
                let corner = v2(x as f32, y as f32) * (1.0 / self.scale);
                let mut sum = Vec3::default();
                for j in 0..grid {
                    for i in 0..grid {
                        sum += f(corner + v2(i as f32 + 0.5, j as f32 + 0.5) * step);
                    }
                }
                self.pixels[y * self.width + x] = sum * share;
            }
        }
    }

    /// The pixel rectangle (x0, y0, x1, y1; ends excluded) that covers a box in design units.
    pub fn window(&self, low: Vec2, high: Vec2) -> (usize, usize, usize, usize) {
        let clip = |v: f32, end: usize| (v.max(0.0) as usize).min(end);
        (
            clip((low.x * self.scale).floor() - 1.0, self.width),
            clip((low.y * self.scale).floor() - 1.0, self.height),
            clip((high.x * self.scale).ceil() + 1.0, self.width),
            clip((high.y * self.scale).ceil() + 1.0, self.height),
        )
    }

    /// Visits the pixels of a box in design units with (place, colour, thickness).
    pub fn touch(&mut self, low: Vec2, high: Vec2, mut f: impl FnMut(Vec2, &mut Vec3, &mut f32)) {
        let (x0, y0, x1, y1) = self.window(low, high);
        for y in y0..y1 {
            for x in x0..x1 {
                let at = v2(x as f32 + 0.5, y as f32 + 0.5) * (1.0 / self.scale);
                let i = y * self.width + x;
                f(at, &mut self.pixels[i], &mut self.relief[i]);
            }
        }
    }

    /// Visits every pixel.
    pub fn touch_all(&mut self, f: impl FnMut(Vec2, &mut Vec3, &mut f32)) {
        self.touch(Vec2::default(), self.size(), f);
    }

    /// Coverage 0…1 of a pixel whose centre lies `distance` design units outside a shape's edge.
    pub fn edge(&self, distance: f32) -> f32 {
        (0.5 - distance * self.scale).clamp(0.0, 1.0)
    }

    /// A soft-edged disc.
    pub fn disc(&mut self, centre: Vec2, radius: f32, colour: Vec3, opacity: f32) {
        let (reach, scale) = (v2(radius, radius), self.scale);
        self.touch(centre - reach, centre + reach, |p, c, _| {
            let a = (0.5 - ((p - centre).length() - radius) * scale).clamp(0.0, 1.0);
            *c = c.mix(colour, a * opacity);
        });
    }

    /// A line along `path` whose half-width at fraction t of the points is `half(t)`.
    pub fn line(&mut self, path: &[Vec2], half: impl Fn(f32) -> f32, colour: Vec3, opacity: f32) {
        let mut left = Vec::with_capacity(path.len() * 2);
        let mut right = Vec::with_capacity(path.len());
        let last = path.len().saturating_sub(1);
        for (i, &p) in path.iter().enumerate() {
            let along = (path[(i + 1).min(last)] - path[i.saturating_sub(1)]).unit();
            let side = along.turned() * half(i as f32 / last.max(1) as f32);
            left.push(p + side);
            right.push(p - side);
        }
        right.reverse();
        left.extend(right);
        self.polygon(&left, opacity, |_, _| colour);
    }

    /// Fills a polygon (non-zero winding) with `paint(place, old colour)`.
    pub fn polygon(&mut self, points: &[Vec2], opacity: f32, paint: impl Fn(Vec2, Vec3) -> Vec3) {
        const ROWS: usize = 4;
        let far = f32::MAX;
        let low = points.iter().fold(v2(far, far), |m, p| v2(m.x.min(p.x), m.y.min(p.y)));
        let high = points.iter().fold(v2(-far, -far), |m, p| v2(m.x.max(p.x), m.y.max(p.y)));
        let (x0, y0, x1, y1) = self.window(low, high);
        if x0 >= x1 || y0 >= y1 || points.len() < 3 {
            return;
        }
        let mut cover = vec![0.0f32; x1 - x0];
        let mut hits: Vec<(f32, i32)> = Vec::new();
        for y in y0..y1 {
            cover.fill(0.0);
            for row in 0..ROWS {
                let level = (y as f32 + (row as f32 + 0.5) / ROWS as f32) / self.scale;
                hits.clear();
                for (i, &a) in points.iter().enumerate() {
                    let b = points[(i + 1) % points.len()];
                    if (a.y <= level) != (b.y <= level) {
                        let x = a.x + (b.x - a.x) * (level - a.y) / (b.y - a.y);
                        hits.push((x * self.scale - x0 as f32, if b.y > a.y { 1 } else { -1 }));
                    }
                }
                hits.sort_by(|a, b| a.0.total_cmp(&b.0));
                span(&hits, &mut cover, 1.0 / ROWS as f32);
            }
            for (x, &c) in cover.iter().enumerate().filter(|(_, c)| **c > 0.0) {
                let at = v2((x0 + x) as f32 + 0.5, y as f32 + 0.5) * (1.0 / self.scale);
                let pixel = &mut self.pixels[y * self.width + x0 + x];
                *pixel = pixel.mix(paint(at, *pixel), c.min(1.0) * opacity);
            }
        }
    }

    /// The finished picture as 8-bit RGB.
    pub fn bytes(&self) -> Vec<u8> {
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        self.pixels.iter().flat_map(|c| [byte(c.x), byte(c.y), byte(c.z)]).collect()
    }
}

/// Adds the covered part of each pixel of one scan line.
fn span(hits: &[(f32, i32)], cover: &mut [f32], weight: f32) {
    let mut winding = 0;
    for pair in hits.windows(2) {
        winding += pair[0].1;
        if winding == 0 {
            continue;
        }
        let (from, to) = (pair[0].0.max(0.0), pair[1].0.min(cover.len() as f32));
        if to <= from {
            continue;
        }
        for (i, c) in cover.iter_mut().enumerate().take(to.ceil() as usize).skip(from as usize) {
            *c += weight * (to.min(i as f32 + 1.0) - from.max(i as f32)).max(0.0);
        }
    }
}
