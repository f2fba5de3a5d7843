//! A large picture in pieces: each piece is seen by the network on its own, and their sums are those of the whole.
//!
//! A tile is its share of the picture and a halo around it, wide enough that no feature of the share sees the halo's far border.
//! Tiles begin where all pools begin, so the features of the shares are those of the whole picture, and what is summed over
//! them (Gram matrices, content distances, gradients) is exact.

use std::ops::Range;

use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};

use super::coverage::{Coverage, Share};
use super::{Footprint, Tiles, Weighting, memory};
use crate::backend;
use crate::vgg::Architecture;

/// How a picture is cut.
#[derive(Clone, Debug)]
pub(super) struct Tiling {
    pub tiles: Vec<Tile>,
    /// Of the tiles, those whose pass forward is kept until the way back: the first ones.
    pub kept: usize,
    /// Whether the first layer's features are made anew on the way back.
    pub lean: bool,
}

/// One piece.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    rows: Span,
    columns: Span,
    wraps: bool,
}

/// A tile along one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    /// Where each of its pixels lies in the picture, halo included.
    pixels: Vec<usize>,
    /// Its share, within `pixels`.
    inside: Range<usize>,
    /// Whether the share ends where the picture does.
    is_last: bool,
}

/// What the size of tiles depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grain {
    halo: usize,
    /// Pixels between the places where all pools begin.
    align: usize,
    footprint: Footprint,
    /// Whether tiles make the first layer's features anew: on a GPU the way back holds them anyway.
    lean: bool,
    /// Whether a tile has a halo on its uncut sides too: the opposite border's.
    wraps: bool,
    chosen: Option<Tiles>,
}

/// What the way forward takes of an evaluation's time: 160 of 448 ms in a browser, 63 of 181 natively (`docs/performance.md`).
const FORWARD: f64 = 0.36;
/// What the first layer takes of an evaluation's time: 65 ms of 1.49 s.
const FIRST_LAYER: f64 = 0.04;

/// A way of seeing a picture.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// None where it is seen whole.
    tiles: Option<Tiles>,
    lean: bool,
    outlay: Outlay,
}

impl Grain {
    /// For a network that is read at the taps of a weighting.
    pub(super) fn new(architecture: &Architecture, weighting: &Weighting, device: &Device) -> Self {
        let style = weighting.style_taps.iter().map(|(tap, _)| tap.place);
        let deepest = style.chain(weighting.content_taps.iter().map(|tap| tap.place)).max();
        let (mut reach, mut stride, mut block) = (0, 1_usize, 1);
        for layer in architecture.layers().take_while(|layer| Some(layer.place) <= deepest) {
            if layer.place.block > block {
                // A pooled pixel reads its right and lower neighbours too.
                reach += stride;
                stride *= 2;
                block = layer.place.block;
            }
            reach += stride;
        }
        let halo = reach.div_ceil(stride) * stride;
        let footprint = Footprint::new(architecture, weighting, device);
        Self { halo, align: stride, footprint, lean: backend::is_cpu(device), wraps: weighting.wraps(), chosen: weighting.tiles }
    }

    /// The way of seeing a picture that takes the least time in the memory that there is.
    fn plan(&self, height: usize, width: usize) -> Plan {
        if let Some(tiles) = self.chosen {
            let whole = height * width <= tiles.side.pow(2);
            let side = self.up(tiles.side);
            return if whole { self.whole(height, width, false) } else { self.in_tiles(height, width, Tiles { side, ..tiles }) };
        }
        let whole = [false, true].map(|lean| self.whole(height, width, lean));
        if let Some(plan) = whole.into_iter().find(|plan| plan.outlay.bytes <= memory::BUDGET) {
            return plan;
        }
        // Smaller ones would be all halo.
        let least = self.up(2 * self.halo).max(self.align);
        // One tile alone would be the whole with a detour.
        let sides = (2..).map(|cuts| self.up(height.max(width).div_ceil(cuts))).take_while(|side| *side > least);
        let plans = sides.map(|side| self.in_memory(height, width, side)).filter(|plan| plan.outlay.bytes <= memory::BUDGET);
        let best = plans.min_by(|a, b| a.outlay.work.total_cmp(&b.outlay.work));
        best.unwrap_or_else(|| self.in_tiles(height, width, Tiles { side: least, kept: 0 }))
    }

    fn up(&self, length: usize) -> usize {
        length.div_ceil(self.align) * self.align
    }

    /// Bytes of the subject's features beside tiles, where they stay.
    fn content(&self, pixels: f64) -> f64 {
        let bytes = f64::from(self.footprint.content) * pixels;
        if memory::can_stay(bytes) { bytes } else { 0.0 }
    }

    fn whole(&self, height: usize, width: usize, lean: bool) -> Plan {
        let pixels = exact(height) * exact(width);
        let (per_pixel, work) = if lean { (self.footprint.lean, 1.0 + FIRST_LAYER) } else { (self.footprint.seen, 1.0) };
        Plan { tiles: None, lean, outlay: Outlay { bytes: f64::from(per_pixel + self.footprint.content) * pixels, work } }
    }

    /// With as many tiles kept as there is memory for.
    fn in_memory(&self, height: usize, width: usize, side: usize) -> Plan {
        let plan = self.in_tiles(height, width, Tiles { side, kept: 0 });
        let of_tile = f64::from(self.footprint.kept) * self.tile(height, width, side);
        let room = ((memory::BUDGET - plan.outlay.bytes) / of_tile).floor().max(0.0);
        let kept = (0..count(height, width, side)).take_while(|index| exact(index + 1) <= room).count();
        self.in_tiles(height, width, Tiles { side, kept })
    }

    fn in_tiles(&self, height: usize, width: usize, tiles: Tiles) -> Plan {
        let pixels = exact(height) * exact(width);
        let (tiles_in_all, tile) = (count(height, width, tiles.side), self.tile(height, width, tiles.side));
        let content = self.content(pixels);
        let of_tiles = exact(tiles.kept.min(tiles_in_all)) * f64::from(self.footprint.kept) + f64::from(self.footprint.lean);
        // Each tile once forward and once back; those that were not kept once more forward, and the content anew where it cannot stay.
        let anew = exact(tiles_in_all.saturating_sub(tiles.kept)) / exact(tiles_in_all) + if content > 0.0 { 0.0 } else { 1.0 };
        let seen = self.seen(height, tiles.side) * self.seen(width, tiles.side) / pixels;
        let work = seen * (1.0 + if self.lean { FIRST_LAYER } else { 0.0 } + FORWARD * anew);
        Plan { tiles: Some(tiles), lean: self.lean, outlay: Outlay { bytes: of_tiles * tile + content, work } }
    }

    /// Pixels of a tile, halo included: shares are nearly equal.
    fn tile(&self, height: usize, width: usize, side: usize) -> f64 {
        let length = |length: usize| {
            let cuts = length.div_ceil(side);
            if cuts == 1 && !self.wraps { length } else { self.up(length.div_ceil(cuts)) + 2 * self.halo }
        };
        exact(length(height)) * exact(length(width))
    }

    /// Pixels along an axis that tiles see, halos included.
    fn seen(&self, length: usize, side: usize) -> f64 {
        let cuts = length.div_ceil(side);
        exact(length + 2 * self.halo * if self.wraps { cuts } else { cuts - 1 })
    }
}

/// How many tiles of this side a picture is cut into.
fn count(height: usize, width: usize, side: usize) -> usize {
    height.div_ceil(side) * width.div_ceil(side)
}

/// A count of pixels, none of which a double could not hold.
fn exact(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What looking at a picture costs, for a run's forecast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outlay {
    /// Bytes that the network's activations, and what they are compared with, take at most.
    pub bytes: f64,
    /// Work for a pixel over that in a whole picture.
    pub work: f64,
}

impl Outlay {
    /// For a square with so many pixels.
    pub(crate) fn new(architecture: &Architecture, weighting: &Weighting, device: &Device, pixels: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the largest are a few thousand, and none is negative")]
        let side = pixels.sqrt().ceil() as usize;
        Grain::new(architecture, weighting, device).plan(side, side).outlay
    }
}

impl Tiling {
    /// Cuts a picture. With `wraps`, the picture's opposite borders are neighbours, and its sides must be multiples of what the
    /// pools divide by.
    pub(super) fn new(height: usize, width: usize, grain: Grain, wraps: bool) -> Self {
        let grain = Grain { wraps, ..grain };
        let Plan { tiles, lean, .. } = grain.plan(height, width);
        let Some(Tiles { side, kept }) = tiles else {
            let tile = Tile { rows: Span::whole(height), columns: Span::whole(width), wraps };
            return Self { tiles: vec![tile], kept: 1, lean };
        };
        let (rows, columns) = (Span::cut(height, side, grain, wraps), Span::cut(width, side, grain, wraps));
        let tile = |rows: &Span, columns: &Span| Tile { rows: rows.clone(), columns: columns.clone(), wraps };
        Self { tiles: rows.iter().flat_map(|row| columns.iter().map(move |column| tile(row, column))).collect(), kept, lean }
    }

    /// Whether there is one tile without a halo.
    pub(super) fn is_whole(&self) -> bool {
        let bare = |span: &Span| span.inside.len() == span.pixels.len();
        self.tiles.len() == 1 && self.tiles.iter().all(|tile| bare(&tile.rows) && bare(&tile.columns))
    }
}

impl Span {
    fn whole(length: usize) -> Self {
        Self { pixels: (0..length).collect(), inside: 0..length, is_last: true }
    }

    /// Spans of nearly equal shares, so that none is a sliver.
    fn cut(length: usize, side: usize, grain: Grain, wraps: bool) -> Vec<Self> {
        let share = grain.up(length.div_ceil(length.div_ceil(side)));
        let starts = (0..length).step_by(share);
        let spans = starts.map(|start| {
            let end = (start + share).min(length);
            let before = if wraps { grain.halo } else { grain.halo.min(start) };
            let after = if wraps { grain.halo } else { grain.halo.min(length - end) };
            // A halo of more than the picture goes round it more than once.
            let rounds = grain.halo.div_ceil(length) * length;
            let pixels = (start + rounds - before..end + rounds + after).map(|at| at % length).collect();
            Self { pixels, inside: before..before + end - start, is_last: end == length && !wraps }
        });
        spans.collect()
    }

    /// The share on a map that `halvings` pools have made of the span.
    fn inside_after(&self, halvings: usize) -> Range<usize> {
        let start = self.inside.start >> halvings;
        // The last tile keeps what rounding leaves of the picture's last pixels.
        let end = if self.is_last { self.pixels.len() >> halvings } else { self.inside.end >> halvings };
        start..end
    }

    /// The share on the whole picture's map.
    fn of_picture_after(&self, halvings: usize) -> Range<usize> {
        let start = self.pixels.get(self.inside.start).map_or(0, |at| at >> halvings);
        start..start + self.inside_after(halvings).len()
    }

    fn indices(&self, device: &Device) -> Tensor<1, Int> {
        let indices: Vec<i32> = self.pixels.iter().map(|&at| i32::try_from(at).unwrap_or(i32::MAX)).collect();
        Tensor::from_data(TensorData::new(indices, [self.pixels.len()]), device)
    }

    fn range(&self) -> Range<usize> {
        self.pixels.first().map_or(0..0, |&first| first..first + self.pixels.len())
    }
}

impl Tile {
    /// The tile with its halo.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1, 3, tile, tile]`
    pub(super) fn cut(&self, picture: &Tensor<4>) -> Tensor<4> {
        let picture = picture.clone();
        if self.wraps {
            let device = picture.device();
            return picture.select(2, self.rows.indices(&device)).select(3, self.columns.indices(&device));
        }
        let [n, channels, ..] = picture.dims();
        picture.slice([0..n, 0..channels, self.rows.range(), self.columns.range()])
    }

    /// How much each pixel of the tile's map counts after `halvings` pools of a picture that was halved `level` times before: its halo's not at all.
    /// `None` where all count alike. So nothing need be cut out of a map, nor put back into one when a gradient comes.
    pub(super) fn share(&self, coverage: Option<&Coverage>, halvings: usize, level: usize, device: &Device) -> Option<Share> {
        let counts = coverage
            .and_then(|all| all.within(halvings + level, self.rows.of_picture_after(halvings), self.columns.of_picture_after(halvings)));
        let [rows, columns] = [&self.rows, &self.columns].map(|span| span.inside_after(halvings));
        let [height, width] = [&self.rows, &self.columns].map(|span| span.pixels.len() >> halvings);
        if (rows.len(), columns.len()) == (height, width) {
            return counts;
        }
        let shape = [1, 1, rows.len(), columns.len()];
        let counts = counts.map_or_else(|| Tensor::ones(shape, device), |counts| counts.reshape(shape));
        let all = Tensor::<4>::zeros([1, 1, height, width], device);
        Some(all.slice_assign([0..1, 0..1, rows, columns], counts).reshape([1, height * width]))
    }

    /// Adds a tile's gradient, halo included, to the picture's.
    ///
    /// # Shapes
    /// `[1, 3, tile, tile]`, `[1, 3, h, w]` → `[1, 3, h, w]`
    pub(super) fn paste(&self, tile: Tensor<4>, picture: Tensor<4>) -> Tensor<4> {
        let [n, channels, _, width] = picture.dims();
        if self.wraps {
            let device = picture.device();
            let rows = Tensor::zeros([n, channels, self.rows.pixels.len(), width], &device);
            let rows = rows.select_assign(3, self.columns.indices(&device), tile, IndexingUpdateOp::Add);
            return picture.select_assign(2, self.rows.indices(&device), rows, IndexingUpdateOp::Add);
        }
        let place = [0..n, 0..channels, self.rows.range(), self.columns.range()];
        let sum = picture.clone().slice(place.clone()) + tile;
        picture.slice_assign(place, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::Settings;
    use crate::vgg::{Input, Tap, Weights};

    fn weighting(taps: &[Tap], side: Option<usize>) -> Weighting {
        let weighting = Settings::default().weighting(&Weights::untrained(Architecture::lite(), 1)).unwrap();
        let tiles = side.map(|side| Tiles { side, kept: 0 });
        Weighting { content_taps: taps.to_vec(), style_taps: Vec::new(), tiles, ..weighting }
    }

    fn grain(side: usize) -> Grain {
        Grain::new(&Architecture::lite(), &weighting(&[Tap::RELU4_1], Some(side)), &backend::cpu())
    }

    #[test]
    fn the_halo_covers_what_the_deepest_feature_sees() {
        // relu4_1 of the lite network: 2 + (1 + 4) + (2 + 12) + (4 + 8) = 33 pixels, to a multiple of 8.
        assert_eq!((grain(64).halo, grain(64).align), (40, 8));
        let vgg19 = Grain::new(&Architecture::vgg19(Input::CAFFE), &weighting(&[Tap::RELU5_1], None), &backend::cpu());
        assert_eq!((vgg19.halo, vgg19.align), (96, 16));
        // 2 + (1 + 4) + (2 + 12) + (4 + 16) + (8 + 16) = 65.
        let blocks = vec![vec![32, 32], vec![64, 96], vec![160, 160, 112], vec![256, 80], vec![128]];
        let wide = Architecture { blocks, ..Architecture::lite() };
        let wide = Grain::new(&wide, &weighting(&[Tap::RELU5_1], None), &backend::cpu());
        assert_eq!((wide.halo, wide.align), (80, 16));
        let shallow = Grain::new(&Architecture::lite(), &weighting(&[Tap::RELU1_1], None), &backend::cpu());
        assert_eq!((shallow.halo, shallow.align), (1, 1));
    }

    #[test]
    fn shares_cover_the_picture_once_and_every_map_too() {
        for (length, wraps) in [(200, false), (203, false), (129, false), (200, true), (128, true)] {
            let spans = Span::cut(length, 64, grain(64), wraps);
            assert!(spans.len() > 1);
            for halvings in 0..4 {
                let mut next = 0;
                for span in &spans {
                    let range = span.of_picture_after(halvings);
                    assert_eq!(range.start, next, "{length} after {halvings}");
                    assert_eq!(range.len(), span.inside_after(halvings).len());
                    next = range.end;
                }
                assert_eq!(next, length >> halvings, "{length} after {halvings}");
            }
        }
    }

    #[test]
    fn no_tile_is_a_sliver() {
        let lengths: Vec<_> = Span::cut(130, 64, grain(64), false).iter().map(|span| span.inside.len()).collect();
        assert_eq!(lengths, [48, 48, 34]);
    }

    #[test]
    fn the_pixels_of_tiles_are_as_planned() {
        let pixels = |tiles: &[Tile]| tiles.iter().map(|tile| tile.rows.pixels.len() * tile.columns.pixels.len()).max();
        for wraps in [false, true] {
            let grain = grain(64);
            for (height, width) in [(192, 192), (48, 256), (256, 64)] {
                let tiling = Tiling::new(height, width, grain, wraps);
                assert!(!tiling.is_whole());
                // Two borders at an outer tile of a picture that ends there are no halo.
                let planned = Grain { wraps, ..grain }.tile(height, width, 64);
                let largest = exact(pixels(&tiling.tiles).unwrap());
                assert!(largest <= planned && largest > 0.5 * planned, "{height} × {width}, {wraps}: {largest} of {planned}");
            }
        }
    }

    #[test]
    fn a_small_picture_is_left_whole() {
        assert!(Tiling::new(64, 64, grain(64), false).is_whole());
        assert_eq!(Tiling::new(65, 64, grain(64), false).tiles.len(), 2);
        // A single tile of a picture that wraps has the opposite borders around it.
        let single = Tiling::new(64, 64, Grain { chosen: Some(Tiles { side: 63, kept: 0 }), ..grain(64) }, true);
        assert!(single.tiles.len() == 1 && !single.is_whole());
    }
}
