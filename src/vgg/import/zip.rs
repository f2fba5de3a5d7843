//! Zip archives: where each uncompressed entry lies.
//!
//! Read by hand, as only places and checksums are needed: a dependency would bring compression and encryption. Source: PKWARE's
//! APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16 (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>).

use std::io::{Read, Seek};

use super::ImportError;
use super::checksum::Checksum;
use super::source::Source;

/// One file in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// 0 where the content is stored as it is.
    method: u16,
    encrypted: bool,
    crc32: u32,
    size: u64,
    /// Of its local header, whose length is not in the directory.
    header: u64,
}

/// A part of the file: where it starts and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extent {
    pub start: u64,
    pub length: u64,
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const END_LENGTH: u64 = 22;
const LOCATOR_LENGTH: u64 = 20;
const LONGEST_COMMENT: u64 = 0xffff;
/// A weight file's directory has some kilobytes.
const LONGEST_DIRECTORY: u64 = 16 << 20;

/// Whether a file begins as a zip archive does.
pub fn recognises(start: &[u8]) -> bool {
    start.starts_with(LOCAL)
}

/// Every entry of the archive.
pub fn entries<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Vec<Entry>, ImportError> {
    let directory = directory(source)?;
    if directory.length > LONGEST_DIRECTORY {
        return Err(ImportError::damaged("the archive's directory is absurdly long"));
    }
    let bytes = source.bytes(directory.start, directory.length)?;
    let mut rest = bytes.as_slice();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (entry, length) = entry(rest).ok_or_else(|| ImportError::damaged("the archive's directory"))?;
        entries.push(entry);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(entries)
}

impl Entry {
    /// Where its content lies, with its checksum, which is not compared yet.
    pub fn checksum<R: Read + Seek>(&self, source: &mut Source<'_, R>) -> Result<Checksum, ImportError> {
        Ok(Checksum { extent: self.extent(source)?, crc32: self.crc32 })
    }

    /// Where its content lies.
    pub fn extent<R: Read + Seek>(&self, source: &mut Source<'_, R>) -> Result<Extent, ImportError> {
        if self.method != 0 || self.encrypted {
            return Err(ImportError::unsupported(format!("{} is compressed or encrypted", self.name)));
        }
        let header: [u8; 30] = source.array(self.header)?;
        let lengths = number::<2>(&header, 26).zip(number::<2>(&header, 28));
        let start = lengths.and_then(|(name, extra)| self.header.checked_add(30 + name + extra));
        match start {
            Some(start) if header.starts_with(LOCAL) && start.checked_add(self.size).is_some_and(|end| end <= source.length()) => {
                Ok(Extent { start, length: self.size })
            }
            _ => Err(ImportError::damaged(format!("{} is not where the archive's directory says", self.name))),
        }
    }
}

/// The directory stands at the archive's end, so an archive that was cut has none.
fn directory<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Extent, ImportError> {
    let tail_start = source.length().saturating_sub(END_LENGTH + LONGEST_COMMENT);
    let tail = source.bytes(tail_start, source.length() - tail_start)?;
    // The last one whose comment reaches the file's end: a comment may hold the same four letters.
    let end = (0..tail.len().saturating_sub(21))
        .rev()
        .find(|&at| {
            tail[at..].starts_with(END)
                && number::<2>(&tail, at + 20).is_some_and(|comment| at as u64 + END_LENGTH + comment == tail.len() as u64)
        })
        .ok_or(ImportError::Truncated)?;
    let (length, start) = number::<4>(&tail, end + 12).zip(number::<4>(&tail, end + 16)).ok_or(ImportError::Truncated)?;
    let locator = (tail_start + end as u64).checked_sub(LOCATOR_LENGTH);
    let locator: [u8; 20] = match locator {
        Some(locator) => source.array(locator)?,
        None => [0; 20],
    };
    if !locator.starts_with(LOCATOR_64) {
        return Ok(Extent { start, length });
    }
    let damaged = || ImportError::damaged("the archive's 64-bit end");
    let end: [u8; 56] = source.array(number::<8>(&locator, 8).ok_or_else(damaged)?)?;
    let extent = number::<8>(&end, 40).zip(number::<8>(&end, 48)).filter(|_| end.starts_with(END_64));
    extent.map(|(length, start)| Extent { start, length }).ok_or_else(damaged)
}

/// The entry at the start of `bytes` and the length of its record.
fn entry(bytes: &[u8]) -> Option<(Entry, usize)> {
    if !bytes.starts_with(CENTRAL) {
        return None;
    }
    let length = |at| number::<2>(bytes, at).and_then(|length| usize::try_from(length).ok());
    let name_end = 46 + length(28)?;
    let extra_end = name_end + length(30)?;
    let name = String::from_utf8_lossy(bytes.get(46..name_end)?).into_owned();
    let mut size = number::<4>(bytes, 24)?;
    let mut header = number::<4>(bytes, 42)?;
    let packed = number::<4>(bytes, 20)?;
    if let Some(wide) = extra(bytes.get(name_end..extra_end)?, 1) {
        // Only the fields that did not fit are there, in this order.
        let mut at = 0;
        let mut widen = |narrow: u64| -> Option<u64> {
            if narrow != NOT_HERE {
                return Some(narrow);
            }
            at += 8;
            number::<8>(wide, at - 8)
        };
        size = widen(size)?;
        widen(packed)?;
        header = widen(header)?;
    }
    let method = u16::try_from(number::<2>(bytes, 10)?).ok()?;
    let encrypted = number::<2>(bytes, 8)? & 1 == 1;
    let crc32 = u32::try_from(number::<4>(bytes, 16)?).ok()?;
    Some((Entry { name, method, encrypted, crc32, size, header }, extra_end + length(32)?))
}

/// What stands in a field whose number needs 64 bits.
const NOT_HERE: u64 = 0xffff_ffff;

/// The content of the extra field with this identifier.
fn extra(mut fields: &[u8], wanted: u64) -> Option<&[u8]> {
    loop {
        let identifier = number::<2>(fields, 0)?;
        let end = 4 + usize::try_from(number::<2>(fields, 2)?).ok()?;
        if identifier == wanted {
            return fields.get(4..end);
        }
        fields = fields.get(end..)?;
    }
}

/// The little-endian number of `N` bytes at a place.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes: &[u8; N] = bytes.get(at..)?.first_chunk()?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}
