//! What the network sees of a picture, and which way it would have it change.
//!
//! The style loss is a function of sums over the whole picture, so no tile knows its gradient alone. On the way forward the tiles' statistics are added up,
//! which gives the loss and its slope at each of them. With the slopes fixed, each tile goes back on its own: the gradient of `⟨slope, statistic of the
//! tile⟩`, summed over tiles, is the whole's. Content is a plain sum. A picture that is seen whole is one tile.
//!
//! As many tiles as memory holds keep their way back; the others are passed through once more. Where the subject's features fit they stay as well,
//! and are else made anew.

use burn::tensor::Tensor;

use super::coverage::{halved, halved_gradient};
use super::memory::is_cheap;
use super::style_transfer::{Statistics, StyleTransfer};
use super::tally::Tally;
use super::targets::{Level, content_features};
use super::tiling::Tile;
use crate::error::DeviceError;
use crate::vgg::{Features, Pass, Tap, Vgg};

/// The content and style losses, and the gradient of their weighted sum on the picture.
pub(super) struct Seen {
    /// `[1]`
    pub content: Tensor<1>,
    /// `[1]`
    pub style: Tensor<1>,
    /// `[1, 3, h, w]`
    pub gradient: Tensor<4>,
}

/// What was seen of a tile, and the way back from there.
struct Glance {
    features: Features,
    pass: Pass,
}

impl Glance {
    fn new(network: &Vgg, tile: Tensor<4>, taps: &[Tap]) -> Self {
        let (features, pass) = network.pass(tile, taps);
        Self { features, pass }
    }

    /// The same without what is easily had again.
    fn lean(mut self) -> Self {
        self.features.retain(|tap, _| !is_cheap(*tap));
        self
    }
}

impl StyleTransfer {
    /// Looks at a picture at all levels of the pyramid.
    ///
    /// # Shapes
    /// `[1, 3, h, w]`
    pub(super) async fn seen(&self, picture: &Tensor<4>) -> Result<Seen, DeviceError> {
        let mut pictures = vec![picture.clone()];
        for _ in 1..self.levels.len() {
            pictures.extend(pictures.last().cloned().map(|picture| halved(picture, 1)));
        }
        let passes = 2 * self.levels.iter().map(|level| level.tiling.tiles.len()).sum::<usize>();
        // A picture that is seen whole is not worth a halt.
        let mut tally = self.levels.first().filter(|level| !level.tiling.is_whole()).map(|_| Tally::new(&self.checkpoints, passes));
        let zero = Tensor::<1>::zeros([1], &picture.device());
        let (mut content, mut style) = (zero.clone(), zero);
        let mut gradient: Option<Tensor<4>> = None;
        for (level, picture) in self.levels.iter().zip(&pictures).rev() {
            let seen = self.seen_at(level, picture, tally.as_mut()).await?;
            (content, style) = (content + seen.content, style + seen.style);
            let [_, _, height, width] = picture.dims();
            gradient = Some(match gradient {
                Some(of_smaller) => seen.gradient + halved_gradient(of_smaller, [height, width]),
                None => seen.gradient,
            });
        }
        Ok(Seen { content, style, gradient: gradient.unwrap_or_else(|| picture.zeros_like()) })
    }

    /// Looks at a picture at one level of the pyramid.
    async fn seen_at(&self, level: &Level, picture: &Tensor<4>, mut tally: Option<&mut Tally<'_>>) -> Result<Seen, DeviceError> {
        let (network, taps) = (self.network_for(level), self.taps(level));
        let mut statistics: Option<Statistics> = None;
        let mut kept = Vec::new();
        for (index, tile) in level.tiling.tiles.iter().enumerate() {
            let parts = if index < level.tiling.kept {
                let glance = Glance::new(network, tile.cut(picture), &taps);
                let parts = self.statistics(&glance.features, level, tile);
                kept.push(if level.tiling.lean { glance.lean() } else { glance });
                parts
            } else {
                self.statistics(&network.features(tile.cut(picture), &self.style_taps()), level, tile)
            };
            statistics = Some(match statistics {
                None => parts,
                Some(sums) => sums.into_iter().zip(parts).map(|(sums, parts)| added(sums, parts)).collect(),
            });
            if let (Some(tally), Some(deepest)) = (&mut tally, statistics.iter().flatten().flatten().last()) {
                tally.add(deepest).await?;
            }
        }
        let (style, slopes) = self.style_loss(&statistics.unwrap_or_default(), level);
        let (mut content, mut gradient) = (style.zeros_like(), None);
        let mut kept = kept.into_iter();
        for (index, tile) in level.tiling.tiles.iter().enumerate() {
            let anew = || {
                let glance = Glance::new(network, tile.cut(picture), &taps);
                if level.tiling.lean { glance.lean() } else { glance }
            };
            let glance = kept.next().unwrap_or_else(anew);
            let (of_tile, part) = self.back(glance, &slopes, level, index, picture);
            content = content + of_tile;
            if let Some(tally) = &mut tally {
                tally.add(&part).await?;
            }
            let whole = level.tiling.is_whole();
            gradient = Some(if whole { part } else { tile.paste(part, gradient.unwrap_or_else(|| picture.zeros_like())) });
        }
        Ok(Seen { content, style, gradient: gradient.unwrap_or_else(|| picture.zeros_like()) })
    }

    /// The content loss of a tile's share, and the weighed gradient of content and style on the tile.
    ///
    /// # Shapes
    /// `picture [1, 3, h, w]` → `[1]`, `[1, 3, tile, tile]`
    fn back(&self, glance: Glance, slopes: &Statistics, level: &Level, index: usize, picture: &Tensor<4>) -> (Tensor<1>, Tensor<4>) {
        let network = self.network_for(level);
        let mut content = Tensor::<1>::zeros([1], &picture.device());
        let Some(tile) = level.tiling.tiles.get(index) else { return (content, picture.zeros_like()) };
        let Glance { mut features, pass } = glance;
        let mut targets = self.content_targets(level, index, tile);
        let gradient = pass.back(network, |tap, sum| {
            let target = targets.remove(&tap);
            // A layer whose style counts for nothing is not gone back through.
            let counts = self.counts(tap);
            if !counts && target.is_none() {
                return sum;
            }
            let seen_again = || network.features(tile.cut(picture), &[tap]).remove(&tap);
            let Some(features) = features.remove(&tap).or_else(seen_again) else { return sum };
            let mut sum = if counts { self.add_style_gradient(sum, tap, &features, slopes, level, tile) } else { sum };
            if let Some(target) = target {
                let loss = self.content_loss(&mut sum, tap, features, target, tile);
                content = loss.map_or_else(|| content.clone(), |loss| content.clone() + loss);
            }
            sum
        });
        (content, gradient.unwrap_or_else(|| tile.cut(picture).zeros_like()))
    }

    /// The subject's features on a tile; none where content is not compared.
    fn content_targets(&self, level: &Level, index: usize, tile: &Tile) -> Features {
        if level.index > 0 {
            return Features::new();
        }
        let anew = || content_features(self.network_for(level), &self.subject, tile, &self.weighting.content_taps);
        self.content.targets.get(index).cloned().unwrap_or_else(anew)
    }
}

fn added(sums: Vec<Tensor<2>>, parts: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
    sums.into_iter().zip(parts).map(|(sum, part)| sum + part).collect()
}
