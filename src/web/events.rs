//! Events of a run as plain objects.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use super::object::object;
use super::picture::pixels;
use crate::job::Event;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** RGBA pixels with straight alpha, row by row. */
export interface Pixels { width: number; height: number; pixels: ArrayBuffer }

/** What a run tells while it goes on. Losses are relative: 0 is the target, 1 a blank picture. */
export type RunEvent =
  | { kind: "scale"; index: number; count: number; width: number; height: number }
  | { kind: "iteration"; iteration: number; total: number; loss: number; content: number; style: number; variation: number; secondsLeft: number }
  | ({ kind: "preview" } & Pixels)
  | ({ kind: "done" } & Pixels);

/** What every method of this package throws. */
export interface AtelierError { code: string; party: "visitor" | "device" | "host" | "bug"; details: Record<string, number | string> }

/** `size`: long side in pixels, 64…2048. `iterations`: 1…2000. `strength`: 0…1. */
export interface Settings { size?: number; iterations?: number; method?: "lbfgs" | "adam"; strength?: number }
"#;

/// The event as JavaScript sees it.
pub(super) fn event(event: &Event) -> JsValue {
    match event {
        Event::Scale { index, count, width, height } => object([
            ("kind", "scale".into()),
            ("index", (*index).into()),
            ("count", (*count).into()),
            ("width", (*width).into()),
            ("height", (*height).into()),
        ]),
        Event::Iteration { iteration, total, terms, seconds_left } => object([
            ("kind", "iteration".into()),
            ("iteration", (*iteration).into()),
            ("total", (*total).into()),
            ("loss", terms.loss.into()),
            ("content", terms.content.into()),
            ("style", terms.style.into()),
            ("variation", terms.variation.into()),
            ("secondsLeft", (*seconds_left).into()),
        ]),
        Event::Preview(picture) => kind(pixels(picture), "preview"),
        Event::Done(picture) => kind(pixels(picture), "done"),
    }
}

fn kind(value: JsValue, kind: &str) -> JsValue {
    let object: Object = value.unchecked_into();
    let _ = Reflect::set(&object, &"kind".into(), &kind.into());
    object.into()
}
