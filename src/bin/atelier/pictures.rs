//! The pictures that `atelier train` learns on: from folders, or from the pack that they were prepared into.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use atelier::error::Error;
use atelier::gan::{Examples, Pack, PackError, Settings};
use atelier::picture::Picture;
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
    /// written. Without this option pictures are kept in memory, or in the output folder's `examples.safetensors` where they would take more than 4 GB.
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
}

/// Pictures that would take more bytes are not kept in memory.
const MOST_IN_MEMORY: u64 = 4_000_000_000;
/// The pack in a training's folder.
const OWN_PACK: &str = "examples.safetensors";

impl Pictures {
    /// Reads both sets, and names what cannot be used; or takes them as they were prepared before. `output` is the training's folder.
    pub fn examples(&self, settings: &Settings, output: &Path, progress: &Progress) -> Result<Examples, Failure> {
        let own = output.join(OWN_PACK);
        if let Some(pack) = self.pack.as_deref().or(Some(&own)).filter(|pack| pack.exists()) {
            return opened(pack, settings, progress);
        }
        self.pack.as_deref().map_or(Ok(()), files::make_room_for)?;
        let (contents, styles) = self.paths(progress)?;
        progress.reads(contents.len() + styles.len());
        let large = Examples::bytes_of(settings, contents.len(), styles.len()) > MOST_IN_MEMORY;
        let examples = match self.pack.clone().or(large.then_some(own)) {
            Some(pack) => packed(&pack, settings, [&contents, &styles], progress)?,
            None => in_memory(settings, [&contents, &styles], progress)?,
        };
        examples.notes().into_iter().for_each(|note| progress.noted(note));
        examples.require_both().map_err(Error::from)?;
        Ok(examples)
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
        return Err(Failure::usage(format!("{}: packed for other sizes of patches and styles", pack.display())));
    }
    progress.unpacked(pack, examples.count());
    Ok(examples)
}

fn open(pack: &Path) -> Result<Examples, Failure> {
    let file = File::open(pack).map_err(|error| Failure::file(pack, error))?;
    Examples::open(file, &pack.display().to_string()).map_err(|error| Failure::about(pack, error))
}

fn in_memory(settings: &Settings, [contents, styles]: [&[PathBuf]; 2], progress: &Progress) -> Result<Examples, Failure> {
    let mut examples = Examples::new(settings);
    files::each_picture(contents, |path, picture| {
        progress.read(picture.and_then(|picture| examples.add_content(&picture).map_err(|error| Failure::about(path, error))));
        Ok(())
    })?;
    files::each_picture(styles, |path, picture| {
        progress.read(picture.and_then(|picture| examples.add_style(&picture).map_err(|error| Failure::about(path, error))));
        Ok(())
    })?;
    Ok(examples)
}

/// Writes a pack, and opens it: no more pictures than there are processors are in memory at a time.
fn packed(place: &Path, settings: &Settings, [contents, styles]: [&[PathBuf]; 2], progress: &Progress) -> Result<Examples, Failure> {
    type Add<W> = fn(&mut Pack<W>, &Picture) -> Result<(), PackError>;
    let unwritten = |error: std::io::Error| Failure::unwritten(place, &error);
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
