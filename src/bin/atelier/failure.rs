//! Why the command line stopped, and with which exit code.

use std::path::Path;
use std::{fmt, io};

use atelier::error::{Error, Party};
use atelier::gan::TrainingError;
use atelier::picture::PixelError;
use atelier::vgg::ImportError;

/// A sentence for the person at the terminal, and the program's exit code.
#[derive(Debug)]
pub struct Failure {
    pub message: String,
    pub exit: u8,
    /// Whether there is no room for a file: something that passes.
    pub full: bool,
    /// Whether a picture came out as no numbers.
    pub not_finite: bool,
}

/// A file could not be read or written.
const EXIT_FILE: u8 = 1;
/// A picture, a weight file or a setting cannot be used.
const EXIT_INPUT: u8 = 2;
/// The device failed or there is a defect in Atelier.
const EXIT_ENGINE: u8 = 3;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.party() {
            _ if matches!(error, Error::Training(TrainingError::Unreadable { .. }) | Error::Import(ImportError::Unreadable { .. })) => {
                EXIT_FILE
            }
            Party::Visitor | Party::Host => EXIT_INPUT,
            Party::Device | Party::Bug => EXIT_ENGINE,
        };
        let not_finite = matches!(error, Error::Pixels(PixelError::NotFinite));
        Self { not_finite, ..Self::new(format!("{} [{}]", error, error.code()), exit) }
    }
}

impl Failure {
    fn new(message: impl Into<String>, exit: u8) -> Self {
        Self { message: message.into(), exit, full: false, not_finite: false }
    }

    /// About a file that could not be read or written.
    pub fn file(path: &Path, cause: impl fmt::Display) -> Self {
        Self::new(format!("{}: {cause}", path.display()), EXIT_FILE)
    }

    /// About a file that could not be written.
    pub fn unwritten(path: &Path, cause: &io::Error) -> Self {
        let full = matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        Self { full, ..Self::file(path, cause) }
    }

    /// About what a file holds.
    pub fn about(path: &Path, error: impl Into<Error>) -> Self {
        let failure = Self::from(error.into());
        Self { message: format!("{}: {}", path.display(), failure.message), ..failure }
    }

    /// The same with something to do about it.
    pub fn with(self, advice: &str) -> Self {
        Self { message: format!("{}; {advice}", self.message), ..self }
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
        Self::new(message, EXIT_INPUT)
    }

    /// About us.
    pub fn defect(message: impl Into<String>) -> Self {
        Self::new(message, EXIT_ENGINE)
    }
}
