//! All that a distillation needs to go on: the student, its optimiser, the lessons that are to be given again, and where it stood.

use safetensors::SafeTensorError;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::catalog::ModelError;
use crate::tensor_file::{Format, Reader, Writer};

/// Version 1 had Adam's means of all parameters.
const FORMAT: Format = Format { name: "atelier-distillation", version: 2 };

/// A distillation that stands still, on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(super) head: Head,
    pub(super) parameters: Vec<f32>,
    /// Muon's running mean.
    pub(super) mean: Vec<f32>,
    /// Adam's running means, for the biases.
    pub(super) adam: [Vec<f32>; 2],
    /// The pictures of the lessons that were given once, one after another. What the teacher sees there is asked for anew.
    pub(super) given_once: Vec<f32>,
}

/// What is not an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub settings: Settings,
    /// What tells its start, its teacher and its pictures from others.
    pub fingerprint: u64,
    /// Steps done.
    pub step: u64,
    /// Lessons that were prepared.
    pub prepared: u64,
}

impl Checkpoint {
    /// Steps done.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.head.step
    }

    /// What was chosen for this distillation.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.head.settings
    }

    /// Writes a checkpoint's file.
    ///
    /// # Errors
    /// What `safetensors` says: not to be expected of a checkpoint that a distillation made.
    pub fn write(&self) -> Result<Vec<u8>, SafeTensorError> {
        let mut file = Writer::new(FORMAT);
        file.describe("distillation", &self.head)?;
        for (name, values) in self.arrays() {
            file.floats(name, &[values.len()], values);
        }
        file.finish()
    }

    /// Reads a checkpoint's file. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::OtherVersion`] for another version's; [`ModelError::Damaged`] for anything else that no distillation wrote, or that was cut off.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        Reader::parse(bytes, FORMAT, file, parsed)
    }

    fn arrays(&self) -> [(&'static str, &Vec<f32>); 5] {
        let [mean, square] = &self.adam;
        [
            ("parameters", &self.parameters),
            ("mean", &self.mean),
            ("adam.mean", mean),
            ("adam.square", square),
            ("given-once", &self.given_once),
        ]
    }
}

/// Every `None` means "this file is not what it should be". How long the arrays should be is known to the distillation that is to go on.
fn parsed(file: &Reader<'_>) -> Option<Checkpoint> {
    let floats = |name: &str| {
        let (_, shape) = file.kind(name)?;
        file.floats(name, &shape)
    };
    Some(Checkpoint {
        head: file.described("distillation")?,
        parameters: floats("parameters")?,
        mean: floats("mean")?,
        adam: [floats("adam.mean")?, floats("adam.square")?],
        given_once: floats("given-once")?,
    })
}
