//! The browser's side: what JavaScript sees of the core, inside the one worker that computes.
//!
//! This is the only place that knows `web_sys`, `js_sys` and `gloo`. Nothing here decides anything about pictures or
//! losses; it translates: bytes to pictures, errors to `{code, party, details}`, events to plain objects.

mod engine;
mod events;
mod fatal;
mod fetch;
mod generator;
mod gpu;
mod import;
mod inputs;
mod inspection;
mod object;
mod picture;
mod run;
mod shipped;
mod training;

pub use engine::Engine;
pub use generator::{StyleMix, WebGenerator, WebPainting};
pub use import::quantise_vgg19;
pub use inputs::WebInputs;
pub use inspection::WebInspection;
pub use picture::WebPicture;
pub use run::Run;
pub use shipped::{fetch_model, list_models};
pub use training::{Training, WebExamples};
