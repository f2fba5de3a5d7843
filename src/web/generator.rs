//! Generators, and photos being painted with them.

use std::rc::Rc;

use js_sys::JsString;
use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::object::{object, throw};
use super::picture::{WebPicture, pixels};
use crate::generator::{About, Event, OwnStyle, Painter, Painting, Settings, StyleStatistics, Weights};
use crate::optimize::{SettingsError, check_weights};
use crate::vgg::Vgg;

/// A generator on the engine's device.
#[wasm_bindgen(js_name = Generator)]
#[derive(Debug)]
pub struct WebGenerator {
    painter: Painter,
    vgg: Rc<Vgg>,
    about: About,
}

#[wasm_bindgen]
impl Engine {
    /// Puts a generator's file to use. `file` names it in errors.
    ///
    /// # Errors
    /// `model-damaged`, `model-other-version`, `model-other-network`; `model-missing` before [`load_describing`](Self::load_describing).
    pub fn generator(&self, bytes: &[u8], file: &str) -> Result<WebGenerator, JsValue> {
        let vgg = Vgg::new(self.describing()?, &self.device);
        let weights = Weights::read(bytes, file).map_err(throw)?;
        weights.architecture.require_told_by(vgg.architecture(), file).map_err(throw)?;
        Ok(WebGenerator { painter: Painter::new(&weights, &self.device), vgg: Rc::new(vgg), about: weights.about })
    }
}

#[wasm_bindgen(js_class = Generator)]
impl WebGenerator {
    /// Its name for people; it may have none.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn name(&self) -> JsString {
        self.about.name.as_str().into()
    }

    /// Whether it has a style of its own, and needs to be told none.
    #[wasm_bindgen(getter, js_name = ownStyle)]
    #[must_use]
    pub fn own_style(&self) -> bool {
        self.about.style.is_some()
    }

    /// What it is told of a style picture, for paintings with these settings and with strokes `stroke` times as large as usual: numbers to keep and to add to a [`StyleMix`].
    ///
    /// # Errors
    /// `{code, party, details}`
    pub async fn describe(
        &self,
        picture: &WebPicture,
        #[wasm_bindgen(unchecked_param_type = "GeneratorSettings")] settings: JsValue,
        stroke: f32,
    ) -> Result<Vec<f32>, JsValue> {
        let settings = Settings { stroke, ..super::object::settings(settings)? };
        settings.check().map_err(throw)?;
        Ok(self.painter.describe(&self.vgg, &picture.picture, settings.told_for(&Painter::DESCRIBED)).await.map_err(throw)?.0)
    }

    /// Begins to paint a photo, which is copied in. What it comes down to is kept for all styles and strengths.
    ///
    /// # Errors
    /// `{code, party, details}` for a setting out of range, or a photo too thin.
    pub fn paint(
        &self,
        content: &WebPicture,
        #[wasm_bindgen(unchecked_param_type = "GeneratorSettings")] settings: JsValue,
    ) -> Result<WebPainting, JsValue> {
        let settings: Settings = super::object::settings(settings)?;
        let painting = self.painter.paint(&content.picture, &settings).map_err(throw)?;
        Ok(WebPainting { painting, vgg: self.vgg.clone(), usual: self.about.style.clone() })
    }
}

/// Styles and their weights.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct StyleMix {
    parts: Vec<(StyleStatistics, f32)>,
}

#[wasm_bindgen]
impl StyleMix {
    /// No style yet: a generator's own.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> StyleMix {
        Self::default()
    }

    /// Adds a style as [`describe`](WebGenerator::describe) told it.
    pub fn add(&mut self, style: Vec<f32>, weight: f32) {
        self.parts.push((StyleStatistics(style), weight));
    }
}

/// A photo being painted. Await `begin()` before anything else is asked of it or of the mix, then call `next()` for each event; not calling it pauses, another `begin()` starts anew.
#[wasm_bindgen(js_name = Painting)]
#[derive(Debug)]
pub struct WebPainting {
    painting: Painting,
    vgg: Rc<Vgg>,
    /// The generator's own style.
    usual: Option<OwnStyle>,
}

#[wasm_bindgen(js_class = Painting)]
impl WebPainting {
    /// Begins anew, at a strength from 0, the photo in its own style, to 1, the style. `stroke` is how large the strokes of the generator's own style are; those of others were said when they were described.
    ///
    /// # Errors
    /// `{code, party, details}` for a strength, a stroke or a weight out of range, or where there is neither a style nor one of the generator's own.
    pub async fn begin(&mut self, styles: &StyleMix, strength: f32, stroke: f32) -> Result<(), JsValue> {
        let settings = Settings { strength, stroke, ..self.painting.settings().clone() };
        settings.check().map_err(throw)?;
        if styles.parts.iter().any(|(style, _)| style.0.len() != self.painting.statistics()) {
            return Err(throw(SettingsError::Malformed));
        }
        if !styles.parts.is_empty() {
            check_weights(styles.parts.iter().map(|(_, weight)| *weight)).map_err(throw)?;
        }
        let parts: Vec<(&StyleStatistics, f32)> = styles.parts.iter().map(|(style, weight)| (style, *weight)).collect();
        let style = if parts.is_empty() {
            self.usual.as_ref().map(|own| own.at(settings.told_for(&own.sizes())))
        } else {
            StyleStatistics::mixed(&parts)
        };
        let style = style.ok_or_else(|| throw(SettingsError::NoStyles))?;
        self.painting.begin_at(strength, &style, &self.vgg).await.map_err(throw)
    }

    /// Works until there is something to tell; `undefined` after the event "done".
    ///
    /// # Errors
    /// `{code, party, details}`
    #[wasm_bindgen(unchecked_return_type = "PaintingEvent | undefined")]
    pub async fn next(&mut self) -> Result<JsValue, JsValue> {
        Ok(match self.painting.next().await.map_err(throw)? {
            None => JsValue::UNDEFINED,
            Some(Event::Tile { done, of }) => object([("kind", "tile".into()), ("done", done.into()), ("of", of.into())]),
            Some(Event::Done(picture)) => super::events::kind(pixels(&picture), "done"),
        })
    }
}
