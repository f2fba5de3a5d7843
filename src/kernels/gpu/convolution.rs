//! Convolution, its gradient for the input, and products with a matrix: one program.
//!
//! The gradient for the input is a convolution itself: of the output's gradient, with the taps turned round and the roles of the
//! channels exchanged. What differs is the border. Zero padding and wrapping round are their own adjoints; where padding replicates or
//! reflects, the pixels that were read twice get the gradient of both readings, which the program adds to the rows and columns at the border
//! as it goes (`FOLD` in `convolution.wgsl`), so there is neither a padded copy nor a second pass.

use burn::tensor::Shape;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{Program, dimensions, empty, narrow, reshaped};
use super::submissions::gather;
use super::template::Constant;
use super::tile::{Tile, Work};
use crate::kernels::{Activation, Convolution, Packing, Padding};

/// The weights of a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weight<'a> {
    /// `[o, i, k, k]`
    Float(&'a CubeTensor),
    /// Unpacked as they are brought to workgroup memory.
    Packed { words: &'a CubeTensor, scales: &'a CubeTensor, packing: Packing },
}

impl Weight<'_> {
    /// Output and input channels.
    fn channels(&self) -> [usize; 2] {
        match self {
            Self::Float(weight) => dimensions(weight),
            Self::Packed { packing, .. } => packing.channels,
        }
    }
}

/// One run of the program.
#[derive(Debug)]
struct Run<'a> {
    input: &'a CubeTensor,
    /// For the adjoint as for the convolution: the program turns them round.
    weight: Weight<'a>,
    /// Added to every pixel of an output channel.
    bias: Option<&'a CubeTensor>,
    /// The output whose activation the input is the gradient of.
    mask: Option<&'a CubeTensor>,
    /// What every pixel of the output is multiplied by: one number each, or one for all.
    counts: Option<&'a CubeTensor>,
    output_channels: usize,
    kernel: u32,
    padding: Padding,
    /// What an activation multiplies negative values by.
    slope: f32,
    /// Whether the output is activated.
    activate: bool,
    adjoint: bool,
}

/// `activation(weight ∗ pad(x) + bias)`
///
/// # Shapes
/// `x [n, i, h, w]`, `weight [o, i, 3, 3]`, `bias [o]` → `[n, o, h, w]`
pub(super) fn forward(x: &CubeTensor, weight: Weight<'_>, bias: &CubeTensor, convolution: Convolution) -> CubeTensor {
    let [output_channels, _] = weight.channels();
    let Convolution { padding, activation } = convolution;
    let run = Run {
        input: x,
        weight,
        bias: Some(bias),
        mask: None,
        counts: None,
        output_channels,
        kernel: 3,
        padding,
        slope: activation.slope(),
        activate: activation != Activation::None,
        adjoint: false,
    };
    run.launch()
}

/// The gradient on the input, from that on the output and the output itself.
///
/// # Shapes
/// `gradient`, `output`: `[n, o, h, w]`; `weight [o, i, 3, 3]` → `[n, i, h, w]`
pub(super) fn input_gradient(gradient: &CubeTensor, output: &CubeTensor, weight: Weight<'_>, convolution: Convolution) -> CubeTensor {
    let Convolution { padding, activation } = convolution;
    let [_, output_channels] = weight.channels();
    let run = Run {
        input: gradient,
        weight,
        bias: None,
        mask: (activation != Activation::None).then_some(output),
        counts: None,
        output_channels,
        kernel: 3,
        padding,
        slope: activation.slope(),
        activate: false,
        adjoint: true,
    };
    run.launch()
}

/// `(weight · x + bias) · diag(counts)` for each `x` of a batch.
///
/// # Shapes
/// `weight [o, i]`, `x [n, i, p]`, `bias [o]` or `[o, 1]`, `counts [1, p]` or `[1, 1]` → `[n, o, p]`
pub(super) fn products(weight: &CubeTensor, x: &CubeTensor, bias: Option<&CubeTensor>, counts: Option<&CubeTensor>) -> CubeTensor {
    let ([output_channels], [batch, input_channels, pixels]) = (dimensions(weight), dimensions(x));
    let line = reshaped(x.clone(), [batch, input_channels, 1, pixels]);
    let run = Run {
        input: &line,
        weight: Weight::Float(weight),
        bias,
        mask: None,
        counts,
        output_channels,
        kernel: 1,
        padding: Padding::Zero,
        slope: 0.0,
        activate: false,
        adjoint: false,
    };
    reshaped(run.launch(), [batch, output_channels, pixels])
}

impl Run<'_> {
    fn launch(self) -> CubeTensor {
        let [batch, input_channels, height, width] = dimensions(self.input).map(narrow);
        let (kernel, output_channels) = (self.kernel, narrow(self.output_channels));
        let fold = self.adjoint && matches!(self.padding, Padding::Replicate | Padding::Reflect);
        let work = Work { kernel, fold, batch, input_channels, output_channels, height, width };
        let tile = Tile::choose(&work, &self.input.client.properties().hardware);

        // What a reflection reads is the row or column after the border, what a replication reads is the border. A single row is its own reflection.
        let fold_first = [height, width].map(|side| u32::from(self.padding == Padding::Reflect && side > 1));
        let padding = if fold { Padding::Zero } else { self.padding };
        let (weight, scales, bits, [block, blocks]) = match self.weight {
            Weight::Float(weight) => (weight, None, 0, [1, 0]),
            Weight::Packed { words, scales, packing } => (words, Some(scales), packing.bits, [packing.block, packing.blocks()]),
        };
        let mut inputs = vec![self.input, weight];
        let [bias, mask, counts, scales] = [self.bias, self.mask, self.counts, scales].map(|optional| {
            inputs.extend(optional);
            optional.map_or(0, |_| inputs.len() - 1)
        });
        let counted = self.counts.is_some_and(|counts| counts.meta.num_elements() > 1);
        let mut constants = vec![
            ("THREADS", tile.threads()),
            ("TILE_WIDTH", tile.width),
            ("TILE_HEIGHT", tile.height),
            ("CHANNELS", tile.channels()),
            ("PIXELS", tile.pixels),
            ("VECTORS", tile.vectors),
            ("DEPTH", tile.depth),
            ("KERNEL", kernel),
            ("BORDER", kernel / 2),
            ("WINDOW_HEIGHT", tile.window_height(&work)),
            ("WINDOW_WIDTH", tile.window_width(&work)),
            ("WINDOW_STRIDE", tile.window_stride(&work)),
            ("TAP_STRIDE", tile.tap_stride()),
            ("READS", (tile.pixels - 1 + kernel).div_ceil(4)),
            ("ADJOINT", u32::from(self.adjoint)),
            ("FOLD", u32::from(fold)),
            ("FOLD_ROW", fold_first[0]),
            ("FOLD_COLUMN", fold_first[1]),
            ("ACTIVATE", u32::from(self.activate)),
            ("ALIGNED", u32::from(width % 4 == 0)),
            ("BITS", bits),
            ("SCALES", narrow(scales)),
            ("BIAS", narrow(bias)),
            ("MASK", narrow(mask)),
            ("COUNTS", narrow(counts)),
            ("COUNTED", u32::from(counted)),
            ("OUTPUT", narrow(inputs.len())),
        ];
        constants.extend(source_constants(padding));

        let output = empty(self.input, Shape::new([batch, output_channels, height, width].map(|side| side as usize)));
        let shape = [
            input_channels,
            output_channels,
            height,
            width,
            // In two's complement: there may be no such row.
            height.wrapping_sub(1 + fold_first[0]),
            width.wrapping_sub(1 + fold_first[1]),
            output_channels.div_ceil(tile.channels()),
            self.slope.to_bits(),
            narrow(block),
            narrow(blocks),
        ];
        let sources = &[include_str!("padding.wgsl"), include_str!("convolution.wgsl")];
        Program { name: "convolution", sources, constants }.launch(tile.workgroups(&work), &inputs, &output, &shape);
        gather(&output, work.operations());
        output
    }
}

/// Constants for the function `source` of `padding.wgsl`.
pub(super) fn source_constants(padding: Padding) -> [Constant<'static>; 3] {
    [("ZERO", Padding::Zero), ("REFLECT", Padding::Reflect), ("WRAP", Padding::Wrap)].map(|(name, one)| (name, u32::from(one == padding)))
}
