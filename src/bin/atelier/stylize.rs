//! `atelier stylize`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use atelier::error::Error;
use atelier::job::Event;
use atelier::optimize::{Inputs, Optimization, Settings, Style};
use atelier::picture::{Fit, Mask, Picture, PictureError};
use atelier::vgg::Vgg;
use clap::{ArgAction, Args};
use serde_json::{Map, Value, json};

use crate::device::Backend;
use crate::failure::Failure;
use crate::files::{self, Format};
use crate::jobs::{WeighedPath, each, jobs};
use crate::lines::tell;
use crate::models;
use crate::preset::{self, Optimise, Preset};
use crate::progress;
use crate::shape::Shape;

#[derive(Args)]
pub struct Arguments {
    /// The photo, or a folder of them.
    #[arg(value_name = "CONTENT", required_unless_present_any = ["content", "print_settings"])]
    positional: Option<PathBuf>,
    /// The same, by name.
    #[arg(long, conflicts_with = "positional")]
    content: Option<PathBuf>,
    /// A picture whose style to take, with its weight after a colon if there are several: `wave.jpg:0.3`.
    #[arg(long, required_unless_present = "print_settings", value_name = "FILE[:WEIGHT]", action = ArgAction::Append)]
    style: Vec<WeighedPath>,
    /// Where the result goes, ending in .png or .jpg; for a folder of photos, a folder.
    #[arg(short, long, required_unless_present = "print_settings")]
    output: Option<PathBuf>,
    /// Mask of what to learn from the style of the same rank: white counts. `-` for none.
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    style_mask: Vec<PathBuf>,
    /// Mask of where on the photo the style of the same rank goes. `-` for everywhere else.
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    region: Vec<PathBuf>,
    /// Mask of what to leave alone on the photo.
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// A picture to start from, such as an earlier result.
    #[arg(long, value_name = "FILE")]
    start_from: Option<PathBuf>,
    #[command(flatten)]
    choices: Choices,
    /// Settings as a JSON file, as `--print-settings` writes it; other options go before it.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Settings as the page saves them (`*.atelier.json`); other options and `--settings` go before it.
    #[arg(long, value_name = "FILE")]
    preset: Option<PathBuf>,
    /// Give the photo sides that are powers of two, as textures have them [default: none].
    #[arg(long, value_enum)]
    power_of_two: Option<Shape>,
    /// Print the settings as JSON and stop.
    #[arg(long)]
    print_settings: bool,
    /// The network's weights, as `atelier quantize` writes them [default: models/vgg-lite-wide.safetensors].
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, visible_alias = "device", value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
    /// Events as JSON, one a line, instead of a progress bar.
    #[arg(long)]
    json: bool,
}

/// Each of them a field of [`Settings`] by the same name; what is not given keeps its default.
#[derive(Args)]
struct Choices {
    /// Long side of the result in pixels [default: 384].
    #[arg(long)]
    size: Option<u32>,
    /// Evaluations of the loss [default: 100].
    #[arg(long)]
    iterations: Option<u32>,
    /// `lbfgs` or `adam`.
    #[arg(long)]
    method: Option<String>,
    /// `backtracking`, `strong-wolfe` or `unit-step`, for L-BFGS.
    #[arg(long)]
    line_search: Option<String>,
    /// From 0, hardly any style, to 1, hardly any content [default: 0.5].
    #[arg(long, value_parser = finite)]
    strength: Option<f32>,
    /// `quality`, `paper` (Gatys et al. 2016) or `mean-squared`.
    #[arg(long)]
    recipe: Option<String>,
    /// `content` (with the recipe `quality` in the styles' colours, unless colours are `match-before` or the first of `layers` is 0), `style`, `noise` or `picture`.
    #[arg(long)]
    start: Option<String>,
    /// Of `--start noise`.
    #[arg(long)]
    seed: Option<u32>,
    /// Size of the strokes, 0.25 to 2 [default: 1].
    #[arg(long, value_parser = finite)]
    stroke: Option<f32>,
    /// Five weights, from fine texture to large shapes: `1,1,1,1,1`.
    #[arg(long, value_delimiter = ',', num_args = 1, value_parser = finite)]
    layers: Option<Vec<f32>>,
    /// Whose colours: `style`, or the photo's by `luma`, `match-before` or `match-after`.
    #[arg(long)]
    colors: Option<String>,
    /// The result can be laid side by side with itself.
    #[arg(long)]
    seamless: bool,
    /// Weight of total variation, with the recipe `quality` [default: 0.1].
    #[arg(long, value_parser = finite)]
    smoothness: Option<f32>,
    /// From 0 to 1: hold text, eyes and thin lines to the photo.
    #[arg(long, value_parser = finite)]
    detail: Option<f32>,
    /// `max` or `average`.
    #[arg(long)]
    pooling: Option<String>,
    /// `gram`, or `mean-covariance` to compare means and covariances instead, with the recipe `quality`.
    #[arg(long)]
    statistic: Option<String>,
    /// Compare style at this many sizes, 1 to 4: 1, ½, ¼, ….
    #[arg(long)]
    pyramid: Option<u8>,
    /// Where content is compared, such as `relu4_2` or `conv4_2`.
    #[arg(long, value_delimiter = ',', num_args = 1)]
    content_taps: Option<Vec<String>>,
    /// Where style is compared.
    #[arg(long, value_delimiter = ',', num_args = 1)]
    style_taps: Option<Vec<String>>,
}

impl Choices {
    /// What was given, by the names that [`Settings`] has in JSON.
    fn given(&self) -> Map<String, Value> {
        let all = json!({
            "size": self.size, "iterations": self.iterations, "method": self.method, "lineSearch": self.line_search,
            "strength": self.strength, "recipe": self.recipe, "start": self.start, "seed": self.seed, "stroke": self.stroke,
            "layers": self.layers, "colors": self.colors, "seamless": self.seamless.then_some(true), "smoothness": self.smoothness,
            "detail": self.detail, "pooling": self.pooling, "statistic": self.statistic, "pyramid": self.pyramid, "contentTaps": self.content_taps,
            "styleTaps": self.style_taps,
        });
        match all {
            Value::Object(all) => all.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            _ => Map::new(),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let preset = Preset::read(arguments.preset.as_deref())?.optimise;
    let shape = preset.shape(arguments.power_of_two);
    let mut settings = settings(arguments, &preset)?;
    if arguments.print_settings {
        tell!("{}", serde_json::to_string_pretty(&settings).map_err(|error| Failure::defect(error.to_string()))?);
        return Ok(());
    }
    let content = arguments.content.as_ref().or(arguments.positional.as_ref()).ok_or_else(|| Failure::usage("there is no photo"))?;
    let output = arguments.output.as_ref().ok_or_else(|| Failure::usage("there is no place for the result"))?;
    let masks = [&arguments.style_mask, &arguments.region].into_iter().flatten().map(PathBuf::as_path);
    let others = arguments
        .style
        .iter()
        .map(|style| &*style.path)
        .chain(masks)
        .chain(arguments.keep.as_deref())
        .chain(arguments.start_from.as_deref());
    let jobs = jobs(content, output, others)?;
    let styles = styles(arguments)?;
    let keep = arguments.keep.as_deref().map(files::mask).transpose()?;
    let start = arguments.start_from.as_deref().map(files::picture).transpose()?;
    let weights = models::vgg(&preset.model(arguments.model.as_deref())?)?;
    let weights = Arc::new(weights);
    settings.size = shape.size(settings.size);
    let device = arguments.backend.open()?;
    let network = Vgg::new(&weights, &device);
    each(jobs, |content, output| {
        let format = Format::of(output)?;
        let photo = files::picture(content)?;
        let over = |mask: &Option<Mask>| mask.as_ref().map(|mask| shape.mask(mask, &photo, settings.size));
        let styles = styles.iter().map(|style| Style { region: over(&style.region), ..style.clone() }).collect();
        let inputs = Inputs { content: shape.of(&photo, settings.size), styles, keep: over(&keep), start: start.clone() };
        let run = Optimization::new(&network, &weights, &device, &inputs, settings.clone())
            .map_err(|error| about(content, &inputs, &settings, error))?;
        let name = content.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut progress = progress::Painting::new(arguments.json, settings.iterations, &name);
        let result = pollster::block_on(finish(run, &mut progress))?;
        files::write(output, &format.encode(&result)?)?;
        progress.written(output, result.width(), result.height());
        Ok(())
    })
}

/// A number that JSON can hold.
fn finite(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err("it is not finite".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Why a photo is not painted: said of the photo where another one would do, and not where its style or a mask is at fault.
fn about(content: &Path, inputs: &Inputs, settings: &Settings, error: Error) -> Failure {
    let (width, height) = Fit::Exactly(settings.size).sides(inputs.content.width(), inputs.content.height());
    match error {
        Error::Picture(PictureError::TooThin { width: thin, height: low }) if (thin, low) == (width, height) => {
            Failure::about(content, error)
        }
        _ => Failure::from(error),
    }
}

/// The settings of the preset and of the file, if there are such, with what was typed laid over them.
fn settings(arguments: &Arguments, preset: &Optimise) -> Result<Settings, Failure> {
    let file = match &arguments.settings {
        Some(path) => serde_json::from_slice::<Map<String, Value>>(&files::read(path)?).map_err(preset::malformed)?,
        None => Map::new(),
    };
    let mut typed = arguments.choices.given();
    if arguments.start_from.is_some() && typed.insert("start".to_owned(), "picture".into()).is_some_and(|start| start != "picture") {
        return Err(Failure::usage("`--start-from` names what it starts from: leave `--start` out"));
    }
    preset::merged([preset.settings(), file, typed])
}

fn styles(arguments: &Arguments) -> Result<Vec<Style>, Failure> {
    let count = arguments.style.len();
    if arguments.style_mask.len() > count || arguments.region.len() > count {
        return Err(Failure::usage("there are more masks than styles"));
    }
    let mask = |paths: &[PathBuf], rank: usize| {
        let path = paths.get(rank).filter(|path| path.as_os_str() != "-");
        path.map(|path| files::mask(path)).transpose()
    };
    let styles = arguments.style.iter().enumerate().map(|(rank, style)| {
        let picture = files::picture(&style.path)?;
        Ok(Style { picture, weight: style.weight, mask: mask(&arguments.style_mask, rank)?, region: mask(&arguments.region, rank)? })
    });
    styles.collect()
}

/// Drives a run to its end.
async fn finish(mut run: Optimization, progress: &mut progress::Painting) -> Result<Picture, Failure> {
    while let Some(event) = run.next().await? {
        progress.hear(&event);
        if let Event::Done(picture) = event {
            return Ok(picture);
        }
    }
    Err(Failure::defect("the run ended without a result"))
}
