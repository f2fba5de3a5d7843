//! A VGG's weights on the host: read from and written to safetensors.
//!
//! Keys: `conv1_1.weight` (`[out, in, 3, 3]`), `conv1_1.bias` (`[out]`), … and, for a narrow network,
//! `map1_1.weight` (`[true, narrow]`), `map1_1.bias` (`[true]`). A weight is F32, or I8 with its scales
//! beside it as `….scale` (`[out]`, see [`quantise()`](super::quantise())). The `architecture` entry of the
//! metadata holds an [`Architecture`] as JSON.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{Architecture, Place, dequantise, quantise};
use crate::catalog::ModelError;

/// Everything a VGG model file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The network's shape.
    pub architecture: Architecture,
    /// One for each layer of the architecture, in order.
    pub convolutions: Vec<ConvolutionWeights>,
    /// For a narrow network, the way back to the true one's features; else empty.
    pub maps: BTreeMap<Place, LinearMap>,
}

/// The weights of one 3×3 convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvolutionWeights {
    /// `[output, input, 3, 3]`, row-major.
    pub weight: Vec<f32>,
    /// `[output]`
    pub bias: Vec<f32>,
}

/// The linear map from a narrow network's features to the true network's, pixel by pixel:
/// `true ≈ weight · narrow + bias`.
///
/// With it the narrow network measures in the true network's metric: `‖true(a) − true(b)‖²` is
/// `δᵀ(AᵀA)δ` on the narrow features' difference `δ`, at the narrow network's cost.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearMap {
    /// Channels of the narrow network at this tap.
    pub narrow: usize,
    /// `[true, narrow]`, row-major.
    pub weight: Vec<f32>,
    /// `[true]`
    pub bias: Vec<f32>,
}

impl LinearMap {
    /// `AᵀA`, where `A = [weight | bias]` takes a narrow feature vector with a 1 appended to the true features.
    ///
    /// # Shapes
    /// → `[narrow + 1, narrow + 1]`, row-major; the last row and column belong to the constant 1
    #[must_use]
    pub fn metric(&self) -> Vec<f32> {
        let side = self.narrow + 1;
        let mut metric = vec![0.0_f32; side * side];
        let mut row = vec![0.0_f32; side];
        for (weights, &bias) in self.weight.chunks_exact(self.narrow.max(1)).zip(&self.bias) {
            row[..self.narrow].copy_from_slice(weights);
            row[self.narrow] = bias;
            for (out, &left) in metric.chunks_exact_mut(side).zip(&row) {
                for (out, &right) in out.iter_mut().zip(&row) {
                    *out += left * right;
                }
            }
        }
        metric
    }
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

    /// Writes a model file with int8 weights and f32 biases and scales.
    ///
    /// # Errors
    /// What `safetensors` says of shapes that do not fit the data: only for weights not made by [`Weights::read`].
    pub fn write_int8(&self, metadata: HashMap<String, String>) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        let mut push = |name: String, weight: &[f32], shape: Vec<usize>, bias: &[f32]| {
            let quantised = quantise(weight, shape.first().copied().unwrap_or(1));
            let values = quantised.values.iter().map(|q| q.cast_unsigned()).collect();
            let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
            let channels = vec![quantised.scales.len()];
            tensors.push((format!("{name}.weight"), Dtype::I8, shape, values));
            tensors.push((format!("{name}.scale"), Dtype::F32, channels.clone(), floats(&quantised.scales)));
            tensors.push((format!("{name}.bias"), Dtype::F32, channels, floats(bias)));
        };
        for (layer, values) in self.architecture.layers().zip(&self.convolutions) {
            push(format!("conv{}", layer.place), &values.weight, vec![layer.output, layer.input, 3, 3], &values.bias);
        }
        for (place, map) in &self.maps {
            push(format!("map{place}"), &map.weight, vec![map.bias.len(), map.narrow], &map.bias);
        }
        let mut metadata = metadata;
        let architecture = serde_json::to_string(&self.architecture)
            .map_err(|error| safetensors::SafeTensorError::IoError(std::io::Error::other(error)))?;
        metadata.insert("architecture".to_owned(), architecture);
        let views = tensors
            .iter()
            .map(|(name, dtype, shape, data)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), data)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
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
            let Ok(view) = self.tensors.tensor(&format!("{name}.weight")) else { continue };
            let &[channels, _] = view.shape() else { return None };
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
        if view.dtype() != Dtype::I8 {
            return self.floats(&key, shape);
        }
        if view.shape() != shape {
            return None;
        }
        let values: Vec<i8> = view.data().iter().map(|byte| byte.cast_signed()).collect();
        let scales = self.floats(&format!("{name}.scale"), &shape[..1])?;
        Some(dequantise(&values, &scales))
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
    use super::super::{Input, Padding, Pooling};
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
        tiny().write_int8(HashMap::new()).unwrap()
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
        assert!(Weights::read(&weights.write_int8(HashMap::new()).unwrap(), "tiny").is_err());
    }

    #[test]
    fn a_layer_of_another_shape_is_damage() {
        let mut weights = tiny();
        weights.architecture.blocks[1][0] = 4;
        weights.convolutions[1] = ConvolutionWeights { weight: vec![0.0; 72], bias: vec![0.0; 4] };
        let file = weights.write_int8(HashMap::new()).unwrap();
        let text = String::from_utf8_lossy(&file).into_owned();
        let at = text.find("[[2],[4]]").unwrap_or_default();
        let mut file = file;
        if at > 0 {
            file[at + 6] = b'3';
        }
        assert!(Weights::read(&file, "tiny").is_err());
    }

    #[test]
    fn the_metric_is_the_squared_length_after_the_map() {
        let map = &tiny().maps[&Place::new(2, 1)];
        let narrow = [0.5, -2.0, 3.0, 1.0_f32];
        let mapped: f32 = map
            .weight
            .chunks(3)
            .zip(&map.bias)
            .map(|(row, bias)| (row[0] * narrow[0] + row[1] * narrow[1] + row[2] * narrow[2] + bias).powi(2))
            .sum();
        let metric = map.metric();
        let quadratic: f32 = (0..4).flat_map(|i| (0..4).map(move |j| (i, j))).map(|(i, j)| narrow[i] * metric[i * 4 + j] * narrow[j]).sum();
        // Two orders of summation in f32.
        assert!((mapped - quadratic).abs() < 1e-4 * mapped);
    }
}
