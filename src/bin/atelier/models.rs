//! Networks from files.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use atelier::error::Error;
use atelier::generator::Weights as GeneratorWeights;
use atelier::vgg::Weights;

use crate::failure::Failure;
use crate::files;

/// A generator, as `atelier train` writes it.
pub fn generator(path: &Path) -> Result<GeneratorWeights, Failure> {
    Ok(GeneratorWeights::read(&files::read(path)?, &path.display().to_string()).map_err(Error::from)?)
}

/// A VGG, as `atelier quantize` writes it.
pub fn vgg(path: &Path) -> Result<Weights, Failure> {
    Ok(Weights::read(&files::read(path)?, &path.display().to_string()).map_err(Error::from)?)
}

/// A model file of our own, which is small, or else a large one, of which only slices are read.
pub fn any_vgg(path: &Path) -> Result<Weights, Failure> {
    const LARGEST_OWN: u64 = 64 << 20;
    let file = File::open(path).map_err(|error| Failure::file(path, error))?;
    let length = file.metadata().map_err(|error| Failure::file(path, error))?.len();
    if length <= LARGEST_OWN {
        let bytes = files::read(path)?;
        if Weights::is_written_here(&bytes) {
            return Ok(Weights::read(&bytes, &path.display().to_string()).map_err(Error::from)?);
        }
    }
    Weights::import_vgg19(&mut BufReader::new(file)).map_err(|error| Failure::about(path, error))
}
