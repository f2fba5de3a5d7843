//! The network on a device.

use std::collections::BTreeMap;

use burn::module::{Module, Param};
use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};

use super::padding::replicate;
use super::{Architecture, Padding, Tap, Weights};

/// Activations after the ReLU of each tap that was asked for, `[n, c, h, w]`.
pub type Features = BTreeMap<Tap, Tensor<4>>;

/// A VGG without its classifier (Simonyan & Zisserman 2014), for pictures of any size.
#[derive(Module, Debug)]
pub struct Vgg {
    convolutions: Vec<Convolution>,
    #[module(skip)]
    architecture: Architecture,
}

/// A 3×3 convolution of stride 1.
#[derive(Module, Debug)]
struct Convolution {
    /// `[output, input, 3, 3]`
    weight: Param<Tensor<4>>,
    /// `[output]`
    bias: Param<Tensor<1>>,
}

impl Vgg {
    /// Puts weights on a device. They are frozen: on an autodiff device gradients pass through them to
    /// the picture, and none is computed for them.
    #[must_use]
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let convolutions = weights.architecture.layers().zip(&weights.convolutions).map(|(layer, values)| Convolution {
            weight: frozen(TensorData::new(values.weight.clone(), [layer.output, layer.input, 3, 3]), device),
            bias: frozen(TensorData::new(values.bias.clone(), [layer.output]), device),
        });
        Self { convolutions: convolutions.collect(), architecture: weights.architecture.clone() }
    }

    /// The network's shape.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Runs the network as deep as the deepest tap, once.
    ///
    /// A side that a max pool would shrink to nothing is left at one pixel by the caller's choice of
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
            if layer.tap > deepest {
                break;
            }
            if layer.tap.block > block {
                x = max_pool2d(x, MaxPoolOptions::new([2, 2]));
                block = layer.tap.block;
            }
            x = relu(convolution.forward(x, self.architecture.padding));
            if taps.contains(&layer.tap) {
                features.insert(layer.tap, x.clone());
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
    fn forward(&self, x: Tensor<4>, padding: Padding) -> Tensor<4> {
        let (x, border) = match padding {
            Padding::Zero => (x, 1),
            Padding::Replicate => (replicate(x), 0),
        };
        conv2d(x, self.weight.val(), Some(self.bias.val()), ConvOptions::new([1, 1], [border, border], [1, 1], 1))
    }
}

fn frozen<const D: usize>(data: TensorData, device: &Device) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::from_data(data, device)).set_require_grad(false)
}
