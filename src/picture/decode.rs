//! From the bytes of a file to a [`Picture`]: recognise, check, decode, convert, turn upright.

use image::DynamicImage;
use image::metadata::Orientation;

use super::color;
use super::error::{Note, PictureError};
use super::format::{Format, recognise};
use super::jpeg::Jpeg;
use super::limits::Limits;
use super::pixels::Picture;
use super::raster::{self, Raster};

/// What a file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The format, by content.
    pub format: Format,
    /// Pixels across, once upright.
    pub width: u32,
    /// Pixels down, once upright.
    pub height: u32,
    /// Whether there is more than one frame.
    pub animated: bool,
}

/// A decoded picture and what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Upright, 8-bit sRGB.
    pub picture: Picture,
    /// The format, by content.
    pub format: Format,
    /// What the visitor may like to know, each at most once.
    pub notes: Vec<Note>,
}

/// How the samples of a [`Raw`] picture are laid out, interleaved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Amounts of ink, 255 is full.
    Cmyk,
}

impl Layout {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// A picture as its file has it: not upright, in its own colours.
pub(super) struct Raw {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) layout: Layout,
    /// Two bytes a sample, in native order; else one.
    pub(super) sixteen: bool,
    pub(super) samples: Vec<u8>,
    pub(super) icc: Option<Vec<u8>>,
}

/// A file whose header has been read.
enum Opened<'a> {
    Jpeg(Jpeg<'a>),
    Raster(Raster<'a>),
}

impl<'a> Opened<'a> {
    /// Reads the header; refuses a picture over `limits` before anything is allocated for its pixels.
    fn open(bytes: &'a [u8], limits: &Limits) -> Result<(Self, Format), PictureError> {
        let format = recognise(bytes)?;
        let opened = match format {
            Format::Jpeg => Self::Jpeg(Jpeg::open(bytes, limits)?),
            other => Self::Raster(raster::open(other, bytes, limits)?),
        };
        Ok((opened, format))
    }

    fn orientation(&self) -> Orientation {
        match self {
            Self::Jpeg(jpeg) => jpeg.orientation,
            Self::Raster(raster) => raster.orientation,
        }
    }

    fn animated(&self) -> bool {
        matches!(self, Self::Raster(raster) if raster.animated)
    }

    fn sides(&self) -> (u32, u32) {
        match self {
            Self::Jpeg(jpeg) => jpeg.sides(),
            Self::Raster(raster) => raster.sides(),
        }
    }

    fn read(self) -> Result<Raw, PictureError> {
        match self {
            Self::Jpeg(jpeg) => jpeg.read(),
            Self::Raster(raster) => raster.read(),
        }
    }
}

/// Reads a file's header only: quick, and allocates nothing for pixels, however many the file claims.
///
/// # Errors
/// As [`decode`], as far as the header shows it; never [`PictureError::TooLarge`].
pub fn inspect(bytes: &[u8]) -> Result<Header, PictureError> {
    let anything = Limits { megapixels: f64::INFINITY, max_bytes: u64::MAX };
    let (opened, format) = Opened::open(bytes, &anything)?;
    let (width, height) = opened.sides();
    let sideways = matches!(
        opened.orientation(),
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (width, height) = if sideways { (height, width) } else { (width, height) };
    Ok(Header { format, width, height, animated: opened.animated() })
}

/// Decodes a whole file into an upright picture in 8-bit sRGB.
///
/// Colour under alpha 0 stays what the file has there: see [`Picture::bled`].
///
/// # Errors
/// Every [`PictureError`] except those about resizing and what the browser could not decode either. A file that is cut short is refused, not
/// half decoded.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, PictureError> {
    let (opened, format) = Opened::open(bytes, limits)?;
    let (orientation, animated) = (opened.orientation(), opened.animated());
    let raw = opened.read()?;
    let mut notes = Vec::new();
    if animated {
        notes.push(Note::AnimationFirstFrame);
    }
    if raw.sixteen {
        notes.push(Note::DepthReduced);
    }
    let (width, height) = (raw.width, raw.height);
    let (rgb, alpha, note) = color::to_srgb(raw);
    notes.extend(note);
    let damaged = PictureError::Damaged { format: format.name() };
    let picture = upright(width, height, rgb, alpha, orientation).ok_or(damaged)?;
    Ok(Decoded { picture, format, notes })
}

/// Applies an orientation to colour and alpha alike. `None` if the buffers do not fit the sides.
fn upright(width: u32, height: u32, rgb: Vec<u8>, alpha: Option<Vec<u8>>, turn: Orientation) -> Option<Picture> {
    if turn == Orientation::NoTransforms {
        return Picture::new(width, height, rgb, alpha).ok();
    }
    let mut colour = DynamicImage::ImageRgb8(image::RgbImage::from_raw(width, height, rgb)?);
    colour.apply_orientation(turn);
    let alpha = match alpha {
        None => None,
        Some(alpha) => {
            let mut plane = DynamicImage::ImageLuma8(image::GrayImage::from_raw(width, height, alpha)?);
            plane.apply_orientation(turn);
            Some(plane.into_bytes())
        }
    };
    Picture::new(colour.width(), colour.height(), colour.into_bytes(), alpha).ok()
}
