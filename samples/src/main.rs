//! Draws the studio's sample pictures into `www/samples/` and lists them in `samples.json`.
//!
//! `cargo run --release -p samples` draws everything; names after `--` draw only those pictures.
//! The same program always draws the same pictures, so they can be checked in and checked.

mod catalogue;
mod contents;
mod publish;
mod styles;
mod tools;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the pictures go: beside the page, wherever the program is started from.
fn folder() -> PathBuf {
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "samples".into());
    Path::new(&package).join("../www/samples")
}

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    match draw(&names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Draws the pictures of these names, or all, and lists all.
fn draw(names: &[String]) -> Result<(), publish::Error> {
    let pictures = catalogue::named(names)?;
    let folder = folder();
    std::fs::create_dir_all(&folder)?;
    // Each thread takes the next undrawn picture.
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        let draw = || -> Result<(), publish::Error> {
            while let Some(picture) = pictures.get(next.fetch_add(1, Ordering::Relaxed)) {
                let bytes = publish::picture(&folder, picture)?;
                println!("{:<12} {:>4} kB", picture.id, bytes / 1000);
            }
            Ok(())
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(draw)).collect();
        workers.into_iter().try_for_each(|w| w.join().unwrap_or(Err(publish::Error::Panicked)))
    })?;
    Ok(std::fs::write(folder.join("samples.json"), publish::list()?)?)
}
