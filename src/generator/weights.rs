//! A generator's weights on the host, and their file: safetensors.
//!
//! Keys are those of the layers, such as `blocks.0.1.weight`. A weight is F32, or I8 with a scale for each output channel beside it as `….scale`
//! (see [`quantise_int8`](crate::vgg::quantise_int8)). The metadata holds `architecture`, `style_scale` and `about` as JSON.

use safetensors::SafeTensorError;
use serde::{Deserialize, Serialize};

use super::network::Network;
use super::{Architecture, OwnStyle, StyleScale};
use crate::catalog::ModelError;
use crate::fingerprint::Fingerprint;
use crate::parameters::{Entry, Layout};
use crate::tensor_file::{Format, Reader, Writer};
use crate::vgg::{self, Precision};

/// Says what the file is, for whoever finds it. Version 1 doubled by nearest neighbour: its weights mean something else here.
const SHALLOW: Format = Format { name: "atelier-generator", version: 2 };
/// With deep blocks, of which earlier releases know nothing.
const DEEP: Format = Format { version: 3, ..SHALLOW };
/// With a style that was learnt at several sizes, of which releases that know of deep blocks may know nothing.
const SIZED: Format = Format { version: 4, ..SHALLOW };

/// Everything that a generator's file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The network's shape.
    pub architecture: Architecture,
    /// What brings a style's statistics to size 1.
    pub style_scale: StyleScale,
    /// Who made it, and of what.
    pub about: About,
    /// All parameters, in the layout's order.
    pub values: Vec<f32>,
}

/// What a generator's file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// A name for people.
    pub name: String,
    /// The style that it was trained for, if it was trained for one.
    pub style: Option<OwnStyle>,
    /// Steps of training, over all that came before.
    pub steps: u64,
}

impl Weights {
    /// Names and shapes of a generator's parameters.
    pub(crate) fn layout(architecture: &Architecture) -> Layout {
        Layout::of(|source| Network::new(architecture, source))
    }

    /// A generator of the default shape before any training, to be told of styles by a VGG of this shape.
    #[must_use]
    pub fn untrained(vgg: &vgg::Architecture, seed: u64) -> Self {
        let architecture = Architecture::new(vgg);
        let scale = StyleScale::of(&[], architecture.statistics());
        Self::start(architecture, scale, seed)
    }

    /// A generator of any shape before any training.
    #[must_use]
    pub fn start(architecture: Architecture, style_scale: StyleScale, seed: u64) -> Self {
        let values = Self::layout(&architecture).start(seed);
        Self { architecture, style_scale, about: About::default(), values }
    }

    /// What tells its parameters from others.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut fingerprint = Fingerprint::new();
        self.values.iter().for_each(|value| fingerprint.take(&value.to_le_bytes()));
        fingerprint.finish()
    }

    /// Reads a generator's file. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::OtherVersion`] for a generator of another version's; [`ModelError::Damaged`] when the bytes are no safetensors file of a generator,
    /// a tensor is missing or of another shape or type than the architecture asks for, or a value is not finite.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        Reader::parse_any(bytes, &[SHALLOW, DEEP, SIZED], file, parsed)
    }

    /// The oldest by which a release is told that it can read the file.
    fn format(&self) -> Format {
        if self.about.style.as_ref().is_some_and(|style| !style.is_one()) {
            SIZED
        } else if self.architecture.deep > 0 {
            DEEP
        } else {
            SHALLOW
        }
    }

    /// Writes a generator's file: int8, or f32 for comparisons.
    ///
    /// # Errors
    /// What `safetensors` says of shapes that do not fit the data: only for weights not made by [`Weights::read`] or [`Weights::start`].
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>, SafeTensorError> {
        let mut file = Writer::new(self.format());
        file.describe("architecture", &self.architecture)?;
        file.describe("style_scale", &self.style_scale)?;
        file.describe("about", &self.about)?;
        for (entry, values) in Self::layout(&self.architecture).parts(&self.values) {
            if quantised(entry) && precision != Precision::Float32 {
                file.int8(&entry.name, scales(entry), &entry.shape, values);
            } else {
                file.floats(&entry.name, &entry.shape, values);
            }
        }
        file.finish()
    }
}

/// Whether a parameter is stored in eight bits: matrices are, and what is added or scales is not.
fn quantised(entry: &Entry) -> bool {
    entry.name.ends_with(".weight")
}

/// Where the scales of a parameter's rows are: of a convolution's output channels, of a full connection's inputs.
fn scales(entry: &Entry) -> String {
    format!("{}.scale", entry.name)
}

/// Every `None` means "this file is not what it should be".
fn parsed(file: &Reader<'_>) -> Option<Weights> {
    // Before anything is counted by it.
    let architecture = file.described("architecture").filter(Architecture::is_sound)?;
    let style_scale: StyleScale = file.described("style_scale")?;
    let about: About = file.described("about")?;
    let length = architecture.statistics();
    let whole = |values: &[f32]| values.len() == length && values.iter().all(|value| value.is_finite());
    let sound = whole(&style_scale.mean)
        && whole(&style_scale.deviation)
        && style_scale.deviation.iter().all(|value| *value > 0.0)
        && about.style.as_ref().is_none_or(|style| style.is_sound() && style.each().all(|told| whole(&told.0)));
    if !sound {
        return None;
    }
    let mut values = Vec::new();
    for entry in Weights::layout(&architecture).entries {
        values.extend(if quantised(&entry) {
            file.int8_or_floats(&entry.name, &scales(&entry), &entry.shape)?
        } else {
            file.floats(&entry.name, &entry.shape)?
        });
    }
    Some(Weights { architecture, style_scale, about, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::StyleStatistics;
    use crate::vgg::Architecture as VggArchitecture;

    fn small() -> Weights {
        let vgg = VggArchitecture { blocks: vec![vec![2], vec![3]], ..VggArchitecture::lite() };
        let architecture = Architecture { entrance: 2, width: 4, blocks: 1, deep: 1, exit: [3, 2], code: 5, ..Architecture::new(&vgg) };
        let scale = StyleScale::of(&[], architecture.statistics());
        let mut weights = Weights::start(architecture, scale, 3);
        weights.about = About { name: "Tide".to_owned(), style: Some(StyleStatistics(vec![0.5; 10]).into()), steps: 7 };
        weights
    }

    #[test]
    fn floats_come_back_as_they_were() {
        let file = small().write(Precision::Float32).unwrap();
        assert_eq!(Weights::read(&file, "small"), Ok(small()));
    }

    #[test]
    fn a_style_of_several_sizes_is_another_version() {
        let version = |weights: &Weights| {
            let file = weights.write(Precision::Int8).unwrap();
            assert_eq!(Weights::read(&file, "small").unwrap().about, weights.about);
            [2, 3, 4].map(|version| String::from_utf8_lossy(&file).contains(&format!("atelier-generator-{version}")))
        };
        let mut weights = small();
        assert_eq!(version(&weights), [false, true, false]);
        weights.about.style = OwnStyle::by_size([(512, StyleStatistics(vec![0.5; 10])), (1024, StyleStatistics(vec![1.0; 10]))]);
        assert_eq!(version(&weights), [false, false, true]);
    }

    #[test]
    fn int8_comes_back_near() {
        let (before, after) = (small(), Weights::read(&small().write(Precision::Int8).unwrap(), "small").unwrap());
        let most = before.values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        // Half of one of 127 steps, of a channel whose largest value is at most the largest of all.
        assert!(before.values.iter().zip(&after.values).all(|(a, b)| (a - b).abs() <= most * 0.501 / 127.0));
        assert_eq!(before.about, after.about);
    }

    #[test]
    fn a_file_cut_anywhere_is_damaged() {
        let file = small().write(Precision::Int8).unwrap();
        for length in (0..file.len()).step_by(11) {
            assert_eq!(Weights::read(&file[..length], "small"), Err(ModelError::Damaged { file: "small".to_owned() }));
        }
    }

    #[test]
    fn a_file_of_another_version_is_told_from_a_damaged_one() {
        let mut file = small().write(Precision::Int8).unwrap();
        let said = b"atelier-generator-3";
        let at = file.windows(said.len()).position(|bytes| bytes == said).unwrap();
        file[at + said.len() - 1] = b'1';
        assert_eq!(Weights::read(&file, "small"), Err(ModelError::OtherVersion { file: "small".to_owned() }));
    }

    #[test]
    fn a_value_that_is_not_finite_is_damage() {
        let mut weights = small();
        weights.values[0] = f32::NAN;
        assert!(Weights::read(&weights.write(Precision::Float32).unwrap(), "small").is_err());
    }
}
