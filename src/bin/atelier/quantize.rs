//! `atelier quantize`

use std::collections::HashMap;
use std::path::PathBuf;

use atelier::vgg::{Architecture, Weights};
use clap::Args;

use crate::failure::Failure;
use crate::files;

#[derive(Args)]
pub struct Arguments {
    /// Weights in safetensors, in f32; without an architecture of their own they are taken for vgg-lite's.
    input: PathBuf,
    /// Where the int8 file goes.
    #[arg(short, long)]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (bytes, name) = (files::read(&arguments.input)?, arguments.input.display().to_string());
    let weights = Weights::read(&bytes, &name).or_else(|_| Weights::read_as(&bytes, Architecture::lite(), &name));
    let file = weights
        .map_err(|error| Failure::about(&arguments.input, error))?
        .write_int8(HashMap::from([("format".to_owned(), "atelier-vgg-1".to_owned())]))
        .map_err(|error| Failure::defect(error.to_string()))?;
    files::write(&arguments.output, &file)?;
    println!("{}: {} bytes", arguments.output.display(), file.len());
    Ok(())
}
