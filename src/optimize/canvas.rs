//! The pictures of a run at each of its sizes: what the losses compare with, where it starts, and what is shown.

use std::borrow::Cow;

use burn::tensor::{Device, Tensor, TensorData};

use super::schedule::scaled;
use super::{Colors, Inputs, Recipe, Scale, Settings, SettingsError, Start, Style};
use crate::error::Error;
use crate::losses::{Region, StylePicture, Subject};
use crate::picture::{ColorMap, ColorStatistics, Fit, Mask, Picture, PictureError, fit, resize};
use crate::readback::values;
use crate::upload::tensor;

/// Least short side of a picture at its working size: relu5_1 sees a sixteenth of it.
pub(super) const LEAST_SIDE: u32 = 16;

/// Variance of a photo's colours, of 0…1, below which they are taken for noise: that of five steps of 255. In a photo of greys or of two colours all others are, and would come out
/// as loud as the style's.
const LEAST_VARIANCE: f64 = 4e-4;

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
    device: Device,
}

/// The content, and what of it is left alone, at a scale.
#[derive(Clone, Debug)]
struct AtScale {
    scale: Scale,
    content: Picture,
    keep: Option<Mask>,
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
            Some(resize(start, width, height))
        } else {
            None
        };
        let keep = inputs.keep.as_ref().map(|keep| keep.resized(width, height));
        Ok(Self {
            content,
            styles,
            stroke: f64::from(settings.stroke),
            colors: settings.colors,
            keep,
            start,
            current: None,
            device: device.clone(),
        })
    }

    fn style(style: &Style, content: &Picture, settings: &Settings) -> Result<Style, Error> {
        // A style smaller than the result is left at its size unless larger strokes are asked for: enlarged, it teaches blur.
        let (width, height) = Fit::Within(settings.size).sides(style.picture.width(), style.picture.height());
        let at = |stroke: f32| Fit::Exactly(scaled(width.max(height), f64::from(stroke)));
        let mut picture = fit(&style.picture, at(settings.stroke));
        // Smaller strokes are no reason to refuse what is wide enough, nor to take what is not.
        let (width, height) = at(settings.stroke.max(1.0)).sides(style.picture.width(), style.picture.height());
        if width.min(height) < LEAST_SIDE {
            return Err(PictureError::TooThin { width, height }.into());
        }
        if settings.colors == Colors::MatchBefore {
            picture = picture.with_colors_like(content);
        }
        let region = style.region.as_ref().map(|region| region.resized(content.width(), content.height()));
        let style = Style { picture, weight: style.weight, mask: style.mask.clone(), region };
        if learnt(&style, style.picture.width(), style.picture.height()).is_some_and(|mask| mask.is_empty()) {
            return Err(SettingsError::EmptyMask.into());
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
        let content = resize(&self.content, scale.width, scale.height);
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

    /// What of the content is neither transparent nor left alone.
    fn painted(&self, scale: Scale) -> Option<Mask> {
        let at = self.at(scale);
        Mask::both(Mask::of_alpha(&at.content), at.keep.as_ref().map(Mask::inverted))
    }

    /// The styles at a scale, by the part of the content that they are for. A part too small for the scale is left out.
    pub(super) fn regions(&self, scale: Scale) -> Vec<Region> {
        let parts = self.parts(scale);
        let painted = if parts.iter().any(|(mask, _)| mask.is_some()) { self.painted(scale) } else { None };
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
        let picture = tensor(&resize(&style.picture, width, height).bled(), &self.device);
        Some(StylePicture { picture, counts: counts.map(|mask| self.plane(&mask)), weight: style.weight * area })
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
            // The papers' runs start as the papers say, and colours that are the content's already are not matched once more.
            _ if settings.recipe == Recipe::Quality && settings.colors != Colors::MatchBefore => self.in_the_styles_colors(scale, subject),
            _ => subject.picture.clone(),
        };
        with_kept(start, subject)
    }

    /// The content in the colours of the styles that are for each part of it.
    ///
    /// Evaluations spend themselves on colours first, dozens of them, where a linear map has most of that at once (docs/quality.md, "Where a run starts").
    fn in_the_styles_colors(&self, scale: Scale, subject: &Subject) -> Tensor<4> {
        let at = self.at(scale);
        let painted = self.painted(scale);
        let content = &subject.picture;
        let mut start = content.clone();
        for (mask, styles) in self.parts(scale) {
            let colors = styles.iter().filter_map(|style| {
                let picture = &style.picture;
                Some((picture.color_statistics(learnt(style, picture.width(), picture.height()).as_ref())?, style.weight))
            });
            let own = at.content.color_statistics(Mask::both(mask.clone(), painted.clone()).as_ref());
            let map = own.zip(ColorStatistics::mixed(colors)).and_then(|(own, wanted)| own.map_to(&wanted, LEAST_VARIANCE));
            let Some(map) = map else { continue };
            let change = recolored(content, &map) - content.clone();
            start = start + mask.map_or_else(|| change.clone(), |mask| change.clone() * self.plane(&mask));
        }
        start
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
            Colors::MatchAfter => picture = picture.with_colors_like(content),
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

    #[test]
    fn a_run_starts_in_the_colours_of_the_styles_that_are_for_each_part() {
        let of = |[r, g, b]: [u8; 3]| Picture::new(32, 32, [r, g, b].repeat(32 * 32), None).unwrap();
        // White from one column on, up to another.
        let columns = |from: usize, to: usize| {
            let row: Vec<u8> = (0..64).flat_map(|x| [if (from..to).contains(&x) { 255 } else { 0 }; 3]).collect();
            Mask::from_picture(&Picture::new(64, 64, row.repeat(64), None).unwrap())
        };
        let left = Style { region: Some(columns(0, 32)), ..Style::new(of([200, 10, 20])) };
        let elsewhere = [Style { weight: 3.0, ..Style::new(of([0, 80, 100])) }, Style::new(of([40, 0, 220]))];
        let mut inputs = Inputs { styles: [vec![left], elsewhere.to_vec()].concat(), ..Inputs::new(flat(64, 64), flat(1, 1)) };
        inputs.keep = Some(columns(60, 64));
        let started = |settings: Settings| {
            let settings = Settings { size: 64, ..settings };
            let canvas = Canvas::new(&inputs, &settings, &crate::backend::cpu()).unwrap();
            let scale = settings.scales(64, 64)[0];
            let start: Vec<f32> = canvas.start(scale, &settings, &canvas.subject(scale)).into_data().try_into_vec().unwrap();
            let at = |x: usize| [0, 1, 2].map(|channel| start[channel * 64 * 64 + 30 * 64 + x] * 255.0);
            // Well inside each part.
            [at(10), at(46), at(62)].map(|color| color.map(|value| value.round()))
        };
        let content = [90.0; 3];
        assert_eq!(started(Settings::default()), [[200.0, 10.0, 20.0], [10.0, 60.0, 130.0], content]);
        assert_eq!(started(Settings { recipe: Recipe::Paper, ..Settings::default() }), [content; 3]);
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
