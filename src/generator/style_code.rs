//! How a style picture is told to a generator: by what the narrow VGG sees in it, however large it is and whatever it shows.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::error::DeviceError;
use crate::kernels::moments;
use crate::losses::real;
use crate::readback::values;
use crate::vgg::{Features, Tap, Vgg};

use super::Architecture;

/// Means and deviations of a style picture's features: for each tap, first all means, then all deviations.
///
/// Those of several pictures are mixed by [`mixed`](Self::mixed).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleStatistics(pub Vec<f32>);

impl StyleStatistics {
    /// What `vgg` sees in a picture, `[1, 3, h, w]` in 0…1.
    ///
    /// # Errors
    /// [`DeviceError::Read`] if the device fails.
    pub async fn of(vgg: &Vgg, picture: Tensor<4>, architecture: &Architecture) -> Result<Self, DeviceError> {
        let taps: Vec<Tap> = architecture.taps.iter().map(|(tap, _)| *tap).collect();
        let described = described(&vgg.features(picture, &taps), architecture);
        Ok(Self(values(described).await?))
    }

    /// On the way from a photo's own style, at strength 0, to this one, at strength 1.
    #[must_use]
    pub fn at_strength(&self, strength: f32, own: &Self) -> Self {
        Self::mixed(&[(self, strength), (own, 1.0 - strength)]).unwrap_or_else(|| self.clone())
    }

    /// The mean of several by their weights; of none, or of none with a weight, nothing.
    #[must_use]
    pub fn mixed(parts: &[(&Self, f32)]) -> Option<Self> {
        let whole: f32 = parts.iter().map(|(_, weight)| weight).sum();
        let ((first, _), true) = (parts.first()?, whole > 0.0) else { return None };
        let mut mixed = vec![0.0; first.0.len()];
        for (statistics, weight) in parts {
            for (sum, value) in mixed.iter_mut().zip(&statistics.0) {
                *sum += value * weight / whole;
            }
        }
        Some(Self(mixed))
    }
}

/// The statistics of each picture of a batch.
///
/// # Shapes
/// a map of features `[n, c, h, w]` → `[n, statistics]`
pub(crate) fn described(features: &Features, architecture: &Architecture) -> Tensor<2> {
    described_by(features, architecture, TOGETHER)
}

/// [`described`], so many values at a time.
fn described_by(features: &Features, architecture: &Architecture, values: usize) -> Tensor<2> {
    let parts = architecture.taps.iter().filter_map(|(tap, _)| features.get(tap)).flat_map(|map| {
        let [n, channels, height, width] = map.dims();
        // Copies of a few channels at a time, where one of all would be a hundred megabytes.
        let together = (values / (n * height * width).max(1)).clamp(1, channels.max(1));
        let (mut means, mut deviations) = (Vec::new(), Vec::new());
        for first in (0..channels).step_by(together) {
            let count = together.min(channels - first);
            let some = map.clone().narrow(1, first, count);
            let mean = mean_of_pixels(some.clone());
            let centred = some - mean.clone();
            let variance = mean_of_pixels(centred.clone() * centred);
            means.push(mean.reshape([n, count]));
            deviations.push((variance + EPSILON).sqrt().reshape([n, count]));
        }
        [Tensor::cat(means, 1), Tensor::cat(deviations, 1)]
    });
    Tensor::cat(parts.collect(), 1)
}

/// # Shapes
/// `[n, c, h, w]` → `[n, c, 1, 1]`
fn mean_of_pixels(map: Tensor<4>) -> Tensor<4> {
    let [n, channels, height, width] = map.dims();
    if n == 1 {
        // On a GPU burn's own sum over a large picture has one invocation for each channel; this has as many as there is work for, and of few channels the products beside it are no more work.
        return moments(map, None).narrow(1, channels, 1).reshape([1, channels, 1, 1]) / real(height * width);
    }
    map.reshape([n, channels, height * width]).mean_dim(2).reshape([n, channels, 1, 1])
}

/// Values of features that are looked at together.
const TOGETHER: usize = 1 << 23;

/// Keeps the root differentiable in a flat channel; features are of size 1.
const EPSILON: f32 = 1e-6;

/// What makes statistics alike in size: their means and deviations over many styles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleScale {
    /// Of each value.
    pub mean: Vec<f32>,
    /// Of each value, positive.
    pub deviation: Vec<f32>,
}

/// So many deviations from the mean is the furthest that a style is told to be: beyond, a generator has learnt nothing.
pub(super) const FURTHEST: f32 = 4.0;

impl StyleScale {
    /// That of these styles. With fewer than two there is nothing to compare, and values stay as they are but for the mean.
    #[must_use]
    pub fn of(styles: &[StyleStatistics], length: usize) -> Self {
        let count = real(styles.len().max(1));
        let mut mean = vec![0.0; length];
        for style in styles {
            mean.iter_mut().zip(&style.0).for_each(|(sum, value)| *sum += value / count);
        }
        let mut variance = vec![0.0; length];
        for style in styles {
            let deviations = style.0.iter().zip(&mean).map(|(value, mean)| (value - mean).powi(2));
            variance.iter_mut().zip(deviations).for_each(|(sum, square)| *sum += square / count);
        }
        // A channel that never varies must not be blown up by the first picture in which it does.
        let least = 0.02_f32;
        let deviation = variance.iter().zip(&mean).map(|(variance, mean)| variance.sqrt().max(least * (1.0 + mean.abs())));
        let deviation = if styles.len() < 2 { vec![1.0; length] } else { deviation.collect() };
        Self { mean, deviation }
    }

    /// # Shapes
    /// `[n, statistics]` → the same, of size 1
    pub(crate) fn apply(&self, statistics: Tensor<2>) -> Tensor<2> {
        let device: Device = statistics.device();
        let row = |values: &[f32]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [1, values.len()]), &device);
        ((statistics - row(&self.mean)) / row(&self.deviation)).clamp(-FURTHEST, FURTHEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::vgg::{Architecture as VggArchitecture, Weights};

    #[test]
    fn a_picture_is_described_alike_by_many_channels_and_by_few() {
        let vgg =
            Weights::untrained(VggArchitecture { blocks: vec![vec![6, 6], vec![5, 5], vec![7, 7], vec![9]], ..VggArchitecture::lite() }, 2);
        let architecture = Architecture::new(&vgg.architecture);
        let values: Vec<f32> = (0..3 * 32 * 24_u32).map(|at| f32::from(u8::try_from(at * 31 % 256).unwrap()) / 255.0).collect();
        let picture = Tensor::<4>::from_data(TensorData::new(values, [1, 3, 32, 24]), &cpu());
        let taps: Vec<Tap> = architecture.taps.iter().map(|(tap, _)| *tap).collect();
        let features = Vgg::new(&vgg, &cpu()).features(picture, &taps);
        let by = |values: usize| described_by(&features, &architecture, values).into_data().try_into_vec::<f32>().unwrap();
        assert_eq!(by(TOGETHER).len(), architecture.statistics());
        // One channel at a time, and a number that does not divide theirs.
        for few in [1, 4 * 32 * 24] {
            assert_eq!(by(few), by(TOGETHER));
        }
    }
}
