//! The network on a device.

use std::collections::BTreeMap;

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

use crate::backend::is_cpu;
use crate::kernels::{
    self, Activation, Packing, Weight, convolution_3x3_frozen, convolution_3x3_traced, max_pool_2x2, max_pool_2x2_traced,
};
use crate::losses::real;
use crate::parameters::{Source, Start};

use super::pass::{Pass, Step, average_pool_2x2};
use super::values::Quantised;
use super::{Architecture, ConvolutionWeights, Input, Layer, Padding, Pooling, Tap, Weights};

/// Activations at each tap that was asked for, `[n, c, h, w]`.
pub type Features = BTreeMap<Tap, Tensor<4>>;

/// A VGG without its classifier (Simonyan & Zisserman 2014), for pictures of any size.
#[derive(Clone, Debug)]
pub struct Vgg {
    convolutions: Vec<Convolution>,
    architecture: Architecture,
}

/// A layer with so many weights stays in the few bits of its file, where the device unpacks them as it computes. With fewer there is little to
/// spare; on the processor they are brought into another form anyway.
const MANY: usize = 1 << 19;

/// A 3×3 convolution of stride 1.
#[derive(Clone, Debug)]
struct Convolution {
    weight: Weight,
    /// `[output]`
    bias: Tensor<1>,
}

impl Vgg {
    /// Puts weights on a device. They are frozen: on an autodiff device gradients pass through them to
    /// the picture, and none is computed for them.
    #[must_use]
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let convolutions = weights.architecture.layers().zip(&weights.convolutions).map(|(layer, values)| Convolution {
            weight: weight(&layer, values, device),
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
                weight: source.take(&format!("conv{}.weight", layer.place), shape, Start::Normal(deviation)).into(),
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
        self.run(picture, taps, None)
    }

    /// [`features`](Self::features) of a picture without autodiff, by a network without autodiff, and the way back.
    pub(crate) fn pass(&self, picture: Tensor<4>, taps: &[Tap]) -> (Features, Pass) {
        let mut pass = Pass::default();
        let features = self.run(picture, taps, Some(&mut pass));
        (features, pass)
    }

    /// Runs the network, and notes the way in `pass`.
    fn run(&self, picture: Tensor<4>, taps: &[Tap], mut pass: Option<&mut Pass>) -> Features {
        let mut features = Features::new();
        let Some(&deepest) = taps.iter().max() else { return features };
        let mut x = self.preprocess(picture);
        let mut block = 1;
        for (index, (layer, convolution)) in self.architecture.layers().zip(&self.convolutions).enumerate() {
            if layer.place > deepest.place {
                break;
            }
            if layer.place.block > block {
                x = pooled(x, self.architecture.pooling, pass.as_deref_mut());
                block = layer.place.block;
            }
            let [before, after] = [false, true].map(|rectified| Tap { place: layer.place, rectified });
            let apart = taps.contains(&before);
            let activation = if apart { Activation::None } else { Activation::Relu };
            let how = kernels::Convolution { padding: self.architecture.padding, activation };
            x = match &mut pass {
                Some(pass) => {
                    let (x, trace) = convolution_3x3_traced(x, &convolution.weight, convolution.bias.clone(), how);
                    pass.step(Step::Convolution { layer: index, convolution: how, trace });
                    x
                }
                None => convolution_3x3_frozen(x, &convolution.weight, convolution.bias.clone(), how),
            };
            if apart {
                features.insert(before, x.clone());
                if let Some(pass) = &mut pass {
                    pass.step(Step::Tap(before));
                    pass.step(Step::Rectifier { off: x.clone().lower_equal_elem(0.0) });
                }
                x = relu(x);
            }
            if taps.contains(&after) {
                features.insert(after, x.clone());
                if let Some(pass) = &mut pass {
                    pass.step(Step::Tap(after));
                }
            }
        }
        features
    }

    /// A layer's weights; layers are counted from 0 over all blocks.
    pub(super) fn weight(&self, layer: usize) -> Option<&Weight> {
        self.convolutions.get(layer).map(|convolution| &convolution.weight)
    }

    /// The gradient on the picture, from that on what [`preprocess`](Self::preprocess) made of it.
    pub(super) fn back_to_picture(&self, gradient: Tensor<4>) -> Tensor<4> {
        let scale = channels(self.architecture.input.scale, &gradient.device());
        gradient * scale
    }

    /// # Shapes
    /// `[n, 3, h, w]` in 0…1 → `[n, 3, h, w]` in the range the network was trained on
    fn preprocess(&self, picture: Tensor<4>) -> Tensor<4> {
        let device = picture.device();
        let Input { scale, shift } = self.architecture.input;
        picture * channels(scale, &device) + channels(shift, &device)
    }
}

/// A layer's weights on a device.
fn weight(layer: &Layer, values: &ConvolutionWeights, device: &Device) -> Weight {
    let (taps, channels) = (9 * layer.input, [layer.output, layer.input]);
    let packs = layer.output * taps >= MANY && !is_cpu(device) && !device.is_autodiff();
    match packs.then(|| values.weight.quantised(taps)).flatten() {
        Some(Quantised { bytes, scales, bits, block }) => Weight::packed(&bytes, scales, Packing { channels, bits, block }, device),
        None => Tensor::from_data(TensorData::new(values.floats(layer).into_owned(), [layer.output, layer.input, 3, 3]), device).into(),
    }
}

/// A number for each channel of a picture, `[1, 3, 1, 1]`.
fn channels(values: [f32; 3], device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), device)
}

/// Between two blocks.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h / 2, w / 2]`, rounded down
fn pooled(x: Tensor<4>, pooling: Pooling, pass: Option<&mut Pass>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let sides = [height, width];
    match (pooling, pass) {
        (Pooling::Max, None) => max_pool_2x2(x),
        (Pooling::Max, Some(pass)) => {
            let (x, trace) = max_pool_2x2_traced(x);
            pass.step(Step::MaxPool { sides, trace });
            x
        }
        (Pooling::Average, pass) => {
            if let Some(pass) = pass {
                pass.step(Step::AveragePool { sides });
            }
            average_pool_2x2(x)
        }
    }
}
