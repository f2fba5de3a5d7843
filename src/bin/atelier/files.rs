//! Pictures and bytes from files, and results into them.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use atelier::error::Error;
use atelier::picture::{Limits, Mask, Picture, decode, encode_jpeg, encode_png, inspect};

use crate::failure::Failure;

/// JPEG's usual compromise; the page's default too.
const JPEG_QUALITY: u8 = 92;

pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::file(path, error))
}

pub fn picture(path: &Path) -> Result<Picture, Failure> {
    let decoded = decode(&read(path)?, &Limits::default()).map_err(|error| Failure::about(path, error))?;
    Ok(decoded.picture)
}

/// The width and height of a picture, without decoding it; `None` where its file cannot be read.
pub fn sides(path: &Path) -> Option<[u32; 2]> {
    let header = inspect(&std::fs::read(path).ok()?).ok()?;
    Some([header.width, header.height])
}

pub fn mask(path: &Path) -> Result<Mask, Failure> {
    Ok(Mask::from_picture(&picture(path)?))
}

/// What a result is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Png,
    Jpeg,
}

impl Format {
    /// The format that a file name's ending asks for.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase).as_deref() {
            Some("png") => Ok(Self::Png),
            Some("jpg" | "jpeg") => Ok(Self::Jpeg),
            _ => Err(Failure::usage(format!("{}: the output must end in .png or .jpg", path.display()))),
        }
    }

    pub fn encode(self, picture: &Picture) -> Result<Vec<u8>, Failure> {
        let bytes = match self {
            Self::Png => encode_png(picture),
            Self::Jpeg => encode_jpeg(picture, JPEG_QUALITY),
        };
        bytes.map_err(|error| Error::from(error).into())
    }
}

/// Checks that what is written takes the place of nothing that it is made from.
pub fn require_other<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let Ok(place) = output.canonicalize() else { return Ok(()) };
    let same = |input: &&Path| input.canonicalize().is_ok_and(|input| input == place);
    inputs.into_iter().find(same).map_or(Ok(()), |input| {
        Err(Failure::usage(format!("the result would take the place of {}: choose another name for it", input.display())))
    })
}

/// Makes the folder that a result will lie in, before hours are spent on it.
pub fn make_room_for(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))
}

/// Writes beside the place first: a result is never half there, and an older one is only replaced by a whole one.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with(path, |mut file| file.write_all(bytes).map_err(|error| Failure::unwritten(path, &error)))
}

/// The same of a file that is not in memory. Another run that writes to the same place is left to it.
pub fn write_with(path: &Path, write: impl FnOnce(&File) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let unwritten = |error: std::io::Error| Failure::unwritten(path, &error);
    let file = locked(&part).map_err(unwritten)?.ok_or_else(|| Failure::file(path, "another run is writing it"))?;
    // What a run that was killed has left; a device has no length to be set.
    let emptied = || if file.metadata()?.len() > 0 { file.set_len(0) } else { Ok(()) };
    // On the disk before it takes the place of an older one: the power may fail at any time.
    let written = emptied().map_err(unwritten).and_then(|()| write(&file)).and_then(|()| file.sync_all().map_err(unwritten));
    written.and_then(|()| std::fs::rename(&part, path).map_err(unwritten)).inspect_err(|_| {
        // Where there was no room for all of it, a part would only take up more.
        let _ = std::fs::remove_file(&part);
    })
}

/// A place that is one run's alone for as long as this is held.
pub struct Held {
    path: PathBuf,
    _file: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Should that fail, a file of no bytes is left, which keeps nobody out.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Keeps other runs out, by a file of that name. `others` is what is said where another is there.
pub fn hold(path: &Path, others: &str) -> Result<Held, Failure> {
    let file = locked(path).map_err(|error| Failure::unwritten(path, &error))?;
    let file = file.ok_or_else(|| Failure::file(path.parent().unwrap_or(path), others))?;
    Ok(Held { path: path.to_owned(), _file: file })
}

/// A file that is this run's alone until it is closed; `None` where another run has it.
fn locked(path: &Path) -> std::io::Result<Option<File>> {
    loop {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Ok(None);
        }
        // Between the two another run may have ended, and given it the place that it was written for.
        if is_at(&file, path)? {
            return Ok(Some(file));
        }
    }
}

/// Whether this is still the file of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    Ok(std::fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())))
}

/// Whether this is still the file of that name: one that is open is not given another.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> std::io::Result<bool> {
    Ok(true)
}

pub fn write_png(path: &Path, picture: &Picture) -> Result<(), Failure> {
    write(path, &Format::Png.encode(picture)?)
}

/// The pictures of a folder by the ending of their names, in order.
pub fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    // The last few are not read, which is said of each.
    const ENDINGS: [&str; 13] = ["jpg", "jpeg", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif", "jxl"];
    let is_picture = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
        path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
    };
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file(folder, error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_picture).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::usage(format!("{}: there are no pictures in this folder", folder.display())));
    }
    Ok(paths)
}

/// The pictures of a folder, and those of them that are held out: whose place is a multiple of `every`. 0 holds out none, and so does a folder of fewer pictures
/// than that: in a small set, each counts.
pub fn split(folder: &Path, every: usize) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let paths = pictures_in(folder)?;
    let any = every > 0 && paths.len() >= every;
    let (held_out, kept): (Vec<_>, Vec<_>) = paths.into_iter().enumerate().partition(|(index, _)| any && index.is_multiple_of(every));
    let plain = |paths: Vec<(usize, PathBuf)>| paths.into_iter().map(|(_, path)| path).collect();
    Ok((plain(kept), plain(held_out)))
}

/// Decodes on all processors, and hands on in order, until that fails.
pub fn each_picture(
    paths: &[PathBuf],
    mut with: impl FnMut(&Path, Result<Picture, Failure>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // Few at a time: decoded pictures are large.
    for part in paths.chunks(threads) {
        let decoded: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> = part.iter().map(|path| scope.spawn(|| picture(path))).collect();
            let lost = || Failure::defect("a thread that decoded was lost");
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(lost()))).collect()
        });
        for (path, picture) in part.iter().zip(decoded) {
            with(path, picture)?;
        }
    }
    Ok(())
}
