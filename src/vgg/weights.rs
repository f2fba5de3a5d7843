//! A VGG's weights on the host.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::import::{ImportError, Wanted, import};
use super::{Architecture, Input, Layer, Place, Values, Vgg};
use crate::fingerprint::Fingerprint;
use crate::parameters::Layout;

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
    /// `[output, input, 3, 3]`
    pub weight: Values,
    /// `[output]`
    pub bias: Vec<f32>,
}

impl ConvolutionWeights {
    /// The weights of this layer as floats.
    pub(crate) fn floats(&self, layer: &Layer) -> Cow<'_, [f32]> {
        self.weight.floats(layer.output, 9 * layer.input)
    }
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
    /// A network before any training, without maps.
    #[must_use]
    pub fn untrained(architecture: Architecture, seed: u64) -> Self {
        let layout = Layout::of(|source| Vgg::from_source(&architecture, source));
        let mut values = layout.start(seed).into_iter();
        let convolutions = architecture.layers().map(|layer| ConvolutionWeights {
            weight: Values::Float32(values.by_ref().take(9 * layer.input * layer.output).collect()),
            bias: values.by_ref().take(layer.output).collect(),
        });
        Self { convolutions: convolutions.collect(), maps: BTreeMap::new(), architecture: architecture.clone() }
    }

    /// Whether this is a narrow network, which measures by maps to the features of a true one.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        !self.maps.is_empty()
    }

    /// Whether features at this convolution are measured as the true network would: a narrow network has to have a map there, which its inner layers lack.
    #[must_use]
    pub fn measures_at(&self, place: Place) -> bool {
        self.architecture.channels(place).is_some() && (!self.is_narrow() || self.maps.contains_key(&place))
    }

    /// Tells this network from others by what its convolutions multiply with: by what it sees, whatever that is measured in.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut fingerprint = Fingerprint::new();
        for (layer, convolution) in self.architecture.layers().zip(&self.convolutions) {
            let values = convolution.floats(&layer);
            values.iter().chain(&convolution.bias).for_each(|value| fingerprint.take(&value.to_le_bytes()));
        }
        fingerprint.finish()
    }

    /// Tells the maps of a narrow network, and so the metric that it measures in, from others; 0 where there are none.
    #[must_use]
    pub fn fingerprint_of_maps(&self) -> u64 {
        if !self.is_narrow() {
            return 0;
        }
        let mut fingerprint = Fingerprint::new();
        for (place, map) in &self.maps {
            fingerprint.take(place.to_string().as_bytes());
            map.weight.iter().chain(&map.bias).for_each(|value| fingerprint.take(&value.to_le_bytes()));
        }
        fingerprint.finish()
    }

    /// Reads VGG-19 up to conv5_1 from a file that people have: torchvision's `.pth` in either form, or safetensors, with or
    /// without the classifier. Of its hundreds of megabytes only the convolutions are read, a slice at a time.
    ///
    /// # Errors
    /// What stands in the way, by a code of its own.
    pub fn import_vgg19<R: Read + Seek>(file: &mut R) -> Result<Self, ImportError> {
        // The widths do not depend on the input, which is known only afterwards.
        let mut architecture = Architecture::vgg19(Input::TORCHVISION);
        let layers = architecture.layers().enumerate();
        // torchvision counts ReLUs and pools too.
        let wanted = layers.map(|(index, Layer { place, input, output })| Wanted {
            name: format!("conv{place}"),
            feature: 2 * index + place.block - 1,
            output,
            input,
        });
        let imported = import(file, &wanted.collect::<Vec<_>>())?;
        architecture.input = imported.convention.input();
        Ok(Self { architecture, convolutions: imported.convolutions, maps: BTreeMap::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_network_measures_where_it_has_a_map() {
        let mut weights = Weights::untrained(Architecture::lite(), 1);
        assert!(weights.measures_at(Place::new(2, 2)) && !weights.measures_at(Place::new(4, 2)));
        weights.maps.insert(Place::new(4, 1), LinearMap { narrow: 256, weight: vec![0.0; 256], bias: vec![0.0] });
        assert!(weights.measures_at(Place::new(4, 1)) && !weights.measures_at(Place::new(2, 2)));
    }

    #[test]
    fn a_network_is_told_from_others_by_its_convolutions_and_its_metric_by_its_maps() {
        let map = |weight: f32| LinearMap { narrow: 2, weight: vec![weight; 2], bias: vec![0.0] };
        let network = |seed: u64, maps: &[(Place, LinearMap)]| Weights {
            maps: maps.iter().cloned().collect(),
            ..Weights::untrained(Architecture { blocks: vec![vec![2, 2]], ..Architecture::lite() }, seed)
        };
        let (first, second) = (Place::new(1, 1), Place::new(1, 2));
        let one = network(1, &[(first, map(1.0))]);
        assert_ne!(one.fingerprint(), network(2, &[(first, map(1.0))]).fingerprint());
        for others in [&[][..], &[(first, map(2.0))], &[(second, map(1.0))], &[(first, map(1.0)), (second, map(1.0))]] {
            let other = network(1, others);
            assert_eq!(one.fingerprint(), other.fingerprint());
            assert_ne!(one.fingerprint_of_maps(), other.fingerprint_of_maps());
        }
        assert_eq!(
            (network(1, &[]).fingerprint_of_maps(), one.fingerprint_of_maps()),
            (0, network(2, &[(first, map(1.0))]).fingerprint_of_maps())
        );
    }

    #[test]
    fn the_metric_is_the_squared_length_after_the_map() {
        let ramp = |count: u16| (0..count).map(|i| f32::from(i % 19) / 9.0 - 1.0).collect::<Vec<_>>();
        let map = LinearMap { narrow: 3, weight: ramp(15), bias: ramp(5) };
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
