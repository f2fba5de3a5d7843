//! The weighted sum that a run brings down, and its gradient on the picture.

use burn::tensor::{Device, Tensor};

use super::coverage::{Coverage, Share, both, halved};
use super::{ContentLoss, DetailLoss, Evaluation, Metric, Objective, StyleLoss, StyleTarget, Weighting, real, total_variation};
use crate::vgg::{Features, Tap, Vgg, Weights};

/// The picture whose content is kept.
#[derive(Clone, Debug)]
pub struct Subject {
    /// `[1, 3, h, w]` in 0…1, on a device without autodiff. Its size is the size of the pictures to be evaluated.
    pub picture: Tensor<4>,
    /// `[1, 1, h, w]` in 0…1: how much each pixel counts in any statistic. Transparent pixels count nothing.
    pub counts: Option<Tensor<4>>,
    /// `[1, 1, h, w]` in 0…1: where the picture is left alone. Its gradient is 0 there.
    pub keep: Option<Tensor<4>>,
}

/// A part of the picture and the styles it takes on.
#[derive(Clone, Debug)]
pub struct Region {
    /// `[1, 1, h, w]` in 0…1, as the subject; `None` is all of it.
    pub mask: Option<Tensor<4>>,
    /// At least one.
    pub styles: Vec<StylePicture>,
}

/// A picture whose style is taken.
#[derive(Clone, Debug)]
pub struct StylePicture {
    /// `[1, 3, h, w]` in 0…1, of any size.
    pub picture: Tensor<4>,
    /// `[1, 1, h, w]` in 0…1, as the picture: what of it is learnt from.
    pub counts: Option<Tensor<4>>,
    /// Its weight among all styles of all regions.
    pub weight: f32,
}

/// Content of one picture, style of others (Gatys et al. 2016, eq. 7), style optionally by region and on a pyramid.
#[derive(Debug)]
pub struct StyleTransfer {
    network: Vgg,
    weighting: Weighting,
    content: Vec<(Tap, ContentLoss)>,
    regions: Vec<RegionLoss>,
    detail: DetailLoss,
    /// `[1, 1, h, w]`: 1 where the picture may change.
    free: Option<Tensor<4>>,
    /// Sizes of the pyramid that the pictures are large enough for.
    levels: usize,
}

/// What one region is compared with.
#[derive(Debug)]
struct RegionLoss {
    coverage: Option<Coverage>,
    /// Among the regions.
    share: f32,
    /// Per pyramid level, per style tap in order of depth.
    levels: Vec<Vec<(Tap, Metric, StyleLoss)>>,
}

impl RegionLoss {
    fn share_at(&self, tap: Tap, level: usize) -> Option<Share> {
        self.coverage.as_ref()?.at(tap.place.block - 1 + level)
    }
}

/// The least side that a level of the pyramid may have: relu4_1 then still sees two pixels.
const MIN_LEVEL_SIDE: usize = 16;

impl StyleTransfer {
    /// Takes the targets from the subject and the regions' styles.
    ///
    /// `weights` must be the network's own; their maps give the metric of each tap. Taps that the network lacks are left
    /// out. `device` is the autodiff device that holds the network.
    #[must_use]
    pub fn new(network: &Vgg, weights: &Weights, weighting: Weighting, subject: &Subject, regions: &[Region], device: &Device) -> Self {
        let mut weighting = weighting;
        let exists = |tap: &Tap| weights.architecture.channels(tap.place).is_some();
        weighting.content_taps.retain(exists);
        weighting.style_taps.retain(|(tap, _)| exists(tap));
        // In the order in which `Features` lists them.
        weighting.style_taps.sort_by_key(|(tap, _)| *tap);
        let mut network = network.clone().with_pooling(weighting.pooling);
        if let Some(padding) = weighting.padding {
            network = network.with_padding(padding);
        }
        let targets = Targets { network: &network, weights, weighting: &weighting, subject, device };
        let levels = targets.levels(regions);
        let content = targets.content();
        let regions = targets.regions(regions, levels);
        let detail = DetailLoss::new(subject.picture.clone().autodiff());
        let free = subject.keep.clone().map(|keep| keep.neg() + 1.0);
        Self { network, weighting, content, regions, detail, free, levels }
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

    /// The content loss alone at one tap, for measurements.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`
    #[must_use]
    pub fn content_at(&self, picture: Tensor<4>, tap: Tap) -> Option<Tensor<1>> {
        let (_, loss) = self.content.iter().find(|(other, _)| *other == tap)?;
        let features = self.network.features(picture.autodiff(), &[tap]).remove(&tap)?;
        Some(loss.forward(features).inner())
    }

    /// The style loss alone of the first region at one tap, at full size: for measurements.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`
    #[must_use]
    pub fn style_at(&self, picture: Tensor<4>, tap: Tap) -> Option<Tensor<1>> {
        let region = self.regions.first()?;
        let (_, metric, loss) = region.levels.first()?.iter().find(|(other, ..)| *other == tap)?;
        let features = self.network.features(picture.autodiff(), &[tap]).remove(&tap)?;
        let statistic = metric.statistic(features, region.share_at(tap, 0).as_ref());
        Some(loss.forward(statistic).inner())
    }

    fn style_taps(&self) -> Vec<Tap> {
        self.weighting.style_taps.iter().map(|(tap, _)| *tap).collect()
    }

    /// # Shapes
    /// `[1]`
    fn content_loss(&self, features: &Features, device: &Device) -> Tensor<1> {
        let shares = self.weighting.normalisation.shares(&vec![1.0; self.content.len()]);
        let mut sum = Tensor::zeros([1], device);
        for ((tap, loss), share) in self.content.iter().zip(shares) {
            if let Some(features) = features.get(tap) {
                sum = sum + loss.forward(features.clone()) * share;
            }
        }
        sum
    }

    /// One level of the pyramid.
    ///
    /// # Shapes
    /// `[1]`
    fn style_loss(&self, features: &Features, level: usize, device: &Device) -> Tensor<1> {
        let shares: Vec<f32> = self.weighting.style_taps.iter().map(|(_, share)| *share).collect();
        let shares = self.weighting.normalisation.shares(&shares);
        let mut sum = Tensor::zeros([1], device);
        for region in &self.regions {
            for ((tap, metric, loss), share) in region.levels.get(level).into_iter().flatten().zip(&shares) {
                if let Some(features) = features.get(tap) {
                    let statistic = metric.statistic(features.clone(), region.share_at(*tap, level).as_ref());
                    sum = sum + loss.forward(statistic) * (*share * region.share);
                }
            }
        }
        sum
    }
}

impl Objective for StyleTransfer {
    fn evaluate(&self, picture: Tensor<4>) -> Evaluation {
        let picture = picture.autodiff().require_grad();
        let device = picture.device();
        let style_taps = self.style_taps();
        let content_taps = self.content.iter().map(|(tap, _)| *tap);
        let all: Vec<Tap> = style_taps.iter().copied().chain(content_taps).collect();

        let features = self.network.features(picture.clone(), &all);
        let content = self.content_loss(&features, &device);
        let mut style = self.style_loss(&features, 0, &device);
        let mut smaller = picture.clone();
        for level in 1..self.levels {
            smaller = halved(smaller, 1);
            style = style + self.style_loss(&self.network.features(smaller.clone(), &style_taps), level, &device);
        }
        let style = style / real(self.levels);
        let variation = total_variation(picture.clone(), self.weighting.wraps());
        let Weighting { content: alpha, style: beta, variation: smooth, detail: keep, .. } = self.weighting;
        let mut loss = content.clone() * alpha + style.clone() * beta + variation.clone() * smooth;
        let detail = if keep > 0.0 {
            let detail = self.detail.forward(picture.clone());
            loss = loss + detail.clone() * keep;
            detail.inner()
        } else {
            Tensor::zeros([1], &picture.clone().inner().device())
        };

        let mut gradients = loss.backward();
        let gradient = picture.grad_remove(&mut gradients).unwrap_or_else(|| picture.clone().inner().zeros_like());
        let gradient = match &self.free {
            Some(free) => gradient * free.clone(),
            None => gradient,
        };
        let terms = Tensor::cat(vec![loss.inner(), content.inner(), style.inner(), variation.inner(), detail], 0);
        Evaluation { terms, gradient }
    }
}

/// What targets are taken from.
struct Targets<'a> {
    network: &'a Vgg,
    weights: &'a Weights,
    weighting: &'a Weighting,
    subject: &'a Subject,
    device: &'a Device,
}

impl Targets<'_> {
    fn metric(&self, tap: Tap) -> Metric {
        // The maps were fitted to features after their ReLU.
        let map = self.weights.maps.get(&tap.place).filter(|_| tap.rectified);
        if self.weighting.normalisation.is_relative() { Metric::new(map, self.device) } else { Metric::Plain }
    }

    /// Features that no gradient can flow back through.
    fn features(&self, picture: Tensor<4>, taps: &[Tap]) -> Features {
        let features = self.network.features(picture.autodiff(), taps);
        features.into_iter().map(|(tap, features)| (tap, features.detach())).collect()
    }

    fn coverage(mask: Option<Tensor<4>>, levels: usize, taps: &[Tap]) -> Option<Coverage> {
        let deepest = taps.iter().map(|tap| tap.place.block).max().unwrap_or(1);
        mask.map(|mask| Coverage::new(mask.autodiff(), deepest - 1 + levels - 1))
    }

    /// Sizes of the pyramid for which every picture is large enough.
    fn levels(&self, regions: &[Region]) -> usize {
        let styles = regions.iter().flat_map(|region| &region.styles).map(|style| style.picture.dims());
        let sides = styles.chain([self.subject.picture.dims()]).map(|[_, _, height, width]| height.min(width));
        let least = sides.min().unwrap_or(1);
        (1..self.weighting.pyramid.max(1)).take_while(|level| least >> level >= MIN_LEVEL_SIDE).count() + 1
    }

    fn content(&self) -> Vec<(Tap, ContentLoss)> {
        let taps = &self.weighting.content_taps;
        let coverage = Self::coverage(self.subject.counts.clone(), 1, taps);
        let features = self.features(self.subject.picture.clone(), taps);
        let losses = features.into_iter().map(|(tap, target)| {
            let counts = coverage.as_ref().and_then(|coverage| coverage.at(tap.place.block - 1));
            (tap, ContentLoss::new(target, self.metric(tap), self.weighting.normalisation, counts))
        });
        losses.collect()
    }

    fn regions(&self, regions: &[Region], levels: usize) -> Vec<RegionLoss> {
        let weight = |region: &Region| region.styles.iter().map(|style| style.weight).sum::<f32>();
        let whole: f32 = regions.iter().map(weight).sum();
        let taps: Vec<Tap> = self.weighting.style_taps.iter().map(|(tap, _)| *tap).collect();
        // What is left alone is no more to be judged than what is transparent.
        let free = self.subject.keep.clone().map(|keep| keep.neg() + 1.0);
        let counts = both(self.subject.counts.clone(), free);
        let losses = regions.iter().map(|region| RegionLoss {
            coverage: Self::coverage(both(region.mask.clone(), counts.clone()), levels, &taps),
            share: weight(region) / whole,
            levels: (0..levels).map(|level| self.style(region, weight(region), level, levels, &taps)).collect(),
        });
        losses.collect()
    }

    fn style(&self, region: &Region, weight: f32, level: usize, levels: usize, taps: &[Tap]) -> Vec<(Tap, Metric, StyleLoss)> {
        let [_, _, height, width] = self.subject.picture.dims();
        let seen: Vec<_> = region
            .styles
            .iter()
            .map(|style| {
                let features = self.features(halved(style.picture.clone(), level), taps);
                (features, Self::coverage(style.counts.clone(), levels, taps), style.weight / weight)
            })
            .collect();
        let losses = taps.iter().filter_map(|&tap| {
            let metric = self.metric(tap);
            let halvings = tap.place.block - 1 + level;
            let targets = seen.iter().filter_map(|(features, coverage, share)| {
                let counts = coverage.as_ref().and_then(|coverage| coverage.at(halvings));
                Some(StyleTarget { statistic: metric.statistic(features.get(&tap)?.clone(), counts.as_ref()), share: *share })
            });
            let targets: Vec<_> = targets.collect();
            let pixels = (height >> halvings).max(1) * (width >> halvings).max(1);
            let channels = self.weights.architecture.channels(tap.place)?;
            Some((tap, metric.clone(), StyleLoss::new(targets, metric, self.weighting.normalisation, channels, pixels)))
        });
        losses.collect()
    }
}
