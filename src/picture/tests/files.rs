//! Small files of every kind, made by code.

use image::codecs::bmp::BmpEncoder;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, Frame, ImageEncoder, RgbaImage};
use std::io::Cursor;

/// Four flat quarters, as `fixtures/make.py` paints them.
pub const QUARTERS: [[u8; 3]; 4] = [[200, 40, 40], [40, 160, 60], [50, 70, 190], [230, 220, 80]];
pub const WIDTH: u32 = 24;
pub const HEIGHT: u32 = 16;

pub const PROGRESSIVE: &[u8] = include_bytes!("fixtures/progressive.jpg");
pub const SUBSAMPLED: &[u8] = include_bytes!("fixtures/subsampled.jpg");
pub const CMYK: &[u8] = include_bytes!("fixtures/cmyk.jpg");
pub const LOSSY_WEBP: &[u8] = include_bytes!("fixtures/lossy.webp");
pub const ANIMATED_WEBP: &[u8] = include_bytes!("fixtures/animated.webp");

/// The quarters as interleaved RGB.
pub fn quarters() -> Vec<u8> {
    let mut rgb = Vec::new();
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let index = usize::from(x >= WIDTH / 2) + 2 * usize::from(y >= HEIGHT / 2);
            rgb.extend_from_slice(&QUARTERS[index]);
        }
    }
    rgb
}

/// Deterministic noise, so that compressed files are long enough to be cut anywhere.
pub fn noise(length: usize) -> Vec<u8> {
    let mut random = Random(7);
    (0..length).map(|_| random.below(256).to_le_bytes()[0]).collect()
}

/// A linear congruential generator (Knuth's MMIX constants).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(limit).unwrap()).unwrap()
    }
}

pub fn jpeg(width: u32, height: u32, samples: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 95).write_image(samples, width, height, kind).unwrap();
    file
}

pub fn png(width: u32, height: u32, samples: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(samples, width, height, kind).unwrap();
    file
}

pub fn png_with_profile(width: u32, height: u32, samples: &[u8], kind: ExtendedColorType, icc: Vec<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder.set_icc_profile(icc).unwrap();
    encoder.write_image(samples, width, height, kind).unwrap();
    file
}

pub fn webp(width: u32, height: u32, samples: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    WebPEncoder::new_lossless(&mut file).write_image(samples, width, height, kind).unwrap();
    file
}

pub fn tiff(width: u32, height: u32, samples: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    TiffEncoder::new(&mut file).write_image(samples, width, height, kind).unwrap();
    file.into_inner()
}

pub fn bmp(width: u32, height: u32, samples: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    BmpEncoder::new(&mut file).write_image(samples, width, height, kind).unwrap();
    file
}

/// A GIF whose frames are flat in the given colours.
pub fn gif(width: u32, height: u32, frames: &[[u8; 4]]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for &colour in frames {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(width, height, image::Rgba(colour)))).unwrap();
    }
    drop(encoder);
    file
}

/// A TIFF whose strips, one below the other, are these JPEGs.
pub fn jpeg_tiff(width: u32, rows: u32, strips: &[&[u8]]) -> Vec<u8> {
    let count = u32::try_from(strips.len()).unwrap();
    let height = rows * count;
    // Bits, then where strips lie and how long they are, then the strips.
    let entries = 9;
    let beside = 8 + 2 + 12 * entries + 4;
    let (places, lengths) = (beside + 6, beside + 6 + 4 * count);
    let mut at = lengths + 4 * count;
    let mut file = [&b"II*\0"[..], &8_u32.to_le_bytes(), &9_u16.to_le_bytes()].concat();
    let several = count > 1;
    let only = u32::try_from(strips[0].len()).unwrap();
    for (tag, kind, count, value) in [
        (256_u16, 4_u16, 1_u32, width),
        (257, 4, 1, height),
        (258, 3, 3, beside),
        (259, 3, 1, 7),
        (262, 3, 1, 2),
        (273, 4, count, if several { places } else { at }),
        (277, 3, 1, 3),
        (278, 4, 1, rows),
        (279, 4, count, if several { lengths } else { only }),
    ] {
        file.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    file.extend(0_u32.to_le_bytes());
    file.extend([8, 0, 8, 0, 8, 0]);
    let sizes: Vec<u32> = strips.iter().map(|strip| u32::try_from(strip.len()).unwrap()).collect();
    for size in &sizes {
        file.extend(at.to_le_bytes());
        at += size;
    }
    file.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    file.extend(strips.concat());
    file
}

/// One file of each format, of noise.
pub fn one_of_each() -> Vec<(&'static str, Vec<u8>)> {
    let (w, h) = (40, 30);
    let rgb = noise(40 * 30 * 3);
    let kind = ExtendedColorType::Rgb8;
    let animation: Vec<[u8; 4]> = vec![[255, 0, 0, 255], [0, 0, 255, 255]];
    vec![
        ("jpeg", jpeg(w, h, &rgb, kind)),
        ("progressive", PROGRESSIVE.to_vec()),
        ("cmyk", CMYK.to_vec()),
        ("png", png(w, h, &rgb, kind)),
        ("palette", palette_png(true)),
        ("interlaced", interlaced_png()),
        ("webp", webp(w, h, &rgb, kind)),
        ("lossy webp", LOSSY_WEBP.to_vec()),
        ("animated webp", ANIMATED_WEBP.to_vec()),
        ("gif", gif(w, h, &animation)),
        ("bmp", bmp(w, h, &rgb, kind)),
        ("tiff", tiff(w, h, &rgb, kind)),
        ("jpeg in tiff", jpeg_tiff(w, h, &[&jpeg(w, h, &rgb, kind)])),
    ]
}

/// A JPEG with a segment put right behind its first marker.
pub fn with_segment(jpeg: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, payload, &jpeg[2..]].concat()
}

/// A JPEG with an ICC profile.
pub fn with_icc(jpeg: &[u8], icc: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x01", icc].concat())
}

/// An EXIF block that says nothing but the orientation.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    block
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

pub fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&kind[..], data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &named, &crc32(&named).to_be_bytes()].concat()
}

/// A PNG of the given header fields, chunks before the data, and unfiltered rows (each with its filter byte).
pub fn raw_png(width: u32, height: u32, header: [u8; 5], before: &[Vec<u8>], rows: &[u8]) -> Vec<u8> {
    let ihdr = [&width.to_be_bytes()[..], &height.to_be_bytes(), &header].concat();
    let (mut low, mut high) = (1_u32, 0_u32);
    for &byte in rows {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let length = u16::try_from(rows.len()).unwrap();
    // One stored block of zlib.
    let stored = [&[0x78, 0x01, 0x01], &length.to_le_bytes()[..], &(!length).to_le_bytes(), rows].concat();
    let data = [stored, (high << 16 | low).to_be_bytes().to_vec()].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(png_chunk(b"IHDR", &ihdr));
    file.extend(before.concat());
    file.extend(png_chunk(b"IDAT", &data));
    file.extend(png_chunk(b"IEND", &[]));
    file
}

/// A PNG with a chunk put behind its header.
pub fn with_chunk(png: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&png[..33], &png_chunk(kind, data), &png[33..]].concat()
}

/// 4×2 pixels of 2 bits: indices 0 1 2 3 and back; the first colour transparent, the second half so.
pub fn palette_png(transparent: bool) -> Vec<u8> {
    let mut chunks = vec![png_chunk(b"PLTE", QUARTERS.as_flattened())];
    if transparent {
        chunks.push(png_chunk(b"tRNS", &[0, 128]));
    }
    raw_png(4, 2, [2, 3, 0, 0, 0], &chunks, &[0, 0b00_01_10_11, 0, 0b11_10_01_00])
}

/// 5×5 grey pixels of value 10·row + column, in Adam7 order.
pub fn interlaced_png() -> Vec<u8> {
    let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let mut rows = Vec::new();
    for (left, top, across, down) in passes {
        if left < 5 {
            for y in (top..5_u8).step_by(down) {
                rows.push(0);
                rows.extend((left..5_u8).step_by(across).map(|x| 10 * y + x));
            }
        }
    }
    raw_png(5, 5, [8, 0, 0, 0, 1], &[], &rows)
}

/// A little-endian TIFF of one strip. `tags` are (tag, kind, count, value), in order, without size and strip.
pub fn raw_tiff(width: u32, height: u32, tags: &[(u16, u16, u32, u32)], data: &[u8]) -> Vec<u8> {
    let bytes = u32::try_from(data.len()).unwrap();
    let mut entries = tags.to_vec();
    let start = u32::try_from(8 + 2 + 12 * (tags.len() + 5) + 4).unwrap();
    entries.extend([(256, 4, 1, width), (257, 4, 1, height), (273, 4, 1, start), (278, 4, 1, height), (279, 4, 1, bytes)]);
    entries.sort_unstable();
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend_from_slice(data);
    file
}
