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
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let weights = models::generator(&arguments.generator)?;
    let file = match arguments.output.extension().and_then(|ending| ending.to_str()) {
        Some("onnx") => onnx::model(&weights),
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
