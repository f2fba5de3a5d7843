//! All that a training needs to go on: both networks, both optimisers, the averaged weights, and where it stood.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};

use super::Settings;
use super::balance::Balance;
use super::discriminator::Discriminator;
use crate::catalog::ModelError;
use crate::generator::{Architecture, StyleScale, Weights};

/// Says what the file is; the number rises with that of the generator's file.
const FORMAT: &str = "atelier-training-2";

/// A training that stands still, on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(super) head: Head,
    pub(super) generator: Player,
    /// The average of the generator's parameters over time: what is used.
    pub(super) average: Vec<f32>,
    pub(super) discriminator: Player,
    /// The discriminator's singular vectors, one after another.
    pub(super) singular: Vec<f32>,
}

/// What is not an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub settings: Settings,
    pub architecture: Architecture,
    pub style_scale: StyleScale,
    /// Whether there is one style, and the discriminator is not told which.
    pub single: bool,
    /// Steps done.
    pub step: u64,
    /// Steps that the generator had been trained for before this training.
    pub before: u64,
    pub balance: Balance,
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

    /// The same training, to go on with other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.head.settings = settings;
        self
    }

    /// Writes a checkpoint's file.
    ///
    /// # Errors
    /// What `safetensors` says: not to be expected of a checkpoint that a trainer made.
    pub fn write(&self) -> Result<Vec<u8>, SafeTensorError> {
        let counts = [&self.generator, &self.discriminator].map(|player| f32::from_bits(player.count));
        let arrays: [(&str, &[f32]); 9] = [
            ("generator.parameters", &self.generator.parameters),
            ("generator.mean", &self.generator.mean),
            ("generator.square", &self.generator.square),
            ("generator.average", &self.average),
            ("discriminator.parameters", &self.discriminator.parameters),
            ("discriminator.mean", &self.discriminator.mean),
            ("discriminator.square", &self.discriminator.square),
            ("discriminator.singular", &self.singular),
            // Whole numbers, by their bits.
            ("counts", &counts),
        ];
        let bytes = arrays.map(|(name, values)| (name, values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()));
        let head = serde_json::to_string(&self.head).map_err(|error| SafeTensorError::IoError(std::io::Error::other(error)))?;
        let metadata = HashMap::from([("format".to_owned(), FORMAT.to_owned()), ("training".to_owned(), head)]);
        let views = bytes
            .iter()
            .map(|(name, length, bytes)| Ok((*name, TensorView::new(Dtype::F32, vec![*length], bytes)?)))
            .collect::<Result<Vec<_>, SafeTensorError>>()?;
        safetensors::serialize(views, Some(metadata))
    }

    /// Reads a checkpoint's file. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] for anything that no trainer wrote, or that was cut off.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        parsed(bytes).ok_or_else(|| ModelError::Damaged { file: file.to_owned() })
    }
}

/// Every `None` means "this file is not what it should be".
fn parsed(bytes: &[u8]) -> Option<Checkpoint> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let metadata = metadata.metadata().as_ref()?;
    if metadata.get("format")? != FORMAT {
        return None;
    }
    let head: Head = serde_json::from_str(metadata.get("training")?).ok()?;
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let array = |name: &str, length: usize| {
        let view = tensors.tensor(name).ok().filter(|view| view.dtype() == Dtype::F32 && view.shape() == [length])?;
        Some(view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<f32>>())
    };
    let finite = |name: &str, length: usize| array(name, length).filter(|values| values.iter().all(|value| value.is_finite()));
    let counts = array("counts", 2)?;
    let player = |name: &str, length: usize, count: f32| {
        Some(Player {
            parameters: finite(&format!("{name}.parameters"), length)?,
            mean: finite(&format!("{name}.mean"), length)?,
            square: finite(&format!("{name}.square"), length)?,
            count: count.to_bits(),
        })
    };
    let statistics = head.architecture.statistics();
    if head.style_scale.mean.len() != statistics || head.style_scale.deviation.len() != statistics {
        return None;
    }
    let length = Weights::layout(&head.architecture).length();
    let of_discriminator = Discriminator::layout(if head.single { 0 } else { statistics }).length();
    Some(Checkpoint {
        generator: player("generator", length, *counts.first()?)?,
        average: finite("generator.average", length)?,
        discriminator: player("discriminator", of_discriminator, *counts.get(1)?)?,
        singular: finite("discriminator.singular", Discriminator::outputs().iter().sum())?,
        head,
    })
}
