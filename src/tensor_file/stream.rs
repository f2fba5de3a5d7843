//! The same files where their tensors need not be in memory together: written one after another, and read where they lie.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Seek, SeekFrom, Write};

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Format, described, require_version};
use crate::catalog::ModelError;

/// A file that is written tensor by tensor. Its header, which comes first, is written at the end, into room that is left for it.
#[derive(Debug)]
pub(crate) struct StreamWriter<W> {
    out: W,
    /// Tensors that there is room for.
    most: usize,
    header: Header,
    written: usize,
}

#[derive(Debug, Serialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<String, String>,
    #[serde(flatten)]
    tensors: BTreeMap<String, TensorInfo>,
}

/// Bytes of a header that one tensor takes at most, with a name of up to thirty letters, and that descriptions take.
const ENTRY: usize = 160;
const DESCRIPTIONS: usize = 4096;
/// Of the number that a file begins with: its header's length.
const LENGTH: usize = 8;
/// `safetensors` reads no longer header.
const LONGEST: usize = 100_000_000;

/// The room for a header of so many tensors.
fn room_for(tensors: usize) -> usize {
    tensors.saturating_mul(ENTRY).saturating_add(DESCRIPTIONS)
}

impl<W: Write + Seek> StreamWriter<W> {
    /// With room for so many tensors, from the beginning of `out`.
    ///
    /// # Errors
    /// What `out` says, and more tensors than a file can have.
    pub fn new(mut out: W, format: Format, tensors: usize) -> io::Result<Self> {
        let room = room_for(tensors);
        if room > LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many tensors for one file"));
        }
        out.seek(SeekFrom::Start((LENGTH + room) as u64))?;
        let metadata = BTreeMap::from([("format".to_owned(), format.said())]);
        Ok(Self { out, most: tensors, header: Header { metadata, tensors: BTreeMap::new() }, written: 0 })
    }

    /// Adds a description.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn describe(&mut self, key: &str, value: &impl Serialize) -> io::Result<()> {
        self.header.metadata.insert(key.to_owned(), serde_json::to_string(value)?);
        Ok(())
    }

    /// Adds a tensor of bytes.
    ///
    /// # Errors
    /// What `out` says, and more tensors or bytes than a file can have or there is room for.
    pub fn bytes(&mut self, name: String, shape: &[usize], bytes: &[u8]) -> io::Result<()> {
        let (from, to) = (self.written, self.written.checked_add(bytes.len()));
        let Some(to) = to.filter(|_| self.header.tensors.len() < self.most) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no room for more in this file"));
        };
        self.out.write_all(bytes)?;
        self.written = to;
        self.header.tensors.insert(name, TensorInfo { dtype: Dtype::U8, shape: shape.to_vec(), data_offsets: (from, to) });
        Ok(())
    }

    /// Writes the header, and gives the file back.
    ///
    /// # Errors
    /// What `out` says, and a header for which the room does not suffice.
    pub fn finish(mut self) -> io::Result<W> {
        let room = room_for(self.most);
        let mut header = serde_json::to_vec(&self.header)?;
        if header.len() > room {
            return Err(io::Error::other("the header is longer than the room for it"));
        }
        header.resize(room, b' ');
        self.out.rewind()?;
        self.out.write_all(&(room as u64).to_le_bytes())?;
        self.out.write_all(&header)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// What a file's header says, without its tensors.
#[derive(Debug)]
pub(crate) struct StreamHeader {
    metadata: HashMap<String, String>,
    tensors: BTreeMap<String, TensorInfo>,
    /// Where the first tensor begins.
    begins: u64,
    /// Whether it describes something in a way that is not known here.
    is_strange: Cell<bool>,
}

impl StreamHeader {
    /// Reads the header and checks that the file goes as far as it says. `file` names it in the inner error: [`ModelError::OtherVersion`] for another
    /// version's, [`ModelError::Damaged`] for what is no such file.
    ///
    /// # Errors
    /// What `source` says when it cannot be read: nothing is known of the file then.
    pub fn read(source: &mut (impl Read + Seek), format: Format, file: &str) -> io::Result<Result<Self, ModelError>> {
        let damaged = || ModelError::Damaged { file: file.to_owned() };
        let whole = source.seek(SeekFrom::End(0))?;
        if whole < LENGTH as u64 {
            return Ok(Err(damaged()));
        }
        source.rewind()?;
        let mut length = [0; LENGTH];
        source.read_exact(&mut length)?;
        // Before there is memory for what the file may not have.
        let fits = |length: &usize| *length <= LONGEST && (LENGTH + length) as u64 <= whole;
        let Some(length) = usize::try_from(u64::from_le_bytes(length)).ok().filter(fits) else {
            return Ok(Err(damaged()));
        };
        let mut header = vec![0; length];
        source.read_exact(&mut header)?;
        let header = Self::parsed(&header, whole).ok_or_else(damaged);
        Ok(header.and_then(|header| require_version(&header.metadata, &[format], file).map(|()| header)))
    }

    /// Of a file that is so long as a `whole`.
    fn parsed(header: &[u8], whole: u64) -> Option<Self> {
        let begins = (LENGTH + header.len()) as u64;
        // It checks that each tensor is as long as its type and shape say, and that one begins where another ends.
        let header: Metadata = serde_json::from_slice(header).ok()?;
        let tensors: BTreeMap<String, TensorInfo> = header.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
        let end = tensors.values().map(|info| info.data_offsets.1).max().unwrap_or(0);
        let metadata = header.metadata().clone().unwrap_or_default();
        (begins.checked_add(end as u64)? == whole).then_some(Self { metadata, tensors, begins, is_strange: Cell::default() })
    }

    /// A description.
    pub fn described<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        described(&self.metadata, key, &self.is_strange)
    }

    /// Why a file with this header is not what was asked for.
    pub fn refusal(&self, file: &str) -> ModelError {
        let file = file.to_owned();
        if self.is_strange.get() { ModelError::OtherVersion { file } } else { ModelError::Damaged { file } }
    }

    /// Names of all tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A tensor of bytes: its shape, and where in the file it begins.
    pub fn bytes(&self, name: &str) -> Option<(&[usize], u64)> {
        let info = self.tensors.get(name).filter(|info| info.dtype == Dtype::U8)?;
        Some((&info.shape, self.begins + info.data_offsets.0 as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::Reader;
    use super::*;

    const FORMAT: Format = Format { name: "atelier-test", version: 3 };

    fn file(tensors: usize) -> Vec<u8> {
        let mut writer = StreamWriter::new(Cursor::new(Vec::new()), FORMAT, tensors).unwrap();
        writer.describe("about", &7).unwrap();
        for index in 0..tensors {
            writer.bytes(format!("{index:030}"), &[2, index, 1], &vec![3; 2 * index]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_was_written_is_a_file_like_any_other_and_found_where_it_lies() {
        let file = file(200);
        let whole = Reader::parse(&file, FORMAT, "own", |reader| Some((reader.names().len(), reader.described("about"))));
        assert_eq!(whole, Ok((200, Some(7))));
        let header = StreamHeader::read(&mut Cursor::new(&file), FORMAT, "own").unwrap().unwrap();
        assert_eq!((header.names().count(), header.described("about")), (200, Some(7)));
        let (shape, from) = header.bytes(&format!("{:030}", 9)).unwrap();
        assert_eq!((shape, &file[usize::try_from(from).unwrap()..][..18]), (&[2, 9, 1][..], &[3; 18][..]));
        assert_eq!(header.bytes("none"), None);
    }

    #[test]
    fn a_part_of_it_and_another_version_are_refused() {
        let file = file(3);
        let read = |length: usize, format| StreamHeader::read(&mut Cursor::new(&file[..length]), format, "own").unwrap().err();
        assert_eq!(read(file.len(), FORMAT), None);
        let damaged = Some(ModelError::Damaged { file: "own".to_owned() });
        assert!((0..file.len()).all(|length| read(length, FORMAT) == damaged));
        assert_eq!(read(file.len(), Format { version: 4, ..FORMAT }), Some(ModelError::OtherVersion { file: "own".to_owned() }));
        assert_eq!(read(file.len(), Format { name: "atelier-other", ..FORMAT }), damaged);
    }

    #[test]
    fn more_tensors_than_a_header_can_name_are_refused_before_any_is_written() {
        assert!(StreamWriter::new(Cursor::new(Vec::new()), FORMAT, usize::MAX).is_err());
        let mut writer = StreamWriter::new(Cursor::new(Vec::new()), FORMAT, 1).unwrap();
        writer.bytes("one".to_owned(), &[1], &[0]).unwrap();
        assert!(writer.bytes("two".to_owned(), &[1], &[0]).is_err());
        assert_eq!(StreamHeader::read(&mut writer.finish().unwrap(), FORMAT, "own").unwrap().unwrap().names().count(), 1);
    }
}
