//! Masks: how much each pixel counts.

use super::pixels::Picture;
use super::resize::resize;

/// A soft mask, 0 … 255 for each pixel, of any size; it is brought to the size of the picture that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The values as alpha over black: resizing then treats them as amounts and not as colours.
    amounts: Picture,
}

impl Mask {
    /// The mask that a picture shows: white counts, black does not, and what is transparent does not either.
    #[must_use]
    pub fn from_picture(picture: &Picture) -> Self {
        let brightness = picture.rgb().as_chunks::<3>().0.iter().enumerate().map(|(index, &rgb)| {
            let sum: u32 = rgb.iter().map(|&value| u32::from(value)).sum::<u32>() * u32::from(picture.alpha_at(index));
            u8::try_from((sum + 382) / 765).unwrap_or(u8::MAX)
        });
        Self::from_values(picture, brightness.collect())
    }

    /// A picture's transparency as a mask: what is opaque counts. `None` for an opaque picture.
    #[must_use]
    pub fn of_alpha(picture: &Picture) -> Option<Self> {
        picture.alpha().map(|alpha| Self::from_values(picture, alpha.to_vec()))
    }

    /// `values` must be one for each pixel of `like`.
    fn from_values(like: &Picture, values: Vec<u8>) -> Self {
        Self::new(like.width(), like.height(), values).unwrap_or_else(|| Self { amounts: like.clone() })
    }

    /// `None` unless there is one value for each pixel.
    fn new(width: u32, height: u32, values: Vec<u8>) -> Option<Self> {
        let black = vec![0; values.len() * 3];
        Some(Self { amounts: Picture::new(width, height, black, Some(values)).ok()? })
    }

    /// What counts in both of two masks of one size, of which each may be absent: then everything counts in it.
    #[must_use]
    pub fn both(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.times(&b)),
            (a, b) => a.or(b),
        }
    }

    /// The mask at another size, whatever its shape was.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        Self { amounts: resize(&self.amounts, width, height) }
    }

    /// The mask of a picture that was made [tileable](Picture::tileable): it goes where the picture's own pixels went.
    #[must_use]
    pub fn tileable(&self) -> Self {
        Self { amounts: self.amounts.tileable() }
    }

    /// The part of `width × height` pixels from `left`, `top`, as of [`Picture::cropped`].
    #[must_use]
    pub fn cropped(&self, left: u32, top: u32, width: u32, height: u32) -> Self {
        Self { amounts: self.amounts.cropped(left, top, width, height) }
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn sides(&self) -> (u32, u32) {
        (self.amounts.width(), self.amounts.height())
    }

    /// Whether no pixel counts at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.amounts.alpha().is_some_and(|alpha| alpha.iter().all(|&value| value == 0))
    }

    /// The mean amount, 0 … 1.
    #[must_use]
    pub fn mean(&self) -> f32 {
        let values = self.values();
        let sum: u64 = values.iter().map(|&value| u64::from(value)).sum();
        ratio(sum, 255 * values.len())
    }

    /// What counts in both masks, which are of one size.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let product = |(a, b): (u8, u8)| u8::try_from((u32::from(a) * u32::from(b) + 127) / 255).unwrap_or(u8::MAX);
        let values = self.values().into_iter().zip(other.values()).map(product).collect();
        Self::from_values(&self.amounts, values)
    }

    /// What does not count.
    #[must_use]
    pub fn inverted(&self) -> Self {
        Self::from_values(&self.amounts, self.values().into_iter().map(|value| u8::MAX - value).collect())
    }

    /// One byte a pixel.
    #[must_use]
    pub fn values(&self) -> Vec<u8> {
        let pixels = self.amounts.rgb().len() / 3;
        self.amounts.alpha().map_or_else(|| vec![u8::MAX; pixels], <[u8]>::to_vec)
    }

    /// `height × width` amounts of 0 … 1.
    #[must_use]
    pub fn to_plane(&self) -> Vec<f32> {
        self.values().iter().map(|&value| f32::from(value) / 255.0).collect()
    }

    /// What other masks leave over at this size: 1 less their sum. `None` where nothing is left.
    #[must_use]
    pub fn rest(masks: &[&Self], width: u32, height: u32) -> Option<Self> {
        let mut left = vec![u8::MAX; (u64::from(width) * u64::from(height)).try_into().unwrap_or(0)];
        for mask in masks {
            for (left, value) in left.iter_mut().zip(mask.resized(width, height).values()) {
                *left = left.saturating_sub(value);
            }
        }
        let any = left.iter().any(|&value| value > 0);
        Self::new(width, height, left).filter(|_| any)
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a share needs no more than an f32 has")]
fn ratio(part: u64, whole: usize) -> f32 {
    (part as f64 / whole.max(1) as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(values: &[u8]) -> Mask {
        let grey: Vec<u8> = values.iter().flat_map(|&value| [value; 3]).collect();
        Mask::from_picture(&Picture::new(u32::try_from(values.len()).unwrap(), 1, grey, None).unwrap())
    }

    #[test]
    fn white_counts_and_black_does_not() {
        assert_eq!(mask(&[0, 128, 255]).values(), [0, 128, 255]);
        assert!(mask(&[0, 0]).is_empty() && !mask(&[0, 1]).is_empty() && !mask(&[255, 255]).is_empty());
        assert!((mask(&[0, 255]).mean() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn what_is_transparent_does_not_count() {
        let picture = Picture::from_rgba8(2, 1, &[255, 255, 255, 0, 255, 255, 255, 255]).unwrap();
        assert_eq!(Mask::from_picture(&picture).values(), [0, 255]);
        assert_eq!(Mask::of_alpha(&picture).unwrap().values(), [0, 255]);
    }

    #[test]
    fn masks_multiply_and_invert() {
        assert_eq!(mask(&[0, 128, 255]).times(&mask(&[255, 128, 200])).values(), [0, 64, 200]);
        assert_eq!(mask(&[0, 100, 255]).inverted().values(), [255, 155, 0]);
    }

    #[test]
    fn a_mask_takes_any_size() {
        assert_eq!(mask(&[255, 255]).resized(5, 3).values(), [255; 15]);
        let halves = mask(&[0, 255]).resized(40, 1).values();
        assert!(halves[2] < 40 && halves[37] > 215, "{halves:?}");
    }

    #[test]
    fn the_rest_is_what_nobody_claims() {
        let (left, right) = (mask(&[255, 0, 0, 0]), mask(&[0, 0, 0, 255]));
        assert_eq!(Mask::rest(&[&left, &right], 4, 1).unwrap().values(), [0, 255, 255, 0]);
        assert_eq!(Mask::rest(&[&mask(&[255])], 1, 1), None);
    }
}
