//! From a pickle's values to tensors by key.

use std::collections::HashMap;

use super::ImportError;
use super::checksum::Checksum;
use super::pickle::{Id, Node, Pickle, Tensor};
use super::tensor::{Stored, Tensors, count};

/// Where a storage lies in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub start: u64,
    pub bytes: u64,
    pub checksum: Option<Checksum>,
}

/// Under which keys a checkpoint may hold the state dict.
const NESTS: [&str; 3] = ["state_dict", "model_state_dict", "model"];
/// A dict may contain itself, so the way down must end.
const DEEPEST: usize = 4;

/// Every tensor of the state dict, wherever in the pickle that is.
pub fn find_tensors(pickle: &Pickle, places: &HashMap<String, Place>) -> Result<Tensors, ImportError> {
    let Node::Dict(root) = pickle.root() else {
        return Err(ImportError::unsupported("a pickle that is not a dict of tensors"));
    };
    let mut dict = root;
    for _ in 0..DEEPEST {
        let Some(nested) = NESTS.iter().find_map(|nest| nested(pickle, dict, nest)) else { break };
        dict = nested;
    }
    let mut tensors = Tensors::new();
    for &(key, value) in dict {
        if let (Some(key), Node::Tensor(tensor)) = (pickle.text(key), pickle.get(value)) {
            let stored = locate(pickle, tensor, places).ok_or_else(|| ImportError::damaged(format!("{key} lies outside its storage")))?;
            tensors.insert(key.to_owned(), stored);
        }
    }
    Ok(tensors)
}

fn nested<'pickle>(pickle: &'pickle Pickle, dict: &[(Id, Id)], nest: &str) -> Option<&'pickle Vec<(Id, Id)>> {
    let (_, value) = dict.iter().find(|&&(key, _)| pickle.text(key) == Some(nest))?;
    if let Node::Dict(dict) = pickle.get(*value) { Some(dict) } else { None }
}

/// Where a tensor lies, if it lies within its storage, and that within the file.
fn locate(pickle: &Pickle, tensor: &Tensor, places: &HashMap<String, Place>) -> Option<Stored> {
    let Tensor { storage, offset, shape, strides } = tensor;
    let place = places.get(storage.key(pickle))?;
    let size = storage.element.bytes();
    let contiguous = is_contiguous(shape, strides);
    // Of a tensor with gaps nothing is read, so it does not matter where it ends.
    let length = if contiguous { count(shape)? } else { 0 };
    let within_storage = offset.checked_add(length)? <= storage.length;
    let first = storage.offset.checked_add(*offset)?;
    let within_place = first.checked_add(length)?.checked_mul(size)? <= place.bytes;
    let start = place.start.checked_add(first.checked_mul(size)?)?;
    (within_storage && within_place).then(|| Stored {
        element: storage.element,
        shape: shape.clone(),
        contiguous,
        start,
        checksum: place.checksum,
    })
}

/// Whether the numbers lie in row-major order without gaps. The stride of a side of 1 says nothing.
fn is_contiguous(shape: &[u64], strides: &[u64]) -> bool {
    let mut expected = Some(1_u64);
    for (&side, &stride) in shape.iter().zip(strides).rev() {
        if side != 1 && expected != Some(stride) {
            return shape.contains(&0);
        }
        expected = expected.and_then(|expected| expected.checked_mul(side));
    }
    true
}
