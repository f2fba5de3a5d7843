//! What a picture is compared with: the subject's content and the regions' styles, taken once per size.

use burn::tensor::{Device, Tensor};

use super::coverage::{Coverage, both, halved};
use super::tally::Tally;
use super::tiling::{Grain, Tile, Tiling};
use super::{ContentLoss, Footprint, Metric, StyleLoss, StyleTarget, Weighting, memory, real};
use crate::error::DeviceError;
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

impl Subject {
    /// Where the picture may change.
    pub(super) fn free(&self) -> Option<Tensor<4>> {
        self.keep.clone().map(|keep| keep.neg() + 1.0)
    }

    /// How much each pixel counts: what is left alone no more than what is transparent.
    pub(super) fn counted(&self) -> Option<Tensor<4>> {
        both(self.counts.clone(), self.free())
    }
}

/// A part of the picture and the styles it takes on.
#[derive(Clone, Debug)]
pub struct Region {
    /// `[1, 1, h, w]` in 0…1, as the subject; `None` is all of it.
    pub mask: Option<Tensor<4>>,
    /// A region without a style of any weight is left out.
    pub styles: Vec<StylePicture>,
}

impl Region {
    fn weight(&self) -> f32 {
        self.styles.iter().map(|style| style.weight).sum()
    }
}

/// The regions that have a style of any weight.
fn used(regions: &[Region]) -> impl Iterator<Item = &Region> {
    regions.iter().filter(|region| region.weight() > 0.0)
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

/// One size of the style pyramid.
#[derive(Debug)]
pub(super) struct Level {
    /// Halvings of the picture.
    pub index: usize,
    pub tiling: Tiling,
    height: usize,
    width: usize,
}

impl Level {
    /// The network for its tiles: with borders of their own, unless the tile is the picture.
    pub(super) fn network<'a>(&self, whole: &'a Vgg, bordered: &'a Vgg) -> &'a Vgg {
        if self.tiling.is_whole() { whole } else { bordered }
    }

    /// Pixels of the map at a tap.
    pub(super) fn pixels(&self, tap: Tap) -> usize {
        let halvings = tap.place.block - 1;
        (self.height >> halvings).max(1) * (self.width >> halvings).max(1)
    }
}

/// What one region is compared with.
#[derive(Debug)]
pub(super) struct RegionLoss {
    pub coverage: Option<Coverage>,
    /// Among the regions.
    pub share: f32,
    /// Per pyramid level, per style tap in order of depth.
    pub levels: Vec<Vec<TapStyle>>,
}

/// The style loss at one tap.
#[derive(Debug)]
pub(super) struct TapStyle {
    pub tap: Tap,
    pub metric: Metric,
    pub loss: StyleLoss,
}

impl TapStyle {
    /// The statistic of a tile's share of the picture.
    pub(super) fn statistic(&self, features: &Features, coverage: Option<&Coverage>, level: &Level, tile: &Tile) -> Option<Tensor<2>> {
        statistic(&self.metric, self.tap, features, coverage, level, tile)
    }

    /// The gradient on the features, from that on their statistic; where there is a `sum`, added to it.
    pub(super) fn gradient(
        &self,
        slope: Tensor<2>,
        features: Tensor<4>,
        coverage: Option<&Coverage>,
        level: &Level,
        tile: &Tile,
        sum: Option<Tensor<4>>,
    ) -> Tensor<4> {
        let counts = tile.share(coverage, self.tap.place.block - 1, level.index, &features.device());
        self.metric.statistic_gradient(slope, features, counts.as_ref(), level.pixels(self.tap), sum)
    }
}

/// The content loss, and what it is taken from.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub losses: Vec<(Tap, ContentLoss)>,
    pub coverage: Option<Coverage>,
    /// The subject's features on each tile, halo included; none where they are so many that they are made anew at each evaluation.
    pub targets: Vec<Features>,
}

/// The least side that a level of the pyramid may have: relu4_1 then still sees two pixels, and relu5_1 one.
pub(crate) const LEAST_LEVEL_SIDE: u32 = 16;

/// What targets are taken from.
pub(super) struct Targets<'a> {
    /// For whole pictures.
    pub network: &'a Vgg,
    /// For tiles and for the styles, which have borders even where the picture has none.
    pub bordered: &'a Vgg,
    pub weights: &'a Weights,
    pub weighting: &'a Weighting,
    pub subject: &'a Subject,
    pub device: &'a Device,
}

impl Targets<'_> {
    /// The sizes of the pyramid for which every picture is large enough.
    pub(super) fn levels(&self, regions: &[Region]) -> Vec<Level> {
        let styles = regions.iter().flat_map(|region| &region.styles).map(|style| style.picture.dims());
        let sides = styles.chain([self.subject.picture.dims()]).map(|[_, _, height, width]| height.min(width));
        let least = sides.min().unwrap_or(1);
        let [_, _, height, width] = self.subject.picture.dims();
        let indices = (0..self.weighting.pyramid.max(1)).take_while(|index| *index == 0 || least >> index >= LEAST_LEVEL_SIDE as usize);
        indices.map(|index| self.level(index, height, width, self.weighting.wraps())).collect()
    }

    /// A picture of `height × width` after `index` halvings.
    fn level(&self, index: usize, height: usize, width: usize, wraps: bool) -> Level {
        let grain = Grain::new(&self.weights.architecture, self.weighting, self.device);
        let (height, width) = (height >> index, width >> index);
        Level { index, tiling: Tiling::new(height, width, grain, wraps), height, width }
    }

    /// A style picture after `index` halvings: it has borders even where the subject has none.
    fn style_level(&self, picture: &Tensor<4>, index: usize) -> Level {
        let [_, _, height, width] = picture.dims();
        self.level(index, height, width, false)
    }

    fn metric(&self, tap: Tap) -> Metric {
        // The maps were fitted to features after their ReLU.
        let map = self.weights.maps.get(&tap.place).filter(|_| tap.rectified);
        if self.weighting.normalisation.is_relative() { Metric::new(map, self.weighting.statistic, self.device) } else { Metric::plain() }
    }

    fn coverage(mask: Option<Tensor<4>>, levels: usize, taps: &[Tap]) -> Option<Coverage> {
        let deepest = taps.iter().map(|tap| tap.place.block).max().unwrap_or(1);
        mask.map(|mask| Coverage::new(mask, deepest - 1 + levels - 1))
    }

    /// The tiles of all pictures that are looked at: the subject at the first of its levels, each style at all of its own.
    pub(super) fn tiles(&self, regions: &[Region], levels: &[Level]) -> usize {
        let count = |level: &Level| level.tiling.tiles.len();
        let styles = used(regions).flat_map(|region| &region.styles);
        let of_style =
            |style: &StylePicture| levels.iter().map(|level| count(&self.style_level(&style.picture, level.index))).sum::<usize>();
        levels.first().map_or(0, count) + styles.map(of_style).sum::<usize>()
    }

    /// The content losses of the subject, whose first level is `level`.
    pub(super) async fn content(&self, level: &Level, tally: &mut Tally<'_>) -> Result<Content, DeviceError> {
        let taps = &self.weighting.content_taps;
        let coverage = Self::coverage(self.subject.counted(), 1, taps);
        let metrics: Vec<(Tap, Metric)> = taps.iter().map(|&tap| (tap, self.metric(tap))).collect();
        let mut lengths = vec![Tensor::<1>::zeros([1], self.device); taps.len()];
        let mut targets = Vec::new();
        let stays = level.tiling.is_whole() || self.content_stays(level);
        for tile in &level.tiling.tiles {
            let features = content_features(level.network(self.network, self.bordered), self.subject, tile, taps);
            for ((tap, metric), length) in metrics.iter().zip(&mut lengths) {
                let Some(features) = features.get(tap).cloned() else { continue };
                let counts = tile.share(coverage.as_ref(), tap.place.block - 1, 0, self.device);
                *length = length.clone() + metric.of_features(features, counts.as_ref());
            }
            targets.extend(stays.then_some(features));
            if let Some(length) = lengths.last() {
                tally.add(length).await?;
            }
        }
        let losses = metrics.into_iter().zip(lengths).filter_map(|((tap, metric), length)| {
            let channels = self.weights.architecture.channels(tap.place)?;
            Some((tap, ContentLoss::new(length, metric, self.weighting.normalisation, channels, level.pixels(tap))))
        });
        Ok(Content { losses: losses.collect(), coverage, targets })
    }

    /// Whether the subject's features can be kept, though the picture is seen in tiles.
    fn content_stays(&self, level: &Level) -> bool {
        let of_pixel = Footprint::new(&self.weights.architecture, self.weighting, self.device).content;
        memory::can_stay(f64::from(of_pixel * real(level.height * level.width)))
    }

    /// The style losses of each region.
    pub(super) async fn regions(
        &self,
        regions: &[Region],
        levels: &[Level],
        tally: &mut Tally<'_>,
    ) -> Result<Vec<RegionLoss>, DeviceError> {
        let whole: f32 = used(regions).map(Region::weight).sum();
        let taps: Vec<Tap> = self.weighting.style_taps.iter().map(|(tap, _)| *tap).collect();
        let metrics: Vec<(Tap, Metric)> = taps.iter().map(|&tap| (tap, self.metric(tap))).collect();
        let counts = self.subject.counted();
        let mut losses = Vec::new();
        for region in used(regions) {
            let coverage = Self::coverage(both(region.mask.clone(), counts.clone()), levels.len(), &taps);
            let mut of_levels = Vec::new();
            for level in levels {
                of_levels.push(self.style(region, level, levels.len(), &metrics, tally).await?);
            }
            losses.push(RegionLoss { coverage, share: region.weight() / whole, levels: of_levels });
        }
        Ok(losses)
    }

    async fn style(
        &self,
        region: &Region,
        level: &Level,
        levels: usize,
        metrics: &[(Tap, Metric)],
        tally: &mut Tally<'_>,
    ) -> Result<Vec<TapStyle>, DeviceError> {
        let taps: Vec<Tap> = metrics.iter().map(|(tap, _)| *tap).collect();
        let mut targets: Vec<Vec<StyleTarget>> = vec![Vec::new(); taps.len()];
        for style in &region.styles {
            let coverage = Self::coverage(style.counts.clone(), levels, &taps);
            let statistics = self.statistics(&style.picture, coverage.as_ref(), level.index, metrics, tally).await?;
            for (targets, statistic) in targets.iter_mut().zip(statistics) {
                targets.push(StyleTarget { statistic, share: style.weight / region.weight() });
            }
        }
        let losses = metrics.iter().zip(targets).filter_map(|(&(tap, ref metric), targets)| {
            let channels = self.weights.architecture.channels(tap.place)?;
            let loss = StyleLoss::new(targets, metric.clone(), self.weighting.normalisation, channels, level.pixels(tap));
            Some(TapStyle { tap, metric: metric.clone(), loss })
        });
        Ok(losses.collect())
    }

    /// The statistic of a style picture, halved `index` times, at each tap.
    async fn statistics(
        &self,
        picture: &Tensor<4>,
        coverage: Option<&Coverage>,
        index: usize,
        metrics: &[(Tap, Metric)],
        tally: &mut Tally<'_>,
    ) -> Result<Vec<Tensor<2>>, DeviceError> {
        let level = self.style_level(picture, index);
        let picture = halved(picture.clone(), index);
        let taps: Vec<Tap> = metrics.iter().map(|(tap, _)| *tap).collect();
        let mut sums: Vec<Option<Tensor<2>>> = vec![None; taps.len()];
        for tile in &level.tiling.tiles {
            {
                let features = self.bordered.features(tile.cut(&picture), &taps);
                for ((tap, metric), sum) in metrics.iter().zip(&mut sums) {
                    let part = statistic(metric, *tap, &features, coverage, &level, tile);
                    *sum = match (sum.take(), part) {
                        (Some(sum), Some(part)) => Some(sum + part),
                        (sum, part) => sum.or(part),
                    };
                }
            }
            if let Some(deepest) = sums.iter().flatten().last() {
                tally.add(deepest).await?;
            }
        }
        Ok(sums.into_iter().flatten().collect())
    }
}

/// The subject's features on a tile.
pub(super) fn content_features(network: &Vgg, subject: &Subject, tile: &Tile, taps: &[Tap]) -> Features {
    network.features(tile.cut(&subject.picture), taps)
}

/// The statistic of a tile's share, as a part of the whole picture's.
fn statistic(metric: &Metric, tap: Tap, features: &Features, coverage: Option<&Coverage>, level: &Level, tile: &Tile) -> Option<Tensor<2>> {
    let features = features.get(&tap)?.clone();
    let counts = tile.share(coverage, tap.place.block - 1, level.index, &features.device());
    Some(metric.statistic(features, counts.as_ref(), level.pixels(tap)))
}
