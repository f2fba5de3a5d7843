//! `atelier quantize`

use std::path::PathBuf;

use atelier::vgg::Precision;
use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::files;
use crate::lines::tell;
use crate::models;

#[derive(Args)]
pub struct Arguments {
    /// VGG-19 as torchvision has it (`.pth` or safetensors), the original weights in safetensors, or a model file of Atelier's.
    input: PathBuf,
    /// Where the result goes: a file, or a folder.
    #[arg(short, long)]
    output: PathBuf,
    /// Bits a weight.
    #[arg(long, value_enum, default_value_t = Bits::Eight)]
    bits: Bits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Bits {
    /// A scale for each output channel.
    #[value(name = "8")]
    Eight,
    /// A scale for each 32 weights.
    #[value(name = "4")]
    Four,
    /// As they are: four times as large, for comparisons.
    #[value(name = "32")]
    ThirtyTwo,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let weights = models::any_vgg(&arguments.input)?;
    let (precision, name) = match arguments.bits {
        Bits::Eight => (Precision::Int8, "int8"),
        Bits::Four => (Precision::Int4, "int4"),
        Bits::ThirtyTwo => (Precision::Float32, "float32"),
    };
    // Only a narrow network has maps to the true one's features, and there are several.
    let narrow = arguments.input.file_stem().filter(|_| weights.is_narrow());
    let network = narrow.map_or_else(|| "vgg19".into(), |stem| stem.to_string_lossy());
    let name = format!("{network}-{name}.safetensors");
    let output = if arguments.output.is_dir() { arguments.output.join(name) } else { arguments.output.clone() };
    files::require_other(&output, [&*arguments.input])?;
    let file = weights.write(precision).map_err(|error| Failure::defect(error.to_string()))?;
    files::write(&output, &file)?;
    tell!("{}: {} bytes", output.display(), file.len());
    Ok(())
}
