//! The pictures that a generator is trained on, at the sizes that it is shown.

use crate::fingerprint::Fingerprint;
use crate::picture::{Fit, Picture, PictureError, fit};

use super::{Settings, TrainingError};

/// Content pictures, which say what is painted, and style pictures, which say how.
#[derive(Clone, Debug)]
pub struct Examples {
    /// Each at two sizes, so that a patch shows now more, now less.
    pub(super) contents: Vec<[Picture; 2]>,
    pub(super) styles: Vec<Picture>,
    pub(super) patch: u32,
    pub(super) style_side: u32,
}

/// Something about a set of pictures that a person may want to know before hours of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// There are only so many content pictures: what they do not show is learnt badly.
    FewContents(usize),
    /// There are so many style pictures, but they are one and the same.
    SameStyles(usize),
    /// This style picture, from 0, is there more than once beside others: so many times, and counts for so much.
    RepeatedStyle(usize, usize),
    /// This content picture, from 0, is there more than once: so many times.
    Repeated(usize, usize),
}

impl Note {
    /// A stable, hyphenated code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FewContents(_) => "few-contents",
            Self::SameStyles(_) => "same-styles",
            Self::RepeatedStyle(..) => "repeated-style",
            Self::Repeated(..) => "repeated-content",
        }
    }
}

/// Least side of a picture that is worth training on.
const LEAST_SIDE: u32 = 16;
/// Fewer contents than this are few.
const FEW: usize = 8;

impl Examples {
    /// Of a picture that is longer than this many times its width the middle is taken: a scroll would cost as much as ten others.
    pub const LONGEST: u32 = 2;

    /// None yet, for a training with these settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let patch = u32::try_from(settings.patch).unwrap_or(u32::MAX);
        Self { contents: Vec::new(), styles: Vec::new(), patch, style_side: settings.style_side.max(patch) }
    }

    /// What tells the content pictures from others.
    pub(crate) fn fingerprint(&self) -> u64 {
        Fingerprint::of_pictures(self.contents.iter().flatten())
    }

    /// Adds a content picture.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn add_content(&mut self, picture: &Picture) -> Result<(), PictureError> {
        picture.require_sides(LEAST_SIDE)?;
        let picture = picture.middle(Self::LONGEST);
        let own = picture.width().min(picture.height());
        // Never enlarged beyond what a patch needs: blur is not what photographs look like.
        let sizes = [self.patch * 5 / 4, self.patch * 9 / 4].map(|short| short.min(own).max(self.patch));
        self.contents.push(sizes.map(|short| fit(&picture, Fit::Short(short)).bled()));
        Ok(())
    }

    /// Adds a style picture. One large picture is enough: patches are taken from all of it.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn add_style(&mut self, picture: &Picture) -> Result<(), PictureError> {
        picture.require_sides(LEAST_SIDE)?;
        self.styles.push(fit(&picture.middle(Self::LONGEST), Fit::Short(self.style_side)).bled());
        Ok(())
    }

    /// Whether they were prepared for patches and styles of the sizes that these settings ask for.
    #[must_use]
    pub fn suit(&self, settings: &Settings) -> bool {
        let wanted = Self::new(settings);
        (self.patch, self.style_side) == (wanted.patch, wanted.style_side)
    }

    /// Some content and some style pictures from all over the set, to show what is learnt on: at most so many of each.
    #[must_use]
    pub fn some(&self, most: usize) -> (Vec<&Picture>, Vec<&Picture>) {
        let every = |count: usize| (count / most.max(1)).max(1);
        let contents = self.contents.iter().map(|[_, large]| large).step_by(every(self.contents.len())).take(most);
        (contents.collect(), self.styles.iter().step_by(every(self.styles.len())).take(most).collect())
    }

    /// Content and style pictures.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.contents.len(), self.styles.len())
    }

    /// Checks that there is something to train a generator on.
    ///
    /// # Errors
    /// [`TrainingError::NoContents`] or [`TrainingError::NoStyles`]
    pub fn require_both(&self) -> Result<(), TrainingError> {
        match self.count() {
            (0, _) => Err(TrainingError::NoContents),
            (_, 0) => Err(TrainingError::NoStyles),
            _ => Ok(()),
        }
    }

    /// What is remarkable about the set.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.contents.len() < FEW {
            notes.push(Note::FewContents(self.contents.len()));
        }
        let styles: Vec<&Picture> = self.styles.iter().collect();
        if styles.len() > 1 && styles.iter().all(|style| *style == styles[0]) {
            notes.push(Note::SameStyles(styles.len()));
        } else {
            notes.extend(most_repeated(&styles).map(|(index, times)| Note::RepeatedStyle(index, times)));
        }
        let contents: Vec<&Picture> = self.contents.iter().map(|[small, _]| small).collect();
        notes.extend(most_repeated(&contents).map(|(index, times)| Note::Repeated(index, times)));
        notes
    }
}

/// The picture that is there most often, the first of such, and how often: more than once.
fn most_repeated(pictures: &[&Picture]) -> Option<(usize, usize)> {
    // Each is compared with each: in a large set one that is there twice does not matter.
    const MOST: usize = 64;
    let times = |index: usize| pictures.iter().filter(|other| **other == pictures[index]).count();
    let all = (0..pictures.len()).filter(|_| pictures.len() <= MOST).map(|index| (index, times(index)));
    all.max_by_key(|(index, times)| (*times, usize::MAX - index)).filter(|(_, times)| *times > 1)
}
