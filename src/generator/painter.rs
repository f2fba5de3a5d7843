//! Painting a photo with a generator.

use std::ops::RangeInclusive;

use burn::tensor::{Device, Tensor};

use super::canvas::{Canvas, Window};
use super::network::Network;
use super::normalisation::{Modulation, Normaliser, Statistics};
use super::sampling::sampled;
use super::{Architecture, Colors, Settings, StyleScale, StyleStatistics, Weights};
use crate::error::Error;
use crate::kernels::Padding;
use crate::parameters::{frozen, vector};
use crate::picture::{Fit, Picture, PixelError, fit};
use crate::readback::values;
use crate::upload::tensor;
use crate::vgg::Vgg;

/// A generator on a device.
#[derive(Clone, Debug)]
pub struct Painter {
    network: Network,
    architecture: Architecture,
    scale: StyleScale,
    device: Device,
}

/// An event of a [`Painting`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Another part of a large picture is painted.
    Tile {
        /// From 1.
        done: usize,
        /// In all.
        of: usize,
    },
    /// The result. The last event.
    Done(Picture),
}

/// So many times its own size a picture is described or learnt from at most: what is enlarged more is blur.
pub(crate) const MOST_ENLARGED: u32 = 2;
/// The least short side: of what is shorter a network that halves its sides three times sees a pixel or two, or nothing at all.
const LEAST_DESCRIBED: u32 = 16;
/// Pixels that are painted at once. More are painted in tiles.
const WHOLE: usize = 1024 * 1024;
/// Side of a tile without what surrounds it: with that it is still below what is painted at once, and the less of it is surroundings the better.
const TILE: usize = 768;

impl Painter {
    /// Long sides at which pictures are described: that of what is painted, within what generators can make something of and a browser can hold.
    pub const DESCRIBED: RangeInclusive<u32> = 256..=1024;

    /// Puts a generator on a device.
    #[must_use]
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let parameters = vector(weights.values.clone(), device);
        let network = frozen(&parameters, |source| Network::new(&weights.architecture, source));
        Self { network, architecture: weights.architecture.clone(), scale: weights.style_scale.clone(), device: device.clone() }
    }

    /// What a generator is told of a style picture, however large or small it is, for a painting whose long side is `size` pixels.
    ///
    /// The picture is looked at as large as what is painted, as an optimisation looks at a large one: strokes are to be as large beside the one as they are beside the other, and what is told of a small
    /// copy are small strokes (docs/quality.md, "How large a style is when it is described"). It is not enlarged to more than `MOST_ENLARGED` times its own size, whose blur would be painted, unless it is a tiny one.
    ///
    /// # Errors
    /// [`ModelError::OtherNetwork`](crate::catalog::ModelError::OtherNetwork) for a network that it was not trained with, or a device that fails.
    pub async fn describe(&self, vgg: &Vgg, style: &Picture, size: u32) -> Result<StyleStatistics, Error> {
        self.architecture.require_told_by(vgg.architecture(), "generator")?;
        let style = described_at(style, size.clamp(*Self::DESCRIBED.start(), *Self::DESCRIBED.end())).bled();
        Ok(StyleStatistics::of(vgg, tensor(&style, &self.device), &self.architecture).await?)
    }

    /// Takes a photo in, to be painted in whatever style [`Painting::begin`] is given.
    ///
    /// # Errors
    /// Settings out of range, or a picture too thin for the network.
    pub fn paint(&self, content: &Picture, settings: &Settings) -> Result<Painting, Error> {
        settings.check()?;
        let canvas = Canvas::new(content, settings, self.architecture.period())?;
        Ok(Painting { painter: self.clone(), settings: settings.clone(), canvas, encoded: None, own: None, work: None })
    }

    fn modulations(&self, style: &StyleStatistics) -> Vec<Modulation> {
        let told = vector(style.0.clone(), &self.device).unsqueeze::<2>();
        self.network.modulations(self.network.code(self.scale.apply(told)))
    }
}

/// The picture with this long side, if it is not too small for that. Of a strip that would be too thin, its middle is.
fn described_at(picture: &Picture, long: u32) -> Picture {
    let own = picture.width().max(picture.height());
    let long = long.min(own.saturating_mul(MOST_ENLARGED)).max(*Painter::DESCRIBED.start());
    let fitted = fit(&picture.middle(long / LEAST_DESCRIBED), Fit::Exactly(long));
    if fitted.require_sides(LEAST_DESCRIBED).is_ok() { fitted } else { fit(&fitted, Fit::Short(LEAST_DESCRIBED)) }
}

/// A photo being painted. It can be painted again in another style or strength: what was encoded of it is kept, unless it is painted in tiles.
#[derive(Debug)]
pub struct Painting {
    painter: Painter,
    settings: Settings,
    canvas: Canvas,
    /// What a picture that is painted at once comes down to.
    encoded: Option<Tensor<4>>,
    /// The photo's own style, once it was asked for.
    own: Option<StyleStatistics>,
    work: Option<Work>,
}

/// A large picture in progress.
#[derive(Debug)]
struct Work {
    modulations: Vec<Modulation>,
    statistics: Vec<Statistics>,
    tiles: Vec<Window>,
    next: usize,
    rgb: Vec<u8>,
}

impl Painting {
    /// What was chosen for it.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Of how many numbers a description of a style consists.
    #[must_use]
    pub fn statistics(&self) -> usize {
        self.painter.architecture.statistics()
    }

    /// Begins anew, at a strength from 0, the photo's own style, to 1, this one. The first below 1 has the photo described.
    ///
    /// # Errors
    /// As [`Painter::describe`].
    pub async fn begin_at(&mut self, strength: f32, style: &StyleStatistics, vgg: &Vgg) -> Result<(), Error> {
        if strength >= 1.0 {
            self.begin(style);
            return Ok(());
        }
        let own = match self.own.take() {
            Some(own) => own,
            None => self.painter.describe(vgg, &self.canvas.picture, self.settings.size).await?,
        };
        self.begin(&style.at_strength(strength, &own));
        self.own = Some(own);
        Ok(())
    }

    /// Begins anew, in this style.
    pub fn begin(&mut self, style: &StyleStatistics) {
        let modulations = self.painter.modulations(style);
        let [height, width] = self.canvas.sides();
        let tiles = if height * width <= WHOLE { Vec::new() } else { tiles(height, width) };
        self.work = Some(Work { modulations, statistics: Vec::new(), tiles, next: 0, rgb: Vec::new() });
    }

    /// Does the next piece of work. `None` after [`Event::Done`], and before [`begin`](Self::begin).
    ///
    /// # Errors
    /// A device that fails.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        let Some(mut work) = self.work.take() else { return Ok(None) };
        let [height, width] = self.canvas.sides();
        if work.tiles.is_empty() {
            let planes = self.paint_whole(&work.modulations).await?;
            return Ok(Some(Event::Done(self.finished(&planar(&planes, height, width)?)?)));
        }
        if work.next == 0 {
            work.statistics = self.sampled(&work.modulations);
            work.rgb = vec![0; 3 * height * width];
        }
        if let Some(&tile) = work.tiles.get(work.next) {
            if !self.canvas.is_blank(tile) {
                self.paint_tile(tile, &mut work).await?;
            }
            work.next += 1;
        }
        let (done, of) = (work.next, work.tiles.len());
        if done < of {
            self.work = Some(work);
            return Ok(Some(Event::Tile { done, of }));
        }
        let painted = Picture::new(side(width), side(height), work.rgb, None)?;
        Ok(Some(Event::Done(self.finished(&painted)?)))
    }

    fn padding(&self) -> Padding {
        if self.canvas.wraps { Padding::Wrap } else { Padding::Replicate }
    }

    async fn paint_whole(&mut self, modulations: &[Modulation]) -> Result<Vec<f32>, Error> {
        let [height, width] = self.canvas.sides();
        let window = Window { top: 0, left: 0, height, width };
        let Painter { network, device, .. } = &self.painter;
        let counts = self.canvas.counts(window, device);
        let mut normaliser = if counts.is_empty() { Normaliser::Own } else { Normaliser::Noting { counts, noted: Vec::new() } };
        let encoded = match self.encoded.take() {
            Some(encoded) => encoded,
            None => network.encode(self.canvas.tensor(window, device), self.padding(), &mut normaliser),
        };
        self.encoded = Some(encoded.clone());
        Ok(values(network.decode(encoded, modulations, self.padding(), &mut normaliser)).await?)
    }

    /// Statistics of a large picture's layers, from windows all over it at its own size.
    ///
    /// Departs from thumbnail statistics (Chen et al. 2022), which are those of a picture with other detail.
    fn sampled(&self, modulations: &[Modulation]) -> Vec<Statistics> {
        let Painter { network, device, .. } = &self.painter;
        let windows = sampled(&self.canvas);
        if windows.is_empty() {
            // Nothing of it shows, so nothing of it is painted.
            return Vec::new();
        }
        let pictures = Tensor::cat(windows.iter().map(|window| self.canvas.tensor(*window, device)).collect(), 0);
        let mut counts: Vec<Vec<Tensor<4>>> = Vec::new();
        for window in &windows {
            for (index, map) in self.canvas.counts(*window, device).into_iter().enumerate() {
                if counts.len() <= index {
                    counts.push(Vec::new());
                }
                counts[index].push(map);
            }
        }
        let counts = counts.into_iter().map(|maps| Tensor::cat(maps, 0)).collect();
        let mut normaliser = Normaliser::Noting { counts, noted: Vec::new() };
        let encoded = network.encode(pictures, Padding::Replicate, &mut normaliser);
        let _ = network.decode(encoded, modulations, Padding::Replicate, &mut normaliser);
        match normaliser {
            Normaliser::Noting { noted, .. } => noted,
            Normaliser::Own | Normaliser::Given { .. } => Vec::new(),
        }
    }

    async fn paint_tile(&self, tile: Window, work: &mut Work) -> Result<(), Error> {
        let [height, width] = self.canvas.sides();
        let Painter { network, device, architecture, .. } = &self.painter;
        let halo = architecture.reach().next_multiple_of(architecture.period()).cast_signed();
        // Beyond a border that has a neighbour, the neighbour; else the network's own padding.
        let around = |from: isize, count: usize, length: usize| {
            let (first, last) = (from - halo, from.saturating_add_unsigned(count) + halo);
            if self.canvas.wraps { (first, last) } else { (first.max(0), last.min(length.cast_signed())) }
        };
        let (top, bottom) = around(tile.top, tile.height, height);
        let (left, right) = around(tile.left, tile.width, width);
        let window = Window { top, left, height: (bottom - top).unsigned_abs(), width: (right - left).unsigned_abs() };
        let mut normaliser = Normaliser::Given { statistics: work.statistics.clone(), next: 0 };
        let encoded = network.encode(self.canvas.tensor(window, device), Padding::Replicate, &mut normaliser);
        let painted = network.decode(encoded, &work.modulations, Padding::Replicate, &mut normaliser);
        let (down, across) = ((tile.top - top).unsigned_abs(), (tile.left - left).unsigned_abs());
        let painted = painted.slice([0..1, 0..3, down..down + tile.height, across..across + tile.width]);
        let painted = planar(&values(painted).await?, tile.height, tile.width)?;
        let (top, left) = (tile.top.unsigned_abs(), tile.left.unsigned_abs());
        for (row, line) in painted.rgb().chunks_exact(3 * tile.width).enumerate() {
            let from = 3 * ((top + row) * width + left);
            if let Some(place) = work.rgb.get_mut(from..from + line.len()) {
                place.copy_from_slice(line);
            }
        }
        Ok(())
    }

    /// Cut to the photo's size, with its transparency and, where they are wanted, its colours.
    fn finished(&self, painted: &Picture) -> Result<Picture, Error> {
        let photo = &self.canvas.picture;
        let picture = painted.cropped(0, 0, photo.width(), photo.height());
        let picture = if self.settings.colors == Colors::Luma { picture.with_chroma_of(photo) } else { picture };
        Ok(picture.with_alpha(photo.alpha().map(<[u8]>::to_vec))?)
    }
}

fn tiles(height: usize, width: usize) -> Vec<Window> {
    let rows = (0..height).step_by(TILE);
    let tiles = rows.flat_map(|top| (0..width).step_by(TILE).map(move |left| (top, left)));
    let tiles = tiles.map(|(top, left)| Window {
        top: top.cast_signed(),
        left: left.cast_signed(),
        height: TILE.min(height - top),
        width: TILE.min(width - left),
    });
    tiles.collect()
}

/// A network's planes as a picture.
///
/// # Errors
/// [`PixelError::NotFinite`] for what is no number: a device that computes wrongly, or a generator of enormous weights.
fn planar(planes: &[f32], height: usize, width: usize) -> Result<Picture, PixelError> {
    Picture::from_planar(side(width), side(height), planes, None)
}

fn side(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::vgg::Architecture as VggArchitecture;

    #[test]
    fn what_is_no_number_is_no_colour() {
        assert_eq!(planar(&[0.0, 2.0, 0.5], 1, 1).unwrap().rgb(), [0, 255, 128]);
        assert_eq!(planar(&[0.0, f32::NAN, 0.5], 1, 1), Err(PixelError::NotFinite));
    }

    fn weights() -> Weights {
        let vgg = VggArchitecture { blocks: vec![vec![2], vec![3]], ..VggArchitecture::lite() };
        let architecture = Architecture { entrance: 4, width: 6, blocks: 2, deep: 1, exit: [5, 4], code: 5, ..Architecture::new(&vgg) };
        let scale = StyleScale::of(&[], architecture.statistics());
        let mut weights = Weights::start(architecture, scale, 3);
        // Modulations are small at the start; here they should matter.
        weights.values.iter_mut().for_each(|value| *value *= 1.5);
        weights
    }

    fn style() -> StyleStatistics {
        StyleStatistics((0..10_u8).map(|index| f32::from(index % 4) - 1.5).collect())
    }

    fn photo(width: u32, height: u32, alpha: Option<Vec<u8>>) -> Picture {
        let value = |x: u32, y: u32, channel: u32| u8::try_from((x * (5 + channel) + y * y / 7 + channel * 60) % 251).unwrap();
        let rgb = (0..height).flat_map(|y| (0..width).flat_map(move |x| [0, 1, 2].map(|channel| value(x, y, channel)))).collect();
        Picture::new(width, height, rgb, alpha).unwrap()
    }

    fn painted(photo: &Picture, settings: &Settings) -> Picture {
        let mut painting = Painter::new(&weights(), &cpu()).paint(photo, settings).unwrap();
        painting.begin(&style());
        loop {
            if let Some(Event::Done(picture)) = pollster::block_on(painting.next()).unwrap() {
                return picture;
            }
        }
    }

    fn furthest(a: &Picture, b: &Picture) -> u8 {
        assert_eq!((a.width(), a.height()), (b.width(), b.height()));
        a.rgb().iter().zip(b.rgb()).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
    }

    #[test]
    fn a_style_is_described_as_large_as_what_is_painted_if_it_is_not_too_small_for_that() {
        let sides = |width: u32, height: u32, long: u32| {
            let picture = described_at(&photo(width, height, None), long);
            (picture.width(), picture.height())
        };
        assert_eq!(sides(800, 600, 512), (512, 384));
        assert_eq!(sides(400, 300, 512), (512, 384));
        assert_eq!(sides(200, 150, 512), (400, 300), "twice its own size at most");
        assert_eq!(sides(40, 30, 512), (256, 192), "but never smaller than is worth looking at");
        assert_eq!(sides(2000, 10, 512), (512, 16), "the middle of a strip");
    }

    #[test]
    fn tiles_join_without_a_seam() {
        for seamless in [false, true] {
            let settings = Settings { size: 840, seamless, ..Settings::default() };
            let painter = Painter::new(&weights(), &cpu());
            let mut painting = painter.paint(&photo(840, 784, None), &settings).unwrap();
            let modulations = painter.modulations(&style());
            let [height, width] = painting.canvas.sides();
            let window = Window { top: 0, left: 0, height, width };
            // The whole, and the statistics by which it was normalised.
            let mut normaliser = Normaliser::Noting { counts: Vec::new(), noted: Vec::new() };
            let encoded = painter.network.encode(painting.canvas.tensor(window, &cpu()), painting.padding(), &mut normaliser);
            let whole = painter.network.decode(encoded, &modulations, painting.padding(), &mut normaliser);
            let whole = planar(&pollster::block_on(values(whole)).unwrap(), height, width).unwrap();
            let Normaliser::Noting { noted, .. } = normaliser else { panic!("it noted") };
            let tiles = tiles(height, width);
            assert_eq!(tiles.len(), 4);
            let mut work = Work { modulations, statistics: noted, tiles: tiles.clone(), next: 0, rgb: vec![0; 3 * height * width] };
            for tile in tiles {
                pollster::block_on(painting.paint_tile(tile, &mut work)).unwrap();
            }
            let furthest = whole.rgb().iter().zip(&work.rgb).map(|(a, b)| a.abs_diff(*b)).max();
            // One step of rounding.
            assert!(furthest <= Some(1), "seamless {seamless}: {furthest:?}");
            painting.work = None;
        }
    }

    #[test]
    fn statistics_of_windows_are_near_those_of_the_whole() {
        let settings = Settings { size: 1200, ..Settings::default() };
        let photo = photo(1200, 1000, None);
        let large = painted(&photo, &settings);
        let painter = Painter::new(&weights(), &cpu());
        let mut painting = painter.paint(&photo, &settings).unwrap();
        let whole = pollster::block_on(painting.paint_whole(&painter.modulations(&style()))).unwrap();
        let whole = planar(&whole, 1000, 1200).unwrap();
        // Sixteen windows see nearly all of this picture; borders that the windows have and the whole has not cost a few steps of 255.
        assert!(furthest(&large, &whole) < 24, "{}", furthest(&large, &whole));
    }

    #[test]
    fn a_seamless_tile_is_the_same_wherever_it_is_cut() {
        let painter = Painter::new(&weights(), &cpu());
        let picture = photo(64, 48, None);
        let rolled = |picture: &Picture, by: usize| {
            let line = 3 * picture.width() as usize;
            let rgb = picture.rgb().chunks_exact(line).flat_map(|row| [&row[3 * by..], &row[..3 * by]].concat()).collect();
            Picture::new(picture.width(), picture.height(), rgb, None).unwrap()
        };
        let settings = Settings { size: 64, seamless: true, ..Settings::default() };
        let paint = |picture: &Picture| {
            let mut painting = painter.paint(picture, &settings).unwrap();
            // The canvas fades the seam of the photo it is given; here the photo is the tile.
            painting.canvas = Canvas::new(picture, &Settings { seamless: false, ..settings.clone() }, 8).unwrap();
            painting.canvas.wraps = true;
            let planes = pollster::block_on(painting.paint_whole(&painter.modulations(&style()))).unwrap();
            planar(&planes, 48, 64).unwrap()
        };
        // A multiple of what the halvings divide by; one step of rounding.
        assert!(furthest(&rolled(&paint(&picture), 24), &paint(&rolled(&picture, 24))) <= 1);
    }

    #[test]
    fn what_is_hidden_by_transparency_changes_nothing() {
        let alpha: Vec<u8> = (0..64 * 48).map(|pixel| if pixel % 64 < 24 { 0 } else { 255 }).collect();
        let plain = photo(64, 48, Some(alpha.clone()));
        let mut rgb = plain.rgb().to_vec();
        for (pixel, colour) in rgb.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            if alpha[pixel] == 0 {
                *colour = [255, 0, 255];
            }
        }
        let other = Picture::new(64, 48, rgb, Some(alpha.clone())).unwrap();
        let settings = Settings { size: 64, ..Settings::default() };
        let (a, b) = (painted(&plain, &settings), painted(&other, &settings));
        assert_eq!(a.alpha(), Some(alpha.as_slice()));
        assert_eq!(a, b);
    }

    /// The paint of a figure amid much transparency is that of the figure alone, also where evenly spread windows would have missed it.
    #[test]
    fn a_large_cut_out_is_painted_as_it_is_alone() {
        let (side, first, figure) = (1500, 264, 144);
        let alpha = |pixel: u32| if [pixel % side, pixel / side].iter().all(|at| (first..first + figure).contains(at)) { 255 } else { 0 };
        let whole = photo(side, side, Some((0..side * side).map(alpha).collect()));
        let alone = whole.cropped(first, first, figure, figure);
        let alone = Picture::new(figure, figure, alone.rgb().to_vec(), None).unwrap();
        let found = painted(&whole, &Settings { size: side, ..Settings::default() }).cropped(first, first, figure, figure);
        let expected = painted(&alone, &Settings { size: figure, ..Settings::default() });
        let differences: Vec<f32> = found.rgb().iter().zip(expected.rgb()).map(|(a, b)| f32::from(a.abs_diff(*b))).collect();
        let mean = differences.iter().sum::<f32>() / crate::losses::real(differences.len());
        // At its border the figure has a neighbour in the one and none in the other, and the windows see more of its middle.
        assert!(mean < 12.0, "{mean}");
    }

    #[test]
    fn sides_of_any_length_come_back() {
        for (width, height) in [(64, 64), (67, 41), (64, 5)] {
            let result = painted(&photo(width, height, None), &Settings { size: width, ..Settings::default() });
            assert_eq!((result.width(), result.height()), (width, height));
        }
    }
}
