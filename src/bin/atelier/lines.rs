//! What a command answers, for people or for the program behind a pipe, and what it has to say meanwhile. If nobody reads any more (`atelier … | head`)
//! the work goes on: its result lies in a file.

use std::fmt::Arguments;
use std::io::Write;

/// Writes a line.
pub fn line(mut to: impl Write, text: Arguments<'_>) {
    let _ = writeln!(to, "{text}");
}

/// As `println!`, which would panic where nobody reads any more.
macro_rules! tell {
    ($($text:tt)*) => { $crate::lines::line(std::io::stdout(), format_args!($($text)*)) };
}

/// As `eprintln!`, which would too.
macro_rules! complain {
    ($($text:tt)*) => { $crate::lines::line(std::io::stderr(), format_args!($($text)*)) };
}

pub(crate) use {complain, tell};
