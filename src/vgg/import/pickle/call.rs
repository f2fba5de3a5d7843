//! The names that a state dict needs, and what calling them gives.

use super::super::ImportError;
use super::super::tensor::Element;
use super::node::{Id, Node, Nodes, Storage, Tensor};

/// Something that a pickle may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Size,
    Device,
    Storage(Element),
}

/// The longest name that an error repeats.
const LONGEST_NAME: usize = 120;
/// Storage keys are small numbers, or an address in the old form.
const LONGEST_KEY: usize = 64;

impl Global {
    /// What a name stands for.
    pub fn named(module: &str, name: &str) -> Result<Self, ImportError> {
        let global = match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Self::RebuildParameter,
            ("torch", "Size") => Self::Size,
            ("torch", "device") => Self::Device,
            ("torch", "HalfStorage") => Self::Storage(Element::F16),
            ("torch", "BFloat16Storage") => Self::Storage(Element::Bf16),
            ("torch", "FloatStorage") => Self::Storage(Element::F32),
            ("torch", "DoubleStorage") => Self::Storage(Element::F64),
            ("torch", "LongStorage") => Self::Storage(Element::Other(8)),
            ("torch", "IntStorage") => Self::Storage(Element::Other(4)),
            ("torch", "ShortStorage") => Self::Storage(Element::Other(2)),
            ("torch", "CharStorage" | "ByteStorage" | "BoolStorage") | ("torch.storage", "UntypedStorage") => {
                Self::Storage(Element::Other(1))
            }
            _ => {
                // Control characters could change how the name looks where it is shown.
                let global = format!("{module}.{name}").chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
                return Err(ImportError::Unsafe { global });
            }
        };
        Ok(global)
    }

    /// What calling it gives. `None` where the arguments are not those that PyTorch writes.
    pub fn call(self, arguments: Id, nodes: &mut Nodes) -> Option<Id> {
        let list = nodes.items(arguments)?;
        match (self, list) {
            (Self::OrderedDict, []) => Some(nodes.push(Node::Dict(Vec::new()))),
            // Python 2 gives the pairs here, Python 3 adds them afterwards.
            (Self::OrderedDict, &[pairs]) => {
                let Node::List(pairs) = nodes.get_mut(pairs)? else { return None };
                // Taken, not copied: no second dict can ask for the same pairs, so a pickle cannot multiply them.
                let pairs = std::mem::take(pairs);
                let pair = |pair: Id| if let Some(&[key, value]) = nodes.items(pair) { Some((key, value)) } else { None };
                let dict = pairs.into_iter().map(pair).collect::<Option<Vec<_>>>()?;
                Some(nodes.push(Node::Dict(dict)))
            }
            (Self::RebuildTensor, &[storage, offset, shape, strides, ..]) => {
                let Node::Storage(storage) = nodes.get(storage) else { return None };
                let (shape, strides) = (nodes.sides(shape)?, nodes.sides(strides)?);
                let tensor = Tensor { storage: Storage::clone(storage), offset: nodes.number(offset)?, shape, strides };
                (tensor.shape.len() == tensor.strides.len()).then(|| nodes.push(Node::Tensor(Box::new(tensor))))
            }
            (Self::RebuildParameter, &[tensor, ..]) | (Self::Size, &[tensor]) => Some(tensor),
            (Self::Device, _) => Some(nodes.push(Node::Opaque)),
            _ => None,
        }
    }
}

/// The storage that a persistent identifier names: `("storage", type, key, device, length)`, in the old form with a view
/// `(key, offset, length)` or `None` after it.
pub fn storage(identifier: Id, nodes: &Nodes) -> Option<Storage> {
    let (&[tag, kind, key, _device, length], view) = nodes.items(identifier)?.split_first_chunk()?;
    let is_text = |id, test: fn(&str) -> bool| matches!(nodes.get(id), Node::Text(text) if test(text));
    let Node::Global(Global::Storage(element)) = *nodes.get(kind) else { return None };
    if !is_text(tag, |tag| tag == "storage") || !is_text(key, |key| key.len() <= LONGEST_KEY) {
        return None;
    }
    let whole = Storage { element, key, offset: 0, length: nodes.number(length)? };
    let &[_view_key, offset, length] = view.first().and_then(|&view| nodes.items(view)).unwrap_or_default() else {
        return Some(whole);
    };
    let (offset, length) = (nodes.number(offset)?, nodes.number(length)?);
    let inside = offset.checked_add(length).is_some_and(|end| end <= whole.length);
    inside.then_some(Storage { offset, length, ..whole })
}
