//! How large a picture may be, judged before a pixel is decoded.

use super::error::PictureError;

/// What a device is willing to decode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The most pixels, in millions.
    pub megapixels: f64,
    /// The most memory that decoding may take at its peak, in bytes. It is turned into megapixels by the kind of picture
    /// (a 16-bit or a progressive one needs more), so that the visitor is told one kind of limit.
    pub max_bytes: u64,
}

impl Default for Limits {
    /// 100 megapixels, and 2 GiB: what a 32-bit WebAssembly memory can hold beside everything else.
    fn default() -> Self {
        Self { megapixels: 100.0, max_bytes: 2 << 30 }
    }
}

impl Limits {
    /// Checks a picture of `width × height` whose decoding takes `bytes_per_pixel` at its peak.
    pub(super) fn check(&self, width: u32, height: u32, bytes_per_pixel: u32) -> Result<(), PictureError> {
        let megapixels = f64::from(width) * f64::from(height) / 1e6;
        let limit = self.megapixels.min(approximate(self.max_bytes) / f64::from(bytes_per_pixel.max(1)) / 1e6);
        if megapixels > limit { Err(PictureError::TooLarge { megapixels, limit }) } else { Ok(()) }
    }

    /// The same limits for the `image` crate's decoders, which count their own allocations.
    pub(super) fn for_decoder(&self) -> image::Limits {
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(self.max_bytes);
        limits
    }
}

#[expect(clippy::cast_precision_loss, reason = "a limit in bytes needs no more than 53 bits")]
fn approximate(bytes: u64) -> f64 {
    bytes as f64
}
