//! The picture itself: 8-bit sRGB with alpha beside it.

use super::error::{PictureError, PixelError};
use super::mask::Mask;

/// An upright picture in 8-bit sRGB, with alpha kept apart from the colour.
///
/// Rows run from the top, pixels from the left. Colour is never premultiplied. Both sides are at least 1, the buffers
/// always have the length that the sides ask for, and alpha is only there if some pixel is not opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    alpha: Option<Vec<u8>>,
}

impl Picture {
    /// A picture of interleaved `rgb` (3 bytes a pixel) and, if given, `alpha` (1 byte a pixel; 255 is opaque).
    /// Alpha that is 255 everywhere is dropped.
    ///
    /// # Errors
    /// [`PixelError::Shape`] if a side is 0 or a buffer has another length.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>, alpha: Option<Vec<u8>>) -> Result<Self, PixelError> {
        let pixels = area(width, height, rgb.len())?;
        if pixels.checked_mul(3) != Some(rgb.len()) {
            return Err(PixelError::Shape { width, height, found: rgb.len() });
        }
        if let Some(alpha) = &alpha
            && alpha.len() != pixels
        {
            return Err(PixelError::Shape { width, height, found: alpha.len() });
        }
        let alpha = alpha.filter(|alpha| is_transparent(alpha));
        Ok(Self { width, height, rgb, alpha })
    }

    /// A picture from interleaved RGBA, 4 bytes a pixel, not premultiplied: what a canvas holds.
    ///
    /// # Errors
    /// [`PixelError::Shape`] if a side is 0 or the buffer has another length.
    pub fn from_rgba8(width: u32, height: u32, rgba: &[u8]) -> Result<Self, PixelError> {
        let pixels = area(width, height, rgba.len())?;
        if pixels.checked_mul(4) != Some(rgba.len()) {
            return Err(PixelError::Shape { width, height, found: rgba.len() });
        }
        let mut rgb = Vec::with_capacity(pixels * 3);
        let mut alpha = Vec::with_capacity(pixels);
        for &[red, green, blue, a] in rgba.as_chunks::<4>().0 {
            rgb.extend_from_slice(&[red, green, blue]);
            alpha.push(a);
        }
        Self::new(width, height, rgb, Some(alpha))
    }

    /// A picture from planes of red, green and blue, each `height × width` values of 0…1 (NCHW without the N), with
    /// `alpha` put beside it. Values outside 0…1 are clamped; the rest is rounded to the nearest of 256 steps.
    ///
    /// # Errors
    /// [`PixelError::Shape`] for a wrong length, [`PixelError::NotFinite`] if a value is NaN or infinite.
    pub fn from_planar(width: u32, height: u32, planes: &[f32], alpha: Option<Vec<u8>>) -> Result<Self, PixelError> {
        let pixels = area(width, height, planes.len())?;
        if pixels.checked_mul(3) != Some(planes.len()) {
            return Err(PixelError::Shape { width, height, found: planes.len() });
        }
        if planes.iter().any(|value| !value.is_finite()) {
            return Err(PixelError::NotFinite);
        }
        let (red, rest) = planes.split_at(pixels);
        let (green, blue) = rest.split_at(pixels);
        let rgb = red.iter().zip(green).zip(blue).flat_map(|((&r, &g), &b)| [to_byte(r), to_byte(g), to_byte(b)]);
        Self::new(width, height, rgb.collect(), alpha)
    }

    /// Pixels across, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Interleaved red, green, blue: 3 bytes a pixel.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// One byte a pixel, 255 is opaque; `None` if every pixel is.
    #[must_use]
    pub fn alpha(&self) -> Option<&[u8]> {
        self.alpha.as_deref()
    }

    /// Interleaved RGBA, 4 bytes a pixel, not premultiplied: what a canvas takes.
    #[must_use]
    pub fn to_rgba8(&self) -> Vec<u8> {
        let colours = self.rgb.as_chunks::<3>().0;
        let mut rgba = Vec::with_capacity(colours.len() * 4);
        for (index, &[red, green, blue]) in colours.iter().enumerate() {
            rgba.extend_from_slice(&[red, green, blue, self.alpha_at(index)]);
        }
        rgba
    }

    /// Planes of red, green and blue, each `height × width` values of 0…1: NCHW without the N, still sRGB-encoded.
    /// The colour of transparent pixels is given as it is stored: take [`Picture::bled`] first for statistics.
    #[must_use]
    pub fn to_planar(&self) -> Vec<f32> {
        let mut planes = Vec::with_capacity(self.rgb.len());
        for channel in 0..3 {
            planes.extend(self.rgb.iter().skip(channel).step_by(3).map(|&value| f32::from(value) / 255.0));
        }
        planes
    }

    /// The middle of a picture that is more than so many times as long as it is wide; any other as it is.
    #[must_use]
    pub fn middle(&self, most: u32) -> Self {
        let longest = self.width.min(self.height).saturating_mul(most.max(1));
        let (width, height) = (self.width.min(longest), self.height.min(longest));
        self.cropped((self.width - width) / 2, (self.height - height) / 2, width, height)
    }

    /// The part of `width × height` pixels from `left`, `top`, or as much of it as there is: at least one pixel.
    #[must_use]
    pub fn cropped(&self, left: u32, top: u32, width: u32, height: u32) -> Self {
        let (left, top) = (left.min(self.width - 1), top.min(self.height - 1));
        let (width, height) = (width.clamp(1, self.width - left), height.clamp(1, self.height - top));
        let cut = |bytes: &[u8], each: usize| {
            let line = self.width as usize * each;
            let (from, length) = (left as usize * each, width as usize * each);
            bytes
                .chunks_exact(line)
                .skip(top as usize)
                .take(height as usize)
                .flat_map(|row| &row[from..from + length])
                .copied()
                .collect::<Vec<u8>>()
        };
        let alpha = self.alpha.as_ref().map(|alpha| cut(alpha, 1)).filter(|alpha| is_transparent(alpha));
        Self { width, height, rgb: cut(&self.rgb, 3), alpha }
    }

    /// The picture with other alpha, for example the content's alpha put back on a result.
    ///
    /// # Errors
    /// [`PixelError::Shape`] if it is not one byte a pixel.
    pub fn with_alpha(self, alpha: Option<Vec<u8>>) -> Result<Self, PixelError> {
        Self::new(self.width, self.height, self.rgb, alpha)
    }

    /// The picture with another of its size laid over it as strongly as `mask`, of the same size, says. Alpha stays as it is.
    #[must_use]
    pub fn overlaid(&self, above: &Self, mask: &Mask) -> Self {
        let mut rgb = self.rgb.clone();
        let above = above.rgb.as_chunks::<3>().0;
        for ((colour, above), amount) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(above).zip(mask.values()) {
            for (value, &above) in colour.iter_mut().zip(above) {
                *value = mix(above, *value, amount);
            }
        }
        Self { rgb, ..self.clone() }
    }

    /// The picture laid over one opaque colour, blended as browsers do it (on the sRGB values).
    #[must_use]
    pub fn flattened(&self, background: [u8; 3]) -> Self {
        let mut rgb = self.rgb.clone();
        if let Some(alpha) = &self.alpha {
            for (colour, &a) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(alpha) {
                for (value, below) in colour.iter_mut().zip(background) {
                    *value = mix(*value, below, a);
                }
            }
        }
        Self { width: self.width, height: self.height, rgb, alpha: None }
    }

    /// Refuses a picture with a side under `least` pixels.
    ///
    /// # Errors
    /// [`PictureError::TooThin`] with the sides.
    pub fn require_sides(&self, least: u32) -> Result<(), PictureError> {
        if self.width.min(self.height) < least {
            return Err(PictureError::TooThin { width: self.width, height: self.height });
        }
        Ok(())
    }

    pub(super) fn alpha_at(&self, index: usize) -> u8 {
        self.alpha.as_ref().and_then(|alpha| alpha.get(index)).copied().unwrap_or(u8::MAX)
    }
}

fn area(width: u32, height: u32, found: usize) -> Result<usize, PixelError> {
    usize::try_from(u64::from(width) * u64::from(height)).ok().filter(|&pixels| pixels > 0).ok_or(PixelError::Shape {
        width,
        height,
        found,
    })
}

/// Whether some pixel is not opaque.
fn is_transparent(alpha: &[u8]) -> bool {
    alpha.iter().any(|&value| value != u8::MAX)
}

/// 0…1 to the nearest of 256 steps; anything outside is clamped.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a byte first")]
pub(super) fn to_byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// `above` over `below` with weight `alpha`, rounded.
#[expect(clippy::cast_possible_truncation, reason = "a weighted mean of bytes is a byte")]
fn mix(above: u8, below: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(above) * alpha + u32::from(below) * (255 - alpha) + 127) / 255) as u8
}
