//! All that a training needs to go on: both networks, both optimisers, the averaged weights, and where it stood.

use safetensors::{Dtype, SafeTensorError};
use serde::{Deserialize, Serialize};

use super::balance::Balance;
use super::discriminator::Discriminator;
use super::{Examples, Settings};
use crate::catalog::ModelError;
use crate::generator::{Architecture, StyleScale, Weights};
use crate::tensor_file::{Format, Reader, Writer};
use crate::vgg;

/// Says what the file is; the version is that of the generator's file.
const SHALLOW: Format = Format { name: "atelier-training", version: 2 };
/// Of a generator with deep blocks.
const DEEP: Format = Format { version: 3, ..SHALLOW };
/// On styles at several sizes, of which earlier releases know nothing.
const SIZED: Format = Format { version: 4, ..SHALLOW };

/// A training that stands still, on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(super) head: Head,
    pub(super) networks: Networks,
    /// What an alarm goes back to, where that is not this very state.
    pub(super) good: Option<Networks>,
}

/// Both networks with all that a step changes in them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Networks {
    pub generator: Player,
    /// The average of the generator's parameters over time: what is used.
    pub average: Vec<f32>,
    pub discriminator: Player,
    /// The discriminator's singular vectors, one after another.
    pub singular: Vec<f32>,
}

/// What is not an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub settings: Settings,
    pub architecture: Architecture,
    pub style_scale: StyleScale,
    /// Whether there is one style, at one size, and the discriminator is not told which.
    pub single: bool,
    /// Steps done.
    pub step: u64,
    /// The step that what an alarm goes back to was at; 0 where an earlier version did not say.
    #[serde(default)]
    pub good: u64,
    /// Steps that the generator had been trained for before this training.
    pub before: u64,
    pub balance: Balance,
    /// What tells the generator that it was begun from from others; 0 where an earlier version did not say.
    #[serde(default)]
    pub begun_from: u64,
    /// What tells the style pictures from others; 0 where an earlier version did not say.
    #[serde(default)]
    pub styles: u64,
    /// What tells the content pictures from others; 0 where an earlier version did not say.
    #[serde(default)]
    pub contents: u64,
    /// Whether a loss network measured that does not describe styles.
    #[serde(default)]
    pub loss_network: bool,
    /// Which one, by its [fingerprint](crate::vgg::Weights::fingerprint); 0 where there was none, or an earlier version did not say.
    #[serde(default)]
    pub measured_by: u64,
    /// By which maps the network measured that did, a narrow one, by [their fingerprint](crate::vgg::Weights::fingerprint_of_maps); 0 where there were none, or an earlier version did not say.
    #[serde(default)]
    pub measured_in: u64,
    /// Which network describes styles; 0 where an earlier version did not say.
    #[serde(default)]
    pub described_by: u64,
    /// Whether total variation is a mean over the batch; earlier versions had its sum.
    #[serde(default)]
    pub variation_is_mean: bool,
    /// How photos are shown.
    #[serde(default)]
    pub photos: Photos,
}

/// How large photos are shown: with others, losses are other numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Photos {
    /// At two sizes that follow from the patch, as earlier versions did.
    #[default]
    AtTwoSizes,
    /// At any scale about that of styles.
    AtAnyScale,
}

/// One network and its optimiser.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Player {
    pub parameters: Vec<f32>,
    pub mean: Vec<f32>,
    pub square: Vec<f32>,
    pub count: u32,
}

impl Checkpoint {
    /// Steps done.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.head.step
    }

    /// What was chosen for this training.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.head.settings
    }

    /// How many blocks the generator has at an eighth of the picture's size.
    #[must_use]
    pub fn deep_blocks(&self) -> usize {
        self.head.architecture.deep
    }

    /// Whether it is of a training that began from this generator, as far as it says.
    #[must_use]
    pub fn is_from(&self, start: &Weights) -> bool {
        self.head.begun_from == 0 || self.head.begun_from == start.fingerprint()
    }

    /// Whether it is of a training on these style pictures, as far as it says.
    #[must_use]
    pub fn is_of_styles(&self, examples: &Examples) -> bool {
        self.head.styles == 0 || self.head.styles == examples.fingerprint_of_styles()
    }

    /// Whether it is of a training on these content pictures, as far as it says: with others it goes on, though not as it would have with its own.
    #[must_use]
    pub fn is_of_contents(&self, examples: &Examples) -> bool {
        self.head.contents == 0 || self.head.contents == examples.fingerprint()
    }

    /// Whether the training had a [loss network](super::Trainer::with_loss_network) of its own.
    #[must_use]
    pub fn has_loss_network(&self) -> bool {
        self.head.loss_network
    }

    /// Whether this is the loss network that the training had; `None` where an earlier version did not say which it was.
    #[must_use]
    pub fn is_measured_by(&self, network: &vgg::Weights) -> Option<bool> {
        let Head { measured_by, measured_in, .. } = self.head;
        let is_metric = measured_in == 0 || measured_in == network.fingerprint_of_maps();
        (measured_by != 0).then(|| is_metric && measured_by == network.fingerprint())
    }

    /// The same training, to go on with other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        let plays = |settings: &Settings| settings.adversarial > 0.0 && self.head.step >= settings.warm_up;
        if !settings.weigh_as(&self.head.settings) || (plays(&settings) && !plays(&self.head.settings)) {
            self.head.balance.forget_best();
        }
        self.head.settings = settings;
        self
    }

    /// Writes a checkpoint's file.
    ///
    /// # Errors
    /// What `safetensors` says: not to be expected of a checkpoint that a trainer made.
    pub fn write(&self) -> Result<Vec<u8>, SafeTensorError> {
        let format = if self.head.settings.style_sides.len() > 1 {
            SIZED
        } else if self.deep_blocks() > 0 {
            DEEP
        } else {
            SHALLOW
        };
        let mut file = Writer::new(format);
        file.describe("training", &self.head)?;
        self.networks.write(&mut file, "");
        if let Some(good) = &self.good {
            good.write(&mut file, GOOD);
        }
        file.finish()
    }

    /// Reads a checkpoint's file. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::OtherVersion`] for another version's; [`ModelError::Damaged`] for anything else that no trainer wrote, or that was cut off.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        Reader::parse_any(bytes, &[SHALLOW, DEEP, SIZED], file, parsed)
    }
}

/// Before the names of the good state's arrays.
const GOOD: &str = "good.";

impl Networks {
    fn write<'a>(&'a self, file: &mut Writer<'a>, prefix: &str) {
        for (name, player) in [("generator", &self.generator), ("discriminator", &self.discriminator)] {
            file.floats(format!("{prefix}{name}.parameters"), &[player.parameters.len()], &player.parameters);
            file.floats(format!("{prefix}{name}.mean"), &[player.mean.len()], &player.mean);
            file.floats(format!("{prefix}{name}.square"), &[player.square.len()], &player.square);
            file.bytes(format!("{prefix}{name}.count"), Dtype::U32, &[1], player.count.to_le_bytes().to_vec());
        }
        file.floats(format!("{prefix}generator.average"), &[self.average.len()], &self.average);
        file.floats(format!("{prefix}discriminator.singular"), &[self.singular.len()], &self.singular);
    }

    /// Of so many parameters of the generator and of the discriminator.
    fn read(file: &Reader<'_>, prefix: &str, [length, of_discriminator]: [usize; 2]) -> Option<Self> {
        let player = |name: &str, length: usize| {
            let count = file.bytes(&format!("{prefix}{name}.count"), Dtype::U32, &[1])?;
            Some(Player {
                parameters: file.floats(&format!("{prefix}{name}.parameters"), &[length])?,
                mean: file.floats(&format!("{prefix}{name}.mean"), &[length])?,
                square: file.floats(&format!("{prefix}{name}.square"), &[length])?,
                count: u32::from_le_bytes(*count.first_chunk()?),
            })
        };
        Some(Self {
            generator: player("generator", length)?,
            average: file.floats(&format!("{prefix}generator.average"), &[length])?,
            discriminator: player("discriminator", of_discriminator)?,
            singular: file.floats(&format!("{prefix}discriminator.singular"), &[Discriminator::outputs().iter().sum()])?,
        })
    }
}

/// Every `None` means "this file is not what it should be".
fn parsed(file: &Reader<'_>) -> Option<Checkpoint> {
    let mut head: Head = file.described("training")?;
    if !std::mem::replace(&mut head.variation_is_mean, true) {
        head.settings.variation *= crate::losses::real(head.settings.batch);
    }
    head.balance = head.balance.supplied();
    if !head.architecture.is_sound() {
        return None;
    }
    let statistics = head.architecture.statistics();
    if head.style_scale.mean.len() != statistics || head.style_scale.deviation.len() != statistics {
        return None;
    }
    let length = Weights::layout(&head.architecture).length();
    let of_discriminator = Discriminator::layout(if head.single { 0 } else { statistics }).length();
    let lengths = [length, of_discriminator];
    let good = if file.names().iter().any(|name| name.starts_with(GOOD)) { Some(Networks::read(file, GOOD, lengths)?) } else { None };
    Some(Checkpoint { networks: Networks::read(file, "", lengths)?, good, head })
}
