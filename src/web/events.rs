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

/** What a run tells while it goes on. With the recipe "quality" losses are relative: 0 is the target, 1 a blank picture. */
export type RunEvent =
  | { kind: "scale"; index: number; count: number; width: number; height: number }
  | { kind: "targets"; done: number; of: number }
  | { kind: "tile"; done: number; of: number; secondsLeft: number }
  | { kind: "iteration"; iteration: number; total: number; loss: number; content: number; style: number; variation: number; detail: number; secondsLeft: number }
  | ({ kind: "preview" } & Pixels)
  | ({ kind: "done" } & Pixels);

/** What a generator tells while it paints. */
export type PaintingEvent = { kind: "tile"; done: number; of: number } | ({ kind: "done" } & Pixels);

/** What is left out keeps its default. */
export interface GeneratorSettings {
  /** Long side of the result in pixels, 64…4096. */
  size?: number;
  colors?: "style" | "luma";
  /** The result can be laid side by side with itself. */
  seamless?: boolean;
}

/** What a training tells while it goes on. Losses are relative; `success` is the share of patches that the discriminator judges right. */
export type TrainingEvent =
  | { kind: "style"; done: number; of: number }
  | { kind: "step"; step: number; steps: number; content: number; style: number; adversarial: number; discriminator: number; success: number; judged: boolean; gradient: number; secondsLeft: number }
  | { kind: "alarm"; code: "training-not-finite" | "training-diverged" | "training-collapsed"; step: number }
  | { kind: "done" };

/** What is left out keeps its default. */
export interface TrainingSettings {
  steps?: number;
  /** Pictures in a step. */
  batch?: number;
  /** Side of the patches in pixels, a multiple of 16. */
  patch?: number;
  /** Short side of the style pictures in pixels. */
  "style-side"?: number | number[];
  rate?: number;
  /** Weights of the losses. */
  content?: number;
  style?: number;
  variation?: number;
  lattice?: number;
  identity?: number;
  adversarial?: number;
  /** Steps before the discriminator plays. */
  "warm-up"?: number;
  /** Who learns: "both" unless said. */
  players?: Players;
  seed?: number;
}

/** Who of the two learns. Without a discriminator it is the generator always. */
export type Players = "both" | "generator" | "discriminator";

/** `adversarial` is the discriminator's weight: 0 where there is none. */
export interface TrainingChoices { kind: "choices"; players: Players; adversarial: number }

/** What every method of this package throws. */
export interface AtelierError { code: string; party: "visitor" | "device" | "host" | "bug"; details: Record<string, number | string> }

/** Memory of a run on top of what the engine holds anyway, and its time. */
export interface Prediction { bytes: number; seconds: number }

/** What is left out keeps its default. */
export interface Settings {
  /** Long side of the result in pixels, 64…4096. */
  size?: number;
  /** Evaluations of the loss, 1…2000. */
  iterations?: number;
  method?: "lbfgs" | "adam";
  lineSearch?: "backtracking" | "strong-wolfe" | "unit-step";
  /** 0, hardly any style, … 1, hardly any content. */
  strength?: number;
  /** "paper": the losses and layers of Gatys et al. (2016); "mean-squared": the common variant. */
  recipe?: "quality" | "paper" | "mean-squared";
  start?: "content" | "style" | "noise" | "picture";
  /** Of `start: "noise"`. */
  seed?: number;
  /** Size of the strokes, 0.25…2. */
  stroke?: number;
  /** Weights of the layers, from fine texture to large shapes. */
  layers?: [number, number, number, number, number];
  /** Whose colours: the style's, or the content's in one of three ways. */
  colors?: "style" | "luma" | "match-before" | "match-after";
  /** The result can be laid side by side with itself. */
  seamless?: boolean;
  /** Weight of total variation. */
  smoothness?: number;
  /** 0…1: how far text, eyes and thin lines are held to the content. */
  detail?: number;
  pooling?: "max" | "average";
  /** What is compared of styles, with the recipe "quality". */
  statistic?: "gram" | "mean-covariance";
  /** Sizes at which style is compared, 1…4. */
  pyramid?: number;
  /** Such as "relu4_2" or "conv4_2". */
  contentTaps?: string[];
  styleTaps?: string[];
}
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
        Event::Targets { done, of } => object([("kind", "targets".into()), ("done", (*done).into()), ("of", (*of).into())]),
        Event::Tile { done, of, seconds_left } => {
            object([("kind", "tile".into()), ("done", (*done).into()), ("of", (*of).into()), ("secondsLeft", (*seconds_left).into())])
        }
        Event::Iteration { iteration, total, terms, seconds_left } => object([
            ("kind", "iteration".into()),
            ("iteration", (*iteration).into()),
            ("total", (*total).into()),
            ("loss", terms.loss.into()),
            ("content", terms.content.into()),
            ("style", terms.style.into()),
            ("variation", terms.variation.into()),
            ("detail", terms.detail.into()),
            ("secondsLeft", (*seconds_left).into()),
        ]),
        Event::Preview(picture) => kind(pixels(picture), "preview"),
        Event::Done(picture) => kind(pixels(picture), "done"),
    }
}

pub(super) fn kind(value: JsValue, kind: &str) -> JsValue {
    let object: Object = value.unchecked_into();
    let _ = Reflect::set(&object, &"kind".into(), &kind.into());
    object.into()
}
