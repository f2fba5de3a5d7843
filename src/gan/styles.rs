//! What the style pictures look like to the networks.

use super::perceptual::{MeanTarget, Targets};
use crate::generator::StyleStatistics;

/// The style pictures in their order, as far as they have been looked at.
#[derive(Debug)]
pub(super) struct Styles {
    /// What the generator is told of each.
    told: Vec<Option<StyleStatistics>>,
    /// What the statistics of each in the loss network are, where they are at hand.
    targets: Vec<Option<Targets>>,
    /// What stands for the targets of all that have been looked at, whether these are at hand or not.
    mean: MeanTarget,
    /// The same as targets, once all have been looked at.
    mean_targets: Option<Targets>,
    /// Those that are at hand for one step only.
    passing: Vec<usize>,
    /// Bytes that targets may still take for good.
    room: usize,
}

/// Bytes that targets may take in all, besides those of one step. Of one picture they take 2.4 MB by a VGG-19 and 0.39 by vgg-lite-wide: natively all are kept of
/// 1,600 pictures and of 10,000, in a page of 200 and of 1,300. What finds no room is looked at again when it is drawn; as each picture is drawn once before
/// any is again, those that came first are as good to keep as any.
pub(super) const ROOM: usize = if cfg!(target_family = "wasm") { 512_000_000 } else { 4_000_000_000 };

impl Styles {
    /// None of so many has been looked at.
    pub fn new(count: usize, room: usize) -> Self {
        let (told, targets) = (vec![None; count], vec![None; count]);
        Self { told, targets, mean: MeanTarget::default(), mean_targets: None, passing: Vec::new(), room }
    }

    /// What the generator is told of one that has been looked at.
    pub fn told(&self, index: usize) -> Option<&StyleStatistics> {
        self.told.get(index)?.as_ref()
    }

    /// What its statistics are, if they are at hand.
    pub fn targets(&self, index: usize) -> Option<&Targets> {
        self.targets.get(index)?.as_ref()
    }

    /// What stands for the targets of all, if all have been looked at.
    pub fn mean_targets(&self) -> Option<&Targets> {
        self.mean_targets.as_ref()
    }

    /// Keeps what one looks like: its targets for good as long as there is room, else until [`pass`](Self::pass).
    pub fn keep(&mut self, index: usize, told: StyleStatistics, targets: Targets) {
        match self.room.checked_sub(targets.bytes()) {
            Some(room) => self.room = room,
            None => self.passing.push(index),
        }
        if let (Some(place), Some(place_of_targets)) = (self.told.get_mut(index), self.targets.get_mut(index)) {
            // It may be looked at again, for its targets.
            if place.is_none() {
                self.mean.take(&targets);
            }
            (*place, *place_of_targets) = (Some(told), Some(targets));
        }
        if self.mean_targets.is_none() && self.unseen().is_none() {
            self.mean_targets = Some(self.mean.targets());
        }
    }

    /// Forgets the targets for which there was no room.
    pub fn pass(&mut self) {
        for index in self.passing.drain(..) {
            if let Some(place) = self.targets.get_mut(index) {
                *place = None;
            }
        }
    }

    /// The first that has not been looked at.
    pub fn unseen(&self) -> Option<usize> {
        self.told.iter().position(Option::is_none)
    }

    /// What the generator is told of each that has been looked at.
    pub fn all_told(&self) -> impl Iterator<Item = &StyleStatistics> {
        self.told.iter().flatten()
    }
}
