//! What a command tells at the terminal while it works: a bar for people, or a JSON object a line for programs.

mod painting;
mod training;

use indicatif::{ProgressBar, ProgressStyle};

pub use painting::Progress as Painting;
pub use training::Progress as Training;

/// A bar of so many steps.
pub fn bar(length: u64) -> ProgressBar {
    styled(length, "{bar:32} {pos}/{len}  {msg}")
}

/// A bar of so many steps, behind a name.
fn named_bar(length: u64, name: &str) -> ProgressBar {
    styled(length, "{prefix} {bar:32} {pos}/{len}  {msg}").with_prefix(name.to_owned())
}

fn styled(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
