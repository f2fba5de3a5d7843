//! A VGG's model file: safetensors.
//!
//! Keys: `conv1_1.weight` (`[out, in, 3, 3]`), `conv1_1.bias` (`[out]`), … and, for a narrow network,
//! `map1_1.weight` (`[true, narrow]`), `map1_1.bias` (`[true]`). A weight is F32; or I8 with its scales beside it as
//! `….scale` (F32, `[out]`, see [`quantise_int8`](super::quantise_int8)); or U8 (`[bytes]`, two values each) with `….scale` (F16, `[blocks]`, see
//! [`quantise_int4`]). The `architecture` entry of the metadata holds an [`Architecture`] as JSON.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensorError};

use super::{Architecture, ConvolutionWeights, INT4_BLOCK, Int4, LinearMap, Values, Weights, quantise_int4};
use crate::catalog::ModelError;
use crate::tensor_file::{Format, Reader, Writer};

/// Says what the file is, for whoever finds it.
const FORMAT: Format = Format { name: "atelier-vgg", version: 1 };

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
    /// [`ModelError::OtherVersion`] for a network of another version's; [`ModelError::Damaged`] when the bytes are no safetensors file of a network, a block is empty, a
    /// tensor is missing or of another shape or type than the architecture asks for, or a value is not finite.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        Reader::parse(bytes, FORMAT, file, parsed)
    }

    /// Whether the bytes are a file of this format, in whatever version; another program's are not, nor is one that was cut off.
    #[must_use]
    pub fn is_written_here(bytes: &[u8]) -> bool {
        Reader::is_of(bytes, FORMAT)
    }

    /// Writes a model file.
    ///
    /// # Errors
    /// What `safetensors` says of shapes that do not fit the data: only for weights not made by [`Weights::read`].
    pub fn write(&self, precision: Precision) -> Result<Vec<u8>, SafeTensorError> {
        let mut file = Writer::new(FORMAT);
        file.describe("architecture", &self.architecture)?;
        let mut push = |name: String, weight: &[f32], shape: &[usize], bias: &[f32]| {
            let (key, scales) = (format!("{name}.weight"), format!("{name}.scale"));
            match precision {
                Precision::Int8 => file.int8(key, scales, shape, weight),
                Precision::Float32 => file.floats(key, shape, weight),
                Precision::Int4 => {
                    let quantised = quantise_int4(weight, shape.first().copied().unwrap_or(1));
                    let bits: Vec<u8> = quantised.scales.iter().flat_map(|bits| bits.to_le_bytes()).collect();
                    file.bytes(scales, Dtype::F16, &[quantised.scales.len()], bits);
                    file.bytes(key, Dtype::U8, &[quantised.packed.len()], quantised.packed);
                }
            }
            file.floats(format!("{name}.bias"), &[bias.len()], bias);
        };
        for (layer, values) in self.architecture.layers().zip(&self.convolutions) {
            push(format!("conv{}", layer.place), &values.floats(&layer), &[layer.output, layer.input, 3, 3], &values.bias);
        }
        for (place, map) in &self.maps {
            push(format!("map{place}"), &map.weight, &[map.bias.len(), map.narrow], &map.bias);
        }
        file.finish()
    }
}

/// Every `None` means "this file is not what it should be".
fn parsed(file: &Reader<'_>) -> Option<Weights> {
    let architecture: Architecture = file.described("architecture")?;
    if !architecture.is_sound() {
        return None;
    }
    let convolutions = architecture.layers().map(|layer| {
        let name = format!("conv{}", layer.place);
        Some(ConvolutionWeights {
            weight: matrix(file, &name, &[layer.output, layer.input, 3, 3])?,
            bias: file.floats(&format!("{name}.bias"), &[layer.output])?,
        })
    });
    let convolutions = convolutions.collect::<Option<_>>()?;
    let mut maps = BTreeMap::new();
    for layer in architecture.layers() {
        let name = format!("map{}", layer.place);
        let key = format!("{name}.bias");
        // The bias tells the channels, since int4 weights have lost their shape.
        let Some((_, shape)) = file.kind(&key) else { continue };
        let [channels] = *shape else { return None };
        let map = LinearMap {
            narrow: layer.output,
            weight: matrix(file, &name, &[channels, layer.output])?.floats(channels, layer.output).into_owned(),
            bias: file.floats(&key, &[channels])?,
        };
        maps.insert(layer.place, map);
    }
    Some(Weights { architecture, convolutions, maps })
}

/// `name.weight`, whichever way it is stored.
fn matrix(file: &Reader<'_>, name: &str, shape: &[usize]) -> Option<Values> {
    let (key, scales) = (format!("{name}.weight"), format!("{name}.scale"));
    let (dtype, stored) = file.kind(&key)?;
    match dtype {
        Dtype::U8 => {}
        Dtype::I8 => return file.int8(&key, &scales, shape).map(Values::Int8),
        _ => return file.floats(&key, shape).map(Values::Float32),
    }
    let (channels, stride) = (*shape.first()?, shape.iter().skip(1).product::<usize>());
    let packed = file.bytes(&key, dtype, &stored).filter(|packed| packed.len() == (channels * stride).div_ceil(2))?.to_vec();
    let bits = file.bytes(&scales, Dtype::F16, &[channels * stride.div_ceil(INT4_BLOCK)])?;
    let scales = bits.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect();
    let quantised = Int4 { packed, scales };
    let finite = quantised.scales().all(f32::is_finite);
    finite.then_some(Values::Int4(quantised))
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
                ConvolutionWeights { weight: ramp(54).into(), bias: ramp(2) },
                ConvolutionWeights { weight: ramp(54).into(), bias: ramp(3) },
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
            let [before, after] = [before, after].map(|values| values.weight.floats(values.bias.len(), 54 / values.bias.len()));
            assert!(before.iter().zip(after.iter()).all(|(a, b)| (a - b).abs() <= 0.501 / 127.0));
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
            let [before, after] = [before, after].map(|values| values.weight.floats(values.bias.len(), 54 / values.bias.len()));
            assert!(before.iter().zip(after.iter()).all(|(a, b)| (a - b).abs() <= 0.504 / 7.0));
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
    fn a_file_of_another_version_is_told_from_a_damaged_one() {
        let mut file = file();
        let said = b"atelier-vgg-1";
        let at = file.windows(said.len()).position(|bytes| bytes == said).unwrap();
        file[at + said.len() - 1] = b'2';
        assert_eq!(Weights::read(&file, "tiny"), Err(ModelError::OtherVersion { file: "tiny".to_owned() }));
        assert!(Weights::is_written_here(&file) && !Weights::is_written_here(b"PK"));
    }

    #[test]
    fn a_value_that_is_not_finite_is_damage() {
        let mut weights = tiny();
        weights.convolutions[1].bias[0] = f32::NAN;
        assert!(Weights::read(&weights.write(Precision::Int8).unwrap(), "tiny").is_err());
    }

    #[test]
    fn a_network_of_nothing_is_damage() {
        for blocks in [vec![], vec![vec![]], vec![vec![2], vec![]], vec![vec![2], vec![0]]] {
            let architecture = Architecture { blocks, ..tiny().architecture };
            let convolutions = architecture.layers().map(|layer| ConvolutionWeights {
                weight: vec![0.5; 9 * layer.input * layer.output].into(),
                bias: vec![0.5; layer.output],
            });
            let network = Weights { convolutions: convolutions.collect(), maps: BTreeMap::new(), architecture: architecture.clone() };
            let file = network.write(Precision::Float32).unwrap();
            assert_eq!(Weights::read(&file, "tiny"), Err(ModelError::Damaged { file: "tiny".to_owned() }), "{:?}", network.architecture);
        }
    }

    #[test]
    fn a_layer_of_another_shape_is_damage() {
        let mut weights = tiny();
        weights.architecture.blocks[1][0] = 4;
        weights.convolutions[1] = ConvolutionWeights { weight: vec![0.0; 72].into(), bias: vec![0.0; 4] };
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
