//! The network on a device.

use std::collections::BTreeMap;

use burn::tensor::activation::relu;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor, TensorData};

use crate::kernels::{self, Activation, convolution_3x3, max_pool_2x2};
use crate::losses::real;
use crate::parameters::{Source, Start};

use super::{Architecture, Padding, Pooling, Tap, Weights};

/// Activations at each tap that was asked for, `[n, c, h, w]`.
pub type Features = BTreeMap<Tap, Tensor<4>>;

/// A VGG without its classifier (Simonyan & Zisserman 2014), for pictures of any size.
#[derive(Clone, Debug)]
pub struct Vgg {
    convolutions: Vec<Convolution>,
    architecture: Architecture,
}

/// A 3×3 convolution of stride 1.
#[derive(Clone, Debug)]
struct Convolution {
    /// `[output, input, 3, 3]`
    weight: Tensor<4>,
    /// `[output]`
    bias: Tensor<1>,
}

impl Vgg {
    /// Puts weights on a device. They are frozen: on an autodiff device gradients pass through them to
    /// the picture, and none is computed for them.
    #[must_use]
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let convolutions = weights.architecture.layers().zip(&weights.convolutions).map(|(layer, values)| Convolution {
            weight: Tensor::from_data(TensorData::new(values.weight.clone(), [layer.output, layer.input, 3, 3]), device),
            bias: Tensor::from_data(TensorData::new(values.bias.clone(), [layer.output]), device),
        });
        Self { convolutions: convolutions.collect(), architecture: weights.architecture.clone() }
    }

    /// A network whose weights a [`Source`] gives, and may let learn.
    pub(crate) fn from_source(architecture: &Architecture, source: &mut Source<'_>) -> Self {
        let convolutions = architecture.layers().map(|layer| {
            // As He et al. (2015) start a layer.
            let deviation = (2.0 / real(9 * layer.input)).sqrt();
            let shape = [layer.output, layer.input, 3, 3];
            Convolution {
                weight: source.take(&format!("conv{}.weight", layer.place), shape, Start::Normal(deviation)),
                bias: source.take(&format!("conv{}.bias", layer.place), [layer.output], Start::Constant(0.0)),
            }
        });
        Self { convolutions: convolutions.collect(), architecture: architecture.clone() }
    }

    /// The same network with another padding.
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.architecture.padding = padding;
        self
    }

    /// The same network with another pooling.
    #[must_use]
    pub fn with_pooling(mut self, pooling: Pooling) -> Self {
        self.architecture.pooling = pooling;
        self
    }

    /// The network's shape.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Runs the network as deep as the deepest tap, once. Taps that it lacks are left out.
    ///
    /// A side that a pool would shrink to nothing is left at one pixel by the caller's choice of
    /// size: `2^(b−1)` pixels are the least for a tap in block `b`.
    ///
    /// # Shapes
    /// `picture [n, 3, h, w]` RGB in 0…1 → tap of block `b`: `[n, c, h / 2^(b−1), w / 2^(b−1)]`, rounded down
    #[must_use]
    pub fn features(&self, picture: Tensor<4>, taps: &[Tap]) -> Features {
        let mut features = Features::new();
        let Some(&deepest) = taps.iter().max() else { return features };
        let mut x = self.preprocess(picture);
        let mut block = 1;
        for (layer, convolution) in self.architecture.layers().zip(&self.convolutions) {
            if layer.place > deepest.place {
                break;
            }
            if layer.place.block > block {
                x = match self.architecture.pooling {
                    Pooling::Max => max_pool_2x2(x),
                    Pooling::Average => avg_pool2d(x, AvgPoolOptions::new([2, 2])),
                };
                block = layer.place.block;
            }
            let [before, after] = [false, true].map(|rectified| Tap { place: layer.place, rectified });
            if taps.contains(&before) {
                let sums = convolution.forward(x, self.architecture.padding, Activation::None);
                x = relu(sums.clone());
                features.insert(before, sums);
            } else {
                x = convolution.forward(x, self.architecture.padding, Activation::Relu);
            }
            if taps.contains(&after) {
                features.insert(after, x.clone());
            }
        }
        features
    }

    /// # Shapes
    /// `[n, 3, h, w]` in 0…1 → `[n, 3, h, w]` in the range the network was trained on
    fn preprocess(&self, picture: Tensor<4>) -> Tensor<4> {
        let device = picture.device();
        let channels = |values: [f32; 3]| Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), &device);
        picture * channels(self.architecture.input.scale) + channels(self.architecture.input.shift)
    }
}

impl Convolution {
    /// # Shapes
    /// `[n, input, h, w]` → `[n, output, h, w]`
    fn forward(&self, x: Tensor<4>, padding: Padding, activation: Activation) -> Tensor<4> {
        convolution_3x3(x, self.weight.clone(), self.bias.clone(), kernels::Convolution { padding, activation })
    }
}
