//! A large picture in pieces: each piece is seen by the network on its own, and their sums are those of the whole.
//!
//! A tile is its share of the picture and a halo around it, wide enough that no feature of the share sees the halo's far border.
//! Tiles begin where all pools begin, so the features of the shares are those of the whole picture, and what is summed over
//! them (Gram matrices, content distances, gradients) is exact.

use std::ops::Range;

use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};

use super::coverage::{Coverage, Share};
use super::{Weighting, memory, real};
use crate::vgg::Architecture;

/// How a picture is cut.
#[derive(Clone, Debug)]
pub(super) struct Tiling {
    pub tiles: Vec<Tile>,
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
    /// Pixels on a side of a tile's share, without its halo.
    side: usize,
    /// Pictures with no more pixels than this are left whole.
    whole: usize,
    halo: usize,
    /// Pixels between the places where all pools begin.
    align: usize,
}

impl Grain {
    /// For a network that is read at the taps of a weighting.
    pub(super) fn new(architecture: &Architecture, weighting: &Weighting, device: &Device) -> Self {
        let style = weighting.style_taps.iter().map(|(tap, _)| tap.place);
        let deepest = style.chain(weighting.content_taps.iter().map(|tap| tap.place)).max();
        let (mut reach, mut stride, mut block) = (0, 1, 1);
        for layer in architecture.layers().take_while(|layer| Some(layer.place) <= deepest) {
            if layer.place.block > block {
                // A pooled pixel reads its right and lower neighbours too.
                reach += stride;
                stride *= 2;
                block = layer.place.block;
            }
            reach += stride;
        }
        let up = |length: usize| length.div_ceil(stride) * stride;
        let halo = up(reach);
        let (side, whole) = weighting.tile.map_or_else(
            || {
                let most = memory::most_pixels(architecture, weighting.pooling, device);
                // The largest tile that the network can see at a time, less its halo.
                let side = floored(most.sqrt()).saturating_sub(2 * halo) / stride * stride;
                (side.max(2 * halo), floored(most))
            },
            |side| (up(side), side * side),
        );
        Self { side, whole, halo, align: stride }
    }
}

/// A count of pixels, of which there are never so many that a float would not do.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the largest are a few million, and none is negative")]
fn floored(pixels: f32) -> usize {
    pixels as usize
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
    /// For pictures with so many pixels.
    pub(crate) fn new(architecture: &Architecture, weighting: &Weighting, device: &Device, pixels: f64) -> Self {
        let grain = Grain::new(architecture, weighting, device);
        let [side, whole, halo] = [grain.side, grain.whole, grain.halo].map(|count| f64::from(real(count)));
        let per_pixel = f64::from(memory::bytes_per_pixel(architecture, weighting.pooling, device));
        let content = pixels * f64::from(memory::content_bytes_per_pixel(architecture, &weighting.content_taps));
        if pixels <= whole {
            return Self { bytes: per_pixel * pixels + content, work: 1.0 };
        }
        // As if it were a square.
        let length = pixels.sqrt();
        let cuts = (length / side).ceil() - 1.0;
        let seen = (length + 2.0 * halo * cuts).powi(2) / pixels;
        let tile = (length / (cuts + 1.0) + 2.0 * halo).powi(2);
        // Twice forward and once back, where a whole picture is seen once each way; and the content anew where it cannot stay.
        let stays = memory::can_stay(content);
        let passes = if stays { 1.5 } else { 2.0 };
        Self { bytes: per_pixel * tile + if stays { content } else { 0.0 }, work: passes * seen }
    }
}

impl Tiling {
    /// Cuts a picture. With `wraps`, the picture's opposite borders are neighbours, and its sides must be multiples of what the
    /// pools divide by.
    pub(super) fn new(height: usize, width: usize, grain: Grain, wraps: bool) -> Self {
        if height * width <= grain.whole {
            let tile = Tile { rows: Span::whole(height), columns: Span::whole(width), wraps };
            return Self { tiles: vec![tile] };
        }
        let (rows, columns) = (Span::cut(height, grain, wraps), Span::cut(width, grain, wraps));
        let tile = |rows: &Span, columns: &Span| Tile { rows: rows.clone(), columns: columns.clone(), wraps };
        Self { tiles: rows.iter().flat_map(|row| columns.iter().map(move |column| tile(row, column))).collect() }
    }

    /// Whether there is one tile without a halo.
    pub(super) fn is_whole(&self) -> bool {
        self.tiles.len() == 1
    }
}

impl Span {
    fn whole(length: usize) -> Self {
        Self { pixels: (0..length).collect(), inside: 0..length, is_last: true }
    }

    /// Spans of nearly equal shares, so that none is a sliver.
    fn cut(length: usize, grain: Grain, wraps: bool) -> Vec<Self> {
        let share = length.div_ceil(length.div_ceil(grain.side)).div_ceil(grain.align) * grain.align;
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
    use crate::backend;
    use crate::optimize::Settings;
    use crate::vgg::{Input, Tap};

    fn weighting(taps: &[Tap], tile: Option<usize>) -> Weighting {
        let weighting = Settings::default().weighting(&Architecture::lite()).unwrap();
        Weighting { content_taps: taps.to_vec(), style_taps: Vec::new(), tile, ..weighting }
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
        let shallow = Grain::new(&Architecture::lite(), &weighting(&[Tap::RELU1_1], None), &backend::cpu());
        assert_eq!((shallow.halo, shallow.align), (1, 1));
    }

    #[test]
    fn shares_cover_the_picture_once_and_every_map_too() {
        for (length, wraps) in [(200, false), (203, false), (129, false), (200, true), (128, true)] {
            let spans = Span::cut(length, grain(64), wraps);
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
        let lengths: Vec<_> = Span::cut(130, grain(64), false).iter().map(|span| span.inside.len()).collect();
        assert_eq!(lengths, [48, 48, 34]);
    }

    #[test]
    fn a_small_picture_is_left_whole() {
        assert!(Tiling::new(64, 64, grain(64), false).is_whole());
        assert_eq!(Tiling::new(65, 64, grain(64), false).tiles.len(), 2);
    }
}
