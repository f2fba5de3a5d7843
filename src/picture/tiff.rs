//! A look into a TIFF's first directory, for what the decoder does not tell: why it refuses, whether colour is
//! premultiplied, and what it does not look at, JPEGs that are larger than the picture or cut short.

/// A classic directory has no more.
const MOST_ENTRIES: u64 = u16::MAX as u64;
/// Bits per sample.
pub(super) const BITS_PER_SAMPLE: u16 = 258;
/// What channels beyond the colours mean; 1 is alpha that the colour was multiplied by.
pub(super) const EXTRA_SAMPLES: u16 = 338;
/// Bit 0: a reduced copy of another picture. Cameras' raw files begin with one.
pub(super) const NEW_SUBFILE_TYPE: u16 = 254;

/// How the pixels are packed.
const COMPRESSION: u16 = 259;
const OLD_JPEG: u32 = 6;
const JPEG: u32 = 7;
const WIDTH: u16 = 256;
const LENGTH: u16 = 257;
const ROWS_PER_STRIP: u16 = 278;
const TILE_WIDTH: u16 = 322;
const TILE_LENGTH: u16 = 323;
/// Where each strip or tile begins, and its bytes.
const STRIPS: [u16; 2] = [273, 279];
const TILES: [u16; 2] = [324, 325];
/// What all JPEGs of a file have in common.
const JPEG_TABLES: u16 = 347;

/// The strips or tiles of a TIFF that are JPEGs each.
pub(super) struct Jpegs<'a> {
    pub parts: Vec<&'a [u8]>,
    /// The sides of the largest.
    pub sides: (u32, u32),
    pub tables: Option<&'a [u8]>,
}

/// The JPEGs that a TIFF is made of; `None` where it is packed otherwise. Nothing is known of one that says where parts are which it does not have, or where one lies in the other.
pub(super) fn jpegs(bytes: &[u8]) -> Option<Result<Jpegs<'_>, Nonsense>> {
    let directory = Directory::first(bytes)?;
    let value = |tag| directory.values(tag)?.next().and_then(|value| u32::try_from(value).ok());
    if !matches!(value(COMPRESSION), Some(OLD_JPEG | JPEG)) {
        return None;
    }
    let found = || {
        let (wide, high) = (value(WIDTH)?, value(LENGTH)?);
        let tiles = directory.values(TILES[0]).is_some();
        let [places, lengths] = if tiles { TILES } else { STRIPS };
        let sides = if tiles { (value(TILE_WIDTH)?, value(TILE_LENGTH)?) } else { (wide, value(ROWS_PER_STRIP).unwrap_or(high).min(high)) };
        let part = |(place, length): (u64, u64)| bytes.get(usize::try_from(place).ok()?..usize::try_from(place.checked_add(length)?).ok()?);
        let parts: Vec<&[u8]> = directory.values(places)?.zip(directory.values(lengths)?).map(part).collect::<Option<_>>()?;
        let apart = parts.iter().map(|part| part.len()).sum::<usize>() <= bytes.len();
        apart.then(|| Jpegs { parts, sides, tables: directory.bytes(JPEG_TABLES) })
    };
    Some(found().ok_or(Nonsense))
}

/// A directory says what cannot be.
#[derive(Debug)]
pub(super) struct Nonsense;

/// The first value of a whole-number tag in the first directory, if the file is a TIFF, classic or big, that has it.
pub(super) fn first_value(bytes: &[u8], tag: u16) -> Option<u32> {
    u32::try_from(Directory::first(bytes)?.values(tag)?.next()?).ok()
}

/// What a TIFF says of its first picture.
struct Directory<'a> {
    bytes: &'a [u8],
    little: bool,
    /// Bytes of what says where something is or how much of it there is, and of an entry.
    word: usize,
    entry: usize,
    /// Where the entries begin, and how many there are.
    first: usize,
    entries: usize,
}

/// The values of one tag.
struct Entry {
    kind: u64,
    count: u64,
    /// Where they stand, in the entry itself if a word holds them all.
    at: usize,
}

impl<'a> Directory<'a> {
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let (little, big) = match bytes.first_chunk::<4>()? {
            b"II*\0" => (true, false),
            b"MM\0*" => (false, false),
            b"II+\0" => (true, true),
            b"MM\0+" => (false, true),
            _ => return None,
        };
        let (word, count, entry) = if big { (8, 8, 20) } else { (4, 2, 12) };
        let unread = Self { bytes, little, word, entry, first: 0, entries: 0 };
        let at = unread.place(if big { 8 } else { 4 })?;
        let entries = usize::try_from(unread.number(at, count)?.min(MOST_ENTRIES)).ok()?;
        Some(Self { first: at.checked_add(count)?, entries, ..unread })
    }

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let value = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        Some(if self.little { bytes.iter().rev().fold(0, value) } else { bytes.iter().fold(0, value) })
    }

    fn place(&self, at: usize) -> Option<usize> {
        usize::try_from(self.number(at, self.word)?).ok()
    }

    /// `size` gives the bytes of a value of this kind.
    fn find(&self, tag: u16, size: impl FnOnce(u64) -> Option<u64>) -> Option<Entry> {
        let at = (0..self.entries).find_map(|index| {
            let at = self.first.checked_add(self.entry * index)?;
            (self.number(at, 2)? == u64::from(tag)).then_some(at)
        })?;
        let (kind, count, inside) = (self.number(at + 2, 2)?, self.number(at + 4, self.word)?, at + 4 + self.word);
        let fits = count.checked_mul(size(kind)?)? <= self.word as u64;
        Some(Entry { kind, count, at: if fits { inside } else { self.place(inside)? } })
    }

    /// Whole numbers, as far as the file goes.
    fn values(&self, tag: u16) -> Option<impl Iterator<Item = u64>> {
        let size = |kind| match kind {
            3 => Some(2),
            4 => Some(4),
            16 => Some(8),
            _ => None,
        };
        let Entry { kind, count, at } = self.find(tag, size)?;
        let size = usize::try_from(size(kind)?).ok()?;
        let places = (0..count).map_while(move |index| usize::try_from(index).ok()?.checked_mul(size)?.checked_add(at));
        Some(places.map_while(move |at| self.number(at, size)))
    }

    fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let Entry { count, at, .. } = self.find(tag, |_| Some(1))?;
        self.bytes.get(at..at.checked_add(usize::try_from(count).ok()?)?)
    }
}
