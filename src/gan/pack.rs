//! Examples as one file: prepared once, they are read in a moment, and can be carried to the machine that trains. Neither when it is written nor when it is
//! trained on are its pictures in memory together: there may be [`Pack::MOST`].

use std::fmt::Debug;
use std::io::{self, Read, Seek, Write};
use std::sync::{Arc, Mutex};

use super::examples::{Examples, Fingerprints, LEAST_SIDE, Sizes};
use super::kept::{Kept, OpenPack, Packed};
use super::{Settings, TrainingError};
use crate::error::Error;
use crate::picture::Picture;
use crate::tensor_file::{Format, StreamHeader, StreamWriter};

/// Says what the file is. Version 1 did not say what tells its pictures from others; 2 held photos at two sizes, and styles
/// at one.
const FORMAT: Format = Format { name: "atelier-examples", version: 3 };

/// A pack that is being written, picture by picture.
#[derive(Debug)]
pub struct Pack<W> {
    sizes: Sizes,
    fingerprints: Fingerprints,
    contents: usize,
    styles: usize,
    file: StreamWriter<W>,
}

/// Why a picture is not in a pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It cannot be used; the next one may.
    #[error(transparent)]
    Refused(#[from] Error),
    /// It could not be written, and nor can the next one.
    #[error(transparent)]
    File(#[from] io::Error),
}

impl<W: Write + Seek> Pack<W> {
    /// So many pictures a pack holds at most: more could not be listed in one file's header.
    pub const MOST: usize = 300_000;

    /// An empty one in `file`, which is empty too, for a training with these settings and at most so many pictures.
    ///
    /// # Errors
    /// What the file says, and more pictures than [`MOST`](Self::MOST).
    pub fn new(file: W, settings: &Settings, most: usize) -> io::Result<Self> {
        if most > Self::MOST {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("a pack holds at most {} pictures", Self::MOST)));
        }
        let sizes = Sizes::of(settings);
        let mut file = StreamWriter::new(file, FORMAT, most)?;
        file.describe("patch", &sizes.patch)?;
        file.describe("style_sides", &sizes.style_sides)?;
        Ok(Self { sizes, fingerprints: Fingerprints::new(), contents: 0, styles: 0, file })
    }

    /// Adds a content picture.
    ///
    /// # Errors
    /// As [`Examples::add_content`], what the file says, and more pictures than it was made for.
    pub fn add_content(&mut self, picture: &Picture) -> Result<(), PackError> {
        let picture = self.sizes.content(picture).map_err(Error::from)?;
        self.fingerprints.contents.take_picture(&picture);
        write(&mut self.file, format!("content.{:06}", self.contents), &picture)?;
        self.contents += 1;
        Ok(())
    }

    /// Adds a style picture.
    ///
    /// # Errors
    /// As [`Examples::add_style`], what the file says, and more pictures than it was made for.
    pub fn add_style(&mut self, picture: &Picture) -> Result<(), PackError> {
        let picture = self.sizes.style(picture).map_err(Error::from)?;
        self.fingerprints.styles.take_picture(&picture);
        write(&mut self.file, format!("style.{:06}", self.styles), &picture)?;
        self.styles += 1;
        Ok(())
    }

    /// Ends it, and gives the file back: [`Examples::open`] reads it.
    ///
    /// # Errors
    /// [`TrainingError`] where there is nothing to train on, and what the file says.
    pub fn finish(mut self) -> Result<W, PackError> {
        TrainingError::require_both(self.contents, self.styles).map_err(Error::from)?;
        self.file.describe("fingerprints", &self.fingerprints)?;
        Ok(self.file.finish()?)
    }
}

fn write<W: Write + Seek>(file: &mut StreamWriter<W>, name: String, picture: &Picture) -> io::Result<()> {
    file.bytes(name, &[picture.height() as usize, picture.width() as usize, 3], picture.rgb())
}

impl Examples {
    /// Those in a [`Pack`], which are read when a step draws them. `name` names it in errors.
    ///
    /// # Errors
    /// [`TrainingError::Unreadable`] where it cannot be read, [`ModelError`](crate::catalog::ModelError) for another version's and for what is none.
    pub fn open(mut pack: impl Read + Seek + Send + Debug + 'static, name: &str) -> Result<Self, Error> {
        let header = StreamHeader::read(&mut pack, FORMAT, name).map_err(|error| TrainingError::unreadable(name, &error))??;
        let pack = Arc::new(OpenPack { name: name.to_owned(), file: Mutex::new(Box::new(pack)) });
        Ok(listed(&header, &pack).ok_or_else(|| header.refusal(name))?)
    }
}

/// `None` means "this file is not what it should be".
fn listed(header: &StreamHeader, pack: &Arc<OpenPack>) -> Option<Examples> {
    let sizes = Sizes { patch: header.described("patch")?, style_sides: header.described("style_sides")? };
    let fingerprints = header.described("fingerprints")?;
    let mut examples = Examples { contents: Vec::new(), styles: Vec::new(), sizes, fingerprints };
    let kept = |name: &str| {
        let (shape, from) = header.bytes(name)?;
        let [height, width, 3] = *shape else { return None };
        let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        (width.min(height) >= LEAST_SIDE).then(|| Kept::Packed(Packed { pack: pack.clone(), from, width, height }))
    };
    for name in header.names() {
        if name.starts_with("content.") {
            examples.contents.push(kept(name)?);
        } else if name.starts_with("style.") {
            examples.styles.push(kept(name)?);
        }
    }
    Some(examples)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::batch::Batch;
    use super::super::notes::Note;
    use super::*;
    use crate::catalog::ModelError;

    const CONTENTS: [u8; 5] = [3, 4, 3, 5, 6];
    const STYLES: [u8; 3] = [90, 91, 91];

    fn settings() -> Settings {
        // A discriminator that plays is shown patches of the styles.
        Settings { patch: 32, style_sides: vec![32, 40], batch: 3, adversarial: 0.1, warm_up: 0, ..Settings::default() }
    }

    fn picture(value: u8) -> Picture {
        Picture::new(70, 40, (0..8400_u32).map(|i| value.wrapping_add(u8::try_from(i % 251).unwrap())).collect(), None).unwrap()
    }

    fn packed() -> Vec<u8> {
        let mut pack = Pack::new(Cursor::new(Vec::new()), &settings(), 8).unwrap();
        for value in CONTENTS {
            pack.add_content(&picture(value)).unwrap();
        }
        for value in STYLES {
            pack.add_style(&picture(value)).unwrap();
        }
        let thin = pack.add_style(&Picture::new(300, 1, vec![0; 900], None).unwrap()).unwrap_err();
        assert!(matches!(thin, PackError::Refused(error) if error.code() == "picture-too-thin"));
        pack.finish().unwrap().into_inner()
    }

    #[test]
    fn from_a_pack_the_same_is_drawn_as_from_memory() {
        let mut examples = Examples::new(&settings());
        for value in CONTENTS {
            examples.add_content(&picture(value)).unwrap();
        }
        for value in STYLES {
            examples.add_style(&picture(value)).unwrap();
        }
        let pack = Examples::open(Cursor::new(packed()), "pack").unwrap();
        assert_eq!((pack.count(), &pack.sizes, &pack.fingerprints), (examples.count(), &examples.sizes, &examples.fingerprints));
        assert_eq!(pack.notes(), examples.notes());
        assert_eq!(pack.notes(), [Note::FewContents(5), Note::RepeatedStyle(1, 2), Note::Repeated(0, 2)]);
        assert_eq!(pack.some(5).unwrap(), examples.some(5).unwrap());
        for step in 0..20 {
            let [drawn, expected] = [&pack, &examples].map(|examples| Batch::draw(examples, &settings(), step).unwrap());
            assert_eq!((drawn.contents, drawn.styles, drawn.patches), (expected.contents, expected.styles, expected.patches));
        }
    }

    #[test]
    fn a_part_of_a_pack_is_refused_and_one_of_nothing_is_not_made() {
        let file = packed();
        for length in (0..file.len()).step_by(file.len() / 30) {
            let part = Examples::open(Cursor::new(file[..length].to_vec()), "pack").unwrap_err();
            assert!(matches!(part, Error::Model(ModelError::Damaged { .. })), "{length}: {part}");
        }
        let version_1 = String::from_utf8_lossy(&file).find("atelier-examples-3").unwrap();
        let older = [&file[..version_1], b"atelier-examples-1", &file[version_1 + 18..]].concat();
        let older = Examples::open(Cursor::new(older), "pack").unwrap_err();
        assert!(matches!(older, Error::Model(ModelError::OtherVersion { file }) if file == "pack"));
        // As a later release might write them, in as many letters.
        let sides = String::from_utf8_lossy(&file).find(r#""patch":"32""#).unwrap();
        let later = [&file[..sides], br#""patch":"{}""#, &file[sides + 12..]].concat();
        assert!(matches!(Examples::open(Cursor::new(later), "pack"), Err(Error::Model(ModelError::OtherVersion { .. }))));
        let empty = Pack::new(Cursor::new(Vec::new()), &settings(), 0).unwrap().finish().unwrap_err();
        assert!(matches!(empty, PackError::Refused(error) if error.code() == "training-no-contents"));
    }

    /// A disk that is taken away in the midst of a training, or before.
    #[test]
    fn a_pack_that_cannot_be_read_is_an_error_and_not_called_damaged() {
        #[derive(Debug)]
        struct Gone(Cursor<Vec<u8>>, Arc<Mutex<bool>>);
        impl Read for Gone {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                if *self.1.lock().unwrap() { Err(io::Error::other("gone")) } else { self.0.read(bytes) }
            }
        }
        impl Seek for Gone {
            fn seek(&mut self, place: io::SeekFrom) -> io::Result<u64> {
                self.0.seek(place)
            }
        }
        let gone = Arc::new(Mutex::new(false));
        let open = || Examples::open(Gone(Cursor::new(packed()), gone.clone()), "pack");
        let pack = open().unwrap();
        assert!(Batch::draw(&pack, &settings(), 0).is_ok());
        *gone.lock().unwrap() = true;
        let unreadable = TrainingError::Unreadable { file: "pack".to_owned(), reason: "gone".to_owned() };
        assert_eq!(Batch::draw(&pack, &settings(), 0).err(), Some(unreadable.clone()));
        assert!(matches!(open(), Err(Error::Training(error)) if error == unreadable));
    }
}
