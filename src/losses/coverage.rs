//! Which pixels count, at every size that the network sees them in.

use std::ops::Range;

use burn::tensor::Tensor;

use super::EPSILON;
use crate::vgg::{average_pool_2x2, average_pool_2x2_gradient};

/// How much each pixel of a feature map, or of a part of one, counts: `[1, h·w]`. Over the whole map the mean is 1.
pub type Share = Tensor<2>;

/// A mask halved as often as the network's pools halve the picture, with the same rounding.
#[derive(Debug)]
pub(super) struct Coverage {
    /// `[1, 1, h, w]` with mean 1.
    levels: Vec<Tensor<4>>,
}

impl Coverage {
    /// Halves `mask`, `[1, 1, h, w]` in 0…1, `depth` times.
    pub(super) fn new(mask: Tensor<4>, depth: usize) -> Self {
        let levels = (0..=depth).map(|level| {
            let mask = halved(mask.clone(), level);
            let mean = mask.clone().mean() + EPSILON;
            mask / mean.reshape([1, 1, 1, 1])
        });
        Self { levels: levels.collect() }
    }

    /// The share of each pixel of a part of the map after `halvings` pools.
    pub(super) fn within(&self, halvings: usize, rows: Range<usize>, columns: Range<usize>) -> Option<Share> {
        let level = self.levels.get(halvings)?.clone();
        let pixels = rows.len() * columns.len();
        Some(level.slice([0..1, 0..1, rows, columns]).reshape([1, pixels]))
    }
}

/// The product of masks, of which each may be absent.
pub(super) fn both(a: Option<Tensor<4>>, b: Option<Tensor<4>>) -> Option<Tensor<4>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a * b),
        (a, b) => a.or(b),
    }
}

/// Halves a picture or a mask `times` times by averaging 2×2 pixels; once a side has one pixel, both stay as they are.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h / 2^times, w / 2^times]`, rounded down
pub(super) fn halved(picture: Tensor<4>, times: usize) -> Tensor<4> {
    (0..times).fold(picture, |picture, _| {
        let [_, _, height, width] = picture.dims();
        if height < 2 || width < 2 { picture } else { average_pool_2x2(picture) }
    })
}

/// The gradient on a picture whose sides were `sides`, from that on the picture [`halved`] once.
///
/// # Shapes
/// `[n, c, h / 2, w / 2]` → `[n, c, h, w]`
pub(super) fn halved_gradient(gradient: Tensor<4>, sides: [usize; 2]) -> Tensor<4> {
    if sides.iter().any(|side| *side < 2) { gradient } else { average_pool_2x2_gradient(gradient, sides) }
}
