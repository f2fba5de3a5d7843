//! A picture as it is learnt on, wherever it lies.

use std::borrow::Cow;
use std::fmt::Debug;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::TrainingError;
use crate::picture::Picture;

/// Where it lies.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// In memory.
    Here(Picture),
    /// In a pack, from which it is read each time that it is drawn.
    Packed(Packed),
}

/// A picture in a pack.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub pack: Arc<OpenPack>,
    /// Where its bytes begin: red, green and blue for each pixel.
    pub from: u64,
    pub width: u32,
    pub height: u32,
}

/// A pack that is read from.
#[derive(Debug)]
pub(super) struct OpenPack {
    /// Names it in errors.
    pub name: String,
    pub file: Mutex<Box<dyn Source>>,
}

/// What a pack can be read from: a file.
pub(super) trait Source: Read + Seek + Send + Debug {}

impl<T: Read + Seek + Send + Debug> Source for T {}

impl Kept {
    /// Its width and height, without reading it.
    pub fn size(&self) -> [u32; 2] {
        match self {
            Self::Here(picture) => [picture.width(), picture.height()],
            Self::Packed(packed) => [packed.width, packed.height],
        }
    }

    /// Its short side.
    pub fn short(&self) -> u32 {
        let [width, height] = self.size();
        width.min(height)
    }

    /// The picture.
    ///
    /// # Errors
    /// [`TrainingError::Unreadable`] for a pack that can no longer be read.
    pub fn picture(&self) -> Result<Cow<'_, Picture>, TrainingError> {
        match self {
            Self::Here(picture) => Ok(Cow::Borrowed(picture)),
            Self::Packed(packed) => packed.read().map(Cow::Owned).map_err(|error| TrainingError::unreadable(&packed.pack.name, &error)),
        }
    }
}

impl Packed {
    fn read(&self) -> io::Result<Picture> {
        let mut rgb = vec![0; 3 * self.width as usize * self.height as usize];
        {
            // A thread that was lost in the midst of reading leaves no more than another place to read from.
            let mut file = self.pack.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.from))?;
            file.read_exact(&mut rgb)?;
        }
        Picture::new(self.width, self.height, rgb, None).map_err(io::Error::other)
    }
}
