//! A VGG's model file: safetensors.
//!
//! Keys: `conv1_1.weight` (`[out, in, 3, 3]`), `conv1_1.bias` (`[out]`), … and, for a narrow network,
//! `map1_1.weight` (`[true, narrow]`), `map1_1.bias` (`[true]`). A weight is F32; or I8 with its scales beside it as
//! `….scale` (F32, `[out]`, see [`quantise_int8`]); or U8 (`[bytes]`, two values each) with `….scale` (F16, `[blocks]`, see
//! [`quantise_int4`]). The `architecture` entry of the metadata holds an [`Architecture`] as JSON.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::{
    Architecture, ConvolutionWeights, INT4_BLOCK, Int4, LinearMap, Weights, dequantise_int4, dequantise_int8, quantise_int4, quantise_int8,
};
use crate::catalog::ModelError;

/// Says what the file is, for whoever finds it.
const FORMAT: &str = "atelier-vgg-1";

/// How weights are stored. Biases are always f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Eight bits, a scale for each output channel.
    #[default]
    Int8,
    /// Four bits, a scale for each 32 weights.
    Int4,
    /// As they are.
    Float32,
}

impl Weights {
    /// Reads a model file. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] when the bytes are no safetensors file, a tensor is missing or of another
    /// shape or type than the architecture asks for, or a value is not finite.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        let architecture = || {
            let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
            serde_json::from_str(metadata.metadata().as_ref()?.get("architecture")?).ok()
        };
        architecture()
            .and_then(|architecture| Reader::new(bytes, architecture)?.weights())
            .ok_or_else(|| ModelError::Damaged { file: file.to_owned() })
    }

    /// Reads a file that does not say its architecture, such as a training checkpoint.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_as(bytes: &[u8], architecture: Architecture, file: &str) -> Result<Self, ModelError> {
        Reader::new(bytes, architecture).and_then(|reader| reader.weights()).ok_or_else(|| ModelError::Damaged { file: file.to_owned() })
    }

    /// Writes a model file.
    ///
    /// # Errors
    /// What `safetensors` says of shapes that do not fit the data: only for weights not made by [`Weights::read`].
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>, SafeTensorError> {
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        let mut push = |name: String, weight: &[f32], shape: Vec<usize>, bias: &[f32]| {
            let channels = shape.first().copied().unwrap_or(1);
            let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
            match precision {
                Precision::Int8 => {
                    let quantised = quantise_int8(weight, channels);
                    let values = quantised.values.iter().map(|q| q.cast_unsigned()).collect();
                    tensors.push((format!("{name}.weight"), Dtype::I8, shape, values));
                    tensors.push((format!("{name}.scale"), Dtype::F32, vec![quantised.scales.len()], floats(&quantised.scales)));
                }
                Precision::Float32 => tensors.push((format!("{name}.weight"), Dtype::F32, shape, floats(weight))),
                Precision::Int4 => {
                    let Int4 { packed, scales } = quantise_int4(weight, channels);
                    let bits = scales.iter().flat_map(|bits| bits.to_le_bytes()).collect();
                    tensors.push((format!("{name}.weight"), Dtype::U8, vec![packed.len()], packed));
                    tensors.push((format!("{name}.scale"), Dtype::F16, vec![scales.len()], bits));
                }
            }
            tensors.push((format!("{name}.bias"), Dtype::F32, vec![bias.len()], floats(bias)));
        };
        for (layer, values) in self.architecture.layers().zip(&self.convolutions) {
            push(format!("conv{}", layer.place), &values.weight, vec![layer.output, layer.input, 3, 3], &values.bias);
        }
        for (place, map) in &self.maps {
            push(format!("map{place}"), &map.weight, vec![map.bias.len(), map.narrow], &map.bias);
        }
        let architecture =
            serde_json::to_string(&self.architecture).map_err(|error| SafeTensorError::IoError(std::io::Error::other(error)))?;
        let metadata = HashMap::from([("format".to_owned(), FORMAT.to_owned()), ("architecture".to_owned(), architecture)]);
        let views = tensors
            .iter()
            .map(|(name, dtype, shape, data)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), data)?)))
            .collect::<Result<Vec<_>, SafeTensorError>>()?;
        safetensors::serialize(views, Some(metadata))
    }
}

/// Reads by key; every `None` means "this file is not what it should be".
struct Reader<'bytes> {
    tensors: SafeTensors<'bytes>,
    architecture: Architecture,
}

impl<'bytes> Reader<'bytes> {
    fn new(bytes: &'bytes [u8], architecture: Architecture) -> Option<Self> {
        Some(Self { tensors: SafeTensors::deserialize(bytes).ok()?, architecture })
    }

    fn weights(&self) -> Option<Weights> {
        let convolutions = self.architecture.layers().map(|layer| {
            let name = format!("conv{}", layer.place);
            Some(ConvolutionWeights {
                weight: self.matrix(&name, &[layer.output, layer.input, 3, 3])?,
                bias: self.floats(&format!("{name}.bias"), &[layer.output])?,
            })
        });
        let mut maps = BTreeMap::new();
        for layer in self.architecture.layers() {
            let name = format!("map{}", layer.place);
            // The bias tells the channels, since int4 weights have lost their shape.
            let Ok(view) = self.tensors.tensor(&format!("{name}.bias")) else { continue };
            let &[channels] = view.shape() else { return None };
            let map = LinearMap {
                narrow: layer.output,
                weight: self.matrix(&name, &[channels, layer.output])?,
                bias: self.floats(&format!("{name}.bias"), &[channels])?,
            };
            maps.insert(layer.place, map);
        }
        Some(Weights { architecture: self.architecture.clone(), convolutions: convolutions.collect::<Option<_>>()?, maps })
    }

    /// `name.weight` in f32, whichever way it is stored.
    fn matrix(&self, name: &str, shape: &[usize]) -> Option<Vec<f32>> {
        let key = format!("{name}.weight");
        let view = self.tensors.tensor(&key).ok()?;
        let channels = *shape.first()?;
        match view.dtype() {
            Dtype::I8 if view.shape() == shape => {
                let values: Vec<i8> = view.data().iter().map(|byte| byte.cast_signed()).collect();
                let scales = self.floats(&format!("{name}.scale"), &[channels])?;
                Some(dequantise_int8(&values, &scales))
            }
            Dtype::U8 => self.int4(name, view.data(), channels, shape.iter().skip(1).product()),
            _ => self.floats(&key, shape),
        }
    }

    fn int4(&self, name: &str, packed: &[u8], channels: usize, stride: usize) -> Option<Vec<f32>> {
        let view = self.tensors.tensor(&format!("{name}.scale")).ok()?;
        let whole = packed.len() == (channels * stride).div_ceil(2) && view.shape() == [channels * stride.div_ceil(INT4_BLOCK)];
        if !whole || view.dtype() != Dtype::F16 {
            return None;
        }
        let scales = view.data().as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect();
        let values = dequantise_int4(&Int4 { packed: packed.to_vec(), scales }, channels, stride);
        values.iter().all(|value| value.is_finite()).then_some(values)
    }

    fn floats(&self, key: &str, shape: &[usize]) -> Option<Vec<f32>> {
        let view = self.tensors.tensor(key).ok()?;
        if view.dtype() != Dtype::F32 || view.shape() != shape {
            return None;
        }
        let values: Vec<f32> = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        values.iter().all(|value| value.is_finite()).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Input, Padding, Place, Pooling};
    use super::*;

    fn tiny() -> Weights {
        let ramp = |count: u16| (0..count).map(|i| f32::from(i % 19) / 9.0 - 1.0).collect::<Vec<_>>();
        Weights {
            architecture: Architecture {
                blocks: vec![vec![2], vec![3]],
                padding: Padding::Replicate,
                pooling: Pooling::Max,
                input: Input { scale: [1.0; 3], shift: [0.0; 3] },
            },
            convolutions: vec![
                ConvolutionWeights { weight: ramp(54), bias: ramp(2) },
                ConvolutionWeights { weight: ramp(54), bias: ramp(3) },
            ],
            maps: BTreeMap::from([(Place::new(2, 1), LinearMap { narrow: 3, weight: ramp(15), bias: ramp(5) })]),
        }
    }

    fn file() -> Vec<u8> {
        tiny().write(Precision::Int8).unwrap()
    }

    #[test]
    fn int8_comes_back_within_half_a_step() {
        let (before, after) = (tiny(), Weights::read(&file(), "tiny").unwrap());
        assert_eq!(before.architecture, after.architecture);
        assert_eq!(before.maps[&Place::new(2, 1)].bias, after.maps[&Place::new(2, 1)].bias);
        for (before, after) in before.convolutions.iter().zip(&after.convolutions) {
            assert_eq!(before.bias, after.bias);
            // Peak 1 over 127 steps; half a step, and a hair for rounding.
            assert!(before.weight.iter().zip(&after.weight).all(|(a, b)| (a - b).abs() <= 0.501 / 127.0));
        }
    }

    #[test]
    fn floats_come_back_as_they_were() {
        let file = tiny().write(Precision::Float32).unwrap();
        assert_eq!(Weights::read(&file, "tiny"), Ok(tiny()));
    }

    #[test]
    fn int4_comes_back_within_half_a_step() {
        let before = tiny();
        let file = before.write(Precision::Int4).unwrap();
        let after = Weights::read(&file, "tiny").unwrap();
        for (before, after) in before.convolutions.iter().zip(&after.convolutions) {
            assert_eq!(before.bias, after.bias);
            // Peak 1 over 7 steps; half a step, and a hair for the scale's half precision.
            assert!(before.weight.iter().zip(&after.weight).all(|(a, b)| (a - b).abs() <= 0.504 / 7.0));
        }
        for length in (0..file.len()).step_by(7) {
            assert!(Weights::read(&file[..length], "tiny").is_err());
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_damaged() {
        let file = file();
        for length in (0..file.len()).step_by(7) {
            assert_eq!(Weights::read(&file[..length], "tiny"), Err(ModelError::Damaged { file: "tiny".to_owned() }));
        }
    }

    #[test]
    fn a_value_that_is_not_finite_is_damage() {
        let mut weights = tiny();
        weights.convolutions[1].bias[0] = f32::NAN;
        assert!(Weights::read(&weights.write(Precision::Int8).unwrap(), "tiny").is_err());
    }

    #[test]
    fn a_layer_of_another_shape_is_damage() {
        let mut weights = tiny();
        weights.architecture.blocks[1][0] = 4;
        weights.convolutions[1] = ConvolutionWeights { weight: vec![0.0; 72], bias: vec![0.0; 4] };
        let file = weights.write(Precision::Int8).unwrap();
        let text = String::from_utf8_lossy(&file).into_owned();
        let at = text.find("[[2],[4]]").unwrap_or_default();
        let mut file = file;
        if at > 0 {
            file[at + 6] = b'3';
        }
        assert!(Weights::read(&file, "tiny").is_err());
    }
}
