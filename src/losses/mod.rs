//! What a picture is pulled towards: the content of one picture, the style of another, and smoothness.
//!
//! Every loss is relative, so that its weight means the same at every size, layer and network: content and
//! style are squared distances over the target's own squared length (1 = as far away as a picture without
//! any features), total variation is a mean over pixels. This departs from Gatys et al. (2016), eqs. 1–7,
//! whose sums grow with size and layer width.

mod content;
mod gram;
mod metric;
mod objective;
mod style;
mod total_variation;

pub use content::ContentLoss;
pub use gram::gram;
pub use metric::Metric;
pub use objective::{Evaluation, Objective, StyleTransfer, Terms, Weighting};
pub use style::StyleLoss;
pub use total_variation::total_variation;

/// Keeps a relative loss finite when its target is black: far below any real squared feature norm.
const EPSILON: f32 = 1e-8;
