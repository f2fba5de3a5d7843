//! From keys to layers: finds each wanted layer, checks it and reads it.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use super::checksum::Checksum;
use super::source::Source;
use super::tensor::{Stored, Tensors};
use super::{Convention, ImportError, Imported};
use crate::vgg::ConvolutionWeights;

/// A layer that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name in the paper, such as conv1_1.
    pub name: String,
    /// Its index in torchvision's `features`.
    pub feature: usize,
    /// Output channels.
    pub output: usize,
    /// Input channels.
    pub input: usize,
}

/// How a file's keys begin: `torch.nn.DataParallel` puts `module.` before them.
const PREFIXES: [&str; 2] = ["", "module."];

/// How a file names its layers.
#[derive(Clone, Copy)]
struct Naming {
    prefix: &'static str,
    convention: Convention,
}

impl Naming {
    fn key(self, layer: &Wanted, part: &str) -> String {
        match self.convention {
            Convention::Torchvision => format!("{}features.{}.{part}", self.prefix, layer.feature),
            Convention::Caffe => format!("{}{}.{part}", self.prefix, layer.name),
        }
    }

    /// The naming by which the file has most of the wanted layers; the first one where it has none.
    fn of(tensors: &Tensors, wanted: &[Wanted]) -> Self {
        let mut best = Self { prefix: "", convention: Convention::Torchvision };
        let mut most = 0;
        for prefix in PREFIXES {
            for convention in [Convention::Torchvision, Convention::Caffe] {
                let naming = Self { prefix, convention };
                let found = wanted.iter().filter(|layer| tensors.contains_key(&naming.key(layer, "weight"))).count();
                if found > most {
                    (best, most) = (naming, found);
                }
            }
        }
        best
    }
}

/// Reads every wanted layer. All shapes are checked before the first weight is read.
pub fn read<R: Read + Seek>(source: &mut Source<'_, R>, tensors: &Tensors, wanted: &[Wanted]) -> Result<Imported, ImportError> {
    let naming = Naming::of(tensors, wanted);
    if tensors.contains_key(&format!("{}features.1.running_mean", naming.prefix)) {
        return Err(ImportError::unsupported("a VGG with batch normalisation"));
    }
    let mut found = Vec::with_capacity(wanted.len());
    for layer in wanted {
        let weight = find(tensors, naming, layer, "weight", &[layer.output, layer.input, 3, 3])?;
        let bias = find(tensors, naming, layer, "bias", &[layer.output])?;
        found.push((layer, weight, bias));
    }
    // Each part once, whoever shares it. Parts of layers that are not wanted are left unread.
    let checksums: BTreeSet<Checksum> =
        found.iter().flat_map(|(_, (_, weight), (_, bias))| [weight.checksum, bias.checksum]).flatten().collect();
    for checksum in checksums {
        checksum.verify(source)?;
    }
    let mut convention = naming.convention;
    let mut convolutions = Vec::with_capacity(wanted.len());
    for (layer, (weight_key, weight), (bias_key, bias)) in found {
        let mut weight = weight.read(source, &weight_key)?;
        let bias = bias.read(source, &bias_key)?;
        if !weight.iter().chain(&bias).all(|value| value.is_finite()) {
            return Err(ImportError::NotFinite { layer: layer.name.clone() });
        }
        if layer.feature == 0 {
            if Convention::is_original(&bias) {
                convention = Convention::Caffe;
            }
            if convention == Convention::Caffe {
                reverse_channels(&mut weight, layer.input);
            }
        }
        convolutions.push(ConvolutionWeights { weight: weight.into(), bias });
    }
    Ok(Imported { convention, convolutions })
}

fn find<'tensors>(
    tensors: &'tensors Tensors,
    naming: Naming,
    layer: &Wanted,
    part: &str,
    expected: &[usize],
) -> Result<(String, &'tensors Stored), ImportError> {
    let key = naming.key(layer, part);
    let Some(stored) = tensors.get(&key) else {
        return Err(ImportError::LayerMissing { layer: layer.name.clone(), key });
    };
    let same = stored.shape.len() == expected.len()
        && stored.shape.iter().zip(expected).all(|(&found, &expected)| usize::try_from(found) == Ok(expected));
    if same {
        Ok((key, stored))
    } else {
        Err(ImportError::Shape { layer: layer.name.clone(), found: written(&stored.shape), expected: written(expected) })
    }
}

/// A shape as people write it: `64×3×3×3`.
fn written<T: ToString>(shape: &[T]) -> String {
    shape.iter().map(T::to_string).collect::<Vec<_>>().join("×")
}

/// Makes weights that read blue, green, red read red, green, blue.
fn reverse_channels(weight: &mut [f32], input: usize) {
    const PLANE: usize = 9;
    for filter in weight.chunks_exact_mut(PLANE * input.max(1)) {
        // Reversing all numbers reverses the planes and each plane within; reversing each plane undoes the latter.
        filter.reverse();
        filter.chunks_exact_mut(PLANE).for_each(<[f32]>::reverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reversing_channels_keeps_each_plane_as_it_is() {
        let mut values: Vec<f32> = (0..54_u16).map(f32::from).collect();
        reverse_channels(&mut values, 3);
        let first: Vec<f32> = (18..27_u16).chain(9..18).chain(0..9).map(f32::from).collect();
        assert_eq!(values[..27], first);
        assert_eq!(values[27..36], (45..54_u16).map(f32::from).collect::<Vec<f32>>());
    }
}
