//! A training's losses over its steps, as a file of comma-separated values.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use atelier::gan::{Losses, Progress};

use crate::failure::Failure;
use crate::files;

const HEADER: &str = "step,content,style,identity,variation,lattice,adversarial,discriminator,success,judged,gradient";

pub struct Curves {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Curves {
    /// Goes on behind the row of a step, 0 for a training that begins. A training that was killed has rows that are younger than its checkpoint; its steps come anew, so those go.
    pub fn open(path: &Path, step: u64) -> Result<Self, Failure> {
        let earlier = if path.exists() { files::read(path)? } else { Vec::new() };
        let earlier = String::from_utf8_lossy(&earlier);
        let known = |row: &&str| row.split(',').next().and_then(|at| at.parse().ok()).is_some_and(|at: u64| at <= step);
        // A row that was cut off in the middle has too few values.
        let whole = |row: &&str| row.matches(',').count() == HEADER.matches(',').count();
        let rows = earlier.lines().skip(1).filter(whole).filter(known);
        let kept: String = std::iter::once(HEADER).chain(rows).flat_map(|row| [row, "\n"]).collect();
        files::write(path, kept.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(|error| Failure::file(path, error))?;
        Ok(Self { file: BufWriter::new(file), path: path.to_owned() })
    }

    pub fn add(&mut self, progress: &Progress) -> Result<(), Failure> {
        let Progress { step, losses, success, judged, gradient, .. } = progress;
        let Losses { content, style, identity, variation, lattice, adversarial, discriminator } = losses;
        let judged = u8::from(*judged);
        writeln!(
            self.file,
            "{step},{content},{style},{identity},{variation},{lattice},{adversarial},{discriminator},{success},{judged},{gradient}"
        )
        .map_err(|error| Failure::file(&self.path, error))
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        self.file.flush().map_err(|error| Failure::file(&self.path, error))
    }
}
