//! The discriminator: which patches are of the style pictures, and which the generator made.

use burn::tensor::Tensor;

use super::spectral_norm::SpectralNorm;
use crate::generator::layers::{Convolution, Linear, unshuffled};
use crate::kernels::{Activation, Padding};
use crate::losses::real;
use crate::parameters::{Layout, Source};

/// Channels at a half, a quarter and an eighth of the patch's size, and once more there.
const WIDTHS: [usize; 4] = [32, 64, 128, 128];
/// Below zero, as in DCGAN and PatchGAN.
const SLOPE: f32 = 0.2;

/// A patch discriminator (Isola et al. 2017, section 3.2.2): it judges each place of a picture by about sixty pixels around it. All its convolutions are
/// spectrally normalised and nothing else is. Where there are many styles it is told which one is meant, by projection (Miyato & Koyama 2018).
///
/// Departs from PatchGAN in halving by space to depth, so that each halving sees all pixels and our convolution serves.
#[derive(Clone, Debug)]
pub(super) struct Discriminator {
    layers: Vec<Convolution>,
    verdict: Convolution,
    /// From a style's statistics to a direction in the last features.
    projection: Option<Linear>,
}

impl Discriminator {
    /// With `statistics` values that tell a style, or 0 where there is one style only.
    pub fn new(statistics: usize, source: &mut Source<'_>) -> Self {
        let [half, quarter, eighth, last] = WIDTHS;
        let channels = [[12, half], [4 * half, quarter], [4 * quarter, eighth], [eighth, last]];
        let layers =
            channels.iter().enumerate().map(|(index, &channels)| Convolution::new(source, &format!("layers.{index}"), channels, 1.0));
        let layers = layers.collect();
        let verdict = Convolution::new(source, "verdict", [last, 1], 1.0);
        let projection = (statistics > 0).then(|| Linear::new(source, "projection", [statistics, last], 0.1));
        Self { layers, verdict, projection }
    }

    /// Its parameters, in order.
    pub fn layout(statistics: usize) -> Layout {
        Layout::of(|source| Self::new(statistics, source))
    }

    /// Outputs of each convolution, which a singular vector has a value for.
    pub fn outputs() -> [usize; 5] {
        let [half, quarter, eighth, last] = WIDTHS;
        [half, quarter, eighth, last, 1]
    }

    fn convolutions(&self) -> impl Iterator<Item = &Convolution> {
        self.layers.iter().chain([&self.verdict])
    }

    /// One power iteration for each convolution of a network without autodiff.
    pub fn iterate(&self, norms: &mut [SpectralNorm]) {
        for (convolution, norm) in self.convolutions().zip(norms) {
            norm.iterate(&convolution.weight);
        }
    }

    /// The same network, each convolution over its largest singular value.
    #[must_use]
    pub fn normalised(mut self, norms: &[SpectralNorm]) -> Self {
        for (convolution, norm) in self.layers.iter_mut().chain([&mut self.verdict]).zip(norms) {
            convolution.weight = norm.normalised(convolution.weight.clone());
        }
        self
    }

    /// How much each place looks like the style: positive is real.
    ///
    /// # Shapes
    /// `[n, 3, 8h, 8w]` in 0…1; statistics of size 1 `[n, statistics]` → `[n, 1, h, w]`
    pub fn forward(&self, picture: Tensor<4>, style: Option<Tensor<2>>) -> Tensor<4> {
        let mut x = picture * 2.0 - 1.0;
        for (index, convolution) in self.layers.iter().enumerate() {
            let smaller = if index < 3 { unshuffled(x) } else { x };
            x = convolution.forward(smaller, Padding::Replicate, Activation::LeakyRelu(SLOPE));
        }
        let verdict = self.verdict.forward(x.clone(), Padding::Replicate, Activation::None);
        match (&self.projection, style) {
            (Some(projection), Some(style)) => {
                let direction = projection.forward(style).unsqueeze_dims::<4>(&[2, 3]);
                let [_, channels, ..] = x.dims();
                verdict + (x * direction).sum_dim(1) / real(channels).sqrt()
            }
            _ => verdict,
        }
    }
}
