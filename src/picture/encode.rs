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
    let mut file = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive);
    let (width, height) = (picture.width(), picture.height());
    match picture.alpha() {
        None => encoder.write_image(picture.rgb(), width, height, ExtendedColorType::Rgb8),
        Some(_) => encoder.write_image(&picture.to_rgba8(), width, height, ExtendedColorType::Rgba8),
    }
    .map_err(|error| PixelError::Encode(error.to_string()))?;
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
