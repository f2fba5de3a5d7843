//! What is measured at each step of a training, as a file of comma-separated values.

use std::fmt::{Display, Write as _};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::files;

pub struct Curves {
    file: File,
    path: PathBuf,
    /// Rows that are not written yet.
    rows: String,
}

impl Curves {
    /// A file with a column for the step and these. Goes on behind the row of a step, 0 for a training that begins. A training that was killed has rows that are younger than its checkpoint; its steps come anew, so those go.
    pub fn open(path: &Path, columns: &[impl Display], step: u64) -> Result<Self, Failure> {
        let header = format!("step,{}", joined(columns));
        let earlier = if path.exists() { files::read(path)? } else { Vec::new() };
        let earlier = String::from_utf8_lossy(&earlier);
        let known = |row: &&str| row.split(',').next().and_then(|at| at.parse().ok()).is_some_and(|at: u64| at <= step);
        // A row that was cut off in the middle has too few values.
        let whole = |row: &&str| row.matches(',').count() == columns.len();
        let rows = earlier.lines().skip(1).filter(whole).filter(known);
        let kept: String = std::iter::once(header.as_str()).chain(rows).flat_map(|row| [row, "\n"]).collect();
        files::write(path, kept.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(|error| Failure::file(path, error))?;
        Ok(Self { file, path: path.to_owned(), rows: String::new() })
    }

    /// The row of a step, a value for each column.
    pub fn add(&mut self, step: u64, values: &[&dyn Display]) {
        let _ = writeln!(self.rows, "{step},{}", joined(values));
    }

    /// Writes the rows of all steps since the last time. Where there is no room for them they are kept for the next.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let written = self.file.metadata().and_then(|before| {
            self.file.write_all(self.rows.as_bytes()).inspect_err(|_| {
                // No half a row is left; where not even that can be, the next training drops it.
                let _ = self.file.set_len(before.len());
            })
        });
        written.map_err(|error| Failure::unwritten(&self.path, &error))?;
        self.rows.clear();
        Ok(())
    }
}

fn joined(cells: &[impl Display]) -> String {
    cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
