//! A number that tells one thing from others, to be kept in files: FNV-1a, which is the same from version to version, as the standard library's hashes need not be.

use serde::{Deserialize, Serialize};

use crate::picture::Picture;

/// What has been taken in so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes in a picture's colours.
    pub fn take_picture(&mut self, picture: &Picture) {
        self.take(&picture.width().to_le_bytes());
        self.take(picture.rgb());
    }

    pub fn take(&mut self, bytes: &[u8]) {
        const PRIME: u64 = 0x0100_0000_01b3;
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
    }

    /// The number. Never 0, which files have where there is none.
    pub fn finish(&self) -> u64 {
        self.0.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_algorithms_authors() {
        let of = |text: &str| {
            let mut fingerprint = Fingerprint::new();
            fingerprint.take(text.as_bytes());
            fingerprint.finish()
        };
        // Test vectors of draft-eastlake-fnv.
        assert_eq!((of(""), of("a"), of("foobar")), (0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8));
    }
}
