//! The models that come with the site, beside the networks that the engine fetches by itself.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use super::fetch;
use super::object::{object, throw};
use crate::catalog::Model;

/// `[{id, bytes, sizes}]` for each model that the manifest below `models` lists; `models` is an absolute URL that ends in a slash.
///
/// # Errors
/// `{code, party, details}` of the host's making.
#[wasm_bindgen(js_name = listModels, unchecked_return_type = "{id: string, bytes: number, sizes: [number, number] | null}[]")]
pub async fn list_models(models: String) -> Result<JsValue, JsValue> {
    let manifest = fetch::manifest(&models).await.map_err(throw)?;
    #[expect(clippy::cast_precision_loss, reason = "a length in bytes, far below 2^53")]
    let entry = |model: &Model| {
        let sizes = model.sizes.map_or(JsValue::NULL, |sizes| sizes.into_iter().map(JsValue::from).collect::<Array>().into());
        object([("id", model.id.as_str().into()), ("bytes", (model.bytes as f64).into()), ("sizes", sizes)])
    };
    Ok(manifest.models.iter().map(entry).collect::<Array>().into())
}

/// Fetches the model of this name and verifies it, calling `progress(loaded, total)` as bytes arrive.
///
/// # Errors
/// `{code, party, details}` of the host's making; calling again tries again.
#[wasm_bindgen(js_name = fetchModel)]
pub async fn fetch_model(models: String, id: String, progress: Function) -> Result<Vec<u8>, JsValue> {
    let manifest = fetch::manifest(&models).await.map_err(throw)?;
    let entry = manifest.find(&id).map_err(throw)?;
    fetch::model(&models, entry, &progress).await.map_err(throw)
}
