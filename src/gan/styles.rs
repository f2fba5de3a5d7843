//! What the style pictures look like to the networks, at each of the sizes that they are learnt at.

use super::examples::StyleAt;
use super::perceptual::{MeanTarget, Targets};
use crate::generator::StyleStatistics;

/// The style pictures in their order, as far as they have been looked at.
#[derive(Debug)]
pub(super) struct Styles {
    /// How many sizes there are.
    sizes: usize,
    /// Of each picture at each size, sizes of one picture together.
    looks: Vec<Look>,
    /// For each size.
    means: Vec<Mean>,
    /// Those whose targets are at hand for one step only.
    passing: Vec<usize>,
    /// Bytes that targets may still take for good.
    room: usize,
}

/// What one looks like.
#[derive(Clone, Debug, Default)]
struct Look {
    /// What the generator is told of it, once it has been looked at.
    told: Option<StyleStatistics>,
    /// What its statistics in the loss network are, where they are at hand.
    targets: Option<Targets>,
}

/// The mean of all at one size.
#[derive(Clone, Debug, Default)]
struct Mean {
    /// What stands for the targets of those that have been looked at, whether these are at hand or not.
    sums: MeanTarget,
    /// What the generator is told and what stands for the targets, once all have been looked at.
    whole: Option<(StyleStatistics, Targets)>,
}

/// Bytes that targets may take in all, besides those of one step. Of one picture at one size they take 2.4 MB by a VGG-19 and 0.39 by vgg-lite-wide: at two sizes, natively all are kept of
/// 800 pictures and of 5,000, in a page of 100 and of 650. What finds no room is looked at again when it is drawn; as each picture is drawn about as often
/// as any, those that came first are as good to keep.
pub(super) const ROOM: usize = if cfg!(target_family = "wasm") { 512_000_000 } else { 4_000_000_000 };

impl Styles {
    /// None of so many has been looked at, at none of so many sizes.
    pub fn new(count: usize, sizes: usize, room: usize) -> Self {
        Self { sizes, looks: vec![Look::default(); count * sizes], means: vec![Mean::default(); sizes], passing: Vec::new(), room }
    }

    fn look(&self, at: StyleAt) -> Option<&Look> {
        self.looks.get(self.place(at))
    }

    fn place(&self, StyleAt { style, size }: StyleAt) -> usize {
        style * self.sizes + size
    }

    /// What the generator is told of one that has been looked at.
    pub fn told(&self, at: StyleAt) -> Option<&StyleStatistics> {
        self.look(at)?.told.as_ref()
    }

    /// What its statistics are, if they are at hand.
    pub fn targets(&self, at: StyleAt) -> Option<&Targets> {
        self.look(at)?.targets.as_ref()
    }

    /// What the generator is told of the mean of all at one of the sizes, and what stands for its targets, if all have been looked at.
    pub fn mean(&self, size: usize) -> Option<(&StyleStatistics, &Targets)> {
        self.means.get(size)?.whole.as_ref().map(|(told, targets)| (told, targets))
    }

    /// Keeps what one looks like: its targets for good as long as there is room, else until [`pass`](Self::pass).
    pub fn keep(&mut self, at: StyleAt, told: StyleStatistics, targets: Targets) {
        let place = self.place(at);
        match self.room.checked_sub(targets.bytes()) {
            Some(room) => self.room = room,
            None => self.passing.push(place),
        }
        if let (Some(look), Some(mean)) = (self.looks.get_mut(place), self.means.get_mut(at.size)) {
            // It may be looked at again, for its targets.
            if look.told.is_none() {
                mean.sums.take(&targets);
            }
            *look = Look { told: Some(told), targets: Some(targets) };
        }
        if self.mean(at.size).is_none() {
            self.take_mean(at.size);
        }
    }

    /// Once all have been looked at, at this one of the sizes.
    fn take_mean(&mut self, size: usize) {
        let told: Option<Vec<_>> = self.looks.iter().skip(size).step_by(self.sizes).map(|look| Some((look.told.as_ref()?, 1.0))).collect();
        let told = told.and_then(|told| StyleStatistics::mixed(&told));
        if let (Some(told), Some(mean)) = (told, self.means.get_mut(size)) {
            mean.whole = Some((told, mean.sums.targets()));
        }
    }

    /// Forgets the targets for which there was no room.
    pub fn pass(&mut self) {
        for place in self.passing.drain(..) {
            if let Some(look) = self.looks.get_mut(place) {
                look.targets = None;
            }
        }
    }

    /// The first that has not been looked at.
    pub fn unseen(&self) -> Option<StyleAt> {
        let place = self.looks.iter().position(|look| look.told.is_none())?;
        Some(StyleAt { style: place / self.sizes, size: place % self.sizes })
    }

    /// What the generator is told of each that has been looked at.
    pub fn all_told(&self) -> impl Iterator<Item = &StyleStatistics> {
        self.looks.iter().filter_map(|look| look.told.as_ref())
    }
}
