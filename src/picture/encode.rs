//! Writing files.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::error::PixelError;
use super::pixels::Picture;

/// The picture as a PNG file: RGB, or RGBA where it has alpha.
///
/// # Errors
/// [`PixelError::Encode`] if the encoder refuses, which no picture is known to cause.
pub fn encode_png(picture: &Picture) -> Result<Vec<u8>, PixelError> {
    match picture.alpha() {
        None => written(picture.rgb(), picture, ExtendedColorType::Rgb8),
        Some(_) => encode_rgba_png(picture),
    }
}

/// The picture as a PNG file with alpha even where it is opaque, as the pictures of an .ico file have to be.
///
/// # Errors
/// As [`encode_png`].
pub fn encode_rgba_png(picture: &Picture) -> Result<Vec<u8>, PixelError> {
    written(&picture.to_rgba8(), picture, ExtendedColorType::Rgba8)
}

fn written(samples: &[u8], like: &Picture, kind: ExtendedColorType) -> Result<Vec<u8>, PixelError> {
    let mut file = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive);
    encoder.write_image(samples, like.width(), like.height(), kind).map_err(|error| PixelError::Encode(error.to_string()))?;
    Ok(file)
}

/// The picture as a JPEG file of `quality` 1…100 (clamped). JPEG has no alpha: transparent pixels turn white.
///
/// # Errors
/// [`PixelError::Encode`] if a side is over 65 535 pixels.
pub fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, PixelError> {
    let opaque = picture.flattened([u8::MAX; 3]);
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality.clamp(1, 100))
        .write_image(opaque.rgb(), opaque.width(), opaque.height(), ExtendedColorType::Rgb8)
        .map_err(|error| PixelError::Encode(error.to_string()))?;
    Ok(file)
}
