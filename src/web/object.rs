//! Plain JavaScript objects from the core's values.

use std::fmt::Display;

use js_sys::{Object, Reflect};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::error::{Detail, Error, Party};
use crate::optimize::SettingsError;

/// A plain object with these properties.
pub(super) fn object<const N: usize>(properties: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}

/// `{code, party, details}`, the form in which every error leaves this crate.
pub(super) fn error(error: &Error) -> JsValue {
    let details = Object::new();
    for (name, detail) in error.details() {
        let value = match detail {
            Detail::Number(number) => JsValue::from_f64(number),
            Detail::Text(text) => JsValue::from_str(&text),
        };
        let _ = Reflect::set(&details, &name.into(), &value);
    }
    object([("code", error.code().into()), ("party", error.party().name().into()), ("details", details.into())])
}

/// For `map_err` on anything that becomes an [`Error`].
pub(super) fn throw(cause: impl Into<Error>) -> JsValue {
    error(&cause.into())
}

/// What nobody but us can be blamed for, in the same form.
pub(super) fn defect(cause: impl Display) -> JsValue {
    let details = object([("message", cause.to_string().into())]);
    object([("code", "internal".into()), ("party", Party::Bug.name().into()), ("details", details)])
}

/// Settings from a plain object.
///
/// # Errors
/// `settings-malformed` for a wrong type or a name that is no setting.
pub(super) fn settings<S: DeserializeOwned>(object: JsValue) -> Result<S, JsValue> {
    serde_wasm_bindgen::from_value(object).map_err(|_| throw(SettingsError::Malformed))
}
