//! What `torch.save` has written since PyTorch 1.6: a zip archive of a pickle and one entry for each storage.
//!
//! Entries: `<name>/data.pkl`, `<name>/data/<key>`, `<name>/byteorder` (since 2.1), `<name>/version`. Source:
//! `torch/serialization.py`, `_save` and `_load` (<https://github.com/pytorch/pytorch/blob/main/torch/serialization.py>).

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::ImportError;
use super::pickle::load;
use super::source::Source;
use super::state_dict::{Place, find_tensors};
use super::tensor::Tensors;
use super::zip::{Entry, Extent, entries};

/// A state dict's pickle has some kilobytes.
const LONGEST_PICKLE: u64 = 64 << 20;

/// Where each tensor lies.
pub fn tensors<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Tensors, ImportError> {
    let entries: HashMap<String, Entry> = entries(source)?.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
    let root = entries.keys().filter_map(|name| name.strip_suffix("data.pkl")).filter(|root| root.matches('/').count() <= 1).min();
    // Any other archive: a document, a NumPy file.
    let Some(root) = root.map(str::to_owned) else { return Err(ImportError::Unrecognised) };
    if entries.contains_key(&format!("{root}constants.pkl")) {
        return Err(ImportError::unsupported("a TorchScript archive, which holds a program beside the weights"));
    }
    if let Some(entry) = entries.get(&format!("{root}byteorder")) {
        let extent = entry.extent(source)?;
        if source.bytes(extent.start, extent.length.min(16))? != b"little" {
            return Err(ImportError::unsupported("numbers that are not little-endian"));
        }
    }
    let pickle = entries.get(&format!("{root}data.pkl")).ok_or(ImportError::Unrecognised)?.checksum(source)?;
    if pickle.extent.length > LONGEST_PICKLE {
        return Err(ImportError::damaged("data.pkl is absurdly long"));
    }
    pickle.verify(source)?;
    let pickle = pickle.extent;
    let pickle = load(&mut source.from(pickle.start)?.take(pickle.length))?;
    let mut places = HashMap::new();
    for storage in pickle.storages() {
        let key = storage.key(&pickle);
        if places.contains_key(key) {
            continue;
        }
        let Some(entry) = entries.get(&format!("{root}data/{key}")) else {
            return Err(ImportError::damaged(format!("data/{key} is missing")));
        };
        let checksum = entry.checksum(source)?;
        let Extent { start, length } = checksum.extent;
        places.insert(key.to_owned(), Place { start, bytes: length, checksum: Some(checksum) });
    }
    find_tensors(&pickle, &places)
}
