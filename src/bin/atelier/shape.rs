//! Photos with sides that are powers of two, as textures of games have them; the page does the same (`www/app/texture.js`).

use atelier::picture::{Mask, Picture, resize};
use clap::ValueEnum;
use serde::Deserialize;

/// Below this a network sees nothing.
const SHORTEST: u32 = 16;

/// What becomes of a photo's sides before it is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// They stay as they are.
    #[default]
    None,
    /// Powers of two: the photo is stretched.
    Stretch,
    /// Powers of two: the photo's edges are cut off.
    Crop,
}

impl Shape {
    /// The longer side that a result has where about `size` pixels are asked for.
    pub fn size(self, size: u32) -> u32 {
        if self == Self::None { size } else { nearest(f64::from(size)) }
    }

    /// The photo in this shape, with about `size` pixels on its longer side.
    pub fn of(self, photo: &Picture, size: u32) -> Picture {
        if self == Self::None {
            return photo.clone();
        }
        let own = (photo.width(), photo.height());
        let sides = sides(own, size);
        let seen = if self == Self::Crop { part(own, sides).of(photo) } else { photo.clone() };
        resize(&seen, sides.0, sides.1)
    }

    /// A mask over the photo, of any size, as a mask over the photo in this shape.
    pub fn mask(self, mask: &Mask, photo: &Picture, size: u32) -> Mask {
        if self != Self::Crop {
            return mask.clone();
        }
        let own = (photo.width(), photo.height());
        let Part { left, top, width, height } = part(own, sides(own, size));
        let (across, down) = mask.sides();
        let scaled = |length: u32, of: u32, to: u32| u32::try_from(rounded(u64::from(length) * u64::from(to), u64::from(of))).unwrap_or(to);
        let (x, y) = (|length| scaled(length, own.0, across), |length| scaled(length, own.1, down));
        mask.cropped(x(left), y(top), x(width), y(height))
    }
}

/// The powers of two nearest to a picture's shape.
fn sides((width, height): (u32, u32), size: u32) -> (u32, u32) {
    let (short, long) = (f64::from(width.min(height)), f64::from(width.max(height)));
    let longer = nearest(f64::from(size));
    let shorter = nearest(f64::from(longer) * short / long);
    if width >= height { (longer, shorter) } else { (shorter, longer) }
}

/// By ratio: 724 is nearer to 512, 725 to 1024.
fn nearest(side: f64) -> u32 {
    let powers = (4..=12).map(|power| 1_u32 << power);
    let distance = |power: &u32| (f64::from(*power) / side).log2().abs();
    powers.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(SHORTEST)
}

/// A part of a picture, in its pixels.
#[derive(Clone, Copy, Debug)]
struct Part {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Part {
    fn of(self, picture: &Picture) -> Picture {
        picture.cropped(self.left, self.top, self.width, self.height)
    }
}

/// The largest part in the middle of a picture that has the shape `width : height`.
fn part((across, down): (u32, u32), (width, height): (u32, u32)) -> Part {
    let [across, down, width, height] = [across, down, width, height].map(u64::from);
    let (wide, tall) = (rounded(down * width, height).clamp(1, across), rounded(across * height, width).clamp(1, down));
    // One of the two is the whole side.
    let narrow = |length: u64| u32::try_from(length).unwrap_or(u32::MAX);
    Part { left: narrow((across - wide) / 2), top: narrow((down - tall) / 2), width: narrow(wide), height: narrow(tall) }
}

fn rounded(numerator: u64, denominator: u64) -> u64 {
    (numerator + denominator / 2) / denominator
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[test]
    fn sides_are_the_nearest_powers_of_two() {
        assert_eq!(sides((400, 300), 256), (256, 256), "4 : 3 is nearer to 1 : 1 than to 2 : 1");
        assert_eq!(sides((300, 450), 512), (256, 512), "by ratio, 1.5 is nearer to 2 than to 1");
        assert_eq!(sides((1000, 10), 1024), (1024, 16));
        assert_eq!(sides((100, 100), 384), (512, 512), "what is no power of two becomes one");
        assert_eq!([Shape::Stretch, Shape::Crop, Shape::None].map(|shape| shape.size(384)), [512, 512, 384]);
    }

    #[test]
    fn a_stretched_photo_is_whole_and_a_cropped_one_keeps_its_middle() {
        // Three bands of 100 px: red, green, blue.
        let rgb: Vec<u8> = (0..100).flat_map(|_| (0..300).flat_map(|x| [[255, 0, 0], [0, 255, 0], [0, 0, 255]][x / 100])).collect();
        let photo = Picture::new(300, 100, rgb, None).unwrap();
        let at = |picture: &Picture, x: usize| [0, 1, 2].map(|channel| picture.rgb()[3 * (picture.width() as usize * 16 + x) + channel]);
        let stretched = Shape::Stretch.of(&photo, 128);
        assert_eq!((stretched.width(), stretched.height()), (128, 32));
        assert_eq!((at(&stretched, 4), at(&stretched, 124)), ([255, 0, 0], [0, 0, 255]));
        let square = photo.cropped(50, 0, 140, 100);
        let cropped = Shape::Crop.of(&square, 64);
        assert_eq!((cropped.width(), cropped.height()), (64, 64));
        // Of 140 px, 50 red and 90 green, the middle 100 begin with 30 red.
        assert_eq!((at(&cropped, 12), at(&cropped, 26)), ([255, 0, 0], [0, 255, 0]));
        assert_eq!(Shape::None.of(&photo, 64).width(), 300);
    }

    #[test]
    fn a_mask_stays_over_what_it_was_painted_on() {
        let photo = Picture::new(280, 200, vec![9; 3 * 280 * 200], None).unwrap();
        // Of a smaller mask in the same shape, white from the 35th of 140 columns on; the middle 100 begin at the 20th.
        let white = (0..100).flat_map(|_| (0..140).map(|x| if x < 35 { [0; 3] } else { [255; 3] })).flatten().collect();
        let mask = Mask::from_picture(&Picture::new(140, 100, white, None).unwrap());
        let cropped = Shape::Crop.mask(&mask, &photo, 256);
        assert_eq!(cropped.sides(), (100, 100));
        assert_eq!(cropped.values()[13..17], [0, 0, 255, 255]);
        assert_eq!(Shape::Stretch.mask(&mask, &photo, 256), mask);
    }
}
