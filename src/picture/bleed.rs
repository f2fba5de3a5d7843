//! Sane colours where a picture is transparent.

use super::linear::Light;
use super::pixels::Picture;

/// Premultiplied linear light and its weight: red, green, blue, alpha.
type Weighted = [f32; 4];

struct Level {
    width: usize,
    height: usize,
    pixels: Vec<Weighted>,
}

impl Picture {
    /// The picture without alpha, its colours bled into the transparent parts.
    ///
    /// Files may hold anything under alpha 0, and a filter or a statistic would see it. Here each transparent pixel takes
    /// the mean of the visible ones around it, nearest first (push–pull over halved copies); a half-transparent pixel keeps its
    /// own colour by half. A picture with nothing visible turns mid-grey. Needs 21 bytes a pixel: resize first.
    #[must_use]
    pub fn bled(&self) -> Self {
        let Some(alpha) = self.alpha() else { return self.clone() };
        let light = Light::tables();
        let weigh = |(&[r, g, b], &a): (&[u8; 3], &u8)| {
            let a = f32::from(a) / 255.0;
            [light.of(r) * a, light.of(g) * a, light.of(b) * a, a]
        };
        let pixels: Vec<Weighted> = self.rgb().as_chunks::<3>().0.iter().zip(alpha).map(weigh).collect();
        let mut levels = vec![Level { width: side(self.width()), height: side(self.height()), pixels }];
        while let Some(finest) = levels.last()
            && finest.pixels.len() > 1
        {
            levels.push(finest.halved());
        }
        let mut filled = levels.pop().map(|top| top.filled(None));
        while let Some(level) = levels.pop() {
            filled = Some(level.filled(filled.as_ref()));
        }
        let colours = filled.map(|level| level.pixels).unwrap_or_default();
        let mut rgb = Vec::with_capacity(self.rgb().len());
        for ((own, &a), colour) in self.rgb().as_chunks::<3>().0.iter().zip(alpha).zip(&colours) {
            if a == u8::MAX {
                rgb.extend_from_slice(own);
            } else {
                rgb.extend(colour.iter().take(3).map(|&value| light.encode(value)));
            }
        }
        Self::new(self.width(), self.height(), rgb, None).unwrap_or_else(|_| self.clone())
    }
}

impl Level {
    /// Half the size (rounded up), each pixel the mean of its four.
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut pixels = vec![[0.0; 4]; width * height];
        for (y, row) in self.pixels.chunks_exact(self.width).enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                if let Some(sum) = pixels.get_mut((y / 2) * width + x / 2) {
                    for (total, value) in sum.iter_mut().zip(pixel) {
                        *total += value / 4.0;
                    }
                }
            }
        }
        Self { width, height, pixels }
    }

    /// Opaque colours: this level's where it is visible, the coarser level's for the rest.
    fn filled(mut self, coarser: Option<&Self>) -> Self {
        let width = self.width;
        for (y, row) in self.pixels.chunks_exact_mut(width).enumerate() {
            for (x, pixel) in row.iter_mut().enumerate() {
                let behind = coarser.map_or([MID_GREY; 4], |level| level.smooth(x, y));
                let weight = pixel[3];
                if coarser.is_none() && weight > 0.0 {
                    *pixel = pixel.map(|value| value / weight);
                } else {
                    for (value, below) in pixel.iter_mut().zip(behind) {
                        *value += below * (1.0 - weight);
                    }
                }
                pixel[3] = 1.0;
            }
        }
        self
    }

    /// The colour at a pixel of the next finer level: 9/16, 3/16, 3/16 and 1/16 of the four nearest.
    fn smooth(&self, x: usize, y: usize) -> Weighted {
        let beside = |at: usize, length: usize| {
            let near = at / 2;
            (near, if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(length - 1) })
        };
        let ((x0, x1), (y0, y1)) = (beside(x, self.width), beside(y, self.height));
        let mut sum = [0.0; 4];
        for (x, y, share) in [(x0, y0, 9.0), (x1, y0, 3.0), (x0, y1, 3.0), (x1, y1, 1.0)] {
            if let Some(pixel) = self.pixels.get(y * self.width + x) {
                for (total, value) in sum.iter_mut().zip(pixel) {
                    *total += value * share / 16.0;
                }
            }
        }
        sum
    }
}

/// Linear light of the middle sRGB grey.
const MID_GREY: f32 = 0.215_86;

fn side(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}
