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
        let digest = self.0.finalize();
        let number = digest.iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{number:012x}")
    }
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
    fn names_bytes_and_boundaries_count() {
        let base = of(&[("a", "bc"), ("d", "e")]);
        assert_eq!(base, of(&[("a", "bc"), ("d", "e")]));
        assert_eq!(base.len(), 12);
        for other in [of(&[("ab", "c"), ("d", "e")]), of(&[("a", "bc"), ("d", "f")]), of(&[("d", "e"), ("a", "bc")])] {
            assert_ne!(base, other);
        }
    }
}
