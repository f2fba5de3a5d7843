//! The pictures and masks of one run.

use super::SettingsError;
use crate::picture::{Mask, Picture};

/// What a run works on.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The picture whose content is kept. Its transparent pixels count in no statistic and stay transparent.
    pub content: Picture,
    /// At least one.
    pub styles: Vec<Style>,
    /// Where the content is left alone.
    pub keep: Option<Mask>,
    /// For [`Start::Picture`](super::Start::Picture): an earlier result, for example.
    pub start: Option<Picture>,
}

/// A picture whose style is taken.
#[derive(Clone, Debug)]
pub struct Style {
    /// The picture; its transparent pixels are not learnt from.
    pub picture: Picture,
    /// Its weight among the styles.
    pub weight: f32,
    /// What of it is learnt from; `None` is all.
    pub mask: Option<Mask>,
    /// Where on the content it is painted; `None` is everywhere.
    pub region: Option<Mask>,
}

impl Style {
    /// All of a picture, everywhere.
    #[must_use]
    pub fn new(picture: Picture) -> Self {
        Self { picture, weight: 1.0, mask: None, region: None }
    }
}

impl Inputs {
    /// One content, one style, nothing else.
    #[must_use]
    pub fn new(content: Picture, style: Picture) -> Self {
        Self { content, styles: vec![Style::new(style)], keep: None, start: None }
    }

    /// Checks weights and masks.
    ///
    /// # Errors
    /// The first thing that cannot be used.
    pub fn check(&self) -> Result<(), SettingsError> {
        check_weights(self.styles.iter().map(|style| style.weight))?;
        let masks = self.styles.iter().flat_map(|style| [&style.mask, &style.region]).flatten();
        if masks.chain(&self.keep).any(Mask::is_empty) {
            return Err(SettingsError::EmptyMask);
        }
        Ok(())
    }
}

/// Checks the weights of styles that are mixed.
///
/// # Errors
/// [`SettingsError::Weight`] for one that is negative or no number, and for a sum that is none; [`SettingsError::NoStyles`] where none counts.
pub fn check_weights(weights: impl IntoIterator<Item = f32, IntoIter: Clone>) -> Result<(), SettingsError> {
    let mut weights = weights.into_iter();
    if weights.clone().any(|weight| weight.is_nan() || weight < 0.0) || !weights.clone().sum::<f32>().is_finite() {
        return Err(SettingsError::Weight);
    }
    if weights.all(|weight| weight == 0.0) { Err(SettingsError::NoStyles) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_numbers_that_can_be_shares_of_their_sum() {
        let checked = |weights: &[f32]| check_weights(weights.iter().copied()).map_err(|error| error.code());
        assert_eq!(checked(&[0.0, 2.5]), Ok(()));
        for weights in [[1.0, -1.0], [1.0, f32::NAN], [1.0, f32::INFINITY], [3e38, 3e38]] {
            assert_eq!(checked(&weights), Err("settings-weight"), "{weights:?}");
        }
        assert_eq!((checked(&[0.0, 0.0]), checked(&[])), (Err("settings-no-styles"), Err("settings-no-styles")));
    }
}
