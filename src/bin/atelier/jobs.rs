//! What every way of painting is given: photos, places for the results, weighed styles.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::failure::Failure;
use crate::files::{self, Format};

/// `file` or `file:weight`.
#[derive(Clone, Debug)]
pub struct WeighedPath {
    pub path: PathBuf,
    pub weight: f32,
}

impl FromStr for WeighedPath {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A colon may belong to the name: `C:\wave.jpg`.
        let split = text.rsplit_once(':').and_then(|(path, weight)| Some((path, weight.parse().ok()?)));
        let (path, weight) = split.unwrap_or((text, 1.0));
        Ok(Self { path: path.into(), weight })
    }
}

/// Which photo becomes which file.
pub fn jobs(content: &Path, output: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    if !content.is_dir() {
        Format::of(output)?;
        return Ok(vec![(content.to_owned(), output.to_owned())]);
    }
    std::fs::create_dir_all(output).map_err(|error| Failure::file(output, error))?;
    if content.canonicalize().ok() == output.canonicalize().ok() {
        return Err(Failure::usage("the results would lie among the photos: choose another folder for them"));
    }
    let jobs = files::pictures_in(content)?.into_iter().map(|path| {
        // With its ending, since a.jpg and a.png may lie side by side.
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".png");
        (path, output.join(name))
    });
    Ok(jobs.collect())
}
