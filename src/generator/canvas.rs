//! A photo as a generator takes it: sides that can be halved as often as it does, and cut into windows where it is large.

use burn::tensor::{Device, Tensor, TensorData};

use crate::picture::{Fit, Mask, Picture, PictureError, fit, resize, whole_side};

use super::Settings;
use crate::vgg::average_pool_2x2;

/// The least side of a picture that is painted: of a thinner one less than a pixel is seen at a quarter.
const LEAST: u32 = 4;

/// A photo at the result's size.
#[derive(Debug)]
pub(super) struct Canvas {
    pub picture: Picture,
    /// Its colours where it is transparent too, and rows and columns repeated until both sides are multiples of the period.
    whole: Picture,
    /// How much each pixel counts, where not all do.
    counts: Option<Vec<u8>>,
    period: usize,
    pub wraps: bool,
}

/// A part of a canvas: where it begins, and its sides. A canvas that wraps goes on beyond its borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub top: isize,
    pub left: isize,
    pub height: usize,
    pub width: usize,
}

impl Canvas {
    /// For a generator whose halvings divide sides by `period`.
    ///
    /// # Errors
    /// [`PictureError::TooThin`] with the sides that it would have.
    pub fn new(picture: &Picture, settings: &Settings, period: usize) -> Result<Self, PictureError> {
        let mut picture = fit(picture, Fit::Exactly(settings.size));
        // Before a tile's sides are brought to whole ones, which would stretch a strip.
        picture.require_sides(LEAST)?;
        if settings.seamless {
            let period = u32::try_from(period).unwrap_or(u32::MAX);
            picture = resize(&picture, whole_side(picture.width(), period), whole_side(picture.height(), period)).tileable();
        }
        let whole = extended(picture.bled(), period);
        let counts = Mask::of_alpha(&picture).map(|_| {
            // The same extension for the transparency, as a picture of its own.
            let alpha = picture.alpha().unwrap_or_default().iter().flat_map(|&alpha| [alpha; 3]).collect();
            let grey = Picture::new(picture.width(), picture.height(), alpha, None).unwrap_or_else(|_| picture.clone());
            Mask::from_picture(&extended(grey, period)).values()
        });
        Ok(Self { picture, whole, counts, period, wraps: settings.seamless })
    }

    /// Height and width, multiples of the period.
    pub fn sides(&self) -> [usize; 2] {
        [self.whole.height() as usize, self.whole.width() as usize]
    }

    /// Colours in a window.
    ///
    /// # Shapes
    /// → `[1, 3, h, w]` in 0…1
    pub fn tensor(&self, window: Window, device: &Device) -> Tensor<4> {
        let rgb = self.whole.rgb();
        let mut planes = Vec::with_capacity(3 * window.height * window.width);
        for channel in 0..3 {
            planes.extend(self.pixels(window).map(|pixel| rgb.get(3 * pixel + channel).map_or(0.0, |&value| f32::from(value) / 255.0)));
        }
        Tensor::from_data(TensorData::new(planes, [1, 3, window.height, window.width]), device)
    }

    /// How much each pixel of a window counts, at every size that the network works at: nothing where all of them do.
    ///
    /// # Shapes
    /// → `[1, 1, h, w]` each
    pub fn counts(&self, window: Window, device: &Device) -> Vec<Tensor<4>> {
        let Some(counts) = &self.counts else { return Vec::new() };
        let plane: Vec<f32> = self.pixels(window).map(|pixel| counts.get(pixel).map_or(0.0, |&value| f32::from(value) / 255.0)).collect();
        let whole = Tensor::<4>::from_data(TensorData::new(plane, [1, 1, window.height, window.width]), device);
        let halvings = usize::try_from(self.period.ilog2()).unwrap_or_default();
        std::iter::successors(Some(whole), |map| Some(average_pool_2x2(map.clone()))).take(halvings + 1).collect()
    }

    /// Whether some pixels count less than others.
    pub fn is_transparent(&self) -> bool {
        self.counts.is_some()
    }

    /// Whether nothing of a window counts.
    pub fn is_blank(&self, window: Window) -> bool {
        let Some(counts) = &self.counts else { return false };
        self.pixels(window).all(|pixel| counts.get(pixel).is_none_or(|value| *value == 0))
    }

    /// How much of a window counts: the sum over its pixels, of which a whole one is 255.
    pub fn shown(&self, window: Window) -> u64 {
        let of = |pixel: usize| self.counts.as_ref().map_or(u8::MAX, |counts| counts.get(pixel).copied().unwrap_or_default());
        self.pixels(window).map(|pixel| u64::from(of(pixel))).sum()
    }

    /// Indices of a window's pixels, row by row.
    fn pixels(&self, window: Window) -> impl Iterator<Item = usize> {
        let [height, width] = self.sides();
        let along = |from: isize, count: usize, length: usize| {
            (0..count).map(move |at| {
                let at = from.saturating_add_unsigned(at);
                at.rem_euclid(length.cast_signed()).unsigned_abs()
            })
        };
        let rows = along(window.top, window.height, height);
        rows.flat_map(move |y| along(window.left, window.width, width).map(move |x| y * width + x))
    }
}

/// The last row and column repeated until both sides are multiples of `period`.
fn extended(picture: Picture, period: usize) -> Picture {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (across, down) = (width.next_multiple_of(period), height.next_multiple_of(period));
    if (across, down) == (width, height) {
        return picture;
    }
    let mut rgb = Vec::with_capacity(3 * across * down);
    for row in picture.rgb().chunks_exact(3 * width) {
        rgb.extend_from_slice(row);
        (width..across).for_each(|_| rgb.extend_from_slice(&row[3 * (width - 1)..]));
    }
    for _ in height..down {
        rgb.extend_from_within(3 * across * (height - 1)..3 * across * height);
    }
    let sides = [across, down].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    Picture::new(sides[0], sides[1], rgb, None).unwrap_or(picture)
}
