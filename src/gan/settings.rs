//! What is chosen before a training.

use std::ops::RangeInclusive;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::TrainingError;

/// How a generator is trained. Loss weights are for relative losses (see [`Normalisation::Relative`](crate::losses::Normalisation::Relative)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Steps in all.
    pub steps: u64,
    /// Pictures in a step.
    pub batch: usize,
    /// Side of the patches that the generator is shown, in pixels: a multiple of 16.
    pub patch: usize,
    /// Short sides of the style pictures, in pixels: how large strokes are. With several, every picture is learnt at each of them, and photos at as many: a small painting's strokes are then
    /// learnt beside a large one's, and the generator is told which are meant. In a file it may be one number.
    #[serde(rename = "style-side", deserialize_with = "one_or_several")]
    pub style_sides: Vec<u32>,
    /// Adam's rate for the generator, after the first hundred steps; it falls to a twentieth along a cosine.
    pub rate: f32,
    /// Weight of the content loss.
    pub content: f32,
    /// Weight of the style loss.
    pub style: f32,
    /// Weight of total variation.
    pub variation: f32,
    /// Weight of what is locked to the generator's lattice of four pixels: of a weave in smooth places.
    pub lattice: f32,
    /// Weight of the identity loss: a picture told to take on its own style stays as it is.
    pub identity: f32,
    /// Weight of the adversarial loss; 0 trains without a discriminator.
    pub adversarial: f32,
    /// Steps without the discriminator, until the generator shows what the content shows.
    pub warm_up: u64,
    /// Who learns.
    pub players: Players,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

/// Who of the two learns, where there is a discriminator; without one it is the generator always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Players {
    /// The two against each other. The discriminator waits while it is right too often.
    #[default]
    Both,
    /// The generator, against a discriminator that stands still.
    Generator,
    /// The discriminator, against a generator that stands still: in every step, warm-up or not.
    Discriminator,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            steps: 4000,
            batch: 2,
            patch: 256,
            style_sides: vec![384, 768],
            rate: 1e-3,
            content: 1.0,
            style: 20.0,
            variation: 2.0,
            lattice: 3.0,
            identity: 1.0,
            adversarial: 0.0,
            warm_up: 500,
            players: Players::Both,
            seed: 0,
        }
    }
}

/// So many sizes of styles at most.
const MOST_SIDES: usize = 8;

/// Earlier versions knew one side only.
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sides {
        One(u32),
        Several(Vec<u32>),
    }
    let sides = match Sides::deserialize(deserializer)? {
        Sides::One(side) => vec![side],
        Sides::Several(sides) => sides,
    };
    // Every style is looked at at each of them.
    if (1..=MOST_SIDES).contains(&sides.len()) { Ok(sides) } else { Err(D::Error::invalid_length(sides.len(), &"one to eight sides")) }
}

/// Steps over which the rate rises from nothing.
const RISE: u64 = 100;
/// What is left of the rate at the end.
const LEAST_RATE: f64 = 0.05;

impl Settings {
    /// The generator's rate at a step, from 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a rate needs no more than an f32's precision")]
    pub(super) fn rate_at(&self, step: u64) -> f32 {
        let rise = ((step + 1) as f64 / RISE as f64).min(1.0);
        let along = (step as f64 / self.steps.max(1) as f64).min(1.0);
        let fall = LEAST_RATE + (1.0 - LEAST_RATE) * 0.5 * (1.0 + (std::f64::consts::PI * along).cos());
        self.rate * (rise * fall) as f32
    }

    /// Whether the two play against each other at a step, from 0.
    pub(super) fn plays(&self, step: u64) -> bool {
        self.adversarial > 0.0 && (step >= self.warm_up || self.players == Players::Discriminator)
    }

    /// Whether the generator stands still.
    pub(super) fn generator_waits(&self) -> bool {
        self.adversarial > 0.0 && self.players == Players::Discriminator
    }

    /// Whether the discriminator learns in a step in which the two play, where it would wait if it is not `wanted`.
    pub(super) fn discriminator_learns(&self, wanted: bool) -> bool {
        match self.players {
            Players::Both => wanted,
            Players::Generator => false,
            Players::Discriminator => true,
        }
    }

    /// Whether a loss is worth as much as by these others.
    pub(super) fn weigh_as(&self, others: &Self) -> bool {
        self.weights().iter().zip(others.weights()).all(|(weight, other)| weight.total_cmp(&other).is_eq())
    }

    /// Weights of the losses that a training is judged by: all but the game's.
    fn weights(&self) -> [f32; 5] {
        [self.content, self.style, self.variation, self.lattice, self.identity]
    }

    /// Checks every range: before pictures are prepared for these settings.
    ///
    /// # Errors
    /// [`TrainingError`] for a setting out of range.
    pub fn check(&self) -> Result<(), TrainingError> {
        const PATCH: (usize, usize) = (32, 512);
        const BATCH: (usize, usize) = (1, 64);
        const STYLE_SIDE: RangeInclusive<u32> = 16..=2048;
        if !(1..=MOST_SIDES).contains(&self.style_sides.len()) {
            return Err(TrainingError::StyleSides { most: MOST_SIDES });
        }
        if !self.style_sides.iter().all(|side| STYLE_SIDE.contains(side)) {
            return Err(TrainingError::StyleSide { min: *STYLE_SIDE.start(), max: *STYLE_SIDE.end() });
        }
        if !self.patch.is_multiple_of(16) || self.patch < PATCH.0 || self.patch > PATCH.1 {
            return Err(TrainingError::Patch { min: PATCH.0, max: PATCH.1 });
        }
        if self.batch < BATCH.0 || self.batch > BATCH.1 {
            return Err(TrainingError::Batch { min: BATCH.0, max: BATCH.1 });
        }
        if self.weights().iter().chain([&self.rate, &self.adversarial]).all(|weight| weight.is_finite() && *weight >= 0.0) {
            Ok(())
        } else {
            Err(TrainingError::Weight)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_name_one_side_or_several() {
        let read = |text: &str| serde_json::from_str::<Settings>(text).unwrap().style_sides;
        assert_eq!(read(r#"{"style-side":192}"#), [192], "as earlier versions wrote");
        assert_eq!(read(r#"{"style-side":[384,768]}"#), [384, 768]);
        let settings = Settings { style_sides: vec![384, 768], ..Settings::default() };
        assert_eq!(serde_json::from_str::<Settings>(&serde_json::to_string(&settings).unwrap()).unwrap(), settings);
        let check = |sides: &[u32]| Settings { style_sides: sides.to_vec(), ..Settings::default() }.check();
        assert_eq!([check(&[16, 2048]), check(&[384])], [Ok(()), Ok(())]);
        assert!(serde_json::from_str::<Settings>(r#"{"style-side":[]}"#).is_err());
        assert!(serde_json::from_str::<Settings>(&format!(r#"{{"style-side":{:?}}}"#, [64; 9])).is_err());
        assert_eq!([check(&[]), check(&[64; 9])], [Err(TrainingError::StyleSides { most: 8 }), Err(TrainingError::StyleSides { most: 8 })]);
        for sides in [&[384, 8][..], &[4096]] {
            assert_eq!(check(sides), Err(TrainingError::StyleSide { min: 16, max: 2048 }));
        }
    }
}
