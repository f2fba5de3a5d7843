//! Python's pickles, parsed as data.
//!
//! A pickle is a program for a small stack machine, which can call anything that it names; so it must never be run on a file from
//! elsewhere. This machine knows the few names that a state dict needs, makes plain data of them, and refuses every other name.
//! Sources: `Lib/pickletools.py` of CPython for the operations, `torch/_weights_only_unpickler.py` for the names.
//!
//! - `node`: what a pickle's values become.
//! - `stream`: its bytes. `machine`: its operations.
//! - `call`: the names, and what calling them gives.

mod call;
mod machine;
mod node;
mod stream;

pub use machine::load;
pub use node::{Id, Node, Pickle, Tensor};
