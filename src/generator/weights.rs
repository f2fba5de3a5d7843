//! A generator's weights on the host, and their file: safetensors.
//!
//! Keys are those of the layers, such as `blocks.0.1.weight`. A weight is F32, or I8 with a scale for each output channel beside it as `….scale`
//! (see [`quantise_int8`]). The metadata holds `architecture`, `style_scale` and `about` as JSON.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};

use super::network::Network;
use super::{Architecture, StyleScale, StyleStatistics};
use crate::catalog::ModelError;
use crate::parameters::{Entry, Layout};
use crate::vgg::{Precision, dequantise_int8, quantise_int8};

/// Says what the file is, for whoever finds it. Version 1 doubled by nearest neighbour: its weights mean something else here.
const FORMAT: &str = "atelier-generator-2";

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
    pub style: Option<StyleStatistics>,
    /// Steps of training, over all that came before.
    pub steps: u64,
}

impl Weights {
    /// Names and shapes of a generator's parameters.
    pub(crate) fn layout(architecture: &Architecture) -> Layout {
        Layout::of(|source| Network::new(architecture, source))
    }

    /// A generator before any training.
    #[must_use]
    pub fn start(architecture: Architecture, style_scale: StyleScale, seed: u64) -> Self {
        let values = Self::layout(&architecture).start(seed);
        Self { architecture, style_scale, about: About::default(), values }
    }

    /// Reads a generator's file. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] when the bytes are no safetensors file of a generator, a tensor is missing or of another shape or type than the
    /// architecture asks for, or a value is not finite.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        parsed(bytes).ok_or_else(|| ModelError::Damaged { file: file.to_owned() })
    }

    /// Writes a generator's file: int8, or f32 for comparisons.
    ///
    /// # Errors
    /// What `safetensors` says of shapes that do not fit the data: only for weights not made by [`Weights::read`] or [`Weights::start`].
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>, SafeTensorError> {
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let mut from = 0;
        for entry in Self::layout(&self.architecture).entries {
            let values = self.values.get(from..from + entry.length()).unwrap_or_default();
            from += entry.length();
            if quantised(&entry) && precision != Precision::Float32 {
                let int8 = quantise_int8(values, channels(&entry));
                tensors.push((format!("{}.scale", entry.name), Dtype::F32, vec![int8.scales.len()], floats(&int8.scales)));
                tensors.push((entry.name, Dtype::I8, entry.shape, int8.values.iter().map(|value| value.cast_unsigned()).collect()));
            } else {
                tensors.push((entry.name, Dtype::F32, entry.shape, floats(values)));
            }
        }
        let json = |text: serde_json::Result<String>| text.map_err(|error| SafeTensorError::IoError(std::io::Error::other(error)));
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("architecture".to_owned(), json(serde_json::to_string(&self.architecture))?),
            ("style_scale".to_owned(), json(serde_json::to_string(&self.style_scale))?),
            ("about".to_owned(), json(serde_json::to_string(&self.about))?),
        ]);
        let views = tensors
            .iter()
            .map(|(name, dtype, shape, data)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), data)?)))
            .collect::<Result<Vec<_>, SafeTensorError>>()?;
        safetensors::serialize(views, Some(metadata))
    }
}

/// Whether a parameter is stored in eight bits: matrices are, and what is added or scales is not.
fn quantised(entry: &Entry) -> bool {
    entry.name.ends_with(".weight")
}

/// Rows of a parameter that each have a scale of their own: a convolution's output channels, a full connection's inputs.
fn channels(entry: &Entry) -> usize {
    entry.shape.first().copied().unwrap_or(1)
}

/// Every `None` means "this file is not what it should be".
fn parsed(bytes: &[u8]) -> Option<Weights> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let metadata = metadata.metadata().as_ref()?;
    if metadata.get("format")? != FORMAT {
        return None;
    }
    let architecture: Architecture = serde_json::from_str(metadata.get("architecture")?).ok()?;
    let style_scale: StyleScale = serde_json::from_str(metadata.get("style_scale")?).ok()?;
    let about: About = serde_json::from_str(metadata.get("about")?).ok()?;
    let length = architecture.statistics();
    let whole = |values: &[f32]| values.len() == length && values.iter().all(|value| value.is_finite());
    let sound = architecture.is_sound()
        && whole(&style_scale.mean)
        && whole(&style_scale.deviation)
        && style_scale.deviation.iter().all(|value| *value > 0.0)
        && about.style.as_ref().is_none_or(|style| whole(&style.0));
    if !sound {
        return None;
    }
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let mut values = Vec::new();
    for entry in Weights::layout(&architecture).entries {
        let view = tensors.tensor(&entry.name).ok().filter(|view| view.shape() == entry.shape)?;
        match view.dtype() {
            Dtype::F32 => values.extend(floats(&view)),
            Dtype::I8 if quantised(&entry) => {
                let scales = tensors.tensor(&format!("{}.scale", entry.name)).ok()?;
                if scales.dtype() != Dtype::F32 || scales.shape() != [channels(&entry)] {
                    return None;
                }
                let int8: Vec<i8> = view.data().iter().map(|byte| byte.cast_signed()).collect();
                values.extend(dequantise_int8(&int8, &floats(&scales)));
            }
            _ => return None,
        }
    }
    values.iter().all(|value| value.is_finite()).then_some(Weights { architecture, style_scale, about, values })
}

fn floats(view: &TensorView<'_>) -> Vec<f32> {
    view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vgg::Architecture as VggArchitecture;

    fn small() -> Weights {
        let vgg = VggArchitecture { blocks: vec![vec![2], vec![3]], ..VggArchitecture::lite() };
        let architecture = Architecture { entrance: 2, width: 4, blocks: 1, exit: [3, 2], code: 5, ..Architecture::new(&vgg) };
        let scale = StyleScale::of(&[], architecture.statistics());
        let mut weights = Weights::start(architecture, scale, 3);
        weights.about = About { name: "Tide".to_owned(), style: Some(StyleStatistics(vec![0.5; 10])), steps: 7 };
        weights
    }

    #[test]
    fn floats_come_back_as_they_were() {
        let file = small().write(Precision::Float32).unwrap();
        assert_eq!(Weights::read(&file, "small"), Ok(small()));
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
    fn a_value_that_is_not_finite_is_damage() {
        let mut weights = small();
        weights.values[0] = f32::NAN;
        assert!(Weights::read(&weights.write(Precision::Float32).unwrap(), "small").is_err());
    }
}
