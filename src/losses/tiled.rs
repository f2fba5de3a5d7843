//! A picture too large for the network's activations, in two passes over its tiles.
//!
//! The style loss is a function of sums over the whole picture, so no tile knows its gradient alone. The first pass adds up the statistics
//! and finds the loss's slope at each of them. With the slopes fixed, the second pass goes back through one tile at a time: the
//! gradient of `⟨slope, statistic of the tile⟩`, summed over tiles, is the whole's. Content is a plain sum, its target computed
//! anew for each tile. The price is one more pass forward and a half, and the halos; memory is that of one tile and a few pictures.

use burn::tensor::Tensor;

use super::coverage::halved;
use super::style_transfer::{Statistics, StyleTransfer};
use super::targets::{Level, content_features};

impl StyleTransfer {
    /// Content and style as values, and something whose gradient on `picture` is that of their weighted sum.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → content `[1]`, style `[1]`; `[1]`
    pub(super) fn seen_in_tiles(&self, picture: &Tensor<4>) -> ([Tensor<1>; 2], Tensor<1>) {
        let zero = Tensor::<1>::zeros([1], &picture.clone().inner().device());
        let (mut content, mut style, mut surrogate) = (zero.clone(), zero, Tensor::zeros([1], &picture.device()));
        let mut smaller = picture.clone();
        for level in &self.levels {
            if level.index > 0 {
                smaller = halved(smaller, 1);
            }
            let plain = smaller.clone().inner();
            let (value, slopes) = self.slopes(self.summed(&plain, level), level);
            style = style + value;
            let (value, gradient) = self.gradient(&plain, &slopes, level);
            content = content + value;
            surrogate = surrogate + (smaller.clone() * gradient.autodiff()).sum();
        }
        ([content, style], surrogate)
    }

    /// The picture's statistics, without autodiff: the first pass.
    fn summed(&self, picture: &Tensor<4>, level: &Level) -> Statistics {
        let taps = self.style_taps();
        let mut sums: Option<Statistics> = None;
        for tile in &level.tiling.tiles {
            let features = self.network_for(level).features(tile.cut(picture).autodiff(), &taps);
            let parts = self.statistics(&features, level, tile).into_iter();
            let parts = parts.map(|taps| taps.into_iter().map(Tensor::inner).collect::<Vec<_>>());
            sums = Some(match sums {
                None => parts.collect(),
                Some(sums) => sums.into_iter().zip(parts).map(|(sums, parts)| added(sums, parts)).collect(),
            });
        }
        sums.unwrap_or_default()
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
    fn gradient(&self, picture: &Tensor<4>, slopes: &Statistics, level: &Level) -> (Tensor<1>, Tensor<4>) {
        let mut gradient = picture.zeros_like();
        let mut content = Tensor::<1>::zeros([1], &picture.device());
        for tile in &level.tiling.tiles {
            let leaf = tile.cut(picture).autodiff().require_grad();
            let device = leaf.device();
            let features = self.network_for(level).features(leaf.clone(), &self.taps(level));
            let mut pulled = Tensor::<1>::zeros([1], &device);
            let statistics = self.statistics(&features, level, tile);
            for (statistic, slope) in statistics.into_iter().flatten().zip(slopes.iter().flatten()) {
                pulled = pulled + (statistic * slope.clone().autodiff()).sum();
            }
            if level.index == 0 {
                let targets = content_features(self.network_for(level), &self.subject, tile, &self.weighting.content_taps);
                let loss = self.content_loss(&features, &targets, tile, &device);
                pulled = pulled + loss.clone() * self.weighting.content;
                content = content + loss.inner();
            }
            let mut gradients = pulled.backward();
            if let Some(part) = leaf.grad_remove(&mut gradients) {
                gradient = tile.paste(part, gradient);
            }
        }
        (content, gradient)
    }
}

fn added(sums: Vec<Tensor<2>>, parts: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
    sums.into_iter().zip(parts).map(|(sum, part)| sum + part).collect()
}
