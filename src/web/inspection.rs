//! What the network sees of pictures, for the page to draw.

use js_sys::{Array, Float32Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::object::{object, throw};
use super::picture::WebPicture;
use crate::inspection::{InspectedTap, inspect};
use crate::vgg::Vgg;

/// What the network sees of one picture.
#[wasm_bindgen(js_name = Inspection)]
#[derive(Debug)]
pub struct WebInspection {
    taps: Vec<InspectedTap>,
}

#[wasm_bindgen]
impl Engine {
    /// Looks at a picture, made to fit in `side × side` pixels, with the network that describes styles to generators.
    ///
    /// # Errors
    /// `{code, party, details}`; `model-missing` before [`load_describing`](Self::load_describing).
    pub async fn inspect(&self, picture: &WebPicture, side: u32) -> Result<WebInspection, JsValue> {
        let vgg = Vgg::new(self.describing()?, &self.device);
        Ok(WebInspection { taps: inspect(&vgg, &picture.picture, side, &self.device).await.map_err(throw)? })
    }
}

#[wasm_bindgen(js_class = Inspection)]
impl WebInspection {
    /// For each tap `{name, width, height, channels, maps, peaks, gram}`: maps of bytes one after the other, 255 at the channel's peak; the
    /// peaks; the Gram matrix, row by row.
    #[must_use]
    pub fn taps(&self) -> Array {
        self.taps
            .iter()
            .map(|one| {
                object([
                    ("name", one.tap.to_string().into()),
                    ("width", one.width.into()),
                    ("height", one.height.into()),
                    ("channels", one.peaks.len().into()),
                    ("maps", Uint8Array::from(one.maps.as_slice()).into()),
                    ("peaks", Float32Array::from(one.peaks.as_slice()).into()),
                    ("gram", Float32Array::from(one.gram.as_slice()).into()),
                ])
            })
            .collect()
    }

    /// The relative style loss of each tap, 0 for the style itself.
    #[wasm_bindgen(js_name = styleLosses)]
    #[must_use]
    pub fn style_losses(&self, style: &WebInspection) -> Vec<f32> {
        self.taps.iter().zip(&style.taps).map(|(one, style)| one.style_loss(style)).collect()
    }
}
