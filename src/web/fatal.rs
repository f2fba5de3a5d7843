//! Errors after which this worker is no good: a panic, a lost device, an error that nobody awaited.
//!
//! wasm aborts on panic and a lost device cannot be found again, so whoever owns the worker is told once, and
//! ends it. The callback lives in a thread-local, as the places that report have no way to carry it.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;

use super::object::object;
use crate::error::Party;

/// What a panic says of a vector that would be larger than wasm can address: no bug, but more than any device could give.
const BEYOND_ADDRESSES: &str = "capacity overflow";

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Sends the first fatal error to `listener`, panics included.
pub(super) fn listen(listener: Function) {
    LISTENER.with(|slot| *slot.borrow_mut() = Some(listener));
    std::panic::set_hook(Box::new(|info| {
        // The console keeps the stack; the page gets the sentence for a bug report.
        console_error_panic_hook::hook(info);
        let told = info.to_string();
        let (code, party) = if told.contains(BEYOND_ADDRESSES) { ("out-of-memory", Party::Device) } else { ("panic", Party::Bug) };
        report(code, party, &told);
    }));
}

/// Tells the listener, once: what follows a fatal error is only its echo.
pub(super) fn report(code: &'static str, party: Party, message: &str) {
    let listener = LISTENER.with(|slot| slot.try_borrow_mut().ok().and_then(|mut slot| slot.take()));
    if let Some(listener) = listener {
        let details = object([("message", message.into())]);
        let error = object([("code", code.into()), ("party", party.name().into()), ("details", details)]);
        // A listener that throws has nobody to tell.
        let _ = listener.call1(&JsValue::NULL, &error);
    }
}
