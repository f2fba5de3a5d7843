//! A run as JavaScript drives it.

use wasm_bindgen::prelude::*;

use super::events::event;
use super::object::throw;
use crate::optimize::Optimization;

/// One optimisation. Call `next()` for each event; not calling it pauses. Between two calls, and only there, `free()` cancels and
/// `adjust()` changes.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Run {
    pub(super) optimization: Optimization,
}

#[wasm_bindgen]
impl Run {
    /// Works until there is something to tell; `undefined` after the event "done".
    ///
    /// # Errors
    /// `{code, party, details}`; the run is then over.
    #[wasm_bindgen(unchecked_return_type = "RunEvent | undefined")]
    pub async fn next(&mut self) -> Result<JsValue, JsValue> {
        let next = self.optimization.next().await.map_err(throw)?;
        Ok(next.as_ref().map_or(JsValue::UNDEFINED, event))
    }

    /// Takes strength, layer weights, smoothness and detail from `settings`, from the next iteration on.
    ///
    /// # Errors
    /// `{code, party, details}` for a setting out of range; the run goes on as before.
    pub fn adjust(&mut self, #[wasm_bindgen(unchecked_param_type = "Settings")] settings: JsValue) -> Result<(), JsValue> {
        self.optimization.adjust(&super::object::settings(settings)?).map_err(throw)
    }
}
