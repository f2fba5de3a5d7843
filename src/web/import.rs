//! VGG-19 from a file of the visitor's, which never leaves their machine.

use std::io::{self, Read, Seek, SeekFrom};

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileReaderSync};

use super::object::{defect, throw};
use crate::optimize::SettingsError;
use crate::vgg::{Precision, Weights};

/// Reads VGG-19 from torchvision's `.pth` or from safetensors and returns it as a model file for
/// [`Engine.useModel`](super::Engine::use_model), with 8 `bits` a weight (13 MB) or 4 (7 MB).
///
/// The file is read by slices, so its half gigabyte is never in memory. Slices can be read so in workers only.
///
/// # Errors
/// `{code, party, details}`, such as `weights-layer-missing`.
#[wasm_bindgen(js_name = quantiseVgg19)]
pub fn quantise_vgg19(file: Blob, bits: u32) -> Result<Vec<u8>, JsValue> {
    let precision = match bits {
        8 => Precision::Int8,
        4 => Precision::Int4,
        _ => return Err(throw(SettingsError::Malformed)),
    };
    let mut slices = Slices::new(file).map_err(|error| throw(crate::vgg::ImportError::from(error)))?;
    let weights = Weights::import_vgg19(&mut slices).map_err(throw)?;
    // Weights that were read whole always fit their shapes.
    weights.write(precision).map_err(defect)
}

/// A browser's file as a stream.
struct Slices {
    file: Blob,
    reader: FileReaderSync,
    position: u64,
    length: u64,
}

impl Slices {
    fn new(file: Blob) -> io::Result<Self> {
        let reader = FileReaderSync::new().map_err(|error| refused(&error))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length in bytes, far below 2^53")]
        let length = file.size() as u64;
        Ok(Self { file, reader, position: 0, length })
    }
}

impl Read for Slices {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let end = self.position + count as u64;
        #[expect(clippy::cast_precision_loss, reason = "positions in a file, far below 2^53")]
        let slice = self.file.slice_with_f64_and_f64(self.position as f64, end as f64).map_err(|error| refused(&error))?;
        let sent = self.reader.read_as_array_buffer(&slice).map_err(|error| refused(&error))?;
        let bytes = Uint8Array::new(&sent);
        let (Some(target), Ok(given)) = (buffer.get_mut(..count), usize::try_from(bytes.length())) else { return Ok(0) };
        if given != count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.copy_to(target);
        self.position = end;
        Ok(count)
    }
}

impl Seek for Slices {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// What the browser said, such as that the file has changed since it was chosen.
fn refused(error: &JsValue) -> io::Error {
    let message = error.dyn_ref::<js_sys::Error>().map_or_else(|| "refused".to_owned(), |error| String::from(error.message()));
    io::Error::other(message)
}
