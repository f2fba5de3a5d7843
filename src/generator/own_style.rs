//! The style that a generator was trained for.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::StyleStatistics;
use crate::losses::real;

/// What a generator of one style is told, which depends on how large a painting is: in a large one strokes are to be larger, and a generator that learnt its style at several sizes has learnt
/// that they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct OwnStyle {
    /// Ascending by size, at least one.
    sizes: Vec<AtSize>,
}

/// What it is told for paintings of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct AtSize {
    /// Their long side in pixels.
    size: u32,
    statistics: StyleStatistics,
}

/// As a file says it: of one size the statistics alone, as releases did that knew of no other.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    One(StyleStatistics),
    Sizes(Vec<AtSize>),
}

impl From<Written> for OwnStyle {
    fn from(written: Written) -> Self {
        match written {
            Written::One(statistics) => statistics.into(),
            Written::Sizes(sizes) => Self { sizes },
        }
    }
}

impl From<OwnStyle> for Written {
    fn from(style: OwnStyle) -> Self {
        match <[AtSize; 1]>::try_from(style.sizes) {
            Ok([AtSize { statistics, .. }]) => Self::One(statistics),
            Err(sizes) => Self::Sizes(sizes),
        }
    }
}

/// Whatever the size.
impl From<StyleStatistics> for OwnStyle {
    fn from(statistics: StyleStatistics) -> Self {
        Self { sizes: vec![AtSize { size: 0, statistics }] }
    }
}

impl OwnStyle {
    /// For paintings of these long sides, in pixels; of two of one size, the first. `None` where there are none.
    #[must_use]
    pub fn by_size(each: impl IntoIterator<Item = (u32, StyleStatistics)>) -> Option<Self> {
        let mut sizes: Vec<AtSize> = each.into_iter().map(|(size, statistics)| AtSize { size, statistics }).collect();
        sizes.sort_by_key(|sized| sized.size);
        sizes.dedup_by_key(|sized| sized.size);
        if sizes.is_empty() { None } else { Some(Self { sizes }) }
    }

    /// Long sides of the paintings for which it was learnt.
    #[must_use]
    pub fn sizes(&self) -> RangeInclusive<u32> {
        let size = |at: Option<&AtSize>| at.map_or(0, |at| at.size);
        size(self.sizes.first())..=size(self.sizes.last())
    }

    /// What a generator is told for a painting of this long side: what it learnt for that size, between two sizes something between, and beyond them what it learnt for the nearest.
    #[must_use]
    pub fn at(&self, size: u32) -> StyleStatistics {
        let next = self.sizes.partition_point(|sized| sized.size < size);
        match (next.checked_sub(1).and_then(|last| self.sizes.get(last)), self.sizes.get(next)) {
            (Some(smaller), Some(larger)) => {
                // As far as it is by ratio: from 512 to 1,024 is as far as from 1,024 to 2,048.
                let doublings = |size: u32| real(size as usize).max(1.0).log2();
                let along = (doublings(size) - doublings(smaller.size)) / (doublings(larger.size) - doublings(smaller.size));
                larger.statistics.at_strength(along, &smaller.statistics)
            }
            (Some(nearest), None) | (None, Some(nearest)) => nearest.statistics.clone(),
            (None, None) => StyleStatistics(Vec::new()),
        }
    }

    /// Whether it is told the same whatever the size.
    pub(crate) fn is_one(&self) -> bool {
        self.sizes.len() == 1
    }

    /// What it is told for each of its sizes.
    pub(super) fn each(&self) -> impl Iterator<Item = &StyleStatistics> {
        self.sizes.iter().map(|sized| &sized.statistics)
    }

    /// Whether there is something to be told for any size.
    pub(super) fn is_sound(&self) -> bool {
        !self.sizes.is_empty() && self.sizes.is_sorted_by(|a, b| a.size < b.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(value: f32) -> StyleStatistics {
        StyleStatistics(vec![value, -value])
    }

    #[test]
    fn what_is_told_is_that_of_the_size_or_between_two() {
        let own = OwnStyle::by_size([(1024, style(3.0)), (256, style(1.0)), (1024, style(9.0))]).unwrap();
        assert_eq!([64, 256, 1024, 4096].map(|size| own.at(size)), [1.0, 1.0, 3.0, 3.0].map(style));
        // A quarter and half of the way by ratio; 362 is not quite 256 √2.
        for (size, expected) in [(362, 1.5), (512, 2.0)] {
            assert!((own.at(size).0[0] - expected).abs() < 1e-3, "{size}");
        }
        assert_eq!(OwnStyle::from(style(2.0)).at(777), style(2.0));
        assert_eq!(OwnStyle::by_size([]), None);
    }

    #[test]
    fn one_size_is_written_as_it_always_was() {
        let one = OwnStyle::by_size([(512, style(0.5))]).unwrap();
        assert_eq!(serde_json::to_string(&one).unwrap(), "[0.5,-0.5]");
        assert_eq!(serde_json::from_str::<OwnStyle>("[0.5,-0.5]").unwrap(), style(0.5).into());
        let two = OwnStyle::by_size([(512, style(0.5)), (1024, style(2.0))]).unwrap();
        assert_eq!(serde_json::from_str::<OwnStyle>(&serde_json::to_string(&two).unwrap()).unwrap(), two);
    }
}
