//! Plain JavaScript objects from the core's values.

use std::fmt::Display;

use js_sys::{Object, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

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
    thrown(error.code(), error.party(), details.into())
}

fn thrown(code: &str, party: Party, details: JsValue) -> JsValue {
    object([("code", code.into()), ("party", party.name().into()), ("details", details)])
}

/// For `map_err` on anything that becomes an [`Error`].
pub(super) fn throw(cause: impl Into<Error>) -> JsValue {
    error(&cause.into())
}

/// What nobody but us can be blamed for, in the same form.
pub(super) fn defect(cause: impl Display) -> JsValue {
    let details = object([("message", cause.to_string().into())]);
    thrown("internal", Party::Bug, details)
}

/// Settings from a plain object.
///
/// # Errors
/// `settings-malformed` for a wrong type or a name that is no setting; its `message` says which.
pub(super) fn settings<S: DeserializeOwned + Serialize + Default>(chosen: JsValue) -> Result<S, JsValue> {
    // What is read of an object is what is asked for: a misspelt name would go unnoticed.
    let known = serde_json::to_value(S::default()).unwrap_or_default();
    let names = chosen.dyn_ref::<Object>().map(Object::keys).into_iter().flatten().filter_map(|name| name.as_string());
    if let Some(unknown) = names.into_iter().find(|name| known.get(name).is_none()) {
        return Err(malformed(&format!("there is no setting \"{unknown}\"")));
    }
    serde_wasm_bindgen::from_value(chosen).map_err(|cause| malformed(&cause.to_string()))
}

fn malformed(message: &str) -> JsValue {
    let malformed = Error::from(SettingsError::Malformed);
    thrown(malformed.code(), malformed.party(), object([("message", message.into())]))
}
