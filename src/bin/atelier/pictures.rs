//! The pictures that `atelier train` learns on: from folders, or from the pack that they were prepared into.

use std::fs::File;
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use atelier::catalog::ModelError;
use atelier::error::Error;
use atelier::gan::{Examples, Pack, PackError, Settings};
use atelier::picture::{Picture, PictureError};
use clap::Args;

use crate::failure::Failure;
use crate::files;
use crate::progress::Training as Progress;

#[derive(Args)]
pub struct Pictures {
    /// Folder of photos that are painted while it learns.
    #[arg(long, value_name = "FOLDER", required_unless_present = "pack")]
    content: Option<PathBuf>,
    /// A picture whose style is learnt, or a folder of them; several times for several.
    #[arg(long, value_name = "FILE|FOLDER", required_unless_present = "pack")]
    style: Vec<PathBuf>,
    /// Leave out pictures whose place in their folder is a multiple of this, to evaluate with. Of a folder that holds fewer, none is left out.
    #[arg(long, value_name = "N")]
    hold_out: Option<usize>,
    /// A file for the prepared pictures, from which each is read when it is drawn. If it is there folders are neither needed nor looked into; else it is
    /// written.
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Without a pack, prepared pictures that would take more gigabytes than this are not kept in memory, but in a file in the output folder while the training runs.
    #[arg(long, value_name = "GB", default_value_t = 4.0)]
    memory: f64,
}

/// A run's own pack, in its folder.
const OWN_PACK: &str = "pictures-of-this-run.safetensors";

impl Pictures {
    /// Reads both sets, and names what cannot be used; or takes them as they were prepared before. `output` is the training's folder.
    pub fn examples(&self, settings: &Settings, output: &Path, progress: &Progress) -> Result<Examples, Failure> {
        if let Some(pack) = self.pack.as_deref().filter(|pack| pack.exists()) {
            return opened(pack, settings, progress);
        }
        self.pack.as_deref().map_or(Ok(()), files::make_room_for)?;
        let (contents, styles) = self.paths(progress)?;
        progress.reads(contents.len() + styles.len());
        let paths = [&contents[..], &styles];
        let sides = |paths: &[PathBuf]| paths.iter().filter_map(|path| files::sides(path)).collect::<Vec<_>>();
        let examples = if let Some(pack) = &self.pack {
            packed(pack, settings, paths, progress)?
        } else if self.is_too_large(Examples::bytes_of(settings, &sides(&contents), &sides(&styles))) {
            let place = output.join(OWN_PACK);
            let examples =
                packed(&place, settings, paths, progress).map_err(|failure| failure.with("a larger `--memory` needs no such file"))?;
            // Open, it can be read for as long as this run lasts, and goes with it however that ends. Another run makes its own: the folders may have changed.
            let _ = std::fs::remove_file(&place);
            examples
        } else {
            in_memory(settings, paths, progress)?
        };
        examples.notes().into_iter().for_each(|note| progress.noted(note));
        Ok(examples)
    }

    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn is_too_large(&self, bytes: u64) -> bool {
        bytes as f64 > self.memory * 1e9
    }

    /// The files of content and of style pictures.
    fn paths(&self, progress: &Progress) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
        let kept = |folder: &Path| {
            let (kept, held_out) = files::split(folder, self.hold_out.unwrap_or(0))?;
            if !held_out.is_empty() {
                progress.held_out(folder, held_out.len());
            }
            Ok::<_, Failure>(kept)
        };
        let missing = || Failure::usage("there is no pack yet: say with `--content` and `--style` what is to be packed");
        let contents = kept(self.content.as_deref().ok_or_else(missing)?)?;
        let mut styles = Vec::new();
        for path in &self.style {
            if path.is_dir() {
                styles.extend(kept(path)?);
            } else {
                // A mistyped name is no picture to be left out.
                std::fs::metadata(path).map_err(|error| Failure::file(path, error))?;
                styles.push(path.clone());
            }
        }
        Ok((contents, styles))
    }
}

/// What was packed before.
fn opened(pack: &Path, settings: &Settings, progress: &Progress) -> Result<Examples, Failure> {
    let examples = open(pack)?;
    if !examples.suit(settings) {
        return Err(packed_for_others(pack, "for other sizes of patches and styles"));
    }
    progress.unpacked(pack, examples.count());
    Ok(examples)
}

fn open(pack: &Path) -> Result<Examples, Failure> {
    let file = File::open(pack).and_then(|file| if file.metadata()?.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { Ok(file) });
    let file = file.map_err(|error| Failure::file(pack, error))?;
    Examples::open(file, &pack.display().to_string()).map_err(|error| match error {
        Error::Model(ModelError::OtherVersion { .. }) => packed_for_others(pack, "by another version"),
        error => error.into(),
    })
}

fn packed_for_others(pack: &Path, how: &str) -> Failure {
    Failure::usage(format!("{}: packed {how}: delete it, and it is packed anew from `--content` and `--style`", pack.display()))
}

fn in_memory(settings: &Settings, [contents, styles]: [&[PathBuf]; 2], progress: &Progress) -> Result<Examples, Failure> {
    type Add = fn(&mut Examples, &Picture) -> Result<(), PictureError>;
    let mut examples = Examples::new(settings);
    for (paths, add) in [(contents, Examples::add_content as Add), (styles, Examples::add_style)] {
        files::each_picture(paths, |path, picture| {
            progress.read(picture.and_then(|picture| add(&mut examples, &picture).map_err(|error| Failure::about(path, error))));
            Ok(())
        })?;
    }
    examples.require_both().map_err(Error::from)?;
    Ok(examples)
}

/// Writes a pack, and opens it: no more pictures than there are processors are in memory at a time.
fn packed(place: &Path, settings: &Settings, [contents, styles]: [&[PathBuf]; 2], progress: &Progress) -> Result<Examples, Failure> {
    type Add<W> = fn(&mut Pack<W>, &Picture) -> Result<(), PackError>;
    let unwritten = |error: std::io::Error| match error.kind() {
        ErrorKind::InvalidInput => Failure::usage(format!("{}: {error}", place.display())),
        _ => Failure::unwritten(place, &error),
    };
    files::write_with(place, |file| {
        let mut pack = Pack::new(BufWriter::new(file), settings, contents.len() + styles.len()).map_err(unwritten)?;
        for (paths, add) in [(contents, Pack::add_content as Add<_>), (styles, Pack::add_style)] {
            files::each_picture(paths, |path, picture| {
                let added = match picture.map(|picture| add(&mut pack, &picture)) {
                    Ok(Err(PackError::File(error))) => return Err(unwritten(error)),
                    Ok(Err(PackError::Refused(error))) => Err(Failure::about(path, error)),
                    Ok(Ok(())) => Ok(()),
                    Err(failure) => Err(failure),
                };
                progress.read(added);
                Ok(())
            })?;
        }
        pack.finish().map(drop).map_err(|error| match error {
            PackError::Refused(error) => error.into(),
            PackError::File(error) => unwritten(error),
        })
    })?;
    open(place)
}
