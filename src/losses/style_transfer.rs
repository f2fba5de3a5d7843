//! The weighted sum that a run brings down, and its gradient on the picture.

use burn::tensor::{Device, Tensor};

use super::sight::Seen;
use super::tally::Tally;
use super::targets::{Content, Level, Region, RegionLoss, Subject, Targets};
use super::tiling::Tile;
use super::{DetailLoss, Evaluation, Objective, Weighting, real, total_variation};
use crate::error::DeviceError;
use crate::job::Checkpoints;
use crate::vgg::{Features, Padding, Tap, Vgg, Weights};

/// Content of one picture, style of others (Gatys et al. 2016, eq. 7), style optionally by region and on a pyramid.
///
/// A picture that is small enough is evaluated whole, a larger one in tiles (see `sight`), with the same outcome.
#[derive(Debug)]
pub struct StyleTransfer {
    /// For whole pictures.
    network: Vgg,
    /// For tiles, which have borders even where the picture has none.
    bordered: Vgg,
    pub(super) weighting: Weighting,
    pub(super) subject: Subject,
    pub(super) content: Content,
    regions: Vec<RegionLoss>,
    detail: DetailLoss,
    /// `[1, 1, h, w]`: 1 where the picture may change.
    free: Option<Tensor<4>>,
    pub(super) levels: Vec<Level>,
    /// Between two tiles.
    pub(super) checkpoints: Checkpoints,
}

/// Statistics of the picture per region and style tap.
pub(super) type Statistics = Vec<Vec<Tensor<2>>>;

impl StyleTransfer {
    /// Takes the targets from the subject and the regions' styles.
    ///
    /// `weights` must be the network's own; their maps give the metric of each tap. Taps that the network lacks are left
    /// out. `device`, without autodiff, holds the network. At `checkpoints`, which lie between two pictures or tiles here and
    /// between two tiles of an evaluation, the work can be left.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn new(
        network: &Vgg,
        weights: &Weights,
        weighting: Weighting,
        subject: &Subject,
        regions: &[Region],
        device: &Device,
        checkpoints: &Checkpoints,
    ) -> Result<Self, DeviceError> {
        let mut weighting = weighting;
        let exists = |tap: &Tap| weights.architecture.channels(tap.place).is_some();
        weighting.content_taps.retain(exists);
        weighting.style_taps.retain(|(tap, _)| exists(tap));
        let pooled = network.clone().with_pooling(weighting.pooling);
        let network = match weighting.padding {
            Some(padding) => pooled.with_padding(padding),
            None => pooled,
        };
        let bordered = if weighting.wraps() { network.clone().with_padding(Padding::Replicate) } else { network.clone() };
        let targets = Targets { network: &network, bordered: &bordered, weights, weighting: &weighting, subject, device };
        let levels = targets.levels(regions);
        let mut tally = Tally::new(checkpoints, targets.tiles(regions, &levels));
        let content = match levels.first() {
            Some(level) => targets.content(level, &mut tally).await?,
            None => Content::default(),
        };
        let regions = targets.regions(regions, &levels, &mut tally).await?;
        let detail = DetailLoss::new(subject.picture.clone().autodiff(), subject.counted().map(Tensor::autodiff), weighting.wraps());
        let free = subject.free();
        let (subject, checkpoints) = (subject.clone(), checkpoints.clone());
        Ok(Self { network, bordered, weighting, subject, content, regions, detail, free, levels, checkpoints })
    }

    /// Changes how much each term and tap counts from the next evaluation on. Taps, normalisation and the network's manner stay.
    pub fn reweigh(&mut self, weighting: &Weighting) {
        let Weighting { content, style, variation, detail, .. } = *weighting;
        self.weighting = Weighting { content, style, variation, detail, ..self.weighting.clone() };
        for (tap, share) in &mut self.weighting.style_taps {
            if let Some((_, new)) = weighting.style_taps.iter().find(|(other, _)| other == tap) {
                *share = *new;
            }
        }
    }

    /// The style loss alone of the first region at one tap, at full size: for measurements, of pictures that are evaluated whole.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`
    #[must_use]
    pub fn style_at(&self, picture: Tensor<4>, tap: Tap) -> Option<Tensor<1>> {
        let (region, level) = (self.regions.first()?, self.levels.first()?);
        let style = region.levels.first()?.iter().find(|style| style.tap == tap)?;
        let features = self.network.features(picture, &[tap]);
        let statistic = style.statistic(&features, region.coverage.as_ref(), level, level.tiling.tiles.first()?)?;
        Some(style.loss.forward(&statistic).0)
    }

    /// The network for the tiles of a level.
    pub(super) fn network_for(&self, level: &Level) -> &Vgg {
        level.network(&self.network, &self.bordered)
    }

    pub(super) fn style_taps(&self) -> Vec<Tap> {
        self.weighting.style_taps.iter().map(|(tap, _)| *tap).collect()
    }

    /// Whether a layer's style counts for anything.
    pub(super) fn counts(&self, tap: Tap) -> bool {
        self.weighting.style_taps.iter().any(|(other, share)| *other == tap && *share > 0.0)
    }

    /// The taps to read at a level of the pyramid: content is compared at the first alone.
    pub(super) fn taps(&self, level: &Level) -> Vec<Tap> {
        let content = self.weighting.content_taps.iter().copied().filter(|_| level.index == 0);
        self.style_taps().into_iter().chain(content).collect()
    }

    /// The statistics of a tile's share, as a part of the picture's.
    pub(super) fn statistics(&self, features: &Features, level: &Level, tile: &Tile) -> Statistics {
        let of_region = |region: &RegionLoss| {
            let styles = region.levels.get(level.index).into_iter().flatten();
            styles.filter_map(|style| style.statistic(features, region.coverage.as_ref(), level, tile)).collect()
        };
        self.regions.iter().map(of_region).collect()
    }

    /// The style loss of a level of the pyramid, and its weighed slope at each statistic.
    ///
    /// # Shapes
    /// → `[1]`, as the statistics
    pub(super) fn style_loss(&self, statistics: &Statistics, level: &Level) -> (Tensor<1>, Statistics) {
        let shares: Vec<f32> = self.weighting.style_taps.iter().map(|(_, share)| *share).collect();
        let shares = self.weighting.normalisation.shares(&shares);
        let mut sum = Tensor::zeros([1], &self.subject.picture.device());
        let mut slopes = Statistics::new();
        for (region, statistics) in self.regions.iter().zip(statistics) {
            let styles = region.levels.get(level.index).into_iter().flatten();
            let of_taps = styles.zip(statistics).zip(&shares).map(|((style, statistic), share)| {
                let share = *share * region.share / real(self.levels.len());
                let (loss, slope) = style.loss.forward(statistic);
                sum = sum.clone() + loss * share;
                slope * (share * self.weighting.style)
            });
            slopes.push(of_taps.collect());
        }
        (sum, slopes)
    }

    /// Adds the gradient of the style loss on a tile's features at a tap, from its slope at the statistics, to `sum`.
    ///
    /// # Shapes
    /// `[1, c, h, w]` → the same; none if there is neither a sum nor a style
    pub(super) fn add_style_gradient(
        &self,
        mut sum: Option<Tensor<4>>,
        tap: Tap,
        features: &Tensor<4>,
        slopes: &Statistics,
        level: &Level,
        tile: &Tile,
    ) -> Option<Tensor<4>> {
        for (region, slopes) in self.regions.iter().zip(slopes) {
            let styles = region.levels.get(level.index).into_iter().flatten();
            for (style, slope) in styles.zip(slopes).filter(|(style, _)| style.tap == tap) {
                sum = Some(style.gradient(slope.clone(), features.clone(), region.coverage.as_ref(), level, tile, sum));
            }
        }
        sum
    }

    /// The content loss of a tile's share at a tap, as a part of the picture's; its weighed gradient on the features is added to `sum`. None where content
    /// is not compared.
    ///
    /// # Shapes
    /// `[1, c, h, w]`, the subject's `[1, c, h, w]` → `[1]`
    pub(super) fn content_loss(
        &self,
        sum: &mut Option<Tensor<4>>,
        tap: Tap,
        features: Tensor<4>,
        target: Tensor<4>,
        tile: &Tile,
    ) -> Option<Tensor<1>> {
        let shares = self.weighting.normalisation.shares(&vec![1.0; self.content.losses.len()]);
        let ((_, loss), share) = self.content.losses.iter().zip(shares).find(|((other, _), _)| *other == tap)?;
        let counts = tile.share(self.content.coverage.as_ref(), tap.place.block - 1, 0, &features.device());
        let (loss, gradient) = loss.forward(features, target, counts.as_ref(), share * self.weighting.content, sum.take());
        *sum = Some(gradient);
        Some(loss * share)
    }
}

impl Objective for StyleTransfer {
    async fn evaluate(&self, picture: Tensor<4>) -> Result<Evaluation, DeviceError> {
        let Weighting { content: alpha, style: beta, variation: smooth, detail: keep, .. } = self.weighting;
        let Seen { content, style, gradient: of_seen } = self.seen(&picture).await?;
        let variation_of = |picture: Tensor<4>| total_variation(picture, self.weighting.wraps());
        let leaf = picture.clone().autodiff().require_grad();
        // What counts for nothing needs no graph.
        let (variation, of_variation) = if smooth > 0.0 {
            let variation = variation_of(leaf.clone());
            (variation.clone().inner(), Some(variation * smooth))
        } else {
            (variation_of(picture), None)
        };
        let of_detail = (keep > 0.0).then(|| self.detail.forward(leaf.clone()));
        let detail = of_detail.as_ref().map_or_else(|| variation.zeros_like(), |detail| detail.clone().inner());
        let loss = content.clone() * alpha + style.clone() * beta + variation.clone() * smooth + detail.clone() * keep;
        let surrogates = of_variation.into_iter().chain(of_detail.map(|detail| detail * keep));
        let gradient = match surrogates.reduce(|sum, term| sum + term) {
            Some(surrogate) => of_seen + gradient_of(surrogate, &leaf),
            None => of_seen,
        };
        let gradient = match &self.free {
            Some(free) => gradient * free.clone(),
            None => gradient,
        };
        Ok(Evaluation { terms: Tensor::cat(vec![loss, content, style, variation, detail], 0), gradient })
    }
}

/// The gradient of `value` on `picture`, which it may not depend on.
///
/// # Shapes
/// `[1]`, `[n, c, h, w]` → `[n, c, h, w]`
fn gradient_of(value: Tensor<1>, picture: &Tensor<4>) -> Tensor<4> {
    let mut gradients = value.backward();
    picture.grad_remove(&mut gradients).unwrap_or_else(|| picture.clone().inner().zeros_like())
}
