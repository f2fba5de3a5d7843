//! The browser's side: what JavaScript sees of the core, inside the one worker that computes.
//!
//! This is the only place that knows `web_sys`, `js_sys` and `gloo`. Nothing here decides anything about pictures or
//! losses; it translates: bytes to pictures, errors to `{code, party, details}`, events to plain objects.

mod engine;
mod events;
mod fatal;
mod fetch;
mod gpu;
mod import;
mod inputs;
mod object;
mod picture;
mod run;

pub use engine::Engine;
pub use import::quantise_vgg19;
pub use inputs::WebInputs;
pub use picture::WebPicture;
pub use run::Run;
