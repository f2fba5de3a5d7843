//! What a pickle's values become.

use super::super::tensor::Element;
use super::call::Global;

/// A value's place in [`Pickle`]. Values refer to each other by it, as a pickle's may be shared and even contain themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(usize);

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Int(i64),
    /// An integer of more than eight bytes, little-endian.
    Long(Vec<u8>),
    Text(String),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    /// In a box, as is a tensor: nearly all values are small, and a hostile pickle can have half a million.
    Storage(Box<Storage>),
    Tensor(Box<Tensor>),
    /// A value that no tensor is found by, such as a float or a set.
    Opaque,
}

/// A run of numbers in the file, which tensors are views of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    pub element: Element,
    /// Names it in the file: the text of this node.
    pub key: Id,
    /// In elements, from the start of the run under this key: in the old form a storage may itself be a view.
    pub offset: u64,
    /// In elements.
    pub length: u64,
}

/// A tensor as `_rebuild_tensor_v2` is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    pub storage: Storage,
    /// In elements, from the start of the storage.
    pub offset: u64,
    pub shape: Vec<u64>,
    pub strides: Vec<u64>,
}

/// A pickle's values.
#[derive(Debug)]
pub struct Pickle {
    nodes: Vec<Node>,
    root: Id,
}

impl Storage {
    /// Names it in the file.
    pub fn key<'pickle>(&self, pickle: &'pickle Pickle) -> &'pickle str {
        pickle.text(self.key).unwrap_or_default()
    }
}

impl Pickle {
    pub fn new(nodes: Nodes, root: Id) -> Self {
        Self { nodes: nodes.0, root }
    }

    /// What the pickle as a whole stands for.
    pub fn root(&self) -> &Node {
        self.get(self.root)
    }

    pub fn get(&self, id: Id) -> &Node {
        self.nodes.get(id.0).unwrap_or(&Node::Opaque)
    }

    pub fn text(&self, id: Id) -> Option<&str> {
        if let Node::Text(text) = self.get(id) { Some(text) } else { None }
    }

    /// Every storage that is named anywhere.
    pub fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.nodes.iter().filter_map(|node| if let Node::Storage(storage) = node { Some(storage.as_ref()) } else { None })
    }
}

/// The values made so far. They are never removed, so an [`Id`] stays valid.
#[derive(Debug, Default)]
pub struct Nodes(Vec<Node>);

impl Nodes {
    pub fn push(&mut self, node: Node) -> Id {
        self.0.push(node);
        Id(self.0.len() - 1)
    }

    pub fn get(&self, id: Id) -> &Node {
        self.0.get(id.0).unwrap_or(&Node::Opaque)
    }

    pub fn get_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.0.get_mut(id.0)
    }

    /// The elements of a tuple or list.
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        if let Node::Tuple(items) | Node::List(items) = self.get(id) { Some(items) } else { None }
    }

    /// A number that is not negative.
    pub fn number(&self, id: Id) -> Option<u64> {
        if let Node::Int(number) = self.get(id) { u64::try_from(*number).ok() } else { None }
    }

    /// A shape, or strides: a short list of numbers that are not negative.
    pub fn sides(&self, id: Id) -> Option<Vec<u64>> {
        let items = self.items(id).filter(|items| items.len() <= MOST_SIDES)?;
        items.iter().map(|&item| self.number(item)).collect()
    }
}

/// PyTorch itself allows 64. Each tensor has its own copy, so a pickle that names one long list many times must not multiply it.
const MOST_SIDES: usize = 8;
