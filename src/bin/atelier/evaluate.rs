//! `atelier evaluate`

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atelier::error::Error;
use atelier::generator::{Painter, Settings, StyleStatistics};
use atelier::job::Event;
use atelier::optimize::{Inputs, Optimization, Settings as OptimizationSettings, Style};
use atelier::picture::{Fit, Picture, PictureError, fit};
use atelier::vgg::{Vgg, Weights as VggWeights};
use burn::tensor::Device;
use clap::Args;
use indicatif::ProgressBar;

use crate::device::Backend;
use crate::failure::Failure;
use crate::files;
use crate::generate::finish;
use crate::judge::{Judge, Verdict};
use crate::lines::{complain, tell};
use crate::models;
use crate::samples::{cell, grid};

/// Measures a generator on pairs of photo and style against an optimisation by the judging network itself, and draws contact sheets.
#[derive(Args)]
pub struct Arguments {
    /// The generator, as `atelier train` writes it.
    #[arg(long, default_value = "models/any-style.safetensors")]
    generator: PathBuf,
    /// The network that describes styles, as the generator was trained with.
    #[arg(long, default_value = "models/vgg-lite.safetensors")]
    vgg: PathBuf,
    /// The true VGG-19, which judges: any file that `atelier quantize` reads.
    #[arg(long)]
    vgg19: PathBuf,
    /// Folder of photos. One that cannot be read, or is too narrow a strip, is named and left out.
    #[arg(long)]
    content: PathBuf,
    /// The picture to paint in the style of and to judge by, or a folder of them: where there are fewer than photos, they come round again.
    #[arg(long)]
    style: PathBuf,
    /// Paint in the generator's own style, that of the pictures it was trained on, instead of the judged one as it is described.
    #[arg(long)]
    own_style: bool,
    /// Take the pictures whose place in their folder is a multiple of this: those that `atelier train --hold-out` left out. Of a folder that holds fewer, all.
    #[arg(long, default_value_t = 20)]
    hold_out: usize,
    /// Pairs.
    #[arg(long, default_value_t = 20)]
    count: usize,
    /// Long side of the results in pixels.
    #[arg(long, default_value_t = 256)]
    size: u32,
    /// Evaluations of the optimisation that is compared with; 0 compares with none.
    #[arg(long, default_value_t = 300)]
    optimise: u32,
    /// Folder for the results, sheets and figures. Optimised pictures that it holds are used again.
    #[arg(short, long)]
    output: PathBuf,
    /// Where to compute.
    #[arg(long, visible_alias = "device", value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    Settings { size: arguments.size, ..Settings::default() }.check().map_err(Error::from)?;
    std::fs::create_dir_all(&arguments.output).map_err(|error| Failure::file(&arguments.output, error))?;
    pollster::block_on(evaluate(arguments))
}

async fn evaluate(arguments: &Arguments) -> Result<(), Failure> {
    let (weights, lite) = (models::generator(&arguments.generator)?, models::vgg(&arguments.vgg)?);
    let judging = Arc::new(models::any_vgg(&arguments.vgg19)?);
    let device = arguments.backend.open()?;
    let judge = Judge::new(&judging, &device)?;
    let reference = Reference { arguments, fingerprint: judging.fingerprint(), judging: &judging, device: &device };
    let (painter, seeing) = (Painter::new(&weights, &device), Vgg::new(&lite, &device));
    let contents = chosen(&arguments.content, arguments)?;
    let styles = if arguments.style.is_dir() {
        chosen(&arguments.style, arguments)?
    } else {
        // A mistyped name is no picture to be left out.
        judgeable(&arguments.style, arguments.size)?;
        vec![arguments.style.clone()]
    };
    let own_style = match (arguments.own_style, &weights.about.style) {
        (true, None) => return Err(Failure::usage("this generator paints in any style and has none of its own")),
        (true, own) => own.as_ref().map(|own| own.at(arguments.size)),
        (false, _) => None,
    };
    let mut table = String::from("content,style,generated style,generated content");
    table.push_str(if arguments.optimise > 0 { ",optimised style,optimised content,style ratio,content ratio\n" } else { "\n" });
    let mut cells = Vec::new();
    let mut ratios = Vec::new();
    let bar = ProgressBar::new(contents.len() as u64);
    for (index, (content, style)) in contents.iter().zip(styles.iter().cycle()).enumerate() {
        bar.set_position(index as u64);
        let (photo, painting) = match (judgeable(content, arguments.size), judgeable(style, arguments.size)) {
            (Ok(photo), Ok(painting)) => (fit(&photo, Fit::Exactly(arguments.size)), painting),
            (photo, painting) => {
                let failures = [photo, painting].into_iter().filter_map(Result::err);
                failures.for_each(|failure| bar.suspend(|| complain!("left out: {}", failure.message)));
                continue;
            }
        };
        let told = match &own_style {
            Some(own) => own.clone(),
            None => painter.describe(&seeing, &painting, arguments.size).await?,
        };
        let generated = generated(&painter, &photo, &told, arguments.size).await?;
        files::write_png(&arguments.output.join(format!("generated-{index:02}.png")), &generated)?;
        let verdict = judge.judge(&generated, &photo, &painting).await?;
        let names = [content, style].map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let mut line = format!("{},{},{:.4},{:.4}", field(&names[0]), field(&names[1]), verdict.style, verdict.content);
        let mut row = vec![photo.clone(), painting.clone(), generated];
        if arguments.optimise > 0 {
            let optimised = reference.optimised(index, &photo, &painting).await?;
            let of_optimised = judge.judge(&optimised, &photo, &painting).await?;
            let ratio = Verdict { style: verdict.style / of_optimised.style, content: verdict.content / of_optimised.content };
            let _ = write!(line, ",{:.4},{:.4},{:.3},{:.3}", of_optimised.style, of_optimised.content, ratio.style, ratio.content);
            ratios.push(ratio);
            row.push(optimised);
        }
        table.push_str(&line);
        table.push('\n');
        cells.push(row.iter().map(cell).collect());
        files::write(&arguments.output.join("figures.csv"), table.as_bytes())?;
    }
    bar.finish_and_clear();
    if cells.is_empty() {
        return Err(Failure::usage("there is no pair of a photo and a painting that can be read"));
    }
    tell!("{}", table.trim_end());
    if !ratios.is_empty() {
        let middle = |value: fn(&Verdict) -> f32| {
            let mut values: Vec<f32> = ratios.iter().map(value).collect();
            values.sort_by(f32::total_cmp);
            // The middle one, or the mean of the two there.
            let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
            f32::midpoint(low, high)
        };
        tell!("median style ratio {:.2}, median content ratio {:.2}", middle(|v| v.style), middle(|v| v.content));
    }
    for (page, rows) in cells.chunks(ROWS).enumerate() {
        files::write_png(&arguments.output.join(format!("sheet-{page}.png")), &grid(rows)?)?;
    }
    Ok(())
}

/// Pairs on a contact sheet.
const ROWS: usize = 5;

fn chosen(folder: &Path, arguments: &Arguments) -> Result<Vec<PathBuf>, Failure> {
    let (all, held_out) = files::split(folder, arguments.hold_out.max(1))?;
    // Of a small folder none was held out.
    Ok(if held_out.is_empty() { all } else { held_out }.into_iter().take(arguments.count).collect())
}

async fn generated(painter: &Painter, photo: &Picture, told: &StyleStatistics, size: u32) -> Result<Picture, Failure> {
    let mut painting = painter.paint(photo, &Settings { size, ..Settings::default() })?;
    painting.begin(told);
    finish(&mut painting).await
}

/// What generators are measured by: the judging network's own optimisation.
struct Reference<'a> {
    arguments: &'a Arguments,
    judging: &'a Arc<VggWeights>,
    /// Of the judging network.
    fingerprint: u64,
    device: &'a Device,
}

impl Reference<'_> {
    /// The optimisation's result, from an earlier evaluation if there is one of this pair and judge by the same settings.
    async fn optimised(&self, index: usize, photo: &Picture, painting: &Picture) -> Result<Picture, Failure> {
        let Arguments { size, optimise, output, .. } = self.arguments;
        let settings = OptimizationSettings { size: *size, iterations: *optimise, ..OptimizationSettings::default() };
        let mut of = crc32fast::Hasher::new();
        of.update(serde_json::to_string(&settings).map_err(|error| Failure::defect(error.to_string()))?.as_bytes());
        of.update(&self.fingerprint.to_le_bytes());
        of.update(photo.rgb());
        of.update(painting.rgb());
        let of = of.finalize();
        // Names of pictures can be as long as those of files may be.
        let path = output.join(format!("optimised-{size}-{optimise}-{index:02}-{of:08x}.png"));
        if path.exists() {
            return files::picture(&path);
        }
        let network = Vgg::new(self.judging, self.device);
        let style = Style { picture: painting.clone(), weight: 1.0, mask: None, region: None };
        let inputs = Inputs { content: photo.clone(), styles: vec![style], keep: None, start: None };
        let mut run = Optimization::new(&network, self.judging, self.device, &inputs, settings)?;
        while let Some(event) = run.next().await? {
            if let Event::Done(picture) = event {
                files::write_png(&path, &picture)?;
                return Ok(picture);
            }
        }
        Err(Failure::defect("the run ended without a result"))
    }
}

/// A picture that can be judged at a long side of `size` pixels: one whose short side the deepest layer still sees something of.
fn judgeable(path: &Path, size: u32) -> Result<Picture, Failure> {
    let picture = files::picture(path)?;
    let (width, height) = Fit::Exactly(size).sides(picture.width(), picture.height());
    if width.min(height) < Judge::LEAST {
        return Err(Failure::about(path, PictureError::TooThin { width, height }));
    }
    Ok(picture)
}

/// A name as a field of a table of values with commas between them (RFC 4180).
fn field(name: &str) -> String {
    if name.contains([',', '"', '\n']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}
