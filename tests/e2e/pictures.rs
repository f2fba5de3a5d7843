//! Pictures drawn by formula, good and bad. No test needs a file that somebody else made.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{Delay, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// Broad, quiet shapes: a sky, a sun, hills, a house. 400×300.
pub fn content() -> RgbImage {
    RgbImage::from_fn(400, 300, |x, y| {
        let (x, y) = (f64::from(x), f64::from(y));
        let house = (220.0..310.0).contains(&x) && (150.0..235.0).contains(&y);
        let roof = y < 150.0 && y > 105.0 + (x - 265.0).abs() * 0.8 && (x - 265.0).abs() < 56.0;
        let window = (245.0..262.0).contains(&x) && (170.0..192.0).contains(&y);
        if window {
            Rgb([250, 220, 120])
        } else if house {
            Rgb([225, 215, 200])
        } else if roof {
            Rgb([150, 60, 50])
        } else if y > 225.0 + 14.0 * (x / 60.0).sin() {
            Rgb([70, 130, 60])
        } else if y > 180.0 + 25.0 * (x / 45.0 + 1.0).cos() {
            Rgb([110, 150, 110])
        } else if (x - 90.0).hypot(y - 70.0) < 34.0 {
            Rgb([255, 240, 190])
        } else {
            Rgb([byte(120.0 + y * 0.3), byte(170.0 + y * 0.2), 230])
        }
    })
}

/// A coarse weave of strong colours that is nowhere quiet. 320×320.
pub fn style() -> RgbImage {
    const THREADS: [[f64; 3]; 4] = [[200.0, 40.0, 40.0], [20.0, 40.0, 110.0], [245.0, 190.0, 40.0], [30.0, 110.0, 90.0]];
    RgbImage::from_fn(320, 320, |x, y| {
        let (x, y) = (f64::from(x), f64::from(y));
        let bend = 6.0 * (x / 37.0).sin() + 5.0 * (y / 29.0).cos();
        let (across, along) = ((x + y * 0.6 + bend) / 13.0, (y - x * 0.6 + bend) / 17.0);
        let over = (across.floor() + along.floor()).rem_euclid(2.0) < 1.0;
        let (thread, place) = if over { (across.floor(), across.fract()) } else { (along.floor() + 1.0, along.fract()) };
        let light = 0.55 + 0.45 * (place.rem_euclid(1.0) * std::f64::consts::PI).sin();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0…3")]
        let colour = THREADS[thread.rem_euclid(4.0) as usize];
        Rgb(colour.map(|value| byte(value * light)))
    })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn byte(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

/// [`content`] as a PNG file.
pub fn content_png() -> Vec<u8> {
    png(&content())
}

/// A picture as a PNG file.
pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// [`style`] as a JPEG file.
pub fn style_jpeg() -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 95).encode_image(&style()).unwrap();
    file
}

/// The weave in five dyes, 96×96 each: a small set of one style.
pub fn small_styles() -> Vec<Vec<u8>> {
    let weave = style();
    let dyes = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0]];
    let dyed = (0..).zip(dyes).map(|(index, order): (u32, [usize; 3])| {
        let part = RgbImage::from_fn(96, 96, |x, y| Rgb(order.map(|channel| weave.get_pixel(x + 40 * index, y)[channel])));
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, 95).encode_image(&part).unwrap();
        file
    });
    dyed.collect()
}

/// The first half of a JPEG file.
pub fn half_jpeg() -> Vec<u8> {
    let mut file = style_jpeg();
    file.truncate(file.len() / 2);
    file
}

/// A PNG file in which the checksum of the pixels is wrong.
pub fn png_with_wrong_checksum() -> Vec<u8> {
    let mut file = content_png();
    let data = file.windows(4).position(|four| four == b"IDAT").unwrap();
    let length = u32::from_be_bytes(file[data - 4..data].try_into().unwrap());
    let checksum = data + 4 + usize::try_from(length).unwrap();
    file[checksum] ^= 0xff;
    file
}

/// A PNG file of under a hundred bytes whose header claims 60000×60000 pixels.
pub fn png_that_claims_too_much() -> Vec<u8> {
    let mut header = Vec::new();
    header.extend_from_slice(&60_000_u32.to_be_bytes());
    header.extend_from_slice(&60_000_u32.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", &header[..]), (b"IDAT", &[0x78, 0x9c, 3, 0, 0, 0, 0, 1][..]), (b"IEND", &[][..])] {
        file.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
        let body = [&name[..], data].concat();
        file.extend_from_slice(&body);
        file.extend_from_slice(&crc32(&body).to_be_bytes());
    }
    file
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }))
}

/// A GIF of three frames.
pub fn animated_gif() -> Vec<u8> {
    let mut file = Vec::new();
    let frames = [[220, 60, 40], [40, 160, 70], [50, 70, 200]].map(|[red, green, blue]| {
        let picture = RgbaImage::from_fn(48, 32, |x, _| Rgba(if x < 24 { [red, green, blue, 255] } else { [240, 240, 230, 255] }));
        Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(100, 1))
    });
    GifEncoder::new(&mut file).encode_frames(frames).unwrap();
    file
}

/// A drawing without pixels.
pub const SVG: &[u8] =
    br##"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3" fill="#c33"/></svg>"##;

/// Words with a picture's name.
pub const WORDS: &[u8] = b"Dear diary, this is not a picture, whatever my name says.\n";

/// A grey TIFF file with 12 bits a sample, as cameras and scanners write them. 4×2.
pub fn twelve_bit_tiff() -> Vec<u8> {
    const ENTRIES: [(u16, u16, u32); 9] = [
        (256, 3, 4),      // width
        (257, 3, 2),      // height
        (258, 3, 12),     // bits a sample
        (259, 3, 1),      // not compressed
        (262, 3, 1),      // black is zero
        (273, 4, PIXELS), // where the pixels are
        (277, 3, 1),      // samples a pixel
        (278, 3, 2),      // rows in a strip
        (279, 4, 12),     // bytes in the strip
    ];
    const PIXELS: u32 = 8 + 2 + 9 * 12 + 4;
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, value) in ENTRIES {
        file.extend_from_slice(&tag.to_le_bytes());
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&1_u32.to_le_bytes());
        file.extend_from_slice(&value.to_le_bytes());
    }
    file.extend_from_slice(&[0; 4]);
    file.extend_from_slice(&[0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x11, 0x22, 0x33, 0x44]);
    file
}

/// The beginning of an AVIF file and then nothing that any decoder could read.
pub const BROKEN_AVIF: &[u8] = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miafMA1B\0\0\0\x10mdat\x12\x34\x56\x78\x9a\xbc\xde\xf0";

/// A red disc on blue, 48 × 32 pixels, by Pillow's AVIF writer at quality 60.
pub const AVIF: &[u8] = include_bytes!("files/disc.avif");
