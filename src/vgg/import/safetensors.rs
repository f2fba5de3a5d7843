//! Safetensors: eight bytes of header length, the header as JSON, the tensors.
//!
//! Source: <https://github.com/huggingface/safetensors#format>. The crate `safetensors` wants the whole file in memory.

use std::io::{Read, Seek};

use serde_json::Value;

use super::ImportError;
use super::source::Source;
use super::tensor::{Element, Stored, Tensors, count};

/// A header has about a hundred bytes for each tensor, so this is room for a hundred thousand.
const LONGEST_HEADER: u64 = 16 << 20;

/// Whether a file begins as safetensors do: a plausible length, then JSON.
pub fn recognises(start: &[u8]) -> bool {
    let length = start.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    length.is_some_and(|length| (2..=LONGEST_HEADER).contains(&length)) && start.get(8) == Some(&b'{')
}

/// Where each tensor lies.
pub fn tensors<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Tensors, ImportError> {
    let length = u64::from_le_bytes(source.array(0)?);
    let header = source.bytes(8, length)?;
    let damaged = || ImportError::damaged("the header is not a safetensors header");
    let Ok(Value::Object(header)) = serde_json::from_slice(&header) else { return Err(damaged()) };
    let data = 8 + length;
    let mut tensors = Tensors::new();
    for (key, entry) in header {
        if key == "__metadata__" {
            continue;
        }
        let numbers = |name| entry.get(name)?.as_array()?.iter().map(Value::as_u64).collect::<Option<Vec<u64>>>();
        let shape = numbers("shape").ok_or_else(damaged)?;
        let offsets = numbers("data_offsets").ok_or_else(damaged)?;
        let &[begin, end] = offsets.as_slice() else { return Err(damaged()) };
        let bytes = end.checked_sub(begin).ok_or_else(damaged)?;
        let start = data.checked_add(begin).ok_or_else(damaged)?;
        if data.checked_add(end).is_none_or(|end| end > source.length()) {
            return Err(ImportError::Truncated);
        }
        let element = match entry.get("dtype").and_then(Value::as_str).ok_or_else(damaged)? {
            "F16" => Element::F16,
            "BF16" => Element::Bf16,
            "F32" => Element::F32,
            "F64" => Element::F64,
            // The size of an element is not needed, and some types have less than a byte.
            _ => Element::Other(1),
        };
        let fits = count(&shape).and_then(|count| count.checked_mul(element.bytes())) == Some(bytes);
        if !fits && !matches!(element, Element::Other(_)) {
            return Err(ImportError::damaged(format!("{key} does not fill its place")));
        }
        tensors.insert(key, Stored { element, shape, contiguous: true, start, checksum: None });
    }
    Ok(tensors)
}
