//! What a training tells while it runs.

use serde::Serialize;

/// An event of a [`Trainer`](super::Trainer).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Another style picture has been looked at before the first step. More than 64 are looked at when they are drawn, and not told of, unless the generator is new: its scale is that of all.
    Style {
        /// From 1.
        done: usize,
        /// In all.
        of: usize,
    },
    /// A step is done.
    Step(Progress),
    /// Something went wrong and was acted upon.
    Alarm {
        /// What it was.
        alarm: Alarm,
        /// The step in which it was noticed.
        step: u64,
    },
    /// The last step is done.
    Done,
}

/// How a training stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// The losses of this step.
    pub losses: Losses,
    /// Share of patches that the discriminator judges right, over the last steps; 0.5 is guessing.
    pub success: f32,
    /// Whether the discriminator learnt in this step.
    pub judged: bool,
    /// Length of the generator's gradient.
    pub gradient: f32,
    /// Time that the rest will take at the pace of the steps so far, without what passed between them.
    pub seconds_left: f64,
}

/// The unweighted losses of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Losses {
    /// Relative content distance.
    pub content: f32,
    /// Relative style distance, mean over taps.
    pub style: f32,
    /// Mean squared difference of a picture in its own style from itself.
    pub identity: f32,
    /// Total variation.
    pub variation: f32,
    /// Energy of what is locked to the generator's lattice.
    pub lattice: f32,
    /// What the discriminator costs the generator.
    pub adversarial: f32,
    /// The discriminator's own.
    pub discriminator: f32,
}

/// What was noticed, each with what was done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// A loss or gradient was not finite: the step is left out, and of three in a row it is back to the last good state, at half the rate.
    NotFinite,
    /// The losses have been rising for long: back to the last good state, at half the rate.
    Diverged,
    /// All results look alike, whatever they are made from: back to the last good state, and the discriminator's weight is halved.
    Collapsed,
}

impl Alarm {
    /// A stable, hyphenated code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFinite => "training-not-finite",
            Self::Diverged => "training-diverged",
            Self::Collapsed => "training-collapsed",
        }
    }
}
