//! The mean of a generator and of what further training made of it.

use super::Weights;

impl Weights {
    /// A generator on the way from this one to `other`: each parameter, and no more of either than that. At a `share` of 0 it is this one, at 1 the other.
    ///
    /// Between a generator and what further training made of it lies one that has most of what was gained and hardly less of what there was (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
    /// models", section 3). Two that were trained apart have no such mean: their channels do not stand for the same things. What the file says of itself is the other's.
    ///
    /// `None` where the two are of different shapes or measure styles differently, so that one cannot have come from the other.
    #[must_use]
    pub fn mean_with(&self, other: &Self, share: f32) -> Option<Self> {
        if self.architecture != other.architecture || self.style_scale != other.style_scale {
            return None;
        }
        let values = self.values.iter().zip(&other.values).map(|(one, other)| one * (1.0 - share) + other * share).collect();
        Some(Self { values, ..other.clone() })
    }
}

#[cfg(test)]
mod tests {
    use crate::generator::{About, StyleScale, StyleStatistics, Weights};
    use crate::vgg::Architecture;

    #[test]
    fn the_mean_lies_between_and_says_what_the_other_says() {
        let vgg = Architecture { blocks: vec![vec![2], vec![3]], ..Architecture::lite() };
        let (one, mut other) = (Weights::untrained(&vgg, 1), Weights::untrained(&vgg, 2));
        other.about = About { steps: 9, ..About::default() };
        assert_eq!(one.mean_with(&other, 0.0).unwrap().values, one.values);
        let quarter = one.mean_with(&other, 0.25).unwrap();
        assert_eq!(quarter.about, other.about);
        assert!(one.values != other.values && quarter.values.len() == one.values.len());
        for ((value, one), other) in quarter.values.iter().zip(&one.values).zip(&other.values) {
            assert!((value - (0.75 * one + 0.25 * other)).abs() <= 1e-6 * (one.abs() + other.abs()), "{one}, {other}: {value}");
        }
    }

    #[test]
    fn generators_of_two_lines_have_none() {
        let (vgg, narrower) = (Architecture::lite(), Architecture { blocks: vec![vec![2], vec![3]], ..Architecture::lite() });
        let one = Weights::untrained(&vgg, 1);
        assert_eq!(one.mean_with(&Weights::untrained(&narrower, 1), 0.5), None);
        let length = one.architecture.statistics();
        let styles = [StyleStatistics(vec![1.0; length]), StyleStatistics(vec![3.0; length])];
        let other = Weights::start(one.architecture.clone(), StyleScale::of(&styles, length), 1);
        assert_eq!(one.mean_with(&other, 0.5), None);
    }
}
