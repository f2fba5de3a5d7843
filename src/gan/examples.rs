//! The pictures that a generator is trained on, at the sizes that it is shown.

use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;
use crate::picture::{Fit, Picture, PictureError, fit};

use super::kept::Kept;
use super::{Settings, TrainingError};

/// Content pictures, which say what is painted, and style pictures, which say how.
#[derive(Clone, Debug)]
pub struct Examples {
    /// Each at two sizes, so that a patch shows now more, now less.
    pub(super) contents: Vec<[Kept; 2]>,
    pub(super) styles: Vec<Kept>,
    pub(super) sizes: Sizes,
    pub(super) fingerprints: Fingerprints,
}

/// The sizes that pictures are prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    pub patch: u32,
    pub style_side: u32,
}

/// What tells pictures from others, without looking at them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprints {
    pub contents: Fingerprint,
    pub styles: Fingerprint,
}

/// Least side of a picture that is worth training on.
const LEAST_SIDE: u32 = 16;
/// So many styles at most are a family, whose mean is a style of its own.
const FAMILY: usize = 64;

impl Sizes {
    pub fn of(settings: &Settings) -> Self {
        let patch = u32::try_from(settings.patch).unwrap_or(u32::MAX);
        Self { patch, style_side: settings.style_side.max(patch) }
    }

    /// The short sides of a content picture that is large enough: a patch shows now more of it, now less.
    fn of_content(self) -> [u32; 2] {
        [self.patch * 5 / 4, self.patch * 9 / 4]
    }

    /// A content picture as it is learnt on.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn content(self, picture: &Picture) -> Result<[Picture; 2], PictureError> {
        picture.require_sides(LEAST_SIDE)?;
        let picture = picture.middle(Examples::LONGEST);
        let own = picture.width().min(picture.height());
        // Never enlarged beyond what a patch needs: blur is not what photographs look like.
        let sizes = self.of_content().map(|short| short.min(own).max(self.patch));
        Ok(sizes.map(|short| fit(&picture, Fit::Short(short)).bled()))
    }

    /// A style picture as it is learnt from.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn style(self, picture: &Picture) -> Result<Picture, PictureError> {
        picture.require_sides(LEAST_SIDE)?;
        Ok(fit(&picture.middle(Examples::LONGEST), Fit::Short(self.style_side)).bled())
    }
}

impl Fingerprints {
    pub fn new() -> Self {
        Self { contents: Fingerprint::new(), styles: Fingerprint::new() }
    }
}

impl Examples {
    /// Of a picture that is longer than this many times its width the middle is taken: a scroll would cost as much as ten others.
    pub const LONGEST: u32 = 2;

    /// None yet, for a training with these settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self { contents: Vec::new(), styles: Vec::new(), sizes: Sizes::of(settings), fingerprints: Fingerprints::new() }
    }

    /// What tells the content pictures from others.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprints.contents.finish()
    }

    /// What tells the style pictures from others.
    pub(super) fn fingerprint_of_styles(&self) -> u64 {
        self.fingerprints.styles.finish()
    }

    /// About how many bytes so many pictures of four to three take as they are learnt on: what they will take in memory, or on a disk as a
    /// [`Pack`](super::Pack).
    #[must_use]
    pub fn bytes_of(settings: &Settings, contents: usize, styles: usize) -> u64 {
        let sizes = Sizes::of(settings);
        let of = |short: u32| 4 * u64::from(short) * u64::from(short);
        let content: u64 = sizes.of_content().map(of).iter().sum();
        content.saturating_mul(contents as u64).saturating_add(of(sizes.style_side).saturating_mul(styles as u64))
    }

    /// Adds a content picture.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn add_content(&mut self, picture: &Picture) -> Result<(), PictureError> {
        let sizes = self.sizes.content(picture)?;
        for picture in &sizes {
            self.fingerprints.contents.take_picture(picture);
        }
        self.contents.push(sizes.map(Kept::Here));
        Ok(())
    }

    /// Adds a style picture. One large picture is enough: patches are taken from all of it.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn add_style(&mut self, picture: &Picture) -> Result<(), PictureError> {
        let picture = self.sizes.style(picture)?;
        self.fingerprints.styles.take_picture(&picture);
        self.styles.push(Kept::Here(picture));
        Ok(())
    }

    /// Whether they were prepared for patches and styles of the sizes that these settings ask for.
    #[must_use]
    pub fn suit(&self, settings: &Settings) -> bool {
        self.sizes == Sizes::of(settings)
    }

    /// Some content and some style pictures from all over the set, to show what is learnt on: at most so many of each.
    ///
    /// # Errors
    /// [`TrainingError::Unreadable`] for a pack that can no longer be read.
    pub fn some(&self, most: usize) -> Result<(Vec<Picture>, Vec<Picture>), TrainingError> {
        let every = |count: usize| (count / most.max(1)).max(1);
        let own = |kept: &Kept| Ok(kept.picture()?.into_owned());
        let contents = self.contents.iter().map(|[_, large]| large).step_by(every(self.contents.len())).take(most).map(own);
        let styles = self.styles.iter().step_by(every(self.styles.len())).take(most).map(own);
        Ok((contents.collect::<Result<_, _>>()?, styles.collect::<Result<_, _>>()?))
    }

    /// Content and style pictures.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.contents.len(), self.styles.len())
    }

    /// Whether the styles are few enough to be a family: the generator learns to paint in what they have in common.
    pub(super) fn are_family(&self) -> bool {
        self.styles.len() <= FAMILY
    }

    /// Whether they are a family of several, so that their mean is another style than each of them.
    pub(super) fn have_a_mean(&self) -> bool {
        self.styles.len() > 1 && self.are_family()
    }

    /// Checks that there is something to train a generator on.
    ///
    /// # Errors
    /// [`TrainingError::NoContents`] or [`TrainingError::NoStyles`]
    pub fn require_both(&self) -> Result<(), TrainingError> {
        TrainingError::require_both(self.contents.len(), self.styles.len())
    }
}
