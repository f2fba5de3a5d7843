//! A generator as an ONNX model, for ONNX Runtime and others.
//!
//! | name | shape | what |
//! |---|---|---|
//! | input `content` | `[1, 3, height, width]`, sides multiples of 8, or of 4 without deep blocks | the photo, RGB in 0…1 |
//! | input `style` | `[1, statistics]` | what [`StyleStatistics`](super::StyleStatistics) says of the style |
//! | output `result` | as `content` | the picture, RGB in 0…1 |
//!
//! For one picture at a time, since ONNX's instance normalisation has one scale for a whole batch. For a generator of
//! one style the input `style` need not be given: what it is then is for pictures of the size that the model was made for.

mod format;

use std::collections::HashMap;

use cpu_kernels::normalisation::EPSILON;
use prost::Message;

use self::format::{
    Attribute, Constant, FLOAT, Graph, INT64, IR_VERSION, Kind, Length, Model, Node, OPERATORS, OperatorSet, Shape, Side, TensorKind, Value,
};
use super::Weights;
use super::architecture::Modulated;
use super::layers::folded;

/// The model's file. Of a generator of one style, what it says of it by itself is for paintings of this long side, in pixels.
#[must_use]
pub fn model(weights: &Weights, size: u32) -> Vec<u8> {
    let graph = Builder::new(weights).graph(size);
    let operators = vec![OperatorSet { version: OPERATORS }];
    let model = Model { ir_version: IR_VERSION, producer_name: "atelier".to_owned(), graph: Some(graph), operators };
    model.encode_to_vec()
}

/// A node's inputs and outputs are names; each step appends a node and answers its output's name.
#[derive(Debug)]
struct Builder<'a> {
    weights: &'a Weights,
    parameters: HashMap<String, (Vec<usize>, &'a [f32])>,
    nodes: Vec<Node>,
    constants: Vec<Constant>,
}

impl<'a> Builder<'a> {
    fn new(weights: &'a Weights) -> Self {
        let layout = Weights::layout(&weights.architecture);
        let parameters = layout.ranges().map(|(entry, range)| {
            let values = weights.values.get(range).unwrap_or_default();
            (entry.name.clone(), (entry.shape.clone(), values))
        });
        Self { weights, parameters: parameters.collect(), nodes: Vec::new(), constants: Vec::new() }
    }

    fn graph(mut self, size: u32) -> Graph {
        let architecture = self.weights.architecture.clone();
        let modulations = self.modulations();
        let doubled = self.binary("Mul", "content", 2.0);
        let mut x = self.binary("Sub", &doubled, 1.0);
        for index in 0..2 {
            let unshuffled = self.unshuffled(&x);
            let sums = self.convolution(&unshuffled, &format!("entrance.{index}"), Weight::AfterUnshuffling);
            let plain = ["scale", "shift"].map(|part| self.channels(&format!("entrance.{index}.{part}")));
            x = self.normalised(&sums, &plain, true);
        }
        let (of_blocks, others) = modulations.split_at(2 * architecture.blocks);
        let (of_deep, of_exit) = others.split_at(architecture.deep_layers());
        for (block, styles) in of_blocks.as_chunks::<2>().0.iter().enumerate() {
            if block == architecture.before_deep() {
                x = self.with_deep(x, of_deep);
            }
            x = self.repainted(&x, &format!("blocks.{block}"), styles);
        }
        for (index, style) in of_exit.iter().enumerate() {
            let sums = self.doubled(&x, &format!("exit.{index}"));
            x = self.normalised(&sums, style, true);
        }
        let colors = self.convolution(&x, "colors", Weight::Plain);
        self.nodes.push(Node {
            inputs: vec![colors],
            outputs: vec!["result".to_owned()],
            operator: "Sigmoid".to_owned(),
            attributes: Vec::new(),
        });
        if let Some(style) = &self.weights.about.style {
            // A constant by an input's name is what the input is when it is not given.
            let style = style.at(size);
            self.constants.push(floats("style", &[1, style.0.len()], &style.0));
        }
        let picture = |name: &str| value(name, &[Length::Fixed(1), Length::Fixed(3), named("height"), named("width")]);
        let statistics = i64::try_from(architecture.statistics()).unwrap_or(i64::MAX);
        Graph {
            nodes: self.nodes,
            name: "generator".to_owned(),
            constants: self.constants,
            inputs: vec![picture("content"), value("style", &[Length::Fixed(1), Length::Fixed(statistics)])],
            outputs: vec![picture("result")],
        }
    }

    /// `x` with what the deep blocks add to it; as it is where there are none.
    fn with_deep(&mut self, x: String, styles: &[[String; 2]]) -> String {
        let [down, of_blocks @ .., up] = styles else { return x };
        let small = self.node("AveragePool", &[&x], vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])]);
        let sums = self.convolution(&small, "deep.down", Weight::Plain);
        let mut small = self.normalised(&sums, down, true);
        for (block, styles) in of_blocks.as_chunks::<2>().0.iter().enumerate() {
            small = self.repainted(&small, &format!("deep.blocks.{block}"), styles);
        }
        let sums = self.doubled(&small, "deep.up");
        let added = self.normalised(&sums, up, false);
        self.node("Add", &[&x, &added], Vec::new())
    }

    /// `x` with what a residual block adds to it.
    fn repainted(&mut self, x: &str, block: &str, [before, after]: &[[String; 2]; 2]) -> String {
        let sums = self.convolution(x, &format!("{block}.0"), Weight::Plain);
        let inner = self.normalised(&sums, before, true);
        let sums = self.convolution(&inner, &format!("{block}.1"), Weight::Plain);
        let outer = self.normalised(&sums, after, false);
        self.node("Add", &[x, &outer], Vec::new())
    }

    /// A convolution of the picture enlarged to twice its size.
    fn doubled(&mut self, x: &str, name: &str) -> String {
        let phases = self.convolution(x, name, Weight::Folded);
        self.node("DepthToSpace", &[&phases], vec![int("blocksize", 2), text("mode", "CRD")])
    }

    /// Names of each modulated layer's scale and shift, `[c]` each.
    fn modulations(&mut self) -> Vec<[String; 2]> {
        let scale = &self.weights.style_scale;
        let mean = self.constant("style_mean", &[1, scale.mean.len()], &scale.mean);
        let deviation = self.constant("style_deviation", &[1, scale.mean.len()], &scale.deviation);
        let centred = self.node("Sub", &["style", &mean], Vec::new());
        let divided = self.node("Div", &[&centred, &deviation], Vec::new());
        let [least, most] = [-super::style_code::FURTHEST, super::style_code::FURTHEST];
        let (least, most) = (self.constant("style_least", &[], &[least]), self.constant("style_most", &[], &[most]));
        let mut code = self.node("Clip", &[&divided, &least, &most], Vec::new());
        for index in 0..2 {
            let linear = self.linear(&code, &format!("code.{index}"));
            code = self.node("LeakyRelu", &[&linear], vec![float("alpha", super::network::CODE_SLOPE)]);
        }
        let all = self.linear(&code, "modulation");
        let flat = self.ints("flat", &[-1]);
        let all = self.node("Reshape", &[&all, &flat], Vec::new());
        let mut from = 0;
        let layers = self.weights.architecture.modulated();
        let modulations = layers.into_iter().map(|Modulated { channels, scale: usual }| {
            let mut part = || {
                let (start, end) =
                    (self.ints(&format!("from_{from}"), &[from]), self.ints(&format!("to_{from}"), &[from + long(channels)]));
                from += long(channels);
                self.node("Slice", &[&all, &start, &end], Vec::new())
            };
            let (scale, shift) = (part(), part());
            [self.binary("Add", &scale, usual), shift]
        });
        modulations.collect()
    }

    fn linear(&mut self, x: &str, name: &str) -> String {
        let (weight, bias) = (self.parameter(&format!("{name}.weight")), self.parameter(&format!("{name}.bias")));
        self.node("Gemm", &[x, &weight, &bias], Vec::new())
    }

    /// A 3×3 convolution of the picture with its border repeated.
    fn convolution(&mut self, x: &str, name: &str, weight: Weight) -> String {
        let (shape, values) = self.values(&format!("{name}.weight"));
        let [outputs, inputs] = [shape.first().copied().unwrap_or(0), shape.get(1).copied().unwrap_or(0)];
        let (_, bias) = self.values(&format!("{name}.bias"));
        let (outputs, values, bias) = match weight {
            Weight::Plain => (outputs, values.to_vec(), bias.to_vec()),
            Weight::AfterUnshuffling => (outputs, reordered(values, inputs), bias.to_vec()),
            Weight::Folded => (4 * outputs, folded(values, inputs), bias.iter().flat_map(|bias| [*bias; 4]).collect()),
        };
        let weight = self.constant(&format!("{name}.weight"), &[outputs, inputs, 3, 3], &values);
        let bias = self.constant(&format!("{name}.bias"), &[outputs], &bias);
        let border = self.ints("border", &[0, 0, 1, 1, 0, 0, 1, 1]);
        let padded = self.node("Pad", &[x, &border], vec![text("mode", "edge")]);
        self.node("Conv", &[&padded, &weight, &bias], Vec::new())
    }

    fn normalised(&mut self, x: &str, [scale, shift]: &[String; 2], rectified: bool) -> String {
        let normal = self.node("InstanceNormalization", &[x, scale, shift], vec![float("epsilon", EPSILON)]);
        if rectified { self.node("Relu", &[&normal], Vec::new()) } else { normal }
    }

    fn unshuffled(&mut self, x: &str) -> String {
        self.node("SpaceToDepth", &[x], vec![int("blocksize", 2)])
    }

    /// A parameter of the way in, `[1, c]`, as `[c]`.
    fn channels(&mut self, name: &str) -> String {
        let (_, values) = self.values(name);
        self.constant(name, &[values.len()], values)
    }

    fn parameter(&mut self, name: &str) -> String {
        let (shape, values) = self.values(name);
        self.constant(name, &shape, values)
    }

    fn values(&self, name: &str) -> (Vec<usize>, &'a [f32]) {
        self.parameters.get(name).cloned().unwrap_or_default()
    }

    fn binary(&mut self, operator: &str, x: &str, number: f32) -> String {
        let number = self.constant(&format!("number_{number}"), &[], &[number]);
        self.node(operator, &[x, &number], Vec::new())
    }

    fn constant(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        if self.constants.iter().all(|constant| constant.name != name) {
            self.constants.push(floats(name, shape, values));
        }
        name.to_owned()
    }

    fn ints(&mut self, name: &str, values: &[i64]) -> String {
        if self.constants.iter().all(|constant| constant.name != name) {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            self.constants.push(Constant { shape: vec![long(values.len())], kind: INT64, name: name.to_owned(), values: bytes });
        }
        name.to_owned()
    }

    fn node(&mut self, operator: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        let output = format!("{}_{}", operator.to_lowercase(), self.nodes.len());
        self.nodes.push(Node {
            inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
            outputs: vec![output.clone()],
            operator: operator.to_owned(),
            attributes,
        });
        output
    }
}

/// How a convolution's kernels stand in the file.
#[derive(Clone, Copy, Debug)]
enum Weight {
    Plain,
    /// ONNX's space to depth has the place before the channel, ours the channel before the place.
    AfterUnshuffling,
    /// The four phases of a doubled convolution.
    Folded,
}

/// From input channels `4c + place` to `place · c + channel`.
fn reordered(values: &[f32], inputs: usize) -> Vec<f32> {
    let channels = inputs / 4;
    let kernels: Vec<&[f32]> = values.chunks_exact(9).collect();
    let order = |index: usize| {
        let (output, input) = (index / inputs, index % inputs);
        output * inputs + 4 * (input % channels) + input / channels
    };
    (0..kernels.len()).flat_map(|index| kernels.get(order(index)).copied().unwrap_or_default().to_vec()).collect()
}

fn floats(name: &str, shape: &[usize], values: &[f32]) -> Constant {
    Constant {
        shape: shape.iter().map(|side| long(*side)).collect(),
        kind: FLOAT,
        name: name.to_owned(),
        values: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}

fn long(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn named(name: &str) -> Length {
    Length::Named(name.to_owned())
}

fn value(name: &str, sides: &[Length]) -> Value {
    let sides = sides.iter().map(|length| Side { length: Some(length.clone()) }).collect();
    let tensor = TensorKind { kind: FLOAT, shape: Some(Shape { sides }) };
    Value { name: name.to_owned(), kind: Some(Kind { tensor: Some(tensor) }) }
}

fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: name.to_owned(), int: value, kind: 2, ..Attribute::default() }
}

fn ints(name: &str, values: &[i64]) -> Attribute {
    Attribute { name: name.to_owned(), ints: values.to_vec(), kind: 7, ..Attribute::default() }
}

fn float(name: &str, value: f32) -> Attribute {
    Attribute { name: name.to_owned(), float: value, kind: 1, ..Attribute::default() }
}

fn text(name: &str, value: &str) -> Attribute {
    Attribute { name: name.to_owned(), text: value.as_bytes().to_vec(), kind: 3, ..Attribute::default() }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::*;
    use crate::backend::cpu;
    use crate::generator::layers::{Convolution, unshuffled};
    use crate::kernels::{Activation, Padding};
    use crate::parameters::vector;

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    fn ramp(shape: [usize; 4]) -> Tensor<4> {
        let value = |index: usize| f32::from(u8::try_from(index * 37 % 101).unwrap()) / 50.0 - 1.0;
        vector((0..shape.iter().product()).map(value).collect(), &cpu()).reshape(shape)
    }

    /// As ONNX defines it: channel `place · c + channel`.
    fn space_to_depth(x: Tensor<4>) -> Tensor<4> {
        let [n, channels, height, width] = x.dims();
        let (height, width) = (height / 2, width / 2);
        let parted = x.reshape([n, channels, height, 2, width, 2]).permute([0, 3, 5, 1, 2, 4]);
        parted.reshape([n, 4 * channels, height, width])
    }

    #[test]
    fn reordered_kernels_see_after_space_to_depth_what_the_network_s_see() {
        let (x, weight) = (ramp([1, 3, 8, 12]), ramp([2, 12, 3, 3]));
        let convolve = |x, weight| {
            let convolution = Convolution { weight, bias: vector(vec![0.5, -0.5], &cpu()) };
            values(convolution.forward(x, Padding::Replicate, Activation::None))
        };
        let expected = convolve(unshuffled(x.clone()), weight.clone());
        let for_onnx = vector(reordered(&values(weight), 12), &cpu()).reshape([2, 12, 3, 3]);
        let found = convolve(space_to_depth(x), for_onnx);
        // Other orders of summation in f32, of 108 products of size 1.
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4), "{found:?} and {expected:?}");
    }
}
