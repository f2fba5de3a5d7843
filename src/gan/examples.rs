//! The pictures that a generator is trained on, at the sizes that it is shown.

use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;
use crate::generator::MOST_ENLARGED;
use crate::picture::{Fit, Picture, PictureError, fit};

use super::kept::Kept;
use super::{Settings, TrainingError};

/// Content pictures, which say what is painted, and style pictures, which say how.
#[derive(Clone, Debug)]
pub struct Examples {
    pub(super) contents: Vec<Kept>,
    pub(super) styles: Vec<Kept>,
    pub(super) sizes: Sizes,
    pub(super) fingerprints: Fingerprints,
}

/// The sizes that pictures are prepared for, and shown at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    pub patch: u32,
    /// Short sides of styles, each once, ascending.
    pub style_sides: Vec<u32>,
}

/// A style picture at one of the sizes that it is learnt at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StyleAt {
    /// Which picture.
    pub style: usize,
    /// Which of the sizes, from 0.
    pub size: usize,
}

/// What tells pictures from others, without looking at them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprints {
    pub contents: Fingerprint,
    pub styles: Fingerprint,
}

/// Least side of a picture that is worth training on.
pub(super) const LEAST_SIDE: u32 = 16;
/// Photos are as large as styles of one of the sizes, give or take this: a patch shows now more of them, now less.
const LARGER: (u32, u32) = (7, 5);
/// So many styles at most are a family, whose mean is a style of its own.
const FAMILY: usize = 64;

impl Sizes {
    pub fn of(settings: &Settings) -> Self {
        let patch = u32::try_from(settings.patch).unwrap_or(u32::MAX);
        // None smaller than a patch of it.
        let mut style_sides: Vec<u32> = settings.style_sides.iter().map(|side| *side.max(&patch)).collect();
        style_sides.sort_unstable();
        style_sides.dedup();
        Self { patch, style_sides }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.style_sides.len()
    }

    fn side(&self, size: usize) -> u32 {
        self.style_sides.get(size).copied().unwrap_or(self.patch)
    }

    fn largest(&self) -> u32 {
        self.style_sides.last().copied().unwrap_or(self.patch)
    }

    /// A content picture as it is kept: as large as it is ever shown, but never enlarged. In a page, which has no disk to read them from, half as large: of some it would hold
    /// gigabytes, and they may be enlarged when they are shown.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn content(&self, picture: &Picture) -> Result<Picture, PictureError> {
        kept(picture, self.content_kept())
    }

    fn content_kept(&self) -> u32 {
        let (_, most) = self.content_shorts(self.largest());
        if cfg!(target_family = "wasm") { most.div_ceil(MOST_ENLARGED) } else { most }
    }

    /// A style picture as it is kept: as large as it is ever learnt from, but never enlarged.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn style(&self, picture: &Picture) -> Result<Picture, PictureError> {
        kept(picture, self.largest())
    }

    /// The short side that a content picture of this short side is shown at, about that of styles of one of the sizes: now one, now another. Never below a patch.
    pub fn content_short(&self, own: u32, size: usize, random: &mut fastrand::Rng) -> u32 {
        let (least, most) = self.content_shorts(self.side(size));
        random.u32(least..=most).min(own.saturating_mul(MOST_ENLARGED)).max(self.patch)
    }

    /// The least and the most of the short sides of content pictures that are about as large as styles of this one.
    fn content_shorts(&self, side: u32) -> (u32, u32) {
        let (more, less) = LARGER;
        ((side.saturating_mul(less) / more).max(self.patch), side.saturating_mul(more) / less)
    }

    /// The short side that a style picture of this short side is learnt at, at one of the sizes. Never below a patch.
    pub fn style_short(&self, own: u32, size: usize) -> u32 {
        self.side(size).min(own.saturating_mul(MOST_ENLARGED)).max(self.patch)
    }
}

/// The middle of a picture, with at most this short side.
fn kept(picture: &Picture, short: u32) -> Result<Picture, PictureError> {
    picture.require_sides(LEAST_SIDE)?;
    let picture = picture.middle(Examples::LONGEST);
    let own = picture.width().min(picture.height());
    Ok(fit(&picture, Fit::Short(short.min(own))).bled())
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

    /// About how many bytes content and style pictures of these widths and heights take as they are kept: what they will take in memory, or on a disk as a
    /// [`Pack`](super::Pack).
    #[must_use]
    pub fn bytes_of(settings: &Settings, contents: &[[u32; 2]], styles: &[[u32; 2]]) -> u64 {
        let sizes = Sizes::of(settings);
        let of = |pictures: &[[u32; 2]], most: u32| -> u64 {
            let bytes = |[width, height]: [u32; 2]| {
                let (own, long) = (width.min(height), width.max(height).min(width.min(height).saturating_mul(Self::LONGEST)));
                let (long, short) = Fit::Short(most.min(own)).sides(long, own);
                3 * u64::from(long) * u64::from(short)
            };
            pictures.iter().copied().map(bytes).sum()
        };
        of(contents, sizes.content_kept()) + of(styles, sizes.largest())
    }

    /// Adds a content picture.
    ///
    /// # Errors
    /// [`PictureError`] for a picture of fewer than sixteen pixels on a side.
    pub fn add_content(&mut self, picture: &Picture) -> Result<(), PictureError> {
        let picture = self.sizes.content(picture)?;
        self.fingerprints.contents.take_picture(&picture);
        self.contents.push(Kept::Here(picture));
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
        let some = |set: &[Kept]| set.iter().step_by(every(set.len())).take(most).map(own).collect::<Result<_, _>>();
        Ok((some(&self.contents)?, some(&self.styles)?))
    }

    /// Content and style pictures.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.contents.len(), self.styles.len())
    }

    /// A style picture as it is learnt from at one of the sizes; none beyond the last.
    ///
    /// # Errors
    /// [`TrainingError::Unreadable`] for a pack that can no longer be read.
    pub(super) fn style(&self, at: StyleAt) -> Result<Option<Picture>, TrainingError> {
        let Some(kept) = self.styles.get(at.style) else { return Ok(None) };
        let short = self.sizes.style_short(kept.short(), at.size);
        Ok(Some(fit(&*kept.picture()?, Fit::Short(short))))
    }

    /// The mean long side of the style pictures as they are learnt from at one of the sizes: the long side of paintings for which that is their style.
    pub(super) fn long_side(&self, size: usize) -> u32 {
        let long = |kept: &Kept| {
            let [width, height] = kept.size();
            let (long, _) = Fit::Short(self.sizes.style_short(kept.short(), size)).sides(width.max(height), width.min(height));
            u64::from(long)
        };
        let sum: u64 = self.styles.iter().map(long).sum();
        u32::try_from(sum / (self.styles.len() as u64).max(1)).unwrap_or(u32::MAX)
    }

    /// Whether there is one picture, at one size, so that nobody has to be told what is to be learnt.
    pub(super) fn are_one(&self) -> bool {
        self.styles.len() == 1 && self.sizes.count() == 1
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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(patch: usize, sides: &[u32]) -> Settings {
        Settings { patch, style_sides: sides.to_vec(), ..Settings::default() }
    }

    fn picture(width: u32, height: u32) -> Picture {
        let rgb = (0..3 * width * height).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
        Picture::new(width, height, rgb, None).unwrap()
    }

    #[test]
    fn photos_are_shown_about_as_large_as_styles() {
        let sizes = Sizes::of(&settings(64, &[768, 384, 384, 32]));
        assert_eq!(sizes.style_sides, [64, 384, 768], "ascending, each once, none below a patch");
        let mut random = fastrand::Rng::with_seed(1);
        let mut range = |own: u32, size: usize| {
            let shorts: Vec<u32> = (0..500).map(|_| sizes.content_short(own, size, &mut random)).collect();
            (*shorts.iter().min().unwrap(), *shorts.iter().max().unwrap())
        };
        let (least, most) = range(2000, 1);
        assert!((274..=280).contains(&least) && (530..=537).contains(&most), "{least} to {most} of 274 to 537");
        let (least, most) = range(200, 2);
        assert_eq!((least, most), (400, 400), "no more than twice its own size");
        assert_eq!(range(20, 2), (64, 64), "but never below a patch");
    }

    #[test]
    fn pictures_are_kept_as_large_as_they_are_shown_and_never_enlarged() {
        let mut examples = Examples::new(&settings(32, &[64, 100]));
        for (width, height) in [(400, 300), (90, 80), (20, 600)] {
            examples.add_content(&picture(width, height)).unwrap();
            examples.add_style(&picture(width, height)).unwrap();
        }
        let sizes = |kept: &[Kept]| kept.iter().map(Kept::size).collect::<Vec<_>>();
        assert_eq!(sizes(&examples.contents), [[187, 140], [90, 80], [20, 40]]);
        assert_eq!(sizes(&examples.styles), [[133, 100], [90, 80], [20, 40]]);
        let learnt = |size: usize| {
            let at = |style| examples.style(StyleAt { style, size }).unwrap().unwrap();
            [0, 1, 2].map(|style| (at(style).width(), at(style).height()))
        };
        let before = [(400, 300), (90, 80), (20, 600)].map(<[u32; 2]>::from);
        let bytes =
            |kept: &[Kept]| kept.iter().map(|kept| kept.size().map(u64::from)).map(|[width, height]| 3 * width * height).sum::<u64>();
        let taken = bytes(&examples.contents) + bytes(&examples.styles);
        assert_eq!(Examples::bytes_of(&settings(32, &[64, 100]), &before, &before), taken, "known beforehand");
        // No more than twice its own size, though at least a patch.
        assert_eq!([learnt(0), learnt(1)], [[(85, 64), (72, 64), (40, 80)], [(133, 100), (113, 100), (40, 80)]]);
        assert_eq!([0, 1].map(|size| examples.long_side(size)), [(85 + 72 + 80) / 3, (133 + 113 + 80) / 3]);
        let tiny = Sizes::of(&settings(64, &[100]));
        assert_eq!([tiny.style_short(20, 0), tiny.style_short(45, 0)], [64, 90]);
        assert!(examples.style(StyleAt { style: 3, size: 0 }).unwrap().is_none());
    }
}
