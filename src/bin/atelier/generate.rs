//! `atelier generate`

use std::path::PathBuf;

use atelier::error::Error;
use atelier::generator::{Colors, Event, Painter, Painting, Settings, StyleStatistics, Weights};
use atelier::optimize::check_weights;
use atelier::picture::Picture;
use atelier::vgg::Vgg;
use clap::{ArgAction, Args};

use crate::device::Backend;
use crate::failure::Failure;
use crate::files::{self, Format};
use crate::jobs::{WeighedPath, each, jobs};
use crate::lines::tell;
use crate::models;
use crate::preset::{Generate, Preset};
use crate::shape::Shape;

#[derive(Args)]
pub struct Arguments {
    /// The photo, or a folder of them.
    content: PathBuf,
    /// A picture whose style to take, with its weight after a colon if there are several: `wave.jpg:0.3`. A generator of one style needs none.
    #[arg(long, value_name = "FILE[:WEIGHT]", action = ArgAction::Append)]
    style: Vec<WeighedPath>,
    /// Where the result goes, ending in .png or .jpg; for a folder of photos, a folder.
    #[arg(short, long)]
    output: PathBuf,
    /// The generator, as `atelier train` writes it [default: models/any-style.safetensors].
    #[arg(long, value_name = "FILE")]
    generator: Option<PathBuf>,
    /// The network that describes styles, as the generator was trained with.
    #[arg(long, default_value = "models/vgg-lite.safetensors")]
    vgg: PathBuf,
    /// Settings as the page saves them (`*.atelier.json`); other options go before it.
    #[arg(long, value_name = "FILE")]
    preset: Option<PathBuf>,
    /// Long side of the result in pixels [default: 1024].
    #[arg(long)]
    size: Option<u32>,
    /// From 0, the photo in its own style, as near to the photo as the generator has learnt to stay, to 1, the style [default: 1].
    #[arg(long)]
    strength: Option<f32>,
    /// Size of the strokes over that which they have by themselves, 0.25 to 2, within what the generator has learnt: a style is looked at at 256 to 1024 px, and at twice its own
    /// size at most; a generator's own is known at the sizes that it was trained at [default: 1].
    #[arg(long)]
    stroke: Option<f32>,
    /// Whose colours [default: style].
    #[arg(long, value_enum)]
    colors: Option<Colors>,
    /// Give the photo sides that are powers of two, as textures have them [default: none].
    #[arg(long, value_enum)]
    power_of_two: Option<Shape>,
    /// The result can be laid side by side with itself: its sides become multiples of 8.
    #[arg(long)]
    seamless: bool,
    /// Where to compute.
    #[arg(long, visible_alias = "device", value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let preset = Preset::read(arguments.preset.as_deref())?.generate;
    let shape = preset.shape(arguments.power_of_two);
    let mut settings = settings(arguments, &preset);
    settings.check().map_err(Error::from)?;
    settings.size = shape.size(settings.size);
    let (weights, vgg) = (models::generator(&preset.generator(arguments.generator.as_deref())?)?, models::vgg(&arguments.vgg)?);
    let jobs = jobs(&arguments.content, &arguments.output, arguments.style.iter().map(|style| &*style.path))?;
    let device = arguments.backend.open()?;
    let (painter, vgg) = (Painter::new(&weights, &device), Vgg::new(&vgg, &device));
    let style = pollster::block_on(style(arguments, &settings, &painter, &vgg, &weights))?;
    each(jobs, |content, output| {
        let format = Format::of(output)?;
        let picture = shape.of(&files::picture(content)?, settings.size);
        let result = pollster::block_on(async {
            let mut painting = painter.paint(&picture, &settings).map_err(|error| Failure::about(content, error))?;
            painting.begin_at(settings.strength, &style, &vgg).await?;
            finish(&mut painting).await
        })?;
        files::write(output, &format.encode(&result)?)?;
        tell!("{}: {} × {}", output.display(), result.width(), result.height());
        Ok(())
    })
}

/// The settings of the preset, if there is one, with what was typed laid over them.
fn settings(arguments: &Arguments, preset: &Generate) -> Settings {
    let usual = Settings::default();
    Settings {
        size: arguments.size.or(preset.size).unwrap_or(usual.size),
        strength: arguments.strength.or(preset.strength).unwrap_or(usual.strength),
        stroke: arguments.stroke.or(preset.stroke).unwrap_or(usual.stroke),
        colors: arguments.colors.or(preset.colors).unwrap_or(usual.colors),
        seamless: arguments.seamless || preset.seamless,
    }
}

/// The mix of the styles that were asked for, or the generator's own, for paintings of this size and with strokes of this one.
async fn style(
    arguments: &Arguments,
    settings: &Settings,
    painter: &Painter,
    vgg: &Vgg,
    weights: &Weights,
) -> Result<StyleStatistics, Failure> {
    if !arguments.style.is_empty() {
        check_weights(arguments.style.iter().map(|style| style.weight)).map_err(Error::from)?;
    }
    let mut described = Vec::new();
    for WeighedPath { path, weight } in &arguments.style {
        described.push((painter.describe(vgg, &files::picture(path)?, settings.told_for(&Painter::DESCRIBED)).await?, *weight));
    }
    let parts: Vec<(&StyleStatistics, f32)> = described.iter().map(|(statistics, weight)| (statistics, *weight)).collect();
    StyleStatistics::mixed(&parts)
        .or_else(|| weights.about.style.as_ref().map(|own| own.at(settings.told_for(&own.sizes()))))
        .ok_or_else(|| Failure::usage("this generator paints in any style: say which with `--style`"))
}

/// Drives a painting to its end; it can be begun again.
pub async fn finish(painting: &mut Painting) -> Result<Picture, Failure> {
    while let Some(event) = painting.next().await? {
        if let Event::Done(picture) = event {
            return Ok(picture);
        }
    }
    Err(Failure::defect("the painting ended without a result"))
}
