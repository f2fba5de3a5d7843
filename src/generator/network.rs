//! The generator's network.

use burn::tensor::Tensor;
use burn::tensor::activation::{leaky_relu, sigmoid};

use super::Architecture;
use super::architecture::Modulated;
use super::layers::{Convolution, Linear, unshuffled};
use super::normalisation::{Modulation, Normaliser};
use crate::kernels::{Activation, Padding};
use crate::parameters::{Source, Start};
use crate::vgg::average_pool_2x2;

/// The layers, with their parameters.
///
/// On the way in the picture is cut in four twice (space to depth), at a quarter of its size residual blocks paint, amid them some at an eighth
/// (as in a U-Net, Ronneberger et al. 2015), and on the way out it is doubled twice. Every layer from the first block on is normalised per picture and channel and then scaled and shifted as
/// the style says (conditional instance normalisation, Dumoulin et al. 2017; predicted from the style as in Ghiasi et al. 2017, but
/// from statistics of a VGG in the place of a second network). So the way in is the same for all styles, and need not be gone again when the style or its
/// strength changes.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    entrance: [Convolution; 2],
    /// Of the way in, which no style changes.
    plain: [Modulation; 2],
    blocks: Vec<[Convolution; 2]>,
    /// How many blocks come before the deep ones.
    before_deep: usize,
    deep: Option<Deep>,
    exit: [Convolution; 2],
    colors: Convolution,
    code: [Linear; 2],
    modulation: Linear,
    modulated: Vec<Modulated>,
}

/// Residual blocks at half the size of the others, whose picture is added to theirs.
#[derive(Clone, Debug)]
struct Deep {
    down: Convolution,
    blocks: Vec<[Convolution; 2]>,
    up: Convolution,
}

/// The slope of the style's own small network below zero.
pub(super) const CODE_SLOPE: f32 = 0.2;

impl Network {
    pub fn new(architecture: &Architecture, source: &mut Source<'_>) -> Self {
        let Architecture { entrance, width, blocks, code, .. } = *architecture;
        let [half, whole] = architecture.exit;
        let modulated = architecture.modulated();
        let plain = |source: &mut Source<'_>, name: &str, channels: usize| Modulation {
            scale: source.take(&format!("{name}.scale"), [1, channels], Start::Constant(1.0)),
            shift: source.take(&format!("{name}.shift"), [1, channels], Start::Constant(0.0)),
        };
        let first = Convolution::new(source, "entrance.0", [12, entrance], 1.0);
        let first_plain = plain(source, "entrance.0", entrance);
        let second = Convolution::new(source, "entrance.1", [4 * entrance, width], 1.0);
        let second_plain = plain(source, "entrance.1", width);
        let blocks = residual(source, "blocks", blocks, width);
        let deep = (architecture.deep > 0).then(|| Deep {
            down: Convolution::new(source, "deep.down", [width, width], 1.0),
            blocks: residual(source, "deep.blocks", architecture.deep, width),
            up: Convolution::new(source, "deep.up", [width, width], 1.0),
        });
        let exit = [Convolution::new(source, "exit.0", [width, half], 1.0), Convolution::new(source, "exit.1", [half, whole], 1.0)];
        // Small, so that training starts from grey rather than from colours at the ends of the sigmoid.
        let colors = Convolution::new(source, "colors", [whole, 3], 0.3);
        let code_layers =
            [Linear::new(source, "code.0", [architecture.statistics(), code], 1.0), Linear::new(source, "code.1", [code, code], 1.0)];
        let modulation = Linear::new(source, "modulation", [code, 2 * modulated.iter().map(|layer| layer.channels).sum::<usize>()], 0.1);
        Self {
            entrance: [first, second],
            plain: [first_plain, second_plain],
            blocks,
            before_deep: architecture.before_deep(),
            deep,
            exit,
            colors,
            code: code_layers,
            modulation,
            modulated,
        }
    }

    /// The way in.
    ///
    /// # Shapes
    /// `[n, 3, 4h, 4w]` in 0…1 → `[n, width, h, w]`
    pub fn encode(&self, picture: Tensor<4>, padding: Padding, normaliser: &mut Normaliser) -> Tensor<4> {
        let [n, ..] = picture.dims();
        let mut x = picture * 2.0 - 1.0;
        for (convolution, plain) in self.entrance.iter().zip(&self.plain) {
            x = convolution.forward(unshuffled(x), padding, Activation::None);
            let plain = Modulation { scale: plain.scale.clone().repeat_dim(0, n), shift: plain.shift.clone().repeat_dim(0, n) };
            x = normaliser.rectified(x, &plain);
        }
        x
    }

    /// What a style's statistics, brought to size 1, come down to.
    ///
    /// # Shapes
    /// `[n, statistics]` → `[n, code]`
    pub fn code(&self, statistics: Tensor<2>) -> Tensor<2> {
        let [first, second] = &self.code;
        let hidden = leaky_relu(first.forward(statistics), f64::from(CODE_SLOPE));
        leaky_relu(second.forward(hidden), f64::from(CODE_SLOPE))
    }

    /// How the style changes each layer.
    ///
    /// # Shapes
    /// `[n, code]` → for each layer `[n, c]`
    pub fn modulations(&self, code: Tensor<2>) -> Vec<Modulation> {
        let all = self.modulation.forward(code);
        let mut from = 0;
        let modulations = self.modulated.iter().map(|&Modulated { channels, scale }| {
            let mut next = || {
                let part = all.clone().narrow(1, from, channels);
                from += channels;
                part
            };
            Modulation { scale: next() + scale, shift: next() }
        });
        modulations.collect()
    }

    /// Paints what was encoded.
    ///
    /// # Shapes
    /// `[n, width, h, w]`, modulations of `n` styles → `[n, 3, 4h, 4w]` in 0…1
    pub fn decode(&self, encoded: Tensor<4>, modulations: &[Modulation], padding: Padding, normaliser: &mut Normaliser) -> Tensor<4> {
        let (of_blocks, others) = modulations.split_at(2 * self.blocks.len());
        let (of_deep, of_exit) = others.split_at(others.len() - self.exit.len());
        let (first_blocks, last_blocks) = self.blocks.split_at(self.before_deep);
        let (of_first, of_last) = of_blocks.split_at(2 * self.before_deep);
        let mut x = repainted(encoded, first_blocks, of_first, padding, normaliser);
        if let (Some(deep), [down, of_deep @ .., up]) = (&self.deep, of_deep) {
            let small = normaliser.rectified(deep.down.forward(average_pool_2x2(x.clone()), padding, Activation::None), down);
            let small = repainted(small, &deep.blocks, of_deep, padding, normaliser);
            x = x + normaliser.linear(deep.up.forward_doubled(small, padding), up);
        }
        x = repainted(x, last_blocks, of_last, padding, normaliser);
        for (convolution, modulation) in self.exit.iter().zip(of_exit) {
            x = normaliser.rectified(convolution.forward_doubled(x, padding), modulation);
        }
        sigmoid(self.colors.forward(x, padding, Activation::None))
    }
}

/// Blocks of two convolutions each, by the names `….0.0`, `….0.1` and so on.
fn residual(source: &mut Source<'_>, name: &str, count: usize, width: usize) -> Vec<[Convolution; 2]> {
    let block = |block: usize| [0, 1].map(|layer| Convolution::new(source, &format!("{name}.{block}.{layer}"), [width, width], 1.0));
    (0..count).map(block).collect()
}

/// `x` with what each block adds to it (He et al. 2016).
fn repainted(
    mut x: Tensor<4>,
    blocks: &[[Convolution; 2]],
    modulations: &[Modulation],
    padding: Padding,
    normaliser: &mut Normaliser,
) -> Tensor<4> {
    for ([first, second], [before, after]) in blocks.iter().zip(modulations.as_chunks::<2>().0) {
        let inner = normaliser.rectified(first.forward(x.clone(), padding, Activation::None), before);
        x = x + normaliser.linear(second.forward(inner, padding, Activation::None), after);
    }
    x
}
