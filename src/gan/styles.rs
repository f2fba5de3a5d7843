//! What the style pictures look like to the networks.

use super::perceptual::Targets;
use crate::fingerprint::Fingerprint;
use crate::generator::StyleStatistics;
use crate::picture::Picture;

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
pub(super) struct Styles {
    seen: Vec<Option<Style>>,
    /// What tells the pictures from others.
    pub fingerprint: u64,
}

impl Styles {
    /// None of these has been looked at.
    pub fn new(pictures: &[Picture]) -> Self {
        Self { seen: pictures.iter().map(|_| None).collect(), fingerprint: Fingerprint::of_pictures(pictures) }
    }

    pub fn get(&self, index: usize) -> Option<&Style> {
        self.seen.get(index)?.as_ref()
    }

    /// Keeps what one looks like.
    pub fn keep(&mut self, index: usize, style: Style) {
        if let Some(place) = self.seen.get_mut(index) {
            *place = Some(style);
        }
    }

    /// The first that has not been looked at.
    pub fn unseen(&self) -> Option<usize> {
        self.seen.iter().position(Option::is_none)
    }

    /// What the generator is told of each that has been looked at.
    pub fn statistics(&self) -> impl Iterator<Item = &StyleStatistics> {
        self.seen.iter().flatten().map(|style| &style.statistics)
    }
}
