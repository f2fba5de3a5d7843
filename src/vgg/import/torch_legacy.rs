//! What `torch.save` wrote before PyTorch 1.6, and writes still when asked to: five pickles one after the other, then the storages.
//!
//! The pickles: a magic number, the protocol 1001, the writer's system, the object, the storages' keys. Then for each key an
//! `i64` count of elements and the elements. Source: `torch/serialization.py`, `_legacy_save` and `_legacy_load`
//! (<https://github.com/pytorch/pytorch/blob/main/torch/serialization.py>).

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::ImportError;
use super::pickle::{Node, load};
use super::source::Source;
use super::state_dict::{Place, find_tensors};
use super::tensor::Tensors;

/// 0x1950a86a20f9469cfc6c, as a pickle writes it.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTOCOL: i64 = 1001;
/// Where the magic number may stand: after the pickle's protocol, a frame's length and two bytes of opcode.
const MAGIC_WITHIN: usize = 32;

/// Whether a file begins with a pickle of the magic number.
pub fn recognises(start: &[u8]) -> bool {
    start.first() == Some(&0x80) && start.windows(MAGIC.len()).take(MAGIC_WITHIN).any(|window| window == MAGIC)
}

/// Where each tensor lies.
pub fn tensors<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Tensors, ImportError> {
    let length = source.length();
    let reader = source.from(0)?;
    let magic = load(reader)?;
    if !matches!(magic.root(), Node::Long(bytes) if bytes.as_slice() == MAGIC) {
        return Err(ImportError::Unrecognised);
    }
    if !matches!(load(reader)?.root(), Node::Int(PROTOCOL)) {
        return Err(ImportError::unsupported("another protocol than 1001"));
    }
    // The system of the writer: its byte order does not matter, as storages are little-endian on every system.
    load(reader)?;
    let pickle = load(reader)?;
    let keys = load(reader)?;
    let mut at = reader.stream_position()?;
    let sizes: HashMap<&str, u64> = pickle.storages().map(|storage| (storage.key(&pickle), storage.element.bytes())).collect();
    let damaged = |what| move || ImportError::damaged(what);
    let mut places = HashMap::new();
    let Node::List(list) = keys.root() else { return Err(ImportError::damaged("the list of storages is none")) };
    for &key in list {
        let key = keys.text(key).ok_or_else(damaged("a storage's key is not text"))?;
        let size = sizes.get(key).ok_or_else(damaged("a storage that no tensor uses"))?;
        let count = u64::try_from(i64::from_le_bytes(source.array(at)?)).ok();
        let bytes = count.and_then(|count| count.checked_mul(*size)).ok_or_else(damaged("a storage's length"))?;
        let start = at + 8;
        at = start.checked_add(bytes).ok_or_else(damaged("a storage's length"))?;
        // A cut file is refused even where only weights that are not wanted are cut: it is not the file that someone published.
        if at > length {
            return Err(ImportError::Truncated);
        }
        places.insert(key.to_owned(), Place { start, bytes, checksum: None });
    }
    find_tensors(&pickle, &places)
}
