//! Pictures: what a visitor drops, turned into plain sRGB pixels, and back into a file.
//!
//! The way in is [`decode`]: it recognises the format by content (never by name), checks the [`Limits`] from the
//! header, decodes, turns the picture upright (all eight EXIF orientations), converts it to 8-bit sRGB and keeps alpha
//! beside the colour. [`inspect`] stops after the header. [`fit`] and [`resize`] change the size, [`Picture::to_planar`]
//! gives numbers for tensors, and [`encode_png`] and [`encode_jpeg`] write files. A [`Mask`] says how much each pixel counts;
//! [`Picture::with_chroma_of`] lends colours, [`Picture::tileable`] makes borders meet.
//!
//! What is understood: JPEG (baseline, progressive, grey, CMYK), PNG (every depth, palette, `tRNS`, interlaced), WebP, GIF,
//! BMP and TIFF; of animations, the first frame. ICC profiles are applied; where there is none the picture is taken for
//! sRGB, so PNG's `gAMA`, `cHRM` and `cICP` chunks have no effect. Every refusal is a [`PictureError`] with a code; every
//! silent change is a [`Note`].
//!
//! Nothing here knows tensors, browsers or files: bytes in, pixels out.

mod bleed;
mod color;
mod decode;
mod encode;
mod error;
mod format;
mod jpeg;
mod limits;
mod linear;
mod mask;
mod pixels;
mod raster;
mod recolor;
mod resize;
mod seamless;
mod tiff;

pub use decode::{Decoded, Header, decode, inspect};
pub use encode::{encode_jpeg, encode_png, encode_rgba_png};
pub use error::{Note, PictureError, PixelError};
pub use format::Format;
pub use limits::Limits;
pub use mask::Mask;
pub use pixels::Picture;
pub(crate) use recolor::{ColorMap, ColorStatistics};
pub use resize::{Fit, fit, resize};
pub(crate) use seamless::{resize_tile, whole_side};

#[cfg(test)]
mod tests;
