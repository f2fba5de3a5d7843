//! Pictures between JavaScript and the core.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::object::{object, throw};
use crate::picture::{Decoded, Fit, Limits, Note, Picture, decode, encode_jpeg, encode_png, encode_rgba_png, fit};

/// A decoded picture, upright and in sRGB.
#[wasm_bindgen(js_name = Picture)]
#[derive(Debug)]
pub struct WebPicture {
    pub(super) picture: Picture,
    format: String,
    notes: Vec<Note>,
}

#[wasm_bindgen(js_class = Picture)]
impl WebPicture {
    /// Decodes a file: JPEG, PNG, WebP, GIF, BMP or TIFF, whatever its name says.
    ///
    /// # Errors
    /// `{code, party, details}`; `picture-needs-browser` asks the caller to try the browser's own decoder and
    /// [`from_rgba`](Self::from_rgba).
    pub fn decode(bytes: &[u8]) -> Result<WebPicture, JsValue> {
        let Decoded { picture, format, notes } = decode(bytes, &Limits::default()).map_err(throw)?;
        Ok(Self { picture, format: format.name().to_owned(), notes })
    }

    /// From pixels that the browser decoded, RGBA with straight alpha, row by row.
    ///
    /// # Errors
    /// `{code, party, details}` where the pixels do not fit the size.
    #[wasm_bindgen(js_name = fromRgba)]
    pub fn from_rgba(width: u32, height: u32, pixels: &[u8], format: String) -> Result<WebPicture, JsValue> {
        let picture = Picture::from_rgba8(width, height, pixels).map_err(throw)?;
        Ok(Self { picture, format, notes: Vec::new() })
    }

    /// Pixels.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn width(&self) -> u32 {
        self.picture.width()
    }

    /// Pixels.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn height(&self) -> u32 {
        self.picture.height()
    }

    /// The format's name, such as `jpeg`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn format(&self) -> String {
        self.format.clone()
    }

    /// Codes of what was done to the picture that its owner may want to know.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.iter().map(|note| note.code().to_owned()).collect()
    }

    /// `{width, height, pixels}` within `side × side` pixels; never enlarged.
    #[must_use]
    pub fn preview(&self, side: u32) -> JsValue {
        pixels(&fit(&self.picture, Fit::Within(side)))
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// `{code, party, details}`
    #[wasm_bindgen(js_name = toPng)]
    pub fn to_png(&self) -> Result<Vec<u8>, JsValue> {
        encode_png(&self.picture).map_err(throw)
    }

    /// The picture as a PNG file with alpha even where it is opaque.
    ///
    /// # Errors
    /// `{code, party, details}`
    #[wasm_bindgen(js_name = toRgbaPng)]
    pub fn to_rgba_png(&self) -> Result<Vec<u8>, JsValue> {
        encode_rgba_png(&self.picture).map_err(throw)
    }

    /// The picture as a JPEG file, `quality` in 0…1; transparent parts become white.
    ///
    /// # Errors
    /// `{code, party, details}`
    #[wasm_bindgen(js_name = toJpeg)]
    pub fn to_jpeg(&self, quality: f32) -> Result<Vec<u8>, JsValue> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1…100")]
        let quality = (quality * 100.0).round().clamp(1.0, 100.0) as u8;
        encode_jpeg(&self.picture, quality).map_err(throw)
    }
}

/// `{width, height, pixels}` with RGBA bytes in a buffer of their own, so that it can be transferred.
pub(super) fn pixels(picture: &Picture) -> JsValue {
    let bytes = Uint8Array::from(picture.to_rgba8().as_slice());
    object([("width", picture.width().into()), ("height", picture.height().into()), ("pixels", bytes.buffer().into())])
}
