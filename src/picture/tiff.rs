//! A look into a TIFF's first directory, for what the decoder does not tell: why it refuses, and whether colour is
//! premultiplied.

/// Bits per sample.
pub(super) const BITS_PER_SAMPLE: u16 = 258;
/// What channels beyond the colours mean; 1 is alpha that the colour was multiplied by.
pub(super) const EXTRA_SAMPLES: u16 = 338;
/// Bit 0: a reduced copy of another picture. Cameras' raw files begin with one.
pub(super) const NEW_SUBFILE_TYPE: u16 = 254;

/// The first value of a whole-number tag in the first directory, if the file is a classic TIFF that has it.
pub(super) fn first_value(bytes: &[u8], tag: u16) -> Option<u32> {
    let little = bytes.starts_with(b"II*\0");
    if !little && !bytes.starts_with(b"MM\0*") {
        return None;
    }
    let short = |at: usize| {
        let two = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let long = |at: usize| {
        let four = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    let entry = (0..entries).map(|index| directory + 2 + 12 * index).find(|&at| short(at) == Some(tag))?;
    let (kind, count) = (short(entry + 2)?, long(entry + 4)?);
    // Shorts and longs; they stand in the entry itself if four bytes hold them all.
    let size = match kind {
        3 => 2,
        4 => 4,
        _ => return None,
    };
    let at = if count.checked_mul(size)? <= 4 { entry + 8 } else { usize::try_from(long(entry + 8)?).ok()? };
    if kind == 3 { short(at).map(u32::from) } else { long(at) }
}
