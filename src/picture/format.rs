//! Telling formats apart by their first bytes. Names and MIME types lie too often to be asked.

use super::error::PictureError;

/// A format that is decoded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, APNG.
    Png,
    /// WebP.
    WebP,
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF.
    Tiff,
}

impl Format {
    /// Short lower-case name, as errors carry it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
        }
    }
}

/// Known beginnings of files that are not read, with the name to refuse them by.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"8BPS", "psd"),
    (b"%PDF", "pdf"),
    (b"%!PS", "postscript"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"\x00\x00\x02\x00", "cur"),
    (b"icns", "icns"),
    (b"\x00\x00\x00\x0cjP  ", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"#?RADIANCE", "hdr"),
    (b"DDS ", "dds"),
    (b"qoif", "qoi"),
    (b"gimp xcf", "xcf"),
    (b"FUJIFILMCCD-RAW", "raw"),
    (b"IIRO", "raw"),
    (b"IIRS", "raw"),
    (b"IIU\x00", "raw"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\x1a\x45\xdf\xa3", "video"),
];

/// Recognises the format of a file.
///
/// # Errors
/// Everything that is not decoded here, each with its own code: empty, SVG, formats for the browser, known but
/// unsupported formats, and unrecognised bytes.
pub(super) fn recognise(bytes: &[u8]) -> Result<Format, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xff\xd8\xff") {
        return Ok(Format::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Format::WebP);
    }
    if starts(b"GIF87a") || starts(b"GIF89a") {
        return Ok(Format::Gif);
    }
    if is_bmp(bytes) {
        return Ok(Format::Bmp);
    }
    if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        return Ok(Format::Tiff);
    }
    if starts(b"\xff\x0a") || starts(b"\x00\x00\x00\x0cJXL ") {
        return Err(PictureError::NeedsBrowser { format: "jxl" });
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Err(recognise_iso_media(bytes));
    }
    if let Some((_, format)) = UNSUPPORTED.iter().find(|(magic, _)| starts(magic)) {
        return Err(PictureError::Unsupported { format });
    }
    if is_netpbm(bytes) {
        return Err(PictureError::Unsupported { format: "pnm" });
    }
    if is_svg(bytes) {
        return Err(PictureError::Svg);
    }
    // Fewer bytes than a signature has, but the right ones: the beginning of a picture, not something else.
    for (magic, format) in [(&b"\xff\xd8\xff"[..], "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF89a", "gif")] {
        if bytes.len() >= 2 && magic.starts_with(bytes) {
            return Err(PictureError::Truncated { format });
        }
    }
    Err(PictureError::Unrecognised)
}

/// "BM" alone is too common a beginning of text: the size of the information header must be one that exists.
fn is_bmp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM")
        && bytes
            .get(14..18)
            .is_some_and(|size| matches!(u32::from_le_bytes([size[0], size[1], size[2], size[3]]), 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

fn is_netpbm(bytes: &[u8]) -> bool {
    matches!(bytes, [b'P', b'1'..=b'7', b' ' | b'\t' | b'\n' | b'\r', ..])
}

/// AVIF, HEIC and video share one container; its list of brands tells which it is.
fn recognise_iso_media(bytes: &[u8]) -> PictureError {
    let length = bytes.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size));
    let end = usize::try_from(length).unwrap_or(usize::MAX).clamp(8, bytes.len()).min(8 + 4 * 64);
    let brands = bytes.get(8..end).unwrap_or_default();
    // The second word is a version number and matches no brand.
    let has = |names: &[&[u8]]| brands.chunks_exact(4).any(|brand| names.contains(&brand));
    if has(&[b"avif", b"avis"]) {
        PictureError::NeedsBrowser { format: "avif" }
    } else if has(&[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"]) {
        PictureError::NeedsBrowser { format: "heic" }
    } else if has(&[b"crx "]) {
        PictureError::Unsupported { format: "raw" }
    } else {
        PictureError::Unsupported { format: "video" }
    }
}

/// Whether the root element is `svg`, behind a byte-order mark, white space, an XML declaration, comments and a doctype.
fn is_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(16 * 1024)).unwrap_or_default();
    // UTF-16 becomes readable without its zero bytes: everything looked for is ASCII.
    let ascii: Vec<u8> = head.iter().copied().filter(|&byte| byte != 0 && byte.is_ascii()).collect();
    let Ok(text) = std::str::from_utf8(&ascii) else { return false };
    let mut rest = text.trim_start();
    loop {
        let skipped = if let Some(inside) = rest.strip_prefix("<?") {
            inside.split_once("?>")
        } else if let Some(inside) = rest.strip_prefix("<!--") {
            inside.split_once("-->")
        } else if let Some(inside) = rest.strip_prefix("<!") {
            // A doctype may hold declarations in brackets, each with a '>' of its own.
            match (inside.find('['), inside.find('>')) {
                (Some(open), Some(close)) if open < close => inside.split_once(']').and_then(|(_, rest)| rest.split_once('>')),
                _ => inside.split_once('>'),
            }
        } else {
            break;
        };
        let Some((_, after)) = skipped else { return false };
        rest = after.trim_start();
    }
    rest.strip_prefix('<').is_some_and(|tag| {
        let name = tag.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
        name == "svg" || name.ends_with(":svg")
    })
}
