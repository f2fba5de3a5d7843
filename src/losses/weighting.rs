//! How much each loss counts, and where it is taken.

use super::{Normalisation, StyleStatistic};
use crate::vgg::{Padding, Pooling, Tap};

/// Weights, taps and the network's manner for one [`StyleTransfer`](super::StyleTransfer).
#[derive(Clone, Debug, PartialEq)]
pub struct Weighting {
    /// Weight of the content loss; the paper's α.
    pub content: f32,
    /// Weight of the style loss; the paper's β.
    pub style: f32,
    /// Weight of total variation.
    pub variation: f32,
    /// Weight of the detail loss.
    pub detail: f32,
    /// Where content is compared, each tap alike.
    pub content_taps: Vec<Tap>,
    /// Where style is compared, and each tap's share; the paper's `w_l`. Shares are of a whole, except with
    /// [`Normalisation::MeanSquared`], which takes them as they are.
    pub style_taps: Vec<(Tap, f32)>,
    /// The scale of content and style losses.
    pub normalisation: Normalisation,
    /// What is compared of styles where losses are relative.
    pub statistic: StyleStatistic,
    /// Style is compared on the picture at 1, ½, ¼, …: this many sizes. At least one.
    pub pyramid: usize,
    /// Between the network's blocks.
    pub pooling: Pooling,
    /// Of the network's convolutions; `None` leaves the network's own.
    pub padding: Option<Padding>,
    /// The tiles that a large picture is cut into; `None` is what memory allows: half a gigabyte in a browser, two natively.
    pub tiles: Option<Tiles>,
}

/// Tiles of a caller's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiles {
    /// Of a tile without its halo, in pixels.
    pub side: usize,
    /// Tiles whose pass forward is kept until the way back: the others are passed through twice.
    pub kept: usize,
}

impl Weighting {
    /// Whether the picture is a tile of an endless plane.
    pub(super) fn wraps(&self) -> bool {
        self.padding == Some(Padding::Wrap)
    }
}
