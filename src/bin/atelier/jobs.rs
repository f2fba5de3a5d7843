//! What every way of painting is given: photos, places for the results, weighed styles.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::failure::Failure;
use crate::files::{self, Format};
use crate::lines::complain;

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

/// Which photo becomes which file. `others` are what else it is made from.
pub fn jobs<'a>(content: &'a Path, output: &Path, others: impl IntoIterator<Item = &'a Path>) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    if !content.is_dir() {
        // Said here, since a mistyped folder would else be taken for a photo.
        std::fs::metadata(content).map_err(|error| Failure::file(content, error))?;
        Format::of(output)?;
        files::make_room_for(output)?;
        files::require_other(output, others.into_iter().chain([content]))?;
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

/// Does all jobs. In a folder of photos one that cannot be used does not keep the others waiting: it is named, and the first failure is what the whole ends with.
pub fn each(jobs: Vec<(PathBuf, PathBuf)>, mut job: impl FnMut(&Path, &Path) -> Result<(), Failure>) -> Result<(), Failure> {
    if let [(content, output)] = jobs.as_slice() {
        return job(content, output);
    }
    let mut first = None;
    for (content, output) in jobs {
        if let Err(failure) = job(&content, &output) {
            // The device's failures and our own would only come again.
            if failure.is_of_the_engine() {
                return Err(failure);
            }
            complain!("left out: {}", failure.message);
            first.get_or_insert(failure);
        }
    }
    first.map_or(Ok(()), |failure| Err(Failure { message: format!("some photos were left out, first: {}", failure.message), ..failure }))
}
