//! Reads zip files as strictly as a reader can: what the directory says must be what stands before each file.

/// The files of a zip whose files are stored as they are, in the order of its directory.
pub fn read(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let two = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let four = |at: usize| usize::try_from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap();
    let end = bytes.len() - 22;
    assert_eq!(&bytes[end..end + 4], b"PK\x05\x06", "the end of the directory");
    assert_eq!(four(end + 12) + four(end + 16), end, "the directory ends where its end begins");
    let mut at = four(end + 16);
    let mut files = Vec::new();
    for _ in 0..two(end + 10) {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (crc, size, name, local) = (four(at + 16), four(at + 24), two(at + 28), four(at + 42));
        assert_eq!(two(at + 10), 0, "stored, not compressed");
        let file = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
        assert_eq!(&bytes[local..local + 4], b"PK\x03\x04");
        // Version, flags, method, time, checksum, sizes and the name's length are said twice.
        assert_eq!(bytes[local + 4..local + 28], bytes[at + 6..at + 30], "{file}");
        assert_eq!(&bytes[local + 30..local + 30 + name], file.as_bytes());
        let content = bytes[local + 30 + name..][..size].to_vec();
        assert_eq!(usize::try_from(crc32fast::hash(&content)).unwrap(), crc, "{file}");
        files.push((file, content));
        at += 46 + name;
    }
    assert_eq!(at, end);
    files
}
