//! Version numbers as tools print them.

use std::fmt;

/// `major.minor.patch`, compared in that order; parts that a tool does not print are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// The first word of `text` that begins with a digit, read as a version: the whole of `1.96.0`, the front of
    /// `1.96.0-nightly`, the `108` of `wasm-opt version 108 (version_108)`.
    pub fn find(text: &str) -> Option<Self> {
        let word = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let mut parts = word.get(..end)?.split('.').map(|part| part.parse().unwrap_or(0));
        Some(Self(parts.next()?, parts.next().unwrap_or(0), parts.next().unwrap_or(0)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_tools_print() {
        assert_eq!(Version::find("rustc 1.96.0 (ac68faa20 2026-05-25)"), Some(Version(1, 96, 0)));
        assert_eq!(Version::find("rustc 1.97.0-nightly (x)"), Some(Version(1, 97, 0)));
        assert_eq!(Version::find("wasm-opt version 132 (version_132)"), Some(Version(132, 0, 0)));
        assert_eq!(Version::find("wasm-bindgen 0.2.130"), Some(Version(0, 2, 130)));
        assert_eq!(Version::find("no number"), None);
    }

    #[test]
    fn orders_by_number_not_by_text() {
        assert!(Version(1, 100, 0) > Version(1, 95, 3));
        assert!(Version(108, 0, 0) < Version(132, 0, 0));
    }
}
