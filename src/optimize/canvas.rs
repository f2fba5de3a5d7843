//! The pictures of a run at each of its sizes: what the losses compare with, where it starts, and what is shown.

use std::borrow::Cow;

use burn::tensor::{Device, Tensor, TensorData};

use super::schedule::scaled;
use super::{Colors, Inputs, Recipe, Scale, Settings, SettingsError, Start, Style};
use crate::error::Error;
use crate::losses::{Region, StylePicture, Subject};
use crate::picture::{ColorMap, ColorStatistics, Fit, Mask, Picture, PictureError, fit, resize, resize_tile};
use crate::readback::values;
use crate::upload::tensor;

/// Least short side of a picture at its working size: relu5_1 sees a sixteenth of it.
pub(super) const LEAST_SIDE: u32 = 16;

/// Variance of a photo's colours, of 0…1, below which they are taken for noise: that of eight steps of 255. In a photo of greys or of two colours there is nothing else in the other
/// directions, and it would come out as loud as the style's colours.
const OF_NOISE: f64 = 1e-3;

/// Everything about a run that is made of pixels.
#[derive(Debug)]
pub(super) struct Canvas {
    /// At the result's size, with its transparency.
    content: Picture,
    /// At the size that their strokes should have in the result.
    styles: Vec<Style>,
    /// The size of strokes.
    stroke: f64,
    colors: Colors,
    keep: Option<Mask>,
    start: Option<Picture>,
    /// At the scale of now: what is shown of it twice a second is not made anew each time.
    current: Option<AtScale>,
    /// Whether the content is a tile, which goes on beyond its borders.
    wraps: bool,
    device: Device,
}

/// The content, and what of it is left alone, at a scale.
#[derive(Clone, Debug)]
struct AtScale {
    scale: Scale,
    content: Picture,
    keep: Option<Mask>,
}

impl AtScale {
    /// What of the content is neither transparent nor left alone.
    fn painted(&self) -> Option<Mask> {
        Mask::both(Mask::of_alpha(&self.content), self.keep.as_ref().map(Mask::inverted))
    }
}

impl Canvas {
    /// Brings the pictures to the sizes of the result.
    ///
    /// # Errors
    /// A picture so thin that its short side would be under [`LEAST_SIDE`], a style of which nothing counts, or none to start from.
    pub(super) fn new(inputs: &Inputs, settings: &Settings, device: &Device) -> Result<Self, Error> {
        let mut content = fit(&inputs.content, Fit::Exactly(settings.size));
        content.require_sides(LEAST_SIDE)?;
        if settings.seamless {
            let (width, height) = settings.whole(content.width(), content.height());
            content = resize(&content, width, height).tileable();
        }
        let (width, height) = (content.width(), content.height());
        let used = inputs.styles.iter().filter(|style| style.weight > 0.0);
        let styles = used.map(|style| Self::style(style, &content, settings)).collect::<Result<Vec<_>, Error>>()?;
        let start = if settings.start == Start::Picture {
            let start = inputs.start.as_ref().ok_or(SettingsError::NoStart)?;
            Some(if settings.seamless { resize_tile(start, width, height) } else { resize(start, width, height) })
        } else {
            None
        };
        let keep = inputs.keep.as_ref().map(|keep| placed(keep, &content, settings));
        Ok(Self {
            content,
            styles,
            stroke: f64::from(settings.stroke),
            colors: settings.colors,
            keep,
            start,
            current: None,
            wraps: settings.seamless,
            device: device.clone(),
        })
    }

    fn style(style: &Style, content: &Picture, settings: &Settings) -> Result<Style, Error> {
        // A style smaller than the result is left at its size unless larger strokes are asked for: enlarged, it teaches blur.
        let (width, height) = Fit::Within(settings.size).sides(style.picture.width(), style.picture.height());
        let at = |stroke: f32| Fit::Exactly(scaled(width.max(height), f64::from(stroke)));
        let picture = fit(&style.picture, at(settings.stroke));
        // Smaller strokes are no reason to refuse what is wide enough, nor to take what is not.
        let (width, height) = at(settings.stroke.max(1.0)).sides(style.picture.width(), style.picture.height());
        if width.min(height) < LEAST_SIDE {
            return Err(PictureError::TooThin { width, height }.into());
        }
        let region = style.region.as_ref().map(|region| placed(region, content, settings));
        let mut style = Style { picture, weight: style.weight, mask: style.mask.clone(), region };
        let counts = learnt(&style, style.picture.width(), style.picture.height());
        if counts.as_ref().is_some_and(Mask::is_empty) {
            return Err(SettingsError::EmptyMask.into());
        }
        if settings.colors == Colors::MatchBefore {
            style.picture = style.picture.with_colors_of(content, [counts.as_ref(), Mask::of_alpha(content).as_ref()]);
        }
        Ok(style)
    }

    /// The result's sides.
    pub(super) fn sides(&self) -> (u32, u32) {
        (self.content.width(), self.content.height())
    }

    /// A scale begins.
    pub(super) fn enter(&mut self, scale: Scale) {
        self.current = None;
        if self.shows_content() {
            self.current = Some(self.at(scale).into_owned());
        }
    }

    /// Whether something of the content itself is in what is shown.
    fn shows_content(&self) -> bool {
        matches!(self.colors, Colors::Luma | Colors::MatchAfter) || self.keep.is_some() || self.content.alpha().is_some()
    }

    fn at(&self, scale: Scale) -> Cow<'_, AtScale> {
        if let Some(current) = self.current.as_ref().filter(|current| current.scale == scale) {
            return Cow::Borrowed(current);
        }
        let resized = if self.wraps { resize_tile } else { resize };
        let content = resized(&self.content, scale.width, scale.height);
        let keep = self.keep.as_ref().map(|keep| keep.resized(scale.width, scale.height));
        Cow::Owned(AtScale { scale, content, keep })
    }

    /// The content at a scale.
    pub(super) fn subject(&self, scale: Scale) -> Subject {
        let at = self.at(scale);
        Subject {
            counts: Mask::of_alpha(&at.content).map(|mask| self.plane(&mask)),
            keep: at.keep.as_ref().map(|keep| self.plane(keep)),
            picture: tensor(&at.content.bled(), &self.device),
        }
    }

    /// The styles at a scale, by the part of the content that they are for. A part too small for the scale is left out.
    pub(super) fn regions(&self, scale: Scale) -> Vec<Region> {
        let parts = self.parts(scale);
        let painted = if parts.iter().any(|(mask, _)| mask.is_some()) { self.at(scale).painted() } else { None };
        let region = |(mask, styles): (Option<Mask>, Vec<&Style>)| {
            // A statistic is a mean over its region: by its area, each pixel counts as much in any region.
            let area = match (&mask, &painted) {
                (None, _) => 1.0,
                (Some(mask), None) => mask.mean(),
                (Some(mask), Some(painted)) => mask.times(painted).mean(),
            };
            let styles = styles.into_iter().filter_map(|style| self.style_picture(style, area, scale));
            Region { mask: mask.map(|mask| self.plane(&mask)), styles: styles.collect() }
        };
        parts.into_iter().map(region).collect()
    }

    /// The parts of the content, of which `None` is all, with the styles that are for each.
    fn parts(&self, scale: Scale) -> Vec<(Option<Mask>, Vec<&Style>)> {
        let Scale { width, height, .. } = scale;
        let placed = self.styles.iter().filter_map(|style| Some((style.region.as_ref()?, style)));
        let everywhere: Vec<&Style> = self.styles.iter().filter(|style| style.region.is_none()).collect();
        let masks: Vec<&Mask> = placed.clone().map(|(mask, _)| mask).collect();
        let mut parts: Vec<_> = placed.map(|(mask, style)| (Some(mask.resized(width, height)), vec![style])).collect();
        if masks.is_empty() {
            parts.push((None, everywhere));
        } else if !everywhere.is_empty()
            && let Some(rest) = Mask::rest(&masks, width, height)
        {
            parts.push((Some(rest), everywhere));
        }
        parts
    }

    /// A style at a scale; nothing where none of it counts at that size.
    fn style_picture(&self, style: &Style, area: f32, scale: Scale) -> Option<StylePicture> {
        let (picture, counts) = self.style_at(style, scale)?;
        let counts = counts.map(|mask| self.plane(&mask));
        Some(StylePicture { picture: tensor(&picture.bled(), &self.device), counts, weight: style.weight * area })
    }

    /// A style's picture at a scale, and what of it is learnt from.
    fn style_at(&self, style: &Style, scale: Scale) -> Option<(Picture, Option<Mask>)> {
        // As large beside the picture at every scale, down from the one that is as large as the style: so a large result has the
        // composition that a small one promised, and only its last scales add strokes that are finer than that.
        let own = style.picture.width().max(style.picture.height());
        let factor = f64::from(scaled(scale.width.max(scale.height), self.stroke).min(own)) / f64::from(own);
        let side = |side: u32| scaled(side, factor).max(LEAST_SIDE);
        let (width, height) = (side(style.picture.width()), side(style.picture.height()));
        let counts = learnt(style, width, height);
        if counts.as_ref().is_some_and(Mask::is_empty) {
            return None;
        }
        Some((resize(&style.picture, width, height), counts))
    }

    /// Where a run starts at its first scale; what is left alone starts as the content.
    ///
    /// # Shapes
    /// → `[1, 3, scale.height, scale.width]`
    pub(super) fn start(&self, scale: Scale, settings: &Settings, subject: &Subject) -> Tensor<4> {
        let fitted = |picture: &Picture| tensor(&resize(picture, scale.width, scale.height).bled(), &self.device);
        let start = match (settings.start, &self.start, self.styles.first()) {
            (Start::Picture, Some(start), _) => fitted(start),
            (Start::Style, _, Some(style)) => fitted(&style.picture),
            (Start::Noise, ..) => self.noise(scale, settings.seed),
            _ if takes_colors_at_once(settings) => self.in_the_styles_colors(scale, subject),
            _ => subject.picture.clone(),
        };
        with_kept(start, subject)
    }

    /// The content in the colours of the styles that are for each part of it; where parts overlap, in the mean of theirs.
    ///
    /// Evaluations spend themselves on colours first, dozens of them, where a linear map has most of that at once (docs/quality.md, "Where a run starts").
    fn in_the_styles_colors(&self, scale: Scale, subject: &Subject) -> Tensor<4> {
        let at = self.at(scale);
        let painted = at.painted();
        let picture = &subject.picture;
        let [.., height, width] = picture.dims();
        let mut sum = picture.zeros_like();
        let mut parts = Tensor::zeros([1, 1, height, width], &self.device);
        for (mask, styles) in self.parts(scale) {
            let colors = styles.iter().filter_map(|style| {
                let (picture, counts) = self.style_at(style, scale)?;
                Some((picture.color_statistics(counts.as_ref())?, f64::from(style.weight)))
            });
            let own = at.content.color_statistics(Mask::both(mask.clone(), painted.clone()).as_ref());
            let map = own.zip(ColorStatistics::mixed(colors)).and_then(|(own, wanted)| own.map_to(&wanted, OF_NOISE));
            let Some(map) = map else { continue };
            let part = mask.map_or_else(|| parts.ones_like(), |mask| self.plane(&mask));
            sum = sum + recolored(picture, &map) * part.clone();
            parts = parts + part;
        }
        // What no part covers stays as it is.
        sum / parts.clone().clamp_min(1.0) + picture.clone() * (parts.neg() + 1.0).clamp_min(0.0)
    }

    fn noise(&self, scale: Scale, seed: u32) -> Tensor<4> {
        let mut random = fastrand::Rng::with_seed(u64::from(seed));
        let shape = [1, 3, scale.height as usize, scale.width as usize];
        let noise: Vec<f32> = (0..shape.iter().product()).map(|_| random.f32()).collect();
        Tensor::from_data(TensorData::new(noise, shape), &self.device)
    }

    /// A position of the minimiser as a picture: with the colours that were asked for, what is left alone as it was, and
    /// the content's transparency.
    pub(super) async fn shown(&self, position: Tensor<4>, scale: Scale) -> Result<Picture, Error> {
        let planar = values(position.clamp(0.0, 1.0)).await?;
        if !self.shows_content() {
            return Ok(Picture::from_planar(scale.width, scale.height, &planar, None)?);
        }
        let at = self.at(scale);
        let AtScale { content, keep, .. } = at.as_ref();
        let mut picture = Picture::from_planar(scale.width, scale.height, &planar, content.alpha().map(<[u8]>::to_vec))?;
        match self.colors {
            Colors::Luma => picture = picture.with_chroma_of(&content.bled()),
            Colors::MatchAfter => {
                // Each part by itself, and what is left alone not at all: one map for all would be half the one's and half the other's.
                let (painted, flat) = (at.painted(), picture.clone());
                for (mask, _) in self.parts(scale) {
                    let counts = Mask::both(mask.clone(), painted.clone());
                    let matched = flat.with_colors_of(content, [counts.as_ref(); 2]);
                    picture = mask.map_or_else(|| matched.clone(), |mask| picture.overlaid(&matched, &mask));
                }
            }
            Colors::Style | Colors::MatchBefore => {}
        }
        if let Some(keep) = keep {
            picture = picture.overlaid(content, keep);
        }
        Ok(picture)
    }

    fn plane(&self, mask: &Mask) -> Tensor<4> {
        let (width, height) = mask.sides();
        Tensor::from_data(TensorData::new(mask.to_plane(), [1, 1, height as usize, width as usize]), &self.device)
    }
}

/// A mask of the content where the content's pixels lie.
fn placed(mask: &Mask, content: &Picture, settings: &Settings) -> Mask {
    let mask = mask.resized(content.width(), content.height());
    if settings.seamless { mask.tileable() } else { mask }
}

/// Whether a run starts in the styles' colours. The papers' start as the papers say; colours that are the content's already are not matched once more; and where the finest layers, which
/// see colours most, weigh nothing, nobody asks for the style's.
fn takes_colors_at_once(settings: &Settings) -> bool {
    let [finest, ..] = settings.layers;
    settings.recipe == Recipe::Quality && settings.colors != Colors::MatchBefore && finest > 0.0
}

/// A picture's colours, mapped.
///
/// # Shapes
/// `[1, 3, h, w]` → `[1, 3, h, w]` in 0…1
fn recolored(picture: &Tensor<4>, map: &ColorMap) -> Tensor<4> {
    let channels = map.matrix.iter().zip(map.offset).map(|(row, offset)| {
        let shares = row.iter().enumerate().map(|(channel, share)| picture.clone().narrow(1, channel, 1) * *share);
        shares.fold(picture.clone().narrow(1, 0, 1).zeros_like() + offset, |sum, share| sum + share)
    });
    Tensor::cat(channels.collect(), 1).clamp(0.0, 1.0)
}

/// What of a style is learnt from at this size: what is opaque and within its mask. `None` is all of it.
fn learnt(style: &Style, width: u32, height: u32) -> Option<Mask> {
    let alpha = Mask::of_alpha(&style.picture).map(|mask| mask.resized(width, height));
    let mask = style.mask.as_ref().map(|mask| mask.resized(width, height));
    Mask::both(alpha, mask)
}

/// A picture with the subject's own pixels where those are left alone.
///
/// # Shapes
/// `[1, 3, h, w]` → `[1, 3, h, w]`
pub(super) fn with_kept(picture: Tensor<4>, subject: &Subject) -> Tensor<4> {
    match &subject.keep {
        Some(keep) => picture.clone() + (subject.picture.clone() - picture) * keep.clone(),
        None => picture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(width: u32, height: u32) -> Picture {
        Picture::new(width, height, vec![90; (width * height * 3) as usize], None).unwrap()
    }

    /// The long side of the style at each scale of a result of this size.
    fn sides(style: u32, size: u32, stroke: f32) -> Vec<usize> {
        let settings = Settings { size, stroke, ..Settings::default() };
        let inputs = Inputs::new(flat(80, 60), flat(style, style / 2));
        let canvas = Canvas::new(&inputs, &settings, &crate::backend::cpu()).unwrap();
        let (width, height) = canvas.sides();
        let scales = settings.scales(width, height).into_iter();
        scales.map(|scale| canvas.regions(scale)[0].styles[0].picture.dims()[3]).collect()
    }

    #[test]
    fn a_style_is_as_large_beside_a_small_result_as_beside_a_large_one() {
        assert_eq!(sides(600, 512, 1.0), [128, 181, 256, 362, 512]);
        assert_eq!(sides(600, 512, 0.5), [64, 91, 128, 181, 256]);
        // Beyond its own size it is not enlarged, unless larger strokes are asked for.
        assert_eq!(sides(256, 512, 1.0), [128, 181, 256, 256, 256]);
        assert_eq!(sides(256, 512, 2.0), [256, 362, 512, 512, 512]);
    }

    /// Two waves, each of a colour, around a third, in steps of 255.
    fn waves([middle, across, down]: [[f32; 3]; 3]) -> Picture {
        let place = |at: u16| f32::from(at) * 0.7;
        let plane = |i: usize| {
            (0..64 * 64)
                .map(move |index: u16| (middle[i] + across[i] * place(index % 64).sin() + down[i] * place(index / 64).cos()) / 255.0)
        };
        let planes: Vec<f32> = (0..3).flat_map(plane).collect();
        Picture::from_planar(64, 64, &planes, None).unwrap()
    }

    /// White from one column on, up to another.
    fn columns(from: usize, to: usize) -> Mask {
        let row: Vec<u8> = (0..64).flat_map(|x| [if (from..to).contains(&x) { 255 } else { 0 }; 3]).collect();
        Mask::from_picture(&Picture::new(64, 64, row.repeat(64), None).unwrap())
    }

    /// The position that a run starts from, as a picture.
    fn started(inputs: &Inputs, settings: Settings) -> Picture {
        let settings = Settings { size: 64, ..settings };
        let canvas = Canvas::new(inputs, &settings, &crate::backend::cpu()).unwrap();
        let scale = settings.scales(64, 64)[0];
        let start: Vec<f32> = canvas.start(scale, &settings, &canvas.subject(scale)).into_data().try_into_vec().unwrap();
        Picture::from_planar(64, 64, &start, None).unwrap()
    }

    /// A flat position, as it is shown with colours matched afterwards.
    fn matched(inputs: &Inputs) -> Picture {
        let settings = Settings { size: 64, colors: Colors::MatchAfter, ..Settings::default() };
        let mut canvas = Canvas::new(inputs, &settings, &crate::backend::cpu()).unwrap();
        let scale = settings.scales(64, 64)[0];
        canvas.enter(scale);
        let grey = Tensor::<4>::full([1, 3, 64, 64], 0.4, &crate::backend::cpu());
        pollster::block_on(canvas.shown(grey, scale)).unwrap()
    }

    fn mean_of(picture: &Picture, part: &Mask) -> [f64; 3] {
        let values = part.values();
        let sum = |channel: usize| {
            picture
                .rgb()
                .as_chunks::<3>()
                .0
                .iter()
                .zip(&values)
                .map(|(rgb, value)| f64::from(rgb[channel]) * f64::from(*value))
                .sum::<f64>()
        };
        let whole: f64 = values.iter().map(|value| f64::from(*value)).sum();
        [0, 1, 2].map(|channel| sum(channel) / whole)
    }

    #[test]
    fn colours_are_matched_afterwards_in_each_part_and_where_nothing_is_kept() {
        let blue = waves([[60.0, 90.0, 200.0], [9.0, 4.0, 2.0], [2.0, 9.0, 3.0]]);
        let green = waves([[70.0, 140.0, 60.0], [9.0, 4.0, 2.0], [2.0, 9.0, 3.0]]);
        let [left, right] = [columns(0, 32), columns(32, 64)];
        let content = blue.overlaid(&green, &right);
        let near = |found: [f64; 3], expected: [f64; 3]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1.5);

        let mut kept = Inputs::new(content.clone(), flat(64, 64));
        kept.keep = Some(left.clone());
        let found = matched(&kept);
        assert!(near(mean_of(&found, &right), mean_of(&content, &right)), "{:?}", mean_of(&found, &right));

        let mut placed = Inputs::new(content.clone(), flat(64, 64));
        placed.styles.push(Style { region: Some(right.clone()), ..placed.styles[0].clone() });
        placed.styles[0].region = Some(left.clone());
        let found = matched(&placed);
        for part in [&left, &right] {
            assert!(near(mean_of(&found, part), mean_of(&content, part)), "{:?}", mean_of(&found, part));
        }
    }

    #[test]
    fn what_a_tile_keeps_has_no_seam_either() {
        let content = waves([[70.0, 140.0, 60.0], [30.0, 20.0, 10.0], [5.0, 20.0, 30.0]]);
        let mut inputs = Inputs::new(content, flat(64, 64));
        inputs.keep = Some(columns(40, 64));
        let settings = Settings { size: 64, seamless: true, ..Settings::default() };
        let mut canvas = Canvas::new(&inputs, &settings, &crate::backend::cpu()).unwrap();
        let scale = settings.scales(64, 64)[0];
        canvas.enter(scale);
        let grey = Tensor::<4>::full([1, 3, 64, 64], 0.9, &crate::backend::cpu());
        let shown = pollster::block_on(canvas.shown(grey, scale)).unwrap();
        let step = |a: usize, b: usize| {
            let row = |y: usize| (0..3).map(move |channel| (y, channel));
            let at = |x: usize, (y, channel): (usize, usize)| i32::from(shown.rgb()[3 * (64 * y + x) + channel]);
            (0..64).flat_map(row).map(|place| (at(a, place) - at(b, place)).abs()).max().unwrap()
        };
        let inside = (0..63).map(|x| step(x, x + 1)).max().unwrap();
        assert!(step(63, 0) <= inside, "{} at the border, {inside} elsewhere", step(63, 0));
    }

    #[test]
    fn colours_are_matched_beforehand_by_what_of_the_style_is_learnt() {
        let content = waves([[70.0, 140.0, 60.0], [9.0, 4.0, 2.0], [2.0, 9.0, 3.0]]);
        let red = waves([[200.0, 40.0, 40.0], [9.0, 4.0, 2.0], [2.0, 9.0, 3.0]]);
        let left = columns(0, 32);
        let mut inputs = Inputs::new(content.clone(), flat(64, 64).overlaid(&red, &left));
        inputs.styles[0].mask = Some(left.clone());
        let settings = Settings { size: 64, colors: Colors::MatchBefore, ..Settings::default() };
        let canvas = Canvas::new(&inputs, &settings, &crate::backend::cpu()).unwrap();
        let (found, expected) = (mean_of(&canvas.styles[0].picture, &left), mean_of(&content, &columns(0, 64)));
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1.5), "{found:?}, {expected:?}");
    }

    #[test]
    fn a_run_starts_in_the_styles_colours() {
        let content = waves([[120.0, 110.0, 100.0], [30.0, 20.0, 10.0], [5.0, 20.0, 30.0]]);
        let style = waves([[150.0, 90.0, 60.0], [20.0, -15.0, 5.0], [10.0, 10.0, -25.0]]);
        let inputs = Inputs::new(content.clone(), style.clone());
        let map =
            |a: &Picture, b: &Picture| a.color_statistics(None).unwrap().map_to(&b.color_statistics(None).unwrap(), OF_NOISE).unwrap();
        let expected = map(&content, &style);
        let found = started(&inputs, Settings::default());
        for (found, rgb) in found.rgb().as_chunks::<3>().0.iter().zip(content.rgb().as_chunks::<3>().0) {
            for (expected, found) in expected.apply(rgb.map(|value| f32::from(value) / 255.0)).iter().zip(found) {
                // Rounded to a byte.
                assert!((255.0 * expected - f32::from(*found)).abs() <= 0.51);
            }
        }
        // Those that start as they are.
        for settings in [
            Settings { recipe: Recipe::Paper, ..Settings::default() },
            Settings { recipe: Recipe::MeanSquared, ..Settings::default() },
            Settings { colors: Colors::MatchBefore, ..Settings::default() },
            Settings { layers: [0.0, 1.0, 1.0, 1.0, 1.0], ..Settings::default() },
        ] {
            assert!(started(&inputs, settings.clone()) == content, "{settings:?}");
        }
        assert!(started(&inputs, Settings { start: Start::Style, ..Settings::default() }) == style);
    }

    #[test]
    fn a_photo_of_greys_keeps_its_noise_quiet() {
        // Every other line is one step bluer.
        let greys = (0..64_u8).flat_map(|y| (0..64_u8).flat_map(move |x| [40 + 2 * x, 40 + 2 * x, 40 + 2 * x + y % 2]));
        let content = Picture::new(64, 64, greys.collect(), None).unwrap();
        let style = waves([[150.0, 110.0, 100.0], [60.0, -40.0, 5.0], [10.0, 50.0, -50.0]]);
        let start = started(&Inputs::new(content, style), Settings::default());
        let [first, second] = [0, 64].map(|from| &start.rgb().as_chunks::<3>().0[from..from + 64]);
        let steps = first.iter().zip(second).flat_map(|(a, b)| [0, 1, 2].map(|i| a[i].abs_diff(b[i])));
        assert!(steps.max().unwrap() <= 8);
    }

    #[test]
    fn each_part_starts_in_the_colours_of_the_styles_that_are_for_it() {
        let of = |[r, g, b]: [u8; 3]| Picture::new(32, 32, [r, g, b].repeat(32 * 32), None).unwrap();
        let left = |color| Style { region: Some(columns(0, 32)), ..Style::new(of(color)) };
        let elsewhere = [Style { weight: 3.0, ..Style::new(of([0, 80, 100])) }, Style::new(of([40, 0, 220]))];
        // What is left alone has another colour, which must not count.
        let row: Vec<u8> = (0..64).flat_map(|x| [if x < 60 { 90 } else { 250 }; 3]).collect();
        let content = Picture::new(64, 64, row.repeat(64), None).unwrap();
        let mut inputs = Inputs { styles: [vec![left([200, 10, 20])], elsewhere.to_vec()].concat(), ..Inputs::new(content, flat(1, 1)) };
        inputs.keep = Some(columns(60, 64));
        let at = |picture: &Picture, x: usize| picture.rgb().as_chunks::<3>().0[30 * 64 + x];
        let start = started(&inputs, Settings::default());
        assert_eq!([10, 46, 62].map(|x| at(&start, x)), [[200, 10, 20], [10, 60, 130], [250; 3]]);
        // Two styles for one part: their mean, in whichever order they come.
        inputs.styles.insert(1, left([0, 90, 210]));
        assert_eq!(at(&started(&inputs, Settings::default()), 10), [100, 50, 115]);
    }

    #[test]
    fn a_strip_is_refused_whatever_the_stroke_unless_it_is_enlarged() {
        let begun = |stroke: f32| {
            let settings = Settings { size: 512, stroke, ..Settings::default() };
            Canvas::new(&Inputs::new(flat(80, 60), flat(640, 15)), &settings, &crate::backend::cpu()).is_ok()
        };
        assert_eq!([0.5, 0.99, 1.0, 1.5].map(begun), [false, false, false, true]);
    }
}
