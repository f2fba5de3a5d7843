//! PNG, WebP, GIF, BMP and TIFF, through the `image` crate.

use std::error::Error as _;
use std::io::{Cursor, ErrorKind};

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError};

use super::decode::{Layout, Raw};
use super::error::PictureError;
use super::format::Format;
use super::jpeg;
use super::limits::Limits;
use super::tiff::{self, Nonsense};

/// Bytes of an animated WebP's frame before its own chunks.
const FRAME_HEADER: u64 = 16;
/// What a PNG may take beside its pixels: its profile, above all.
const PNG_BESIDE_PIXELS: u64 = 16 << 20;

/// A file whose header has been read.
pub(super) struct Raster<'a> {
    decoder: Box<dyn ImageDecoder + 'a>,
    format: Format,
    layout: Layout,
    sixteen: bool,
    premultiplied: bool,
    icc: Option<Vec<u8>>,
    pub(super) orientation: Orientation,
    pub(super) animated: bool,
}

pub(super) fn open<'a>(format: Format, bytes: &'a [u8], limits: &Limits) -> Result<Raster<'a>, PictureError> {
    let failed = |error: ImageError| translate(&error, format, bytes);
    let cursor = Cursor::new(bytes);
    let mut animated = false;
    let mut decoder: Box<dyn ImageDecoder + 'a> = match format {
        Format::Png => {
            // The claim comes first in the file: judge it before the decoder sizes its buffers by it.
            let (width, height) = png_sides(bytes).unwrap_or_default();
            limits.check(width, height, 3)?;
            // Its profile is unpacked before a pixel is, to whatever size it comes to.
            let most = PNG_BESIDE_PIXELS.saturating_add((u64::from(width) * u64::from(height)).saturating_mul(8));
            let mut limits = limits.for_decoder();
            limits.max_alloc = Some(limits.max_alloc.unwrap_or(u64::MAX).min(most));
            let decoder = PngDecoder::with_limits(cursor, limits).map_err(failed)?;
            animated = decoder.is_apng().unwrap_or(false);
            Box::new(decoder)
        }
        Format::WebP => {
            let decoder = WebPDecoder::new(Cursor::new(riff(bytes)?)).map_err(failed)?;
            animated = decoder.has_animation();
            Box::new(decoder)
        }
        Format::Gif => {
            let frames = GifFrames::of(bytes);
            // It need not be as large as the screen that the decoder tells of.
            if let Some((width, height)) = frames.first {
                limits.check(width, height, 8)?;
            }
            animated = frames.several;
            Box::new(GifDecoder::new(cursor).map_err(failed)?)
        }
        Format::Bmp => Box::new(BmpDecoder::new(cursor).map_err(failed)?),
        Format::Tiff => {
            if tiff::first_value(bytes, tiff::NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1) {
                return Err(PictureError::Unsupported { format: "raw" });
            }
            if let Some(jpegs) = tiff::jpegs(bytes) {
                let jpegs = jpegs.map_err(|Nonsense| PictureError::Damaged { format: format.name() })?;
                jpeg::check_parts(&jpegs, format.name())?;
            }
            Box::new(TiffDecoder::new(cursor).map_err(failed)?)
        }
        Format::Jpeg => return Err(PictureError::Unsupported { format: format.name() }),
    };
    let (layout, sixteen) = match decoder.color_type() {
        ColorType::L8 => (Layout::Grey, false),
        ColorType::La8 => (Layout::GreyAlpha, false),
        ColorType::Rgb8 => (Layout::Rgb, false),
        ColorType::Rgba8 => (Layout::Rgba, false),
        ColorType::L16 => (Layout::Grey, true),
        ColorType::La16 => (Layout::GreyAlpha, true),
        ColorType::Rgb16 => (Layout::Rgb, true),
        ColorType::Rgba16 => (Layout::Rgba, true),
        _ => return Err(PictureError::Depth { format: format.name(), bits: 32 }),
    };
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged { format: format.name() });
    }
    // The samples as decoded, twice where the decoder keeps a copy, and our RGB and alpha.
    let copies = if matches!(format, Format::Tiff | Format::WebP) { 2 } else { 1 };
    limits.check(width, height, copies * u32::from(decoder.color_type().bytes_per_pixel()) + 4)?;
    // Before a limit on what is decoded, which a profile of a small picture would exceed. What is there and cannot be read is none that fits.
    let icc = decoder.icc_profile().unwrap_or(Some(Vec::new()));
    decoder.set_limits(limits.for_decoder()).map_err(failed)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let orientation = match decoder.exif_metadata() {
        // Some writers of WebP keep the prefix that the block has in a JPEG.
        Ok(Some(exif)) if exif.starts_with(b"Exif\0\0") => exif.get(6..).and_then(Orientation::from_exif_chunk).unwrap_or(orientation),
        _ => orientation,
    };
    let premultiplied = format == Format::Tiff
        && matches!(layout, Layout::GreyAlpha | Layout::Rgba)
        && tiff::first_value(bytes, tiff::EXTRA_SAMPLES) == Some(1);
    Ok(Raster { decoder, format, layout, sixteen, premultiplied, icc, orientation, animated })
}

impl Raster<'_> {
    pub(super) fn sides(&self) -> (u32, u32) {
        self.decoder.dimensions()
    }

    pub(super) fn read(self) -> Result<Raw, PictureError> {
        let (width, height) = self.decoder.dimensions();
        let damaged = PictureError::Damaged { format: self.format.name() };
        let icc = self.icc;
        let length = usize::try_from(self.decoder.total_bytes()).map_err(|_| damaged)?;
        let mut samples = vec![0; length];
        self.decoder.read_image_boxed(&mut samples).map_err(|error| translate(&error, self.format, &[]))?;
        if self.premultiplied {
            divide_by_alpha(&mut samples, self.layout.channels(), self.sixteen);
        }
        Ok(Raw { width, height, layout: self.layout, sixteen: self.sixteen, samples, icc })
    }
}

/// Undoes premultiplication in place; alpha is the last channel.
fn divide_by_alpha(samples: &mut [u8], channels: usize, sixteen: bool) {
    if sixteen {
        for pixel in samples.chunks_exact_mut(2 * channels) {
            let values = pixel.as_chunks_mut::<2>().0;
            let Some((alpha, colours)) = values.split_last_mut() else { continue };
            let alpha = u32::from(u16::from_ne_bytes(*alpha)).max(1);
            for value in colours {
                let whole = u32::from(u16::from_ne_bytes(*value)) * u32::from(u16::MAX) / alpha;
                *value = u16::try_from(whole).unwrap_or(u16::MAX).to_ne_bytes();
            }
        }
    } else {
        for pixel in samples.chunks_exact_mut(channels) {
            let Some((alpha, colours)) = pixel.split_last_mut() else { continue };
            let alpha = u32::from(*alpha).max(1);
            for value in colours {
                *value = u8::try_from(u32::from(*value) * 255 / alpha).unwrap_or(u8::MAX);
            }
        }
    }
}

/// The `image` crate's error as a code. `bytes` is asked for a TIFF's depth when its header was refused.
fn translate(error: &ImageError, format: Format, bytes: &[u8]) -> PictureError {
    let name = format.name();
    match error {
        ImageError::Unsupported(_) => match tiff::first_value(bytes, tiff::BITS_PER_SAMPLE) {
            Some(bits) if format == Format::Tiff && !matches!(bits, 1 | 8 | 16) => PictureError::Depth { format: name, bits },
            _ => PictureError::Unsupported { format: name },
        },
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => PictureError::Truncated { format: name },
        _ if ends_early(error) => PictureError::Truncated { format: name },
        _ => PictureError::Damaged { format: name },
    }
}

/// Whether somewhere behind the error the file ran out.
fn ends_early(error: &ImageError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Width and height from a PNG's first chunk.
fn png_sides(bytes: &[u8]) -> Option<(u32, u32)> {
    let four = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?));
    (bytes.get(12..16)? == b"IHDR").then_some((four(16)?, four(20)?))
}

/// A RIFF file says how long it is, which the decoder would call damaged where it is shorter, and how long each of its chunks is, for which the decoder would ask for memory before it reads
/// them. What follows the file's end is left off.
fn riff(bytes: &[u8]) -> Result<&[u8], PictureError> {
    let format = Format::WebP.name();
    let length = bytes.len() as u64;
    let four = |at: u64| Some(u64::from(u32::from_le_bytes(*bytes.get(usize::try_from(at).ok()?..)?.first_chunk::<4>()?)));
    let end = four(4).unwrap_or(0) + 8;
    if length < end {
        return Err(PictureError::Truncated { format });
    }
    // Chunks from one place to another, and those within a frame.
    let mut within = vec![(12, end)];
    while let Some((mut at, end)) = within.pop() {
        while at + 8 <= end
            && let Some(size) = four(at + 4)
        {
            let next = at + 8 + size;
            if next > end {
                return Err(PictureError::Damaged { format });
            }
            if usize::try_from(at).ok().and_then(|at| bytes.get(at..)).is_some_and(|rest| rest.starts_with(b"ANMF")) {
                within.push((at + 8 + FRAME_HEADER, next));
            }
            // To an even length.
            at = next + size % 2;
        }
    }
    Ok(usize::try_from(end).ok().and_then(|end| bytes.get(..end)).unwrap_or(bytes))
}

/// The frames of a GIF.
#[derive(Default)]
struct GifFrames {
    /// Width and height of the first.
    first: Option<(u32, u32)>,
    /// Whether there is a second.
    several: bool,
}

impl GifFrames {
    /// Steps through a GIF's blocks, decoding nothing, until a second frame or the end.
    fn of(bytes: &[u8]) -> Self {
        let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
        let past_blocks = |mut at: usize| loop {
            match bytes.get(at) {
                Some(0) => return Some(at + 1),
                Some(&length) => at += 1 + usize::from(length),
                None => return None,
            }
        };
        let side = |at: usize| Some(u32::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk::<2>()?)));
        let mut found = Self::default();
        let mut at = bytes.get(10).map_or(usize::MAX, |&flags| 13 + table(flags));
        while let Some(&kind) = bytes.get(at) {
            let next = match kind {
                0x21 => past_blocks(at + 2),
                0x2c if found.first.is_some() => {
                    found.several = true;
                    None
                }
                0x2c => {
                    found.first = side(at + 5).zip(side(at + 7));
                    // Ten bytes of descriptor, a colour table of its own, one byte of code size, then the data.
                    bytes.get(at + 9).and_then(|&flags| past_blocks(at + 11 + table(flags)))
                }
                _ => None,
            };
            let Some(next) = next else { break };
            at = next;
        }
        found
    }
}
