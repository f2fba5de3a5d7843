//! `atelier export`

use std::path::PathBuf;

use atelier::generator::onnx;
use atelier::vgg::Precision;
use clap::Args;

use crate::failure::Failure;
use crate::files;
use crate::lines::tell;
use crate::models;

/// Writes a generator for other programs: ONNX, or safetensors in f32 or int8, by the ending of the output's name.
#[derive(Args)]
pub struct Arguments {
    /// The generator, as `atelier train` writes it.
    generator: PathBuf,
    /// Where it goes, ending in .onnx or .safetensors.
    #[arg(short, long)]
    output: PathBuf,
    /// Store safetensors as int8, as generators are shipped.
    #[arg(long)]
    int8: bool,
    /// Of a generator of one style, told to an ONNX model by itself: the long side in pixels of what will be painted, by which it learnt how large strokes are.
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(64..=4096))]
    size: u32,
    /// Write the mean with this one, from which the generator's training started: most of what the training gained, with hardly less of what there was.
    #[arg(long, value_name = "GENERATOR")]
    mean_with: Option<PathBuf>,
    /// How much of the mean is the generator's own, from 0 to 1.
    #[arg(long, default_value_t = 0.5, value_parser = share, requires = "mean_with")]
    share: f32,
}

fn share(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "a number from 0 to 1".to_owned())
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    files::require_other(&arguments.output, [&*arguments.generator].into_iter().chain(arguments.mean_with.as_deref()))?;
    let mut weights = models::generator(&arguments.generator)?;
    if let Some(start) = &arguments.mean_with {
        weights = models::generator(start)?
            .mean_with(&weights, arguments.share)
            .ok_or_else(|| Failure::usage(format!("{}: not of one training with {}", start.display(), arguments.generator.display())))?;
    }
    let file = match arguments.output.extension().and_then(|ending| ending.to_str()) {
        Some("onnx") if arguments.int8 => return Err(Failure::usage("--int8 is for .safetensors")),
        Some("onnx") => onnx::model(&weights, arguments.size),
        Some("safetensors") => {
            let precision = if arguments.int8 { Precision::Int8 } else { Precision::Float32 };
            weights.write(precision).map_err(|error| Failure::defect(error.to_string()))?
        }
        _ => return Err(Failure::usage(format!("{}: the output must end in .onnx or .safetensors", arguments.output.display()))),
    };
    files::write(&arguments.output, &file)?;
    tell!("{}: {} bytes", arguments.output.display(), file.len());
    Ok(())
}
