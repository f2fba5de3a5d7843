//! The feed-forward generator: any photo in any picture's style, at once.

mod architecture;
mod canvas;
mod deepening;
pub(crate) mod layers;
#[cfg(feature = "cli")]
mod mean;
pub(crate) mod network;
pub(crate) mod normalisation;
#[cfg(feature = "cli")]
pub mod onnx;
mod own_style;
mod painter;
mod rehearsal;
mod sampling;
mod settings;
mod style_code;
mod weights;

pub use architecture::Architecture;
pub use own_style::OwnStyle;
pub(crate) use painter::MOST_ENLARGED;
pub use painter::{Event, Painter, Painting};
pub use rehearsal::rehearse;
pub use settings::{Colors, Settings};
pub(crate) use style_code::described;
pub use style_code::{StyleScale, StyleStatistics};
pub use weights::{About, Weights};
