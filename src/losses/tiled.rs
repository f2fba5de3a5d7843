//! A picture too large for the network's activations, in two passes over its tiles.
//!
//! The style loss is a function of sums over the whole picture, so no tile knows its gradient alone. The first pass adds up the statistics
//! and finds the loss's slope at each of them. With the slopes fixed, the second pass goes back through one tile at a time: the
//! gradient of `⟨slope, statistic of the tile⟩`, summed over tiles, is the whole's. Content is a plain sum, its target kept where
//! it fits beside a tile and else made anew. The price is one more pass forward, or two, and the halos; memory is that of one tile and a few
//! pictures.

use burn::tensor::Tensor;

use super::coverage::halved;
use super::style_transfer::{Statistics, StyleTransfer};
use super::tally::Tally;
use super::targets::{Level, content_features};
use super::tiling::Tile;
use crate::error::DeviceError;

impl StyleTransfer {
    /// Content and style as values, and something whose gradient on `picture` is that of their weighted sum.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → content `[1]`, style `[1]`; `[1]`
    pub(super) async fn seen_in_tiles(&self, picture: &Tensor<4>) -> Result<([Tensor<1>; 2], Tensor<1>), DeviceError> {
        let mut tally = Tally::new(&self.checkpoints, 2 * self.levels.iter().map(|level| level.tiling.tiles.len()).sum::<usize>());
        let zero = Tensor::<1>::zeros([1], &picture.clone().inner().device());
        let (mut content, mut style, mut surrogate) = (zero.clone(), zero, Tensor::zeros([1], &picture.device()));
        let mut smaller = picture.clone();
        for level in &self.levels {
            if level.index > 0 {
                smaller = halved(smaller, 1);
            }
            let plain = smaller.clone().inner();
            let (value, slopes) = self.slopes(self.summed(&plain, level, &mut tally).await?, level);
            style = style + value;
            let (value, gradient) = self.gradient(&plain, &slopes, level, &mut tally).await?;
            content = content + value;
            surrogate = surrogate + (smaller.clone() * gradient.autodiff()).sum();
        }
        Ok(([content, style], surrogate))
    }

    /// The picture's statistics, without autodiff: the first pass.
    async fn summed(&self, picture: &Tensor<4>, level: &Level, tally: &mut Tally<'_>) -> Result<Statistics, DeviceError> {
        let taps = self.style_taps();
        let mut sums: Option<Statistics> = None;
        for tile in &level.tiling.tiles {
            let parts = {
                let features = self.network_for(level).features(tile.cut(picture).autodiff(), &taps);
                let parts = self.statistics(&features, level, tile).into_iter();
                parts.map(|taps| taps.into_iter().map(Tensor::inner).collect::<Vec<_>>())
            };
            sums = Some(match sums {
                None => parts.collect(),
                Some(sums) => sums.into_iter().zip(parts).map(|(sums, parts)| added(sums, parts)).collect(),
            });
            if let Some(deepest) = sums.iter().flatten().flatten().last() {
                tally.add(deepest).await?;
            }
        }
        Ok(sums.unwrap_or_default())
    }

    /// The style loss and its slope at each statistic, weighed.
    fn slopes(&self, statistics: Statistics, level: &Level) -> (Tensor<1>, Statistics) {
        let leaves = statistics.into_iter().map(|taps| taps.into_iter().map(|s| s.autodiff().require_grad()).collect::<Vec<_>>());
        let leaves: Statistics = leaves.collect();
        let device = self.subject.picture.device().autodiff();
        let loss = self.style_loss(&leaves, level, &device);
        let mut gradients = (loss.clone() * self.weighting.style).backward();
        let mut slope = |leaf: &Tensor<2>| leaf.grad_remove(&mut gradients).unwrap_or_else(|| leaf.clone().inner().zeros_like());
        let slopes = leaves.iter().map(|taps| taps.iter().map(&mut slope).collect()).collect();
        (loss.inner(), slopes)
    }

    /// The content loss and the weighed gradient of content and style: the second pass.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`, `[1, 3, h, w]`
    async fn gradient(
        &self,
        picture: &Tensor<4>,
        slopes: &Statistics,
        level: &Level,
        tally: &mut Tally<'_>,
    ) -> Result<(Tensor<1>, Tensor<4>), DeviceError> {
        let mut gradient = picture.zeros_like();
        let mut content = Tensor::<1>::zeros([1], &picture.device());
        for (index, tile) in level.tiling.tiles.iter().enumerate() {
            let (loss, part) = self.gradient_of(index, tile, picture, slopes, level);
            content = content + loss;
            tally.add(&part).await?;
            gradient = tile.paste(part, gradient);
        }
        Ok((content, gradient))
    }

    /// The content loss of a tile's share and the weighed gradient of content and style on the tile.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`, `[1, 3, tile, tile]`
    fn gradient_of(&self, index: usize, tile: &Tile, picture: &Tensor<4>, slopes: &Statistics, level: &Level) -> (Tensor<1>, Tensor<4>) {
        let leaf = tile.cut(picture).autodiff().require_grad();
        let device = leaf.device();
        let features = self.network_for(level).features(leaf.clone(), &self.taps(level));
        let (mut pulled, mut content) = (Tensor::<1>::zeros([1], &device), Tensor::<1>::zeros([1], &picture.device()));
        let statistics = self.statistics(&features, level, tile);
        for (statistic, slope) in statistics.into_iter().flatten().zip(slopes.iter().flatten()) {
            pulled = pulled + (statistic * slope.clone().autodiff()).sum();
        }
        if level.index == 0 {
            let anew = || content_features(self.network_for(level), &self.subject, tile, &self.weighting.content_taps);
            let targets = self.content.targets.get(index).cloned().unwrap_or_else(anew);
            let loss = self.content_loss(&features, &targets, tile, &device);
            pulled = pulled + loss.clone() * self.weighting.content;
            content = loss.inner();
        }
        // Going back has what it needs of them, which is less.
        drop(features);
        let mut gradients = pulled.backward();
        let gradient = leaf.grad_remove(&mut gradients).unwrap_or_else(|| leaf.inner().zeros_like());
        (content, gradient)
    }
}

fn added(sums: Vec<Tensor<2>>, parts: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
    sums.into_iter().zip(parts).map(|(sum, part)| sum + part).collect()
}
