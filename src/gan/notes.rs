//! What a person may want to know about a set of pictures before hours of training.

use std::borrow::Cow;

use crate::picture::Picture;

use super::Examples;
use super::kept::Kept;

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

/// Fewer contents than this are few.
const FEW: usize = 8;

impl Examples {
    /// What is remarkable about the set, as far as it can be read.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.contents.len() < FEW {
            notes.push(Note::FewContents(self.contents.len()));
        }
        let styles: Vec<&Kept> = self.styles.iter().collect();
        if are_the_same(&styles) {
            notes.push(Note::SameStyles(styles.len()));
        } else {
            notes.extend(most_repeated(&styles).map(|(index, times)| Note::RepeatedStyle(index, times)));
        }
        let contents: Vec<&Kept> = self.contents.iter().collect();
        notes.extend(most_repeated(&contents).map(|(index, times)| Note::Repeated(index, times)));
        notes
    }
}

/// Whether there are several and all are one and the same.
fn are_the_same(pictures: &[&Kept]) -> bool {
    let Some((first, rest)) = pictures.split_first().filter(|(_, rest)| !rest.is_empty()) else { return false };
    let Ok(first) = first.picture() else { return false };
    rest.iter().all(|picture| picture.picture().is_ok_and(|picture| picture == first))
}

/// The picture that is there most often, the first of such, and how often: more than once.
fn most_repeated(pictures: &[&Kept]) -> Option<(usize, usize)> {
    // Each is compared with each: in a large set one that is there twice does not matter.
    const MOST: usize = 64;
    if pictures.len() > MOST {
        return None;
    }
    let pictures: Vec<Cow<'_, Picture>> = pictures.iter().map(|picture| picture.picture()).collect::<Result<_, _>>().ok()?;
    let times = |index: usize| pictures.iter().filter(|other| **other == pictures[index]).count();
    let all = (0..pictures.len()).map(|index| (index, times(index)));
    all.max_by_key(|(index, times)| (*times, usize::MAX - index)).filter(|(_, times)| *times > 1)
}
