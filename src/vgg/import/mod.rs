//! Reads a VGG's convolutions from weight files that people have: PyTorch's two forms and safetensors.
//!
//! A file is recognised by its content, never by its name. Whatever its form, it is first turned into a
//! list of where each tensor lies (`tensor::Stored`), without reading any weight; then each wanted layer is read
//! from there a megabyte at a time. So a file of half a gigabyte costs the weights that are wanted and little more.
//!
//! - `torch_zip`: what `torch.save` has written since PyTorch 1.6, with its checksums. `torch_legacy`: what it wrote before.
//! - `pickle`: both hold a pickle, which is parsed as data. Nothing it names is ever executed.
//! - `safetensors`: the header as JSON.
//! - `layers`: from keys to layers, and from the layer's numbers to RGB order.

mod checksum;
mod convention;
mod error;
mod layers;
mod pickle;
mod safetensors;
mod source;
mod state_dict;
mod tensor;
mod torch_legacy;
mod torch_zip;
mod zip;

#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

pub use convention::Convention;
pub use error::ImportError;
pub use layers::Wanted;
use source::Source;

use super::ConvolutionWeights;

/// What a weight file held.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The input that the network expects.
    pub convention: Convention,
    /// One for each wanted layer, in the order asked for. The first layer reads RGB, whatever the file's order was.
    pub convolutions: Vec<ConvolutionWeights>,
}

/// Reads the wanted layers from a weight file.
///
/// # Errors
/// An [`ImportError`] for whatever stands in the way; see its variants. No file makes this panic, or allocate
/// more than a small multiple of what the file really holds.
pub fn import<R: Read + Seek>(file: &mut R, wanted: &[Wanted]) -> Result<Imported, ImportError> {
    let mut source = Source::new(file)?;
    let start = source.start_of_file()?;
    let tensors = if zip::recognises(&start) {
        torch_zip::tensors(&mut source)?
    } else if torch_legacy::recognises(&start) {
        torch_legacy::tensors(&mut source)?
    } else if safetensors::recognises(&start) {
        safetensors::tensors(&mut source)?
    } else {
        return Err(ImportError::Unrecognised);
    };
    layers::read(&mut source, &tensors, wanted)
}
