//! Why the command line stopped, and with which exit code.

use std::fmt;
use std::path::Path;

use atelier::error::{Error, Party};

/// A sentence for the person at the terminal, and the program's exit code.
#[derive(Debug)]
pub struct Failure {
    pub message: String,
    pub exit: u8,
}

/// A file could not be read or written.
const EXIT_FILE: u8 = 1;
/// A picture, a weight file or a setting cannot be used.
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
    /// About a file that could not be read or written.
    pub fn file(path: &Path, cause: impl fmt::Display) -> Self {
        Self { message: format!("{}: {cause}", path.display()), exit: EXIT_FILE }
    }

    /// About what a file holds.
    pub fn about(path: &Path, error: impl Into<Error>) -> Self {
        let failure = Self::from(error.into());
        Self { message: format!("{}: {}", path.display(), failure.message), ..failure }
    }

    /// Whether a file could not be read or written.
    pub fn is_of_a_file(&self) -> bool {
        self.exit == EXIT_FILE
    }

    /// Whether the device failed, or we did.
    pub fn is_of_the_engine(&self) -> bool {
        self.exit == EXIT_ENGINE
    }

    /// About what was typed.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: EXIT_INPUT }
    }

    /// About us.
    pub fn defect(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: EXIT_ENGINE }
    }
}
