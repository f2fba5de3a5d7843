//! Pictures that can be laid side by side.

use super::pixels::{Picture, to_byte};
use super::resize::resize;

/// The share of each side, at either end, over which the picture fades into its own shifted copy.
const BAND: f32 = 0.2;

/// The side nearest to this one that `period` divides, in pixels: a tile of such sides is the same wherever it is cut, for a network that halves sides as often.
#[must_use]
pub(crate) fn whole_side(side: u32, period: u32) -> u32 {
    ((side + period / 2) / period).max(1) * period
}

impl Picture {
    /// The picture with its borders made to meet: near each border it fades into itself shifted by half its side, whose middle has
    /// no seam there.
    #[must_use]
    pub fn tileable(&self) -> Self {
        let (width, height) = (self.width() as usize, self.height() as usize);
        let rgba = self.to_rgba8();
        let across = faded(&rgba, width, height, Axis { length: width, stride: 1 });
        let both = faded(&across, width, height, Axis { length: height, stride: width });
        Self::from_rgba8(self.width(), self.height(), &both).unwrap_or_else(|_| self.clone())
    }
}

/// A tile at other sides, resized as one among its copies: what is beyond a border is what the opposite one begins with. Where sides, before or after, are no multiples of 4 pixels or less than 16,
/// as those of no tile of ours are, it is resized like any picture.
#[must_use]
pub(crate) fn resize_tile(tile: &Picture, width: u32, height: u32) -> Picture {
    if (width, height) == (tile.width(), tile.height()) {
        return tile.clone();
    }
    if [tile.width(), tile.height(), width, height].iter().any(|side| !side.is_multiple_of(4) || *side < 16) {
        return resize(tile, width, height);
    }
    // A quarter is more than the filter reaches, three pixels of the smaller picture, and the same share of both pictures to the pixel.
    let around = |side: u32| side / 4;
    let surrounded = surrounded(tile, around(tile.width()), around(tile.height()));
    let (left, top) = (around(width), around(height));
    resize(&surrounded, width + 2 * left, height + 2 * top).cropped(left, top, width, height)
}

/// A tile with so many columns of its copies on the left and on the right, and rows above and below.
fn surrounded(tile: &Picture, columns: u32, rows: u32) -> Picture {
    let (width, height) = (tile.width() as usize, tile.height() as usize);
    let (columns, rows) = (columns as usize, rows as usize);
    let rgba = tile.to_rgba8();
    let pixels = rgba.as_chunks::<4>().0;
    let mut result = Vec::with_capacity(4 * (width + 2 * columns) * (height + 2 * rows));
    for y in 0..height + 2 * rows {
        let row = (y + height - rows % height) % height * width;
        for x in 0..width + 2 * columns {
            result.extend(pixels.get(row + (x + width - columns % width) % width).copied().unwrap_or_default());
        }
    }
    let sides = [width + 2 * columns, height + 2 * rows].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    Picture::from_rgba8(sides[0], sides[1], &result).unwrap_or_else(|_| tile.clone())
}

/// One direction through rows of pixels.
#[derive(Clone, Copy)]
struct Axis {
    length: usize,
    stride: usize,
}

fn faded(rgba: &[u8], width: usize, height: usize, axis: Axis) -> Vec<u8> {
    let pixels = rgba.as_chunks::<4>().0;
    let shift = axis.length / 2;
    let mut result = Vec::with_capacity(rgba.len());
    for index in 0..width * height {
        let at = (index / axis.stride) % axis.length;
        let shifted = if at < shift { index + (axis.length - shift) * axis.stride } else { index - shift * axis.stride };
        let (Some(own), Some(other)) = (pixels.get(index), pixels.get(shifted)) else { continue };
        let share = inside(at, axis.length);
        // Colour counts by its alpha, or what is hidden would darken the fade.
        let (a, b) = (f32::from(own[3]) * share, f32::from(other[3]) * (1.0 - share));
        let alpha = a + b;
        let colour = |i: usize| if alpha > 0.0 { (f32::from(own[i]) * a + f32::from(other[i]) * b) / alpha } else { 0.0 };
        result.extend([colour(0), colour(1), colour(2), alpha].map(|value| to_byte(value / 255.0)));
    }
    result
}

/// 0 at both ends of a side, 1 beyond the band, smoothly between.
#[expect(clippy::cast_precision_loss, reason = "positions within a picture")]
fn inside(at: usize, length: usize) -> f32 {
    let from_end = at.min(length - 1 - at) as f32 + 0.5;
    let t = (from_end / (BAND * length as f32)).min(1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_meets_itself() {
        let ramp: Vec<u8> =
            (0..100 * 100_u32).flat_map(|i| [u8::try_from(i % 100 * 2).unwrap(), u8::try_from(i / 100 * 2).unwrap(), 7]).collect();
        let tile = Picture::new(100, 100, ramp, None).unwrap().tileable();
        let at = |x: usize, y: usize, channel: usize| i16::from(tile.rgb()[(y * 100 + x) * 3 + channel]);
        // Neighbours in the ramp differ by 2; across the border they differed by 198.
        assert!((at(0, 50, 0) - at(99, 50, 0)).abs() <= 4, "{} {}", at(0, 50, 0), at(99, 50, 0));
        assert!((at(50, 0, 1) - at(50, 99, 1)).abs() <= 4);
        assert_eq!((at(50, 50, 0), at(50, 50, 2)), (100, 7));
    }

    /// A tile that begins elsewhere is the same tile.
    #[test]
    fn a_tile_is_resized_as_one_among_its_copies() {
        let tile: Vec<u8> =
            (0..64 * 48_u32).flat_map(|i| [i * 37 % 251, i % 64 * 4, i / 64 * 5].map(|value| u8::try_from(value).unwrap())).collect();
        let tile = Picture::new(64, 48, tile, None).unwrap();
        let turned = |tile: &Picture, x: u32, y: u32| surrounded(tile, x, y).cropped(0, 0, tile.width(), tile.height());
        for (width, height) in [(32, 24), (96, 72), (128, 96), (16, 16)] {
            let expected = turned(&resize_tile(&tile, width, height), width / 4, height / 4);
            let found = resize_tile(&turned(&tile, 16, 12), width, height);
            assert_eq!((found.width(), found.height()), (width, height));
            let far = found.rgb().iter().zip(expected.rgb()).filter(|(a, b)| a.abs_diff(**b) > 1).count();
            assert_eq!(far, 0, "{width} × {height}");
        }
    }

    #[test]
    fn what_is_hidden_does_not_darken_the_fade() {
        let rgba: Vec<u8> = (0..40).flat_map(|x| if x < 10 { [0, 0, 0, 0] } else { [255, 0, 0, 255] }).collect();
        let tile = Picture::from_rgba8(40, 1, &rgba).unwrap().tileable();
        let alpha = tile.alpha().unwrap();
        assert!(tile.rgb().chunks(3).zip(alpha).all(|(rgb, &alpha)| alpha == 0 || rgb == [255, 0, 0]));
    }

    #[test]
    fn one_pixel_is_its_own_neighbour() {
        let pixel = Picture::new(1, 1, vec![1, 2, 3], None).unwrap();
        assert_eq!(pixel.tileable(), pixel);
    }
}
