//! The command line: the studio's core without a browser.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks through its streams")]

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use atelier::backend;
use atelier::error::{Error, Party};
use atelier::job::Event;
use atelier::optimize::{Method, Optimization, Settings};
use atelier::picture::{Limits, Picture, decode, encode_jpeg, encode_png};
use atelier::vgg::{Architecture, Vgg, Weights};
use clap::{Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

/// Neural style transfer on this machine.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Paint a photo in the style of another picture.
    Stylize(Stylize),
    /// Store a network's weights as int8, ready to ship.
    Quantize(Quantize),
}

#[derive(clap::Args)]
struct Stylize {
    /// The photo.
    content: PathBuf,
    /// The picture whose style to take.
    #[arg(long)]
    style: PathBuf,
    /// Where the result goes; its ending, .png or .jpg, says as what.
    #[arg(short, long)]
    output: PathBuf,
    /// Long side of the result in pixels.
    #[arg(long, default_value_t = Settings::default().size)]
    size: u32,
    /// Evaluations of the loss.
    #[arg(long, default_value_t = Settings::default().iterations)]
    iterations: u32,
    /// From 0, hardly any style, to 1, hardly any content.
    #[arg(long, default_value_t = Settings::default().strength)]
    strength: f32,
    /// The minimiser.
    #[arg(long, value_enum, default_value_t = MethodName::Lbfgs)]
    method: MethodName,
    /// The network's weights.
    #[arg(long, default_value = "models/vgg-lite.safetensors")]
    model: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum MethodName {
    Lbfgs,
    Adam,
}

#[derive(clap::Args)]
struct Quantize {
    /// Weights in safetensors, in f32; without an architecture of their own they are taken for vgg-lite's.
    input: PathBuf,
    /// Where the int8 file goes.
    #[arg(short, long)]
    output: PathBuf,
}

/// Why the command line stopped, and with which exit code.
struct Failure {
    message: String,
    exit: u8,
}

/// A file could not be read or written.
const EXIT_FILE: u8 = 1;
/// A picture or a setting cannot be used.
const EXIT_INPUT: u8 = 2;
/// The device failed or there is a defect in Atelier.
const EXIT_ENGINE: u8 = 3;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = if matches!(error.party(), Party::Visitor | Party::Host) { EXIT_INPUT } else { EXIT_ENGINE };
        Self { message: format!("{} [{}]", error, error.code()), exit }
    }
}

impl Failure {
    fn file(path: &Path, cause: impl fmt::Display) -> Self {
        Self { message: format!("{}: {cause}", path.display()), exit: EXIT_FILE }
    }

    fn about(path: &Path, error: impl Into<Error>) -> Self {
        let failure = Self::from(error.into());
        Self { message: format!("{}: {}", path.display(), failure.message), ..failure }
    }
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Stylize(arguments) => stylize(&arguments),
        Command::Quantize(arguments) => quantize(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("atelier: {}", failure.message);
            ExitCode::from(failure.exit)
        }
    }
}

fn stylize(arguments: &Stylize) -> Result<(), Failure> {
    let jpeg = match arguments.output.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase).as_deref() {
        Some("png") => false,
        Some("jpg" | "jpeg") => true,
        _ => return Err(Failure { message: "the output must end in .png or .jpg".to_owned(), exit: EXIT_INPUT }),
    };
    let (content, style) = (picture(&arguments.content)?, picture(&arguments.style)?);
    let weights = Weights::read(&read(&arguments.model)?, &arguments.model.display().to_string()).map_err(Error::from)?;
    let weights = Arc::new(weights);
    let settings = Settings {
        size: arguments.size,
        iterations: arguments.iterations,
        strength: arguments.strength,
        method: match arguments.method {
            MethodName::Lbfgs => Method::Lbfgs,
            MethodName::Adam => Method::Adam,
        },
    };
    let device = backend::cpu();
    let network = Vgg::new(&weights, &device.clone().autodiff());
    let run = Optimization::new(&network, &weights, &device, &content, &style, settings)?;
    let result = pollster::block_on(finish(run, settings.iterations))?;
    let bytes = if jpeg { encode_jpeg(&result, 92) } else { encode_png(&result) };
    std::fs::write(&arguments.output, bytes.map_err(Error::from)?).map_err(|error| Failure::file(&arguments.output, error))
}

/// Drives a run to its end behind a progress bar.
async fn finish(mut run: Optimization, iterations: u32) -> Result<Picture, Failure> {
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(u64::from(iterations)).with_style(style);
    let mut size = String::new();
    while let Some(event) = run.next().await? {
        match event {
            Event::Scale { width, height, .. } => size = format!("{width}×{height}"),
            Event::Iteration { iteration, terms, seconds_left, .. } => {
                bar.set_position(u64::from(iteration));
                bar.set_message(format!("{size}  content {:.3}  style {:.4}  {seconds_left:.0} s left", terms.content, terms.style));
            }
            Event::Done(picture) => {
                bar.finish();
                return Ok(picture);
            }
            _ => {}
        }
    }
    Err(Failure { message: "the run ended without a result".to_owned(), exit: EXIT_ENGINE })
}

fn quantize(arguments: &Quantize) -> Result<(), Failure> {
    let (bytes, name) = (read(&arguments.input)?, arguments.input.display().to_string());
    let weights = Weights::read(&bytes, &name).or_else(|_| Weights::read_as(&bytes, Architecture::lite(), &name));
    let file = weights
        .map_err(|error| Failure::about(&arguments.input, error))?
        .write_int8(HashMap::from([("format".to_owned(), "atelier-vgg-1".to_owned())]))
        .map_err(|error| Failure { message: error.to_string(), exit: EXIT_ENGINE })?;
    std::fs::write(&arguments.output, &file).map_err(|error| Failure::file(&arguments.output, error))?;
    println!("{}: {} bytes", arguments.output.display(), file.len());
    Ok(())
}

fn picture(path: &Path) -> Result<Picture, Failure> {
    let decoded = decode(&read(path)?, &Limits::default()).map_err(|error| Failure::about(path, error))?;
    Ok(decoded.picture)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::file(path, error))
}
