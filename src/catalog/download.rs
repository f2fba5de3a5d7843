//! A model file on its way in: hashed as it streams, released only when it is whole.

use sha2::{Digest, Sha256};

use super::{Model, ModelError};

/// Collects the chunks of one file and verifies them against the manifest.
#[derive(Debug)]
pub struct Download {
    model: Model,
    hasher: Sha256,
    bytes: Vec<u8>,
}

impl Download {
    /// Starts with nothing received.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        Self { model: model.clone(), hasher: Sha256::new(), bytes: Vec::new() }
    }

    /// Takes the next chunk and answers how many bytes have come in so far.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] as soon as there is more than the manifest says: a wrong file is not worth its end.
    pub fn push(&mut self, chunk: &[u8]) -> Result<u64, ModelError> {
        self.hasher.update(chunk);
        self.bytes.extend_from_slice(chunk);
        let received = self.bytes.len() as u64;
        if received > self.model.bytes { Err(self.damaged()) } else { Ok(received) }
    }

    /// The whole file.
    ///
    /// # Errors
    /// [`ModelError::NetworkLost`] if bytes are missing, [`ModelError::Damaged`] if the hash is another.
    pub fn finish(self) -> Result<Vec<u8>, ModelError> {
        if (self.bytes.len() as u64) < self.model.bytes {
            return Err(ModelError::NetworkLost { file: self.model.file });
        }
        let hash = self.hasher.clone().finalize();
        let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16));
        if digits.eq(self.model.sha256.chars()) { Ok(self.bytes) } else { Err(self.damaged()) }
    }

    fn damaged(&self) -> ModelError {
        ModelError::Damaged { file: self.model.file.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abc() -> Download {
        Download::new(&Model {
            id: "abc".to_owned(),
            file: "abc.bin".to_owned(),
            bytes: 3,
            // The test vector of FIPS 180-2, appendix B.1.
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
            licence: "CC0-1.0".to_owned(),
            card: "abc.md".to_owned(),
            sizes: None,
        })
    }

    #[test]
    fn a_whole_file_comes_out_as_it_went_in() {
        let mut download = abc();
        assert_eq!(download.push(b"ab"), Ok(2));
        assert_eq!(download.push(b"c"), Ok(3));
        assert_eq!(download.finish(), Ok(b"abc".to_vec()));
    }

    #[test]
    fn a_changed_byte_is_damage() {
        let mut download = abc();
        download.push(b"abd").unwrap();
        assert_eq!(download.finish(), Err(ModelError::Damaged { file: "abc.bin".to_owned() }));
    }

    #[test]
    fn a_byte_too_many_is_damage_at_once() {
        assert_eq!(abc().push(b"abcd"), Err(ModelError::Damaged { file: "abc.bin".to_owned() }));
    }

    #[test]
    fn an_early_end_is_the_networks_doing() {
        let mut download = abc();
        download.push(b"ab").unwrap();
        assert_eq!(download.finish(), Err(ModelError::NetworkLost { file: "abc.bin".to_owned() }));
    }
}
