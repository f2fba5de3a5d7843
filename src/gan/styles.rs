//! What the style pictures look like to the networks.

use super::perceptual::Targets;
use crate::generator::StyleStatistics;

/// A style picture as it has been looked at.
#[derive(Debug)]
pub(super) struct Style {
    /// What the generator is told of it.
    pub statistics: StyleStatistics,
    /// What its statistics in the loss network are, of one picture.
    pub targets: Targets,
}

/// The style pictures in their order, as far as they have been looked at.
#[derive(Debug)]
pub(super) struct Styles(Vec<Option<Style>>);

impl Styles {
    /// So many that have not been looked at.
    pub fn new(count: usize) -> Self {
        Self((0..count).map(|_| None).collect())
    }

    pub fn get(&self, index: usize) -> Option<&Style> {
        self.0.get(index)?.as_ref()
    }

    /// Keeps what one looks like.
    pub fn keep(&mut self, index: usize, style: Style) {
        if let Some(place) = self.0.get_mut(index) {
            *place = Some(style);
        }
    }

    /// The first that has not been looked at.
    pub fn unseen(&self) -> Option<usize> {
        self.0.iter().position(Option::is_none)
    }

    /// What the generator is told of each that has been looked at.
    pub fn statistics(&self) -> impl Iterator<Item = &StyleStatistics> {
        self.0.iter().flatten().map(|style| &style.statistics)
    }
}
