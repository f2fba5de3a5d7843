//! The weighted sum that an optimiser brings down, and its gradient on the picture.

use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};

use super::{ContentLoss, Metric, StyleLoss, total_variation};
use crate::vgg::{Tap, Vgg, Weights};

/// Something to minimise over pictures.
pub trait Objective {
    /// Evaluates at `picture`, `[1, 3, h, w]`, which need not stay within 0…1.
    fn evaluate(&self, picture: Tensor<4>) -> Evaluation;
}

/// A value and its gradient, both still on the device and neither tied to a graph.
#[derive(Debug)]
pub struct Evaluation {
    /// `[4]`: the weighted sum, then the plain content loss, style loss and total variation (see [`Terms`]).
    pub terms: Tensor<1>,
    /// `[1, 3, h, w]`
    pub gradient: Tensor<4>,
}

/// [`Evaluation::terms`] read back to the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// What is minimised.
    pub loss: f32,
    /// Relative content distance.
    pub content: f32,
    /// Relative style distance, averaged over taps and picture scales.
    pub style: f32,
    /// Mean squared difference of neighbouring pixels.
    pub variation: f32,
}

/// How much each loss counts and where it is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighting {
    /// Weight of the content loss.
    pub content: f32,
    /// Weight of the style loss.
    pub style: f32,
    /// Weight of total variation.
    pub variation: f32,
    /// Where content is compared.
    pub content_tap: Tap,
    /// Where style is compared, and each tap's share; shares are scaled to sum to one.
    pub style_taps: Vec<(Tap, f32)>,
    /// Style is compared on the picture at 1, ½, ¼, …: this many sizes. At least one.
    pub pyramid: usize,
}

/// The least side that a level of the pyramid may have: relu4_1 then still sees two pixels.
const MIN_LEVEL_SIDE: usize = 16;

/// Content of one picture, style of another (Gatys et al. 2016, eq. 7), style optionally on a pyramid.
#[derive(Debug)]
pub struct StyleTransfer {
    network: Vgg,
    weighting: Weighting,
    /// `None` where the network lacks the content tap.
    content: Option<ContentLoss>,
    /// Per pyramid level, per style tap.
    style: Vec<Vec<StyleLoss>>,
    /// The sum of the shares of the style taps.
    shares: f32,
}

impl StyleTransfer {
    /// Takes the targets from `content` and `style`, `[1, 3, h, w]` in 0…1 on a device without autodiff. The content's
    /// size is the size of the pictures to be evaluated; the style's is free.
    ///
    /// `weights` must be the network's own; their maps give the metric of each tap. Taps that the network lacks
    /// are left out. `device` is the autodiff device that holds the network.
    #[must_use]
    pub fn new(network: &Vgg, weights: &Weights, weighting: Weighting, content: Tensor<4>, style: Tensor<4>, device: &Device) -> Self {
        let metric = |tap: Tap| Metric::new(weights.maps.get(&tap), device);
        let mut weighting = weighting;
        weighting.style_taps.retain(|(tap, _)| weights.architecture.channels(*tap).is_some());
        // In the order in which `Features` lists them.
        weighting.style_taps.sort_by_key(|(tap, _)| *tap);
        let taps: Vec<Tap> = weighting.style_taps.iter().map(|(tap, _)| *tap).collect();
        let [_, _, height, width] = content.dims();
        let [_, _, style_height, style_width] = style.dims();
        let least = height.min(width).min(style_height).min(style_width);
        let levels = (0..weighting.pyramid.max(1)).take_while(|level| *level == 0 || least >> level >= MIN_LEVEL_SIDE);

        let content = network
            .features(content.autodiff(), &[weighting.content_tap])
            .remove(&weighting.content_tap)
            .map(|features| ContentLoss::new(features.detach(), metric(weighting.content_tap)));
        let style = levels
            .map(|level| {
                let features = network.features(shrink(style.clone().autodiff(), level), &taps);
                features.into_iter().map(|(tap, features)| StyleLoss::new(features.detach(), metric(tap))).collect()
            })
            .collect();
        let shares = weighting.style_taps.iter().map(|(_, share)| share).sum();
        Self { network: network.clone(), weighting, content, style, shares }
    }

    /// The style loss alone of the tap at `index` in order of depth, at full size: for measurements.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`
    #[must_use]
    pub fn style_at(&self, picture: Tensor<4>, index: usize) -> Option<Tensor<1>> {
        let (tap, _) = *self.weighting.style_taps.get(index)?;
        let features = self.network.features(picture.autodiff(), &[tap]).remove(&tap)?;
        Some(self.style.first()?.get(index)?.forward(features).inner())
    }
}

impl Objective for StyleTransfer {
    fn evaluate(&self, picture: Tensor<4>) -> Evaluation {
        let picture = picture.autodiff().require_grad();
        let taps: Vec<Tap> = self.weighting.style_taps.iter().map(|(tap, _)| *tap).collect();
        let mut read = taps.clone();
        read.push(self.weighting.content_tap);

        let mut features = self.network.features(picture.clone(), &read);
        let content = match (&self.content, features.get(&self.weighting.content_tap)) {
            (Some(content), Some(features)) => content.forward(features.clone()),
            _ => Tensor::zeros([1], &picture.device()),
        };
        let mut style = Tensor::<1>::zeros([1], &picture.device());
        let mut level_picture = picture.clone();
        for (level, targets) in self.style.iter().enumerate() {
            if level > 0 {
                level_picture = shrink(level_picture, 1);
                features = self.network.features(level_picture.clone(), &taps);
            }
            for ((tap, share), target) in self.weighting.style_taps.iter().zip(targets) {
                if let Some(features) = features.remove(tap) {
                    style = style + target.forward(features) * (*share / self.shares);
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful of levels")]
        let style = style / self.style.len() as f32;
        let variation = total_variation(picture.clone());
        let loss =
            content.clone() * self.weighting.content + style.clone() * self.weighting.style + variation.clone() * self.weighting.variation;

        let mut gradients = loss.backward();
        let gradient = picture.grad_remove(&mut gradients).unwrap_or_else(|| picture.clone().inner().zeros_like());
        let terms = Tensor::cat(vec![loss.inner(), content.inner(), style.inner(), variation.inner()], 0);
        Evaluation { terms, gradient }
    }
}

/// Halves a picture `levels` times by averaging 2×2 pixels.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h / 2^levels, w / 2^levels]`, rounded down
fn shrink(picture: Tensor<4>, levels: usize) -> Tensor<4> {
    (0..levels).fold(picture, |picture, _| avg_pool2d(picture, AvgPoolOptions::new([2, 2])))
}
