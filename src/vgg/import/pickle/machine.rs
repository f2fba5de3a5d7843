//! The machine: a stack of values, marks on it, a memo. It has no recursion, so no pickle is too deep for it.

use std::collections::HashMap;
use std::io::Read;

use super::super::ImportError;
use super::call::{Global, storage};
use super::node::{Id, Node, Nodes, Pickle};
use super::stream::Stream;

/// The state dict of a large network takes some ten thousand operations, and each makes at most one value.
const MOST_OPERATIONS: usize = 1 << 19;
/// Reads one pickle, up to its STOP and no further.
pub fn load<R: Read>(input: &mut R) -> Result<Pickle, ImportError> {
    let mut machine =
        Machine { stream: Stream::new(input), nodes: Nodes::default(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    for _ in 0..MOST_OPERATIONS {
        let [operation] = machine.stream.take()?;
        if operation == b'.' {
            let root = machine.pop()?;
            return Ok(Pickle::new(machine.nodes, root));
        }
        machine.step(operation)?;
    }
    Err(ImportError::unsupported("a pickle of more than half a million operations"))
}

struct Machine<'input, R> {
    stream: Stream<'input, R>,
    nodes: Nodes,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

impl<R: Read> Machine<'_, R> {
    fn step(&mut self, operation: u8) -> Result<(), ImportError> {
        match operation {
            // PROTO and FRAME say nothing that matters here.
            0x80 => drop(self.stream.take::<1>()?),
            0x95 => drop(self.stream.take::<8>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.above_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            // NONE, NEWTRUE, NEWFALSE, BINFLOAT, EMPTY_SET
            b'N' | 0x88 | 0x89 | 0x8f => self.push(Node::Opaque),
            b'G' => {
                self.stream.take::<8>()?;
                self.push(Node::Opaque);
            }
            b'K' | b'M' | b'J' | 0x8a | 0x8b => self.integer(operation)?,
            b'U' | b'T' | b'X' | 0x8c | 0x8d => self.text(operation)?,
            b'C' | b'B' | 0x8e | 0x96 => self.bytes(operation)?,
            b']' => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            b'a' | b'e' | b'l' | b's' | b'u' | b'd' | 0x90 | 0x91 => self.collect(operation)?,
            b't' | 0x85..=0x87 => self.tuple(operation)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(operation)?,
            b'c' | 0x93 | b'R' | 0x81 | b'b' | b'Q' => self.object(operation)?,
            // The text forms of protocol 0, extensions, INST, OBJ, NEWOBJ_EX, PERSID, buffers: PyTorch writes none of them.
            b'I' | b'L' | b'F' | b'S' | b'V' | b'p' | b'g' | b'P' | b'i' | b'o' | 0x82..=0x84 | 0x92 | 0x97 | 0x98 => {
                return Err(ImportError::unsupported(format!("pickle operation 0x{operation:02x}")));
            }
            _ => return Err(ImportError::damaged(format!("no pickle operation is 0x{operation:02x}"))),
        }
        Ok(())
    }

    /// BININT1, BININT2, BININT, LONG1, LONG4
    fn integer(&mut self, operation: u8) -> Result<(), ImportError> {
        let node = match operation {
            b'K' => Node::Int(i64::from(u8::from_le_bytes(self.stream.take()?))),
            b'M' => Node::Int(i64::from(u16::from_le_bytes(self.stream.take()?))),
            b'J' => Node::Int(i64::from(i32::from_le_bytes(self.stream.take()?))),
            _ => {
                let length = if operation == 0x8a { self.stream.number::<1>()? } else { self.stream.number::<4>()? };
                let bytes = self.stream.content(length)?.ok_or_else(|| ImportError::damaged("an absurdly large integer"))?;
                if bytes.len() <= 8 {
                    // Two's complement of any length: the missing bytes repeat the sign.
                    let sign = if bytes.last().is_some_and(|&last| last >= 0x80) { -1_i64 } else { 0 };
                    Node::Int(bytes.iter().rev().fold(sign, |number, &byte| number << 8 | i64::from(byte)))
                } else {
                    Node::Long(bytes)
                }
            }
        };
        self.push(node);
        Ok(())
    }

    /// SHORT_BINSTRING, BINSTRING, BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
    fn text(&mut self, operation: u8) -> Result<(), ImportError> {
        let length = match operation {
            b'U' | 0x8c => self.stream.number::<1>()?,
            b'T' | b'X' => self.stream.number::<4>()?,
            _ => self.stream.number::<8>()?,
        };
        let text = self.stream.content(length)?.map(String::from_utf8);
        self.push(match text {
            Some(Ok(text)) => Node::Text(text),
            _ => Node::Opaque,
        });
        Ok(())
    }

    /// SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
    fn bytes(&mut self, operation: u8) -> Result<(), ImportError> {
        let length = match operation {
            b'C' => self.stream.number::<1>()?,
            b'B' => self.stream.number::<4>()?,
            _ => self.stream.number::<8>()?,
        };
        self.stream.skip(length)?;
        self.push(Node::Opaque);
        Ok(())
    }

    /// APPEND, APPENDS, LIST, SETITEM, SETITEMS, DICT, ADDITEMS, FROZENSET
    fn collect(&mut self, operation: u8) -> Result<(), ImportError> {
        let items = match operation {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.above_mark()?,
        };
        match operation {
            b'l' => self.push(Node::List(Vec::new())),
            b'd' => self.push(Node::Dict(Vec::new())),
            0x91 => self.push(Node::Opaque),
            _ => {}
        }
        let target = self.top()?;
        match self.nodes.get_mut(target) {
            Some(Node::List(list)) if matches!(operation, b'a' | b'e' | b'l') => list.extend(items),
            Some(Node::Dict(dict)) if matches!(operation, b's' | b'u' | b'd') && items.len().is_multiple_of(2) => {
                dict.extend(items.as_chunks().0.iter().map(|&[key, value]| (key, value)));
            }
            Some(Node::Opaque) => {}
            _ => return Err(ImportError::damaged("items for a value that takes none")),
        }
        Ok(())
    }

    /// TUPLE, TUPLE1, TUPLE2, TUPLE3
    fn tuple(&mut self, operation: u8) -> Result<(), ImportError> {
        let items = if operation == b't' {
            self.above_mark()?
        } else {
            let first = self.stack.len().checked_sub(usize::from(operation - 0x84)).filter(|&first| first >= self.floor());
            self.stack.split_off(first.ok_or_else(underflow)?)
        };
        self.push(Node::Tuple(items));
        Ok(())
    }

    /// BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
    fn remember(&mut self, operation: u8) -> Result<(), ImportError> {
        let index = match operation {
            b'q' | b'h' => self.stream.number::<1>()?,
            b'r' | b'j' => self.stream.number::<4>()?,
            _ => self.memo.len() as u64,
        };
        if matches!(operation, b'h' | b'j') {
            let remembered = self.memo.get(&index).ok_or_else(|| ImportError::damaged("nothing is remembered under this number"))?;
            self.stack.push(*remembered);
        } else {
            let top = self.top()?;
            self.memo.insert(index, top);
        }
        Ok(())
    }

    /// GLOBAL, STACK_GLOBAL, REDUCE, NEWOBJ, BUILD, BINPERSID
    fn object(&mut self, operation: u8) -> Result<(), ImportError> {
        let top = if operation == b'c' { None } else { Some(self.pop()?) };
        match (operation, top) {
            (0x93, Some(name)) => {
                let module = self.pop()?;
                let (Node::Text(module), Node::Text(name)) = (self.nodes.get(module), self.nodes.get(name)) else {
                    return Err(ImportError::damaged("a name is not text"));
                };
                let global = Global::named(module, name)?;
                self.push(Node::Global(global));
            }
            (b'Q', Some(identifier)) => {
                let storage = storage(identifier, &self.nodes).ok_or_else(|| ImportError::damaged("a storage is not described"))?;
                self.push(Node::Storage(Box::new(storage)));
            }
            // State: a state dict has `_metadata` there, which says nothing of the weights.
            (b'b', Some(_)) => drop(self.top()?),
            (_, Some(arguments)) => {
                let callable = self.pop()?;
                let Node::Global(global) = *self.nodes.get(callable) else {
                    return Err(ImportError::damaged("a call of a value"));
                };
                let made = global.call(arguments, &mut self.nodes).ok_or_else(|| ImportError::damaged("a call's arguments"))?;
                self.stack.push(made);
            }
            (_, None) => {
                let (module, name) = (self.stream.line()?, self.stream.line()?);
                self.push(Node::Global(Global::named(&module, &name)?));
            }
        }
        Ok(())
    }

    fn push(&mut self, node: Node) {
        let id = self.nodes.push(node);
        self.stack.push(id);
    }

    /// What is below the last mark is out of reach.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id, ImportError> {
        self.stack.get(self.floor()..).and_then(<[Id]>::last).copied().ok_or_else(underflow)
    }

    fn pop(&mut self) -> Result<Id, ImportError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Everything above the last mark, which is taken away.
    fn above_mark(&mut self) -> Result<Vec<Id>, ImportError> {
        let mark = self.marks.pop().ok_or_else(underflow)?;
        Ok(self.stack.split_off(mark))
    }
}

fn underflow() -> ImportError {
    ImportError::damaged("a pickle takes more than it put")
}
