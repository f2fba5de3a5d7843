//! What a command answers, for people or for the program behind a pipe.

use std::fmt::Arguments;
use std::io::{Write, stdout};

/// Writes a line. If nobody reads any more (`atelier … | head`) the work goes on: its result lies in a file.
pub fn line(text: Arguments<'_>) {
    let _ = writeln!(stdout(), "{text}");
}

/// As `println!`, which would panic where nobody reads any more.
macro_rules! tell {
    ($($text:tt)*) => { $crate::stdout::line(format_args!($($text)*)) };
}

pub(crate) use tell;
