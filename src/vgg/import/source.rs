//! The file, read at places.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::ImportError;

/// A file whose length is known. Reads go through a buffer, as headers are read in small pieces.
#[derive(Debug)]
pub struct Source<'file, R> {
    reader: BufReader<&'file mut R>,
    length: u64,
}

/// Enough for any of the marks by which a file is recognised.
const START: u64 = 64;
/// Where a file is a slice of a browser's `Blob`, each read costs a round trip, so reads should be large.
const BUFFER: usize = 1 << 16;

impl<'file, R: Read + Seek> Source<'file, R> {
    pub fn new(file: &'file mut R) -> Result<Self, ImportError> {
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { reader: BufReader::with_capacity(BUFFER, file), length })
    }

    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The reader, placed `start` bytes into the file.
    pub fn from(&mut self, start: u64) -> Result<&mut BufReader<&'file mut R>, ImportError> {
        // A plain seek would throw the buffer away, and the next header is often still in it.
        match start.checked_signed_diff(self.reader.stream_position()?) {
            Some(distance) => self.reader.seek_relative(distance)?,
            None => return Err(ImportError::Truncated),
        }
        Ok(&mut self.reader)
    }

    /// The first bytes, fewer where the file is shorter.
    pub fn start_of_file(&mut self) -> Result<Vec<u8>, ImportError> {
        self.bytes(0, self.length.min(START))
    }

    /// `length` bytes from `start`. Memory is taken only for bytes that the file has.
    pub fn bytes(&mut self, start: u64, length: u64) -> Result<Vec<u8>, ImportError> {
        if start.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(ImportError::Truncated);
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| ImportError::unsupported("a part larger than memory"))?];
        self.from(start)?.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// `N` bytes from `start`.
    pub fn array<const N: usize>(&mut self, start: u64) -> Result<[u8; N], ImportError> {
        let mut bytes = [0; N];
        self.from(start)?.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
