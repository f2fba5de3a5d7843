//! What a picture is pulled towards: the content of one picture, the style of others, smoothness, legible detail.
//!
//! - [`StyleTransfer`] is their weighted sum as an [`Objective`]; [`Weighting`] says how much each counts and where.
//! - [`ContentLoss`], [`StyleLoss`], [`DetailLoss`], [`total_variation`] are the terms.
//! - [`Normalisation`] scales them: relative to the target (the default), as the paper has them, or as means of squares.

mod content;
mod coverage;
mod detail;
mod gram;
mod memory;
mod metric;
mod normalisation;
mod objective;
mod sight;
mod style;
mod style_transfer;
mod tally;
mod taps;
mod targets;
mod tiling;
mod total_variation;
mod weighting;

pub use content::ContentLoss;
pub use detail::DetailLoss;
pub use gram::{gram, moments};
pub use memory::Footprint;
pub use metric::{Metric, StyleStatistic};
pub use normalisation::Normalisation;
pub use objective::{Evaluation, Objective, Terms};
pub use style::{StyleLoss, StyleTarget};
pub use style_transfer::StyleTransfer;
pub(crate) use taps::{DISTANT, content_tap, is_distant, style_taps};
pub(crate) use targets::LEAST_LEVEL_SIDE;
pub use targets::{Region, StylePicture, Subject};
pub(crate) use tiling::Outlay;
pub use total_variation::total_variation;
pub use weighting::{Tiles, Weighting};

/// Keeps a relative loss finite when its target is black: far below any real squared feature norm.
pub(crate) const EPSILON: f32 = 1e-8;

/// A count of values or pixels as a divisor: nothing is lost below 2^24, a relative 1e-7 above.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn real(count: usize) -> f32 {
    count as f32
}
