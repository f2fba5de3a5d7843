//! Files of named tensors (safetensors), with what they say of themselves: models, checkpoints, packed pictures.
//!
//! Every file names its format and that format's version in the metadata's entry `format`, such as `atelier-generator-2`, and holds descriptions
//! beside it as JSON. That a file in memory is whole, that no two of its tensors overlap, and that its header is of a sane length is the crate's to check;
//! that each tensor has the type and shape asked for, and that floats are finite, is checked here.

mod stream;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::catalog::ModelError;
use crate::vgg::{Int8, dequantise_int8, quantise_int8};

pub(crate) use stream::{StreamHeader, StreamWriter};

/// What a kind of file is called, and the version of it that is written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub name: &'static str,
    pub version: u32,
}

impl Format {
    /// What a file's metadata says.
    fn said(self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// A file that is being put together.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    tensors: Vec<Stored<'a>>,
    metadata: HashMap<String, String>,
}

#[derive(Debug)]
struct Stored<'a> {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Writer<'a> {
    pub fn new(format: Format) -> Self {
        Self { tensors: Vec::new(), metadata: HashMap::from([("format".to_owned(), format.said())]) }
    }

    /// Adds a description.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn describe(&mut self, key: &str, value: &impl Serialize) -> Result<(), SafeTensorError> {
        let text = serde_json::to_string(value).map_err(|error| SafeTensorError::IoError(std::io::Error::other(error)))?;
        self.metadata.insert(key.to_owned(), text);
        Ok(())
    }

    /// Adds a tensor of f32.
    pub fn floats(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(name, Dtype::F32, shape, bytes);
    }

    /// Adds a tensor in eight bits, and as `scales` the scale of each of its rows (see [`quantise_int8`]).
    pub fn int8(&mut self, name: impl Into<String>, scales: impl Into<String>, shape: &[usize], values: &[f32]) {
        let rows = shape.first().copied().unwrap_or(1);
        let quantised = quantise_int8(values, rows);
        let bytes: Vec<u8> = quantised.values.iter().map(|value| value.cast_unsigned()).collect();
        self.bytes(name, Dtype::I8, shape, bytes);
        self.floats(scales, &[rows], &quantised.scales);
    }

    /// Adds a tensor as it is stored.
    pub fn bytes(&mut self, name: impl Into<String>, dtype: Dtype, shape: &[usize], bytes: impl Into<Cow<'a, [u8]>>) {
        self.tensors.push(Stored { name: name.into(), dtype, shape: shape.to_vec(), bytes: bytes.into() });
    }

    /// The file.
    ///
    /// # Errors
    /// What `safetensors` says of shapes that do not fit their data.
    pub fn finish(self) -> Result<Vec<u8>, SafeTensorError> {
        let views = self.tensors.iter().map(|stored| {
            let Stored { name, dtype, shape, bytes } = stored;
            Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?))
        });
        let mut file = safetensors::serialize(views.collect::<Result<Vec<_>, SafeTensorError>>()?, Some(self.metadata))?;
        sort_header(&mut file);
        Ok(file)
    }
}

/// Puts the header's entries in order. `safetensors` writes descriptions as its hash map has them, which is another order each time; the same training is to
/// give the same file, byte by byte.
fn sort_header(file: &mut [u8]) {
    let Some((length, rest)) = file.split_first_chunk_mut::<8>() else { return };
    let header = usize::try_from(u64::from_le_bytes(*length)).ok().and_then(|length| rest.get_mut(..length));
    let Some(header) = header else { return };
    let Ok(entries) = serde_json::from_slice::<BTreeMap<String, BTreeMap<String, Value>>>(header) else { return };
    let Ok(sorted) = serde_json::to_vec(&entries) else { return };
    // The same entries in as many bytes, but for the spaces at the end.
    if let Some((text, spaces)) = header.split_at_mut_checked(sorted.len()) {
        text.copy_from_slice(&sorted);
        spaces.fill(b' ');
    }
}

/// The version that a file of this format says it has.
fn version(metadata: &HashMap<String, String>, format: Format) -> Option<u32> {
    let (name, version) = metadata.get("format")?.rsplit_once('-')?;
    if name == format.name { version.parse().ok() } else { None }
}

/// A description in a file that is whole, so that it is meant to be as it is: `is_strange` is set where that is not known here.
fn described<T: DeserializeOwned>(metadata: &HashMap<String, String>, key: &str, is_strange: &Cell<bool>) -> Option<T> {
    let description = serde_json::from_str(metadata.get(key)?);
    is_strange.set(is_strange.get() || description.is_err());
    description.ok()
}

/// Checks that a file says that it is of one of these versions of a format. `file` names it in errors.
fn require_version(metadata: &HashMap<String, String>, formats: &[Format], file: &str) -> Result<(), ModelError> {
    match formats.iter().find_map(|format| version(metadata, *format)) {
        Some(version) if formats.iter().any(|format| format.version == version) => Ok(()),
        Some(_) => Err(ModelError::OtherVersion { file: file.to_owned() }),
        None => Err(ModelError::Damaged { file: file.to_owned() }),
    }
}

/// A file that is being read. Every `None` means "this file is not what it should be".
#[derive(Debug)]
pub(crate) struct Reader<'bytes> {
    tensors: SafeTensors<'bytes>,
    metadata: HashMap<String, String>,
    /// Whether there is a description that was not understood.
    is_strange: Cell<bool>,
}

impl<'bytes> Reader<'bytes> {
    fn new(bytes: &'bytes [u8]) -> Option<Self> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
        let metadata = metadata.metadata().clone().unwrap_or_default();
        Some(Self { tensors: SafeTensors::deserialize(bytes).ok()?, metadata, is_strange: Cell::new(false) })
    }

    /// What `parse` makes of a file of this format. `file` names it in errors.
    ///
    /// # Errors
    /// As [`parse_any`](Self::parse_any).
    pub fn parse<T>(bytes: &'bytes [u8], format: Format, file: &str, parse: impl FnOnce(&Self) -> Option<T>) -> Result<T, ModelError> {
        Self::parse_any(bytes, &[format], file, parse)
    }

    /// The same of a file of one of these versions of a format.
    ///
    /// # Errors
    /// [`ModelError::OtherVersion`] for a file of the format's other versions, and for one with a description that `parse` does not know, as a later release may
    /// write it; [`ModelError::Damaged`] for anything else that is no such file, or that `parse` makes nothing of.
    pub fn parse_any<T>(
        bytes: &'bytes [u8],
        formats: &[Format],
        file: &str,
        parse: impl FnOnce(&Self) -> Option<T>,
    ) -> Result<T, ModelError> {
        let damaged = || ModelError::Damaged { file: file.to_owned() };
        let reader = Self::new(bytes).ok_or_else(damaged)?;
        require_version(&reader.metadata, formats, file)?;
        let other = || ModelError::OtherVersion { file: file.to_owned() };
        parse(&reader).ok_or_else(|| if reader.is_strange.get() { other() } else { damaged() })
    }

    /// Whether a whole file says that it is of this format, in whatever version.
    pub fn is_of(bytes: &[u8], format: Format) -> bool {
        let header = SafeTensors::read_metadata(bytes).ok();
        header.and_then(|(_, header)| version(header.metadata().as_ref()?, format)).is_some()
    }

    /// A description.
    pub fn described<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        described(&self.metadata, key, &self.is_strange)
    }

    /// Names of all tensors, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names = self.tensors.names();
        names.sort_unstable();
        names
    }

    /// A tensor's type and shape.
    pub fn kind(&self, name: &str) -> Option<(Dtype, Vec<usize>)> {
        let view = self.tensors.tensor(name).ok()?;
        Some((view.dtype(), view.shape().to_vec()))
    }

    /// A tensor as it is stored, if it has this type and shape.
    pub fn bytes(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Option<&'bytes [u8]> {
        let view = self.tensors.tensor(name).ok()?;
        (view.dtype() == dtype && view.shape() == shape).then(|| view.data())
    }

    /// A tensor of f32 of this shape, all of them finite.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Option<Vec<f32>> {
        let bytes = self.bytes(name, Dtype::F32, shape)?;
        let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        values.iter().all(|value| value.is_finite()).then_some(values)
    }

    /// What [`Writer::int8`] wrote.
    pub fn int8(&self, name: &str, scales: &str, shape: &[usize]) -> Option<Int8> {
        let values = self.bytes(name, Dtype::I8, shape)?.iter().map(|byte| byte.cast_signed()).collect();
        Some(Int8 { values, scales: self.floats(scales, &[*shape.first()?])? })
    }

    /// What [`Writer::int8`] wrote, or a tensor of f32 in its place.
    pub fn int8_or_floats(&self, name: &str, scales: &str, shape: &[usize]) -> Option<Vec<f32>> {
        if self.bytes(name, Dtype::I8, shape).is_none() {
            return self.floats(name, shape);
        }
        let Int8 { values, scales } = self.int8(name, scales, shape)?;
        Some(dequantise_int8(&values, &scales))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format { name: "atelier-test", version: 3 };

    fn file(values: &[f32]) -> Vec<u8> {
        let mut writer = Writer::new(FORMAT);
        writer.describe("about", &vec!["a", "b"]).unwrap();
        writer.floats("plain", &[values.len()], values);
        writer.int8("small", "small.scale", &[2, 2], &[1.0, -0.5, 4.0, 2.0]);
        writer.bytes("raw", Dtype::U8, &[3], &[1, 2, 3][..]);
        writer.finish().unwrap()
    }

    /// A file with this header, and so many bytes behind it.
    fn made(header: &str, length: usize) -> Vec<u8> {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.resize(file.len() + length, 0);
        file
    }

    #[test]
    fn what_was_written_comes_back() {
        let again = file(&[1.5, -2.0]);
        let file = file(&[1.5, -2.0]);
        assert!(file == again, "the same contents make the same file");
        let reader = Reader::new(&file).unwrap();
        assert_eq!(reader.described::<Vec<String>>("about"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(reader.names(), ["plain", "raw", "small", "small.scale"]);
        assert_eq!(reader.floats("plain", &[2]), Some(vec![1.5, -2.0]));
        assert_eq!(reader.bytes("raw", Dtype::U8, &[3]), Some(&[1, 2, 3][..]));
        let small = reader.int8_or_floats("small", "small.scale", &[2, 2]).unwrap();
        // Half of one of 127 steps of each row's largest.
        assert!(small.iter().zip([1.0, -0.5, 4.0, 2.0]).all(|(found, value)| (found - value).abs() <= 2.01 / 127.0), "{small:?}");
        assert_eq!(reader.int8_or_floats("plain", "none", &[2]), Some(vec![1.5, -2.0]));
    }

    #[test]
    fn another_shape_type_or_name_is_refused() {
        let file = file(&[1.5, -2.0]);
        let reader = Reader::new(&file).unwrap();
        assert_eq!((reader.floats("plain", &[1, 2]), reader.floats("plain", &[3])), (None, None));
        assert_eq!((reader.floats("raw", &[3]), reader.floats("none", &[2])), (None, None));
        assert_eq!((reader.bytes("raw", Dtype::I8, &[3]), reader.bytes("raw", Dtype::U8, &[1, 3])), (None, None));
        assert_eq!(reader.int8_or_floats("small", "plain", &[4]), None);
        // A scale for each row, and no other number.
        assert_eq!(reader.int8_or_floats("small", "raw", &[2, 2]), None);
        assert_eq!(reader.described::<u32>("about"), None);
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        for value in [f32::NAN, f32::INFINITY] {
            let file = file(&[1.0, value]);
            assert_eq!(Reader::new(&file).unwrap().floats("plain", &[2]), None);
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let file = file(&[1.0]);
        assert!((0..file.len()).all(|length| Reader::new(&file[..length]).is_none()));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let tensor = |name: &str, from: usize, to: usize| format!(r#""{name}":{{"dtype":"F32","shape":[2],"data_offsets":[{from},{to}]}}"#);
        let of_two = |a: String, b: String| format!("{{{a},{b}}}");
        assert!(Reader::new(&made(&of_two(tensor("a", 0, 8), tensor("b", 8, 16)), 16)).is_some());
        for (header, length, what) in [
            (of_two(tensor("a", 0, 8), tensor("b", 4, 12)), 12, "overlapping"),
            (of_two(tensor("a", 0, 8), tensor("b", 0, 8)), 8, "the same place twice"),
            (of_two(tensor("a", 0, 8), tensor("b", 12, 20)), 20, "a gap"),
            (format!("{{{}}}", tensor("a", 0, 12)), 12, "more bytes than the shape has"),
            (format!("{{{}}}", tensor("a", 0, 8)), 12, "bytes of nobody's"),
            (format!("{{{}}}", tensor("a", 8, 0)), 8, "backwards"),
            (r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#.to_owned(), 0, "a shape that overflows"),
        ] {
            assert!(Reader::new(&made(&header, length)).is_none(), "{what}");
        }
    }

    #[test]
    fn a_header_longer_than_the_file_or_than_any_is_asks_for_no_memory() {
        for length in [u64::MAX, 1 << 40, 1 << 30, 64] {
            let mut file = length.to_le_bytes().to_vec();
            file.extend(b"{}");
            assert!(Reader::new(&file).is_none(), "{length}");
        }
    }

    #[test]
    fn other_formats_are_damage_and_other_versions_are_told() {
        let file = file(&[1.0]);
        let read = |format| Reader::parse(&file, format, "own", |reader| reader.floats("plain", &[1]));
        assert_eq!(read(FORMAT), Ok(vec![1.0]));
        assert_eq!(read(Format { version: 4, ..FORMAT }), Err(ModelError::OtherVersion { file: "own".to_owned() }));
        assert_eq!(read(Format { name: "atelier-other", ..FORMAT }), Err(ModelError::Damaged { file: "own".to_owned() }));
        let strange = Reader::parse(&file, FORMAT, "own", |reader| reader.described::<u32>("about"));
        assert_eq!(strange, Err(ModelError::OtherVersion { file: "own".to_owned() }));
        let nothing = Reader::parse(&file, FORMAT, "own", |_| None::<()>);
        assert_eq!(nothing, Err(ModelError::Damaged { file: "own".to_owned() }));
    }
}
