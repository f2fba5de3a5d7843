//! All that a distillation needs to go on: the student, its optimiser, the lessons that are to be given again, and where it stood.

use safetensors::SafeTensorError;
use serde::{Deserialize, Serialize};

use super::Settings;
use super::student::{Taught, layout};
use crate::catalog::ModelError;
use crate::tensor_file::{Format, Reader, Writer};
use crate::vgg::Architecture;

const FORMAT: Format = Format { name: "atelier-distillation", version: 1 };

/// A distillation that stands still, on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(super) head: Head,
    pub(super) parameters: Vec<f32>,
    /// Muon's running mean.
    pub(super) mean: Vec<f32>,
    /// Adam's running means, for the biases.
    pub(super) adam: [Vec<f32>; 2],
    /// The pictures of the lessons that were given once, `[lessons · batch, 3, patch, patch]`. What the teacher sees there is asked for anew.
    pub(super) given_once: Vec<f32>,
}

/// What is not an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub settings: Settings,
    pub architecture: Architecture,
    pub taught: Vec<Taught>,
    /// Steps done.
    pub step: u64,
    /// Steps of Adam's, which it corrects its means by.
    pub count: u32,
    /// Lessons that were prepared, and those of them that wait.
    pub prepared: u64,
    pub waiting: usize,
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

    /// The student's shape.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.head.architecture
    }

    /// Writes a checkpoint's file.
    ///
    /// # Errors
    /// What `safetensors` says: not to be expected of a checkpoint that a distillation made.
    pub fn write(&self) -> Result<Vec<u8>, SafeTensorError> {
        let mut file = Writer::new(FORMAT);
        file.describe("distillation", &self.head)?;
        for (name, values) in
            [("parameters", &self.parameters), ("mean", &self.mean), ("adam.mean", &self.adam[0]), ("adam.square", &self.adam[1])]
        {
            file.floats(name, &[values.len()], values);
        }
        file.floats("given-once", &self.head.pictures(), &self.given_once);
        file.finish()
    }

    /// Reads a checkpoint's file. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::OtherVersion`] for another version's; [`ModelError::Damaged`] for anything else that no distillation wrote, or that was cut off.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        Reader::parse(bytes, FORMAT, file, parsed)
    }
}

impl Head {
    fn pictures(&self) -> [usize; 4] {
        let Settings { batch, patch, .. } = self.settings;
        [self.waiting * batch, 3, patch, patch]
    }
}

/// Every `None` means "this file is not what it should be".
fn parsed(file: &Reader<'_>) -> Option<Checkpoint> {
    let head: Head = file.described("distillation")?;
    let floats = |name: &str| file.floats(name, &[layout(&head.architecture, &head.taught).length()]);
    Some(Checkpoint {
        parameters: floats("parameters")?,
        mean: floats("mean")?,
        adam: [floats("adam.mean")?, floats("adam.square")?],
        given_once: file.floats("given-once", &head.pictures())?,
        head,
    })
}
