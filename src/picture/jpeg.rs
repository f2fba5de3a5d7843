//! JPEG, through `zune-jpeg` itself rather than through `image`: that gives CMYK as it is stored, which a profile needs,
//! and a strict mode. Left to itself the decoder fills what is missing with grey and reports success.

use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::decode::{Layout, Raw};
use super::error::PictureError;
use super::limits::Limits;
use super::tiff::Jpegs;

const NAME: &str = "jpeg";
/// What the decoder writes where it ran out of data.
const FILLER: u8 = 128;
/// The most pixels on a side that JPEG can express.
const MAX_SIDE: usize = 65_535;

/// A JPEG whose headers have been read.
pub(super) struct Jpeg<'a> {
    bytes: &'a [u8],
    frame: Frame,
    has_profile: bool,
    pub(super) orientation: Orientation,
}

impl<'a> Jpeg<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        let structure = walk(bytes);
        if let Some(frame) = structure.frame {
            limits.check(frame.width.into(), frame.height.into(), frame.bytes_per_pixel())?;
        }
        if !structure.complete {
            return Err(PictureError::Truncated { format: NAME });
        }
        let frame = structure.frame.ok_or(PictureError::Damaged { format: NAME })?;
        if frame.process > 2 {
            return Err(PictureError::Unsupported { format: NAME });
        }
        if frame.precision != 8 {
            return Err(PictureError::Depth { format: NAME, bits: frame.precision.into() });
        }
        let mut decoder = new_decoder(bytes, false);
        decoder.decode_headers().map_err(|error| translate(&error))?;
        // The memory was judged by what was found here.
        if decoder.dimensions() != Some((frame.width.into(), frame.height.into())) {
            return Err(PictureError::Damaged { format: NAME });
        }
        let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
        Ok(Self { bytes, frame, has_profile: structure.has_profile, orientation: orientation.unwrap_or(Orientation::NoTransforms) })
    }

    pub(super) fn sides(&self) -> (u32, u32) {
        (self.frame.width.into(), self.frame.height.into())
    }

    pub(super) fn read(self) -> Result<Raw, PictureError> {
        // Strict first. What fails it is often harmless (stray bytes between headers), so a second, lenient attempt
        // follows, and is believed unless it shows the grey of missing data down to the last row.
        let Components { space, icc, mut samples } = if let Ok(whole) = self.attempt(true) {
            whole
        } else {
            let doubtful = self.attempt(false).map_err(|error| translate(&error))?;
            let row = doubtful.samples.len() / usize::from(self.frame.height.max(1));
            if doubtful.samples.iter().rev().take(row).all(|&value| value == FILLER) {
                return Err(PictureError::Damaged { format: NAME });
            }
            doubtful
        };
        let layout = match space {
            ColorSpace::Luma => Layout::Grey,
            ColorSpace::CMYK | ColorSpace::YCCK => {
                to_ink(&mut samples, space == ColorSpace::YCCK);
                Layout::Cmyk
            }
            _ => Layout::Rgb,
        };
        let (width, height) = self.sides();
        let raw = Raw { width, height, layout, sixteen: false, samples, icc };
        let expected = usize::from(self.frame.width) * usize::from(self.frame.height) * layout.channels();
        if raw.samples.len() == expected { Ok(raw) } else { Err(PictureError::Damaged { format: NAME }) }
    }

    /// Decodes to grey, RGB or, with four components, to the components as they are stored.
    fn attempt(&self, strict: bool) -> Result<Components, DecodeErrors> {
        let mut decoder = new_decoder(self.bytes, strict);
        decoder.decode_headers()?;
        let space = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
        // Before it decodes, the decoder takes what Adobe's marker says for four components whatever their number is.
        let wanted = match (self.frame.components, space) {
            (1, _) => ColorSpace::Luma,
            (4, ColorSpace::CMYK | ColorSpace::YCCK) => space,
            _ => ColorSpace::RGB,
        };
        decoder.set_options(decoder.options().jpeg_set_out_colorspace(wanted));
        // Parts of a profile that do not fit together are none that fits.
        let icc = decoder.icc_profile().or(self.has_profile.then(Vec::new));
        Ok(Components { space: wanted, icc, samples: decoder.decode()? })
    }
}

/// The JPEGs that another file is made of, which its decoder decodes whatever their size, and fills up where they are cut short: each is whole and no larger than its place.
///
/// # Errors
/// `Truncated` and `Damaged`, of a file of this format.
pub(super) fn check_parts(jpegs: &Jpegs<'_>, format: &'static str) -> Result<(), PictureError> {
    let damaged = PictureError::Damaged { format };
    if jpegs.tables.is_some_and(|tables| walk(tables).frame.is_some()) {
        return Err(damaged);
    }
    // A part is coded in blocks of so many pixels.
    let most = [jpegs.sides.0, jpegs.sides.1].map(|side| side.saturating_add(15));
    for part in &jpegs.parts {
        let Structure { frame, complete, .. } = walk(part);
        if !complete {
            return Err(PictureError::Truncated { format });
        }
        if frame.is_none_or(|frame| u32::from(frame.width) > most[0] || u32::from(frame.height) > most[1]) {
            return Err(damaged);
        }
    }
    Ok(())
}

/// What the decoder gives.
struct Components {
    space: ColorSpace,
    icc: Option<Vec<u8>>,
    samples: Vec<u8>,
}

fn new_decoder(bytes: &[u8], strict: bool) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default().set_strict_mode(strict).set_max_width(MAX_SIDE).set_max_height(MAX_SIDE);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

fn translate(error: &DecodeErrors) -> PictureError {
    match error {
        DecodeErrors::Unsupported(_) => PictureError::Unsupported { format: NAME },
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => PictureError::Truncated { format: NAME },
        _ => PictureError::Damaged { format: NAME },
    }
}

/// Stored components to amounts of ink. Four-component JPEGs come from Adobe's programs, which store them inverted, and
/// every browser takes them so, marker or none. YCCK is YCbCr over the inverted C, M and Y.
fn to_ink(samples: &mut [u8], ycck: bool) {
    for pixel in samples.as_chunks_mut::<4>().0 {
        if ycck {
            let [y, cb, cr, _] = pixel.map(f32::from);
            let (cb, cr) = (cb - 128.0, cr - 128.0);
            let ink = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb];
            for (value, amount) in pixel.iter_mut().zip(ink) {
                *value = super::pixels::to_byte(amount / 255.0);
            }
            pixel[3] = u8::MAX - pixel[3];
        } else {
            *pixel = pixel.map(|value| u8::MAX - value);
        }
    }
}

/// What a start-of-frame segment says.
#[derive(Debug, Clone, Copy)]
struct Frame {
    precision: u8,
    width: u16,
    height: u16,
    components: u8,
    /// The low half of the marker: 0 and 1 are sequential, 2 is progressive; the others (lossless, arithmetic) are not read.
    process: u8,
}

impl Frame {
    /// Peak memory of decoding: the samples, our RGB, and for progressive files every coefficient in 16 bits.
    fn bytes_per_pixel(self) -> u32 {
        let samples = u32::from(self.components.max(1));
        samples + 3 + if self.process == 2 { 2 * samples } else { 0 }
    }
}

struct Structure {
    frame: Option<Frame>,
    /// Whether the end-of-image marker of the main picture is there.
    complete: bool,
    /// Whether there is a part of a colour profile.
    has_profile: bool,
}

/// Steps from marker to marker. Thumbnails inside segments are stepped over with them, and what follows the main picture
/// (a second picture, a phone's video) is not looked at, so this finds the true end of the picture or that there is none.
fn walk(bytes: &[u8]) -> Structure {
    let mut found = Structure { frame: None, complete: false, has_profile: false };
    let mut at = 2;
    // Restart markers have no length in compressed data; the decoder takes those before it for segments, which may hold anything.
    let mut compressed = false;
    loop {
        let Some(gap) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) else { return found };
        at += gap + 1;
        let Some(&marker) = bytes.get(at) else { return found };
        match marker {
            // A fill byte: the next one may be the marker.
            0xff => continue,
            // A stuffed 255 in the compressed data, a restart marker: no length follows.
            0x00 => {
                at += 1;
                continue;
            }
            0x01 | 0xd0..=0xd8 if compressed => {
                at += 1;
                continue;
            }
            0x01 | 0xd0..=0xd8 => return found,
            0xd9 => {
                found.complete = true;
                return found;
            }
            _ => {}
        }
        let Some(&[high, low]) = bytes.get(at + 1..at + 3) else { return found };
        compressed = marker == 0xda;
        found.has_profile |= marker == 0xe2 && bytes.get(at + 3..).is_some_and(|rest| rest.starts_with(b"ICC_PROFILE\0"));
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame
            && found.frame.is_none()
            && let Some(&[precision, h1, h0, w1, w0, components]) = bytes.get(at + 3..at + 9)
        {
            found.frame = Some(Frame {
                precision,
                width: u16::from_be_bytes([w1, w0]),
                height: u16::from_be_bytes([h1, h0]),
                components,
                process: marker & 0x0f,
            });
        }
        at += 1 + usize::from(u16::from_be_bytes([high, low])).max(2);
    }
}
