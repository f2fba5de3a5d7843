//! A look into a TIFF's first directory, for what the decoder does not tell: why it refuses, and whether colour is
//! premultiplied.

/// A classic directory has no more.
const MOST_ENTRIES: u64 = u16::MAX as u64;
/// Bits per sample.
pub(super) const BITS_PER_SAMPLE: u16 = 258;
/// What channels beyond the colours mean; 1 is alpha that the colour was multiplied by.
pub(super) const EXTRA_SAMPLES: u16 = 338;
/// Bit 0: a reduced copy of another picture. Cameras' raw files begin with one.
pub(super) const NEW_SUBFILE_TYPE: u16 = 254;

/// The first value of a whole-number tag in the first directory, if the file is a TIFF, classic or big, that has it.
pub(super) fn first_value(bytes: &[u8], tag: u16) -> Option<u32> {
    let (little, big) = match bytes.first_chunk::<4>()? {
        b"II*\0" => (true, false),
        b"MM\0*" => (false, false),
        b"II+\0" => (true, true),
        b"MM\0+" => (false, true),
        _ => return None,
    };
    let number = |at: usize, size: usize| {
        let value = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let bytes = bytes.get(at..at.checked_add(size)?)?;
        Some(if little { bytes.iter().rev().fold(0, value) } else { bytes.iter().fold(0, value) })
    };
    let place = |at: usize, size: usize| usize::try_from(number(at, size)?).ok();
    // What says where something is or how much of it there is, how many entries there are, and an entry.
    let (word, count, entry) = if big { (8, 8, 20) } else { (4, 2, 12) };
    let directory = place(if big { 8 } else { 4 }, word)?;
    let entries = number(directory, count)?.min(MOST_ENTRIES);
    let first = directory.checked_add(count)?;
    let at = (0..usize::try_from(entries).ok()?).find_map(|index| {
        let at = first.checked_add(entry * index)?;
        (number(at, 2)? == u64::from(tag)).then_some(at)
    })?;
    // Shorts and longs; they stand in the entry itself if a word holds them all.
    let size = match number(at + 2, 2)? {
        3 => 2,
        4 => 4,
        _ => return None,
    };
    let values = number(at + 4, word)?;
    let inside = at + 4 + word;
    let value = if values.checked_mul(size as u64)? <= word as u64 { inside } else { place(inside, word)? };
    u32::try_from(number(value, size)?).ok()
}
