//! Changing the size: Lanczos3 in linear light, with alpha weighing the colour, a row at a time.
//!
//! Linear light, because averaging sRGB bytes darkens fine detail (a black and white checker shrinks to byte 128 where the
//! eye had seen 188). A row at a time, because a hundred megapixels in floats would not fit a browser tab: the memory
//! needed is a few rows of the result.

use std::collections::VecDeque;
use std::f64::consts::PI;

use super::linear::Light;
use super::pixels::{Picture, to_byte};

/// The filter reaches so many pixels of the coarser side in each direction.
const LOBES: f64 = 3.0;
/// Strong reductions average whole blocks first, but leave the filter this many pixels for each one of the result.
const KEEP: u32 = 3;

/// One pixel of linear light: premultiplied red, green, blue, and alpha.
type Pixel = [f32; 4];

/// The size to bring a picture to, keeping its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// The long side becomes at most this many pixels; smaller pictures stay as they are.
    Within(u32),
    /// The long side becomes exactly this many pixels.
    Exactly(u32),
    /// The short side becomes exactly this many pixels.
    Short(u32),
}

impl Fit {
    /// The sides that a picture of `width × height` gets: rounded, each at least 1.
    #[must_use]
    pub fn sides(self, width: u32, height: u32) -> (u32, u32) {
        let (long, short) = (width.max(height).max(1), width.min(height).max(1));
        let (from, to) = match self {
            Self::Within(side) => (long, side.min(long)),
            Self::Exactly(side) => (long, side),
            Self::Short(side) => (short, side),
        };
        let scaled = |length: u32| {
            let (length, from, to) = (u64::from(length), u64::from(from), u64::from(to.max(1)));
            u32::try_from((length * to + from / 2) / from).unwrap_or(u32::MAX).max(1)
        };
        (scaled(width), scaled(height))
    }
}

/// The picture with its sides as [`Fit`] asks, in its own shape.
#[must_use]
pub fn fit(picture: &Picture, wanted: Fit) -> Picture {
    let (width, height) = wanted.sides(picture.width(), picture.height());
    resize(picture, width, height)
}

/// The picture at `width × height` pixels (a 0 counts as 1), whatever its shape was.
///
/// Alpha is resized too, and colour counts by it, so that what lies hidden under transparency does not show. Where the
/// result is fully transparent its colour is black.
#[must_use]
pub fn resize(picture: &Picture, width: u32, height: u32) -> Picture {
    let (width, height) = (width.max(1), height.max(1));
    if (width, height) == (picture.width(), picture.height()) {
        return picture.clone();
    }
    let across = Axis::new(picture.width(), width);
    let down = Axis::new(picture.height(), height);
    let light = Light::tables();
    let mut source = Blocks::new(picture, across.block, down.block);

    let pixels = length(width) * length(height);
    let mut rgb = Vec::with_capacity(pixels * 3);
    let mut alpha = picture.alpha().map(|_| Vec::with_capacity(pixels));
    // Rows already resized across, of which the filter down still needs some; `first` is the number of the front one.
    let mut rows: VecDeque<Vec<Pixel>> = VecDeque::new();
    let mut first = 0;
    let mut sum = vec![Pixel::default(); length(width)];
    for (start, weights) in down.taps() {
        while first < start {
            rows.pop_front();
            first += 1;
        }
        while rows.len() < weights.len() {
            rows.push_back(across.apply(source.next()));
        }
        sum.fill(Pixel::default());
        for (row, &weight) in rows.iter().zip(weights) {
            for (total, pixel) in sum.iter_mut().zip(row) {
                add(total, pixel, weight);
            }
        }
        for &[r, g, b, a] in &sum {
            // Below half a step alpha rounds to 0, and a colour divided by it would be noise.
            let scale = if a < 0.5 / 255.0 { 0.0 } else { 1.0 / a };
            rgb.extend_from_slice(&[light.encode(r * scale), light.encode(g * scale), light.encode(b * scale)]);
            if let Some(alpha) = &mut alpha {
                alpha.push(to_byte(a));
            }
        }
    }
    Picture::new(width, height, rgb, alpha).unwrap_or_else(|_| picture.clone())
}

#[inline]
fn add(total: &mut Pixel, pixel: &Pixel, weight: f32) {
    for (value, part) in total.iter_mut().zip(pixel) {
        *value += part * weight;
    }
}

/// The filter along one axis: for each pixel of the result, where it reads and how much of each.
struct Axis {
    /// Source pixels averaged into one before the filter.
    block: u32,
    starts: Vec<usize>,
    /// `taps` weights for each pixel of the result, zero-padded at the end; each set adds up to 1.
    weights: Vec<f32>,
    taps: usize,
}

impl Axis {
    fn new(from: u32, to: u32) -> Self {
        let block = (from / to / KEEP).max(1);
        let cells = length(from.div_ceil(block));
        // The last block may be narrower than the others, so the extent in blocks is not whole.
        let ratio = f64::from(from) / f64::from(block) / f64::from(to);
        let stretch = ratio.max(1.0);
        let reach = LOBES * stretch;
        let taps = whole(2.0 * reach).saturating_add(2).min(cells);
        let mut starts = Vec::with_capacity(length(to));
        let mut weights = Vec::with_capacity(length(to) * taps);
        for index in 0..to {
            let centre = (f64::from(index) + 0.5) * ratio;
            let start = whole(centre - reach).min(cells - taps);
            let set: Vec<f64> = (start..start + taps).map(|cell| lanczos((real(cell) + 0.5 - centre) / stretch)).collect();
            let total: f64 = set.iter().sum();
            weights.extend(set.iter().map(|weight| narrow(weight / total)));
            starts.push(start);
        }
        Self { block, starts, weights, taps }
    }

    fn taps(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.starts.iter().copied().zip(self.weights.chunks_exact(self.taps))
    }

    fn apply(&self, row: &[Pixel]) -> Vec<Pixel> {
        self.taps()
            .map(|(start, weights)| {
                let mut total = Pixel::default();
                for (pixel, &weight) in row.get(start..).unwrap_or_default().iter().zip(weights) {
                    add(&mut total, pixel, weight);
                }
                total
            })
            .collect()
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    if x.abs() < LOBES { sinc(x) * sinc(x / LOBES) } else { 0.0 }
}

/// Reads a picture from the top as rows of linear light, each cell the mean of a block of pixels.
struct Blocks<'a> {
    picture: &'a Picture,
    across: usize,
    down: usize,
    row: usize,
    cells: Vec<Pixel>,
    light: Light,
}

impl<'a> Blocks<'a> {
    fn new(picture: &'a Picture, across: u32, down: u32) -> Self {
        let cells = vec![Pixel::default(); length(picture.width().div_ceil(across))];
        Self { picture, across: length(across), down: length(down), row: 0, cells, light: Light::tables() }
    }

    /// The next row of cells; past the end of the picture, a transparent one.
    fn next(&mut self) -> &[Pixel] {
        let width = length(self.picture.width());
        let end = (self.row + self.down).min(length(self.picture.height()));
        self.cells.fill(Pixel::default());
        for y in self.row..end {
            let pixels = y * width..(y + 1) * width;
            let colours = self.picture.rgb().as_chunks::<3>().0.get(pixels.clone()).unwrap_or_default();
            let blocks = self.cells.iter_mut().zip(colours.chunks(self.across));
            let light = self.light;
            match self.picture.alpha().and_then(|alpha| alpha.get(pixels)) {
                None => {
                    for (cell, block) in blocks {
                        for &[r, g, b] in block {
                            add(cell, &[light.of(r), light.of(g), light.of(b), 1.0], 1.0);
                        }
                    }
                }
                Some(alpha) => {
                    for ((cell, block), alpha) in blocks.zip(alpha.chunks(self.across)) {
                        for (&[r, g, b], &a) in block.iter().zip(alpha) {
                            add(cell, &[light.of(r), light.of(g), light.of(b), 1.0], f32::from(a) / 255.0);
                        }
                    }
                }
            }
        }
        let rows = end - self.row.min(end);
        self.row = end;
        let last = width - self.across * (self.cells.len() - 1);
        let share = |across: usize| narrow(1.0 / real(across * rows.max(1)));
        let (each, rest) = (share(self.across), share(last));
        if let Some((end, others)) = self.cells.split_last_mut() {
            *end = end.map(|value| value * rest);
            for cell in others {
                *cell = cell.map(|value| value * each);
            }
        }
        &self.cells
    }
}

fn length(side: u32) -> usize {
    usize::try_from(side).unwrap_or(usize::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "no picture has 2^53 pixels")]
fn real(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a weight needs no more than an f32 has")]
fn narrow(weight: f64) -> f32 {
    weight as f32
}

/// The whole part of a position, at least 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to at least 0, and a cast saturates")]
fn whole(position: f64) -> usize {
    position.max(0.0) as usize
}
