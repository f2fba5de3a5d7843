//! Content hashes: names that change when, and only when, what they name changes.

use sha2::{Digest, Sha256};

/// A SHA-256 over a list of named parts, order and boundaries included.
#[derive(Default)]
pub struct Hash(Sha256);

impl Hash {
    /// Adds one part. Lengths are hashed too, so that moving bytes from one part to the next changes the result.
    pub fn part(&mut self, name: &str, bytes: &[u8]) {
        for field in [name.as_bytes(), bytes] {
            self.0.update((field.len() as u64).to_le_bytes());
            self.0.update(field);
        }
    }

    /// The first 12 hex digits: enough to tell builds apart, short enough for a URL.
    pub fn short(self) -> String {
        hexadecimal(&self.0.finalize(), 12)
    }
}

/// The first hex digits of the plain SHA-256 of some bytes, as others compute it.
pub fn digits(bytes: &[u8], count: usize) -> String {
    hexadecimal(&Sha256::digest(bytes), count)
}

/// All of it.
pub fn sha256(bytes: &[u8]) -> String {
    digits(bytes, 64)
}

fn hexadecimal(digest: &[u8], count: usize) -> String {
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16));
    digits.take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[(&str, &str)]) -> String {
        let mut hash = Hash::default();
        for (name, bytes) in parts {
            hash.part(name, bytes.as_bytes());
        }
        hash.short()
    }

    #[test]
    fn digits_are_the_common_ones() {
        // The test vector of FIPS 180-2, appendix B.1.
        assert_eq!(digits(b"abc", 10), "ba7816bf8f");
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn names_bytes_and_boundaries_count() {
        let base = of(&[("a", "bc"), ("d", "e")]);
        assert_eq!(base, of(&[("a", "bc"), ("d", "e")]));
        assert_eq!(base.len(), 12);
        for other in [of(&[("ab", "c"), ("d", "e")]), of(&[("a", "bc"), ("d", "f")]), of(&[("d", "e"), ("a", "bc")])] {
            assert_ne!(base, other);
        }
    }
}
