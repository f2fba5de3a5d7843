//! Every kind of bad input, by its code.

use image::ExtendedColorType as Kind;

use super::super::{Limits, PictureError, decode, inspect};
use super::files;
use crate::error::Detail;

fn code(bytes: &[u8]) -> &'static str {
    decode(bytes, &Limits::default()).unwrap_err().code()
}

fn format_of(bytes: &[u8]) -> String {
    let error = decode(bytes, &Limits::default()).unwrap_err();
    match error.details().first() {
        Some(("format", Detail::Text(format))) => format!("{} {format}", error.code()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn not_pictures() {
    assert_eq!(code(b""), "picture-empty");
    assert_eq!(code(b"Dear diary, today I named a text file .png"), "picture-unrecognised");
    assert_eq!(code(b"BMW is a maker of cars, not a bitmap"), "picture-unrecognised");
    assert_eq!(code(b"<!DOCTYPE html><html><svg></svg></html>"), "picture-unrecognised");
    assert_eq!(code(b"\0\0\0\0\0\0\0\0\0\0\0\0"), "picture-unrecognised");
    assert_eq!(code(b"<"), "picture-unrecognised");
}

#[test]
fn svg_in_all_its_wrappings() {
    let utf16: Vec<u8> = "\u{feff}<?xml version='1.0'?><svg/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [&[u8]; 7] = [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf  \n<?xml version=\"1.0\"?>\n<!-- drawn > by hand --><svg>",
        b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd'><svg>",
        b"<!DOCTYPE svg [ <!ENTITY a \"b\"> ]>\n<svg width='1'>",
        b"<svg:svg xmlns:svg='http://www.w3.org/2000/svg'>",
        "<!-- d\u{e9}j\u{e0} --><svg>".as_bytes(),
        &utf16,
    ];
    for file in files {
        assert_eq!(code(file), "picture-svg", "{}", String::from_utf8_lossy(file));
    }
}

#[test]
fn known_formats_that_are_not_read_here() {
    for (file, expected) in [
        (&b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"[..], "picture-needs-browser avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "picture-needs-browser avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "picture-needs-browser heic"),
        (b"\xff\x0a\xfa\x7f", "picture-needs-browser jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "picture-needs-browser jxl"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp42isom", "picture-unsupported video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0isomcrx ", "picture-unsupported raw"),
        (b"8BPS\0\x01", "picture-unsupported psd"),
        (b"%PDF-1.7", "picture-unsupported pdf"),
        (b"\0\0\x01\0\x01\0", "picture-unsupported ico"),
        (b"P6\n1 1\n255\nabc", "picture-unsupported pnm"),
        (b"PK\x03\x04", "picture-unsupported zip"),
    ] {
        assert_eq!(format_of(file), expected);
    }
    // A camera's raw file is a TIFF that begins with a thumbnail.
    let tags = [(254, 4, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)];
    assert_eq!(format_of(&files::raw_tiff(1, 1, &tags, &[9])), "picture-unsupported raw");
}

#[test]
fn cut_short() {
    let rgb = files::noise(40 * 30 * 3);
    for (format, file) in [
        ("jpeg", files::jpeg(40, 30, &rgb, Kind::Rgb8)),
        ("png", files::png(40, 30, &rgb, Kind::Rgb8)),
        ("webp", files::webp(40, 30, &rgb, Kind::Rgb8)),
        ("bmp", files::bmp(40, 30, &rgb, Kind::Rgb8)),
        ("jpeg", files::PROGRESSIVE.to_vec()),
    ] {
        assert_eq!(format_of(&file[..file.len() / 2]), format!("picture-truncated {format}"));
    }
}

#[test]
fn a_jpeg_overwritten_in_the_middle_is_not_half_grey() {
    let mut file = files::jpeg(64, 64, &files::noise(64 * 64 * 3), Kind::Rgb8);
    // A run of ones is no Huffman code; 0xff is followed by a stuffed 0.
    let middle = file.len() / 2;
    file[middle..middle + 64].copy_from_slice(&[0, 0xff].repeat(32));
    file[middle + 64] = 0;
    assert_eq!(format_of(&file), "picture-damaged jpeg");
}

#[test]
fn jpegs_with_harmless_faults_are_read() {
    let file = files::jpeg(16, 16, &files::noise(16 * 16 * 3), Kind::Rgb8);
    let whole = decode(&file, &Limits::default()).unwrap().picture;
    let trailing = [&file[..], b"a phone's video follows"].concat();
    // Behind the first segment, which takes 18 bytes.
    let stray = [&file[..20], &[0; 9], &file[20..]].concat();
    // A thumbnail inside a segment has an end marker of its own.
    let thumbnail = files::with_segment(&file, 0xe1, &[b"Exif\0\0", &file[..]].concat());
    for odd in [trailing, stray, thumbnail] {
        assert_eq!(decode(&odd, &Limits::default()).unwrap().picture, whole);
    }
}

#[test]
fn wrong_checksum() {
    let mut file = files::png(40, 30, &files::noise(40 * 30 * 3), Kind::Rgb8);
    let length = file.len();
    // Twelve bytes of IEND close the file; before them stands the checksum of the data.
    file[length - 14] ^= 1;
    assert_eq!(format_of(&file), "picture-damaged png");
    file[length - 14] ^= 1;
    file[length / 2] ^= 1;
    assert_eq!(format_of(&file), "picture-damaged png");
}

#[test]
fn a_header_that_claims_too_much() {
    let file = files::raw_png(60_000, 60_000, [8, 2, 0, 0, 0], &[], &[0]);
    let error = decode(&file, &Limits::default()).unwrap_err();
    assert_eq!(error, PictureError::TooLarge { megapixels: 3600.0, limit: 100.0 });
    assert_eq!(error.details(), [("megapixels", Detail::Number(3600.0)), ("limit", Detail::Number(100.0))]);
    // The header alone is enough for that.
    assert_eq!(decode(&file[..33], &Limits::default()).unwrap_err(), error);
    let header = inspect(&file).unwrap();
    assert_eq!((header.width, header.height), (60_000, 60_000));

    let mut jpeg = files::jpeg(8, 8, &[0; 192], Kind::Rgb8);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(decode(&jpeg, &Limits::default()).unwrap_err(), error);

    let mut bmp = files::bmp(8, 8, &[0; 192], Kind::Rgb8);
    bmp[18..26].copy_from_slice(&[0x60, 0xea, 0, 0, 0x60, 0xea, 0, 0]);
    assert_eq!(decode(&bmp, &Limits::default()).unwrap_err(), error);

    let mut gif = files::gif(8, 8, &[[0, 0, 0, 255]]);
    gif[6..10].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
    assert_eq!(decode(&gif, &Limits::default()).unwrap_err(), error);

    let tags = [(258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)];
    assert_eq!(decode(&files::raw_tiff(60_000, 60_000, &tags, &[0]), &Limits::default()).unwrap_err(), error);
}

#[test]
fn limits_of_pixels_and_of_memory() {
    let file = files::png(100, 100, &vec![0; 30_000], Kind::Rgb8);
    let fits = Limits { megapixels: 0.01, ..Limits::default() };
    assert!(decode(&file, &fits).is_ok());
    let small = Limits { megapixels: 0.009, ..Limits::default() };
    assert_eq!(decode(&file, &small).unwrap_err(), PictureError::TooLarge { megapixels: 0.01, limit: 0.009 });
    // Seven bytes a pixel: the samples, our RGB and alpha.
    let tight = Limits { max_bytes: 7 * 9_000, ..Limits::default() };
    assert_eq!(decode(&file, &tight).unwrap_err(), PictureError::TooLarge { megapixels: 0.01, limit: 0.009 });
}

#[test]
fn depths_that_are_not_read() {
    let depth = |bits: u32, format: u32, data: &[u8]| {
        let tags = [(258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1), (339, 3, 1, format)];
        decode(&files::raw_tiff(2, 1, &tags, data), &Limits::default()).unwrap_err()
    };
    assert_eq!(depth(12, 1, &[0x12, 0x34, 0x56]), PictureError::Depth { format: "tiff", bits: 12 });
    assert_eq!(depth(4, 1, &[0x12]), PictureError::Depth { format: "tiff", bits: 4 });
    assert_eq!(depth(32, 3, &[0; 8]), PictureError::Depth { format: "tiff", bits: 32 });
    let mut jpeg = files::jpeg(8, 8, &[0; 192], Kind::Rgb8);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 4] = 12;
    assert_eq!(decode(&jpeg, &Limits::default()).unwrap_err(), PictureError::Depth { format: "jpeg", bits: 12 });
}

#[test]
fn features_that_are_not_read() {
    // Palette TIFF; lossless JPEG.
    let tags = [(258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 3), (277, 3, 1, 1)];
    assert_eq!(format_of(&files::raw_tiff(1, 1, &tags, &[9])), "picture-unsupported tiff");
    let mut jpeg = files::jpeg(8, 8, &[0; 192], Kind::Rgb8);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 1] = 0xc3;
    assert_eq!(format_of(&jpeg), "picture-unsupported jpeg");
}
