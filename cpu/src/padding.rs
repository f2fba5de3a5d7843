//! What stands where a picture ends.

use serde::{Deserialize, Serialize};

/// How a border pixel's missing neighbours are filled before each 3×3 convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// With zeros, as the paper's VGG was trained. Darkens what the network sees along the border.
    Zero,
    /// With the nearest pixel, as the lite network was trained: no frame shows in the result.
    Replicate,
    /// With the picture mirrored in its border pixels, as many networks of others are trained; none of ours.
    Reflect,
    /// With the opposite border: the picture is one tile of an endless plane.
    Wrap,
}

impl Padding {
    /// The pixel that stands at `position` of an axis of `length` pixels, where positions may lie one before or one after it. `None` is zero.
    #[must_use]
    pub fn source(self, position: isize, length: usize) -> Option<usize> {
        if let Some(inside) = usize::try_from(position).ok().filter(|&inside| inside < length) {
            return Some(inside);
        }
        let last = length.checked_sub(1)?;
        let (before, next) = (position < 0, last.min(1));
        match self {
            Self::Zero => None,
            Self::Replicate => Some(if before { 0 } else { last }),
            Self::Reflect => Some(if before { next } else { last - next }),
            Self::Wrap => Some(if before { last } else { 0 }),
        }
    }

    /// The pixels that stand along an axis of `length` pixels padded by one on each side.
    #[must_use]
    pub fn sources(self, length: usize) -> Vec<Option<usize>> {
        let before = std::iter::once(self.source(-1, length));
        let after = std::iter::once(if length == 0 { None } else { self.source(isize::try_from(length).unwrap_or(isize::MAX), length) });
        before.chain((0..length).map(Some)).chain(after).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(padding: Padding, length: usize) -> Vec<Option<usize>> {
        padding.sources(length)
    }

    #[test]
    fn each_padding_has_its_neighbours() {
        assert_eq!(padded(Padding::Zero, 3), [None, Some(0), Some(1), Some(2), None]);
        assert_eq!(padded(Padding::Replicate, 3), [0, 0, 1, 2, 2].map(Some));
        assert_eq!(padded(Padding::Reflect, 3), [1, 0, 1, 2, 1].map(Some));
        assert_eq!(padded(Padding::Wrap, 3), [2, 0, 1, 2, 0].map(Some));
    }

    #[test]
    fn a_single_pixel_is_its_own_neighbour() {
        for padding in [Padding::Replicate, Padding::Reflect, Padding::Wrap] {
            assert_eq!(padded(padding, 1), [0, 0, 0].map(Some), "{padding:?}");
        }
    }
}
