//! Every format and depth comes out as the same 8-bit sRGB.

use image::ExtendedColorType as Kind;

use super::super::tiff;
use super::super::{Fit, Format, Limits, Note, Picture, decode, encode_jpeg, encode_png, fit, inspect};
use super::files::{self, HEIGHT, QUARTERS, WIDTH};

fn open(bytes: &[u8]) -> (Picture, Vec<Note>) {
    let decoded = decode(bytes, &Limits::default()).unwrap();
    (decoded.picture, decoded.notes)
}

/// Checks the middle of each quarter.
fn assert_quarters(picture: &Picture, expected: [[u8; 3]; 4], tolerance: u8) {
    assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
    let (w, h) = (WIDTH as usize, HEIGHT as usize);
    for (index, colour) in expected.iter().enumerate() {
        let at = 3 * ((h / 4 + index / 2 * h / 2) * w + w / 4 + index % 2 * w / 2);
        for (found, wanted) in picture.rgb()[at..at + 3].iter().zip(colour) {
            assert!(found.abs_diff(*wanted) <= tolerance, "quarter {index}: {:?} for {colour:?}", &picture.rgb()[at..at + 3]);
        }
    }
}

#[test]
fn lossless_formats_come_back_exactly() {
    let rgb = files::quarters();
    for (format, file) in [
        (Format::Png, files::png(WIDTH, HEIGHT, &rgb, Kind::Rgb8)),
        (Format::WebP, files::webp(WIDTH, HEIGHT, &rgb, Kind::Rgb8)),
        (Format::Bmp, files::bmp(WIDTH, HEIGHT, &rgb, Kind::Rgb8)),
        (Format::Tiff, files::tiff(WIDTH, HEIGHT, &rgb, Kind::Rgb8)),
    ] {
        let header = inspect(&file).unwrap();
        assert_eq!((header.format, header.width, header.height, header.animated), (format, WIDTH, HEIGHT, false));
        let (picture, notes) = open(&file);
        assert_eq!(picture.rgb(), rgb, "{format:?}");
        assert_eq!((picture.alpha(), notes), (None, vec![]), "{format:?}");
    }
}

#[test]
fn jpegs_of_every_kind_come_back_closely() {
    let baseline = files::jpeg(WIDTH, HEIGHT, &files::quarters(), Kind::Rgb8);
    for file in [&baseline[..], files::PROGRESSIVE, files::SUBSAMPLED] {
        let (picture, notes) = open(file);
        assert_quarters(&picture, QUARTERS, 10);
        assert_eq!(notes, []);
    }
}

#[test]
fn cmyk_jpeg_is_not_inverted() {
    let (picture, notes) = open(files::CMYK);
    assert_quarters(&picture, [[0, 255, 255], [191, 0, 191], [255, 255, 0], [0, 0, 0]], 6);
    assert_eq!(notes, []);
}

#[test]
fn grey_becomes_rgb() {
    let grey = [0, 50, 100, 150, 200, 250];
    let expected: Vec<u8> = grey.iter().flat_map(|&value| [value; 3]).collect();
    assert_eq!(open(&files::png(3, 2, &grey, Kind::L8)).0.rgb(), expected);
    assert_eq!(open(&files::tiff(3, 2, &grey, Kind::L8)).0.rgb(), expected);
    let flat = [77; 64];
    assert!(open(&files::jpeg(8, 8, &flat, Kind::L8)).0.rgb().iter().all(|value| value.abs_diff(77) <= 1));
    let (picture, _) = open(&files::png(2, 1, &[9, 255, 8, 100], Kind::La8));
    assert_eq!((picture.rgb(), picture.alpha()), (&[9, 9, 9, 8, 8, 8][..], Some(&[255, 100][..])));
}

#[test]
fn sixteen_bits_are_rounded_with_a_note() {
    // 257·v is v exactly; 128 more is the last value that still rounds to v.
    let samples: Vec<u8> = [0_u16, 128, 129, 257 * 200, 257 * 200 + 128, 65_535].iter().flat_map(|v| v.to_ne_bytes()).collect();
    for file in [files::png(2, 1, &samples, Kind::Rgb16), files::tiff(2, 1, &samples, Kind::Rgb16)] {
        let (picture, notes) = open(&file);
        assert_eq!(picture.rgb(), [0, 0, 1, 200, 200, 255]);
        assert_eq!(notes, [Note::DepthReduced]);
    }
    let (picture, _) = open(&files::png(1, 1, &[255, 255, 0, 0, 0, 0, 0, 128], Kind::Rgba16));
    assert_eq!((picture.rgb(), picture.alpha()), (&[255, 0, 0][..], Some(&[128][..])));
}

#[test]
fn palettes_small_depths_and_interlacing() {
    let [a, b, c, d] = QUARTERS;
    let (picture, _) = open(&files::palette_png(true));
    assert_eq!(picture.rgb(), [a, b, c, d, d, c, b, a].as_flattened());
    assert_eq!(picture.alpha(), Some(&[0, 128, 255, 255, 255, 255, 128, 0][..]));
    assert_eq!(open(&files::palette_png(false)).0.alpha(), None);

    let bits = files::raw_png(8, 1, [1, 0, 0, 0, 0], &[], &[0, 0b1010_0001]);
    let expected: Vec<u8> = [1_u8, 0, 1, 0, 0, 0, 0, 1].iter().flat_map(|bit| [bit * 255; 3]).collect();
    assert_eq!(open(&bits).0.rgb(), expected);
    let nibbles = files::raw_png(2, 1, [4, 0, 0, 0, 0], &[], &[0, 0x3f]);
    assert_eq!(open(&nibbles).0.rgb(), [51, 51, 51, 255, 255, 255]);

    let expected: Vec<u8> = (0..5_u8).flat_map(|y| (0..5).flat_map(move |x| [10 * y + x; 3])).collect();
    assert_eq!(open(&files::interlaced_png()).0.rgb(), expected);
}

#[test]
fn one_bit_tiff_both_ways_round() {
    for (photometric, black) in [(1, 0), (0, 255)] {
        let tags = [(258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, photometric), (277, 3, 1, 1)];
        let (picture, _) = open(&files::raw_tiff(8, 1, &tags, &[0b0000_1111]));
        assert_eq!(picture.rgb()[0], black);
        assert_eq!(picture.rgb()[23], 255 - black);
    }
}

#[test]
fn premultiplied_tiff_is_divided() {
    // Extra sample 1 is alpha that the colour was multiplied by, 2 is alpha beside it.
    for (extra, red) in [(1, 200), (2, 100)] {
        // Four depths do not fit their entry: they stand behind the pixel, at byte 138.
        let tags = [(258, 3, 4, 138), (259, 3, 1, 1), (262, 3, 1, 2), (277, 3, 1, 4), (338, 3, 1, extra)];
        let (picture, _) = open(&files::raw_tiff(1, 1, &tags, &[100, 50, 0, 128, 8, 0, 8, 0, 8, 0, 8, 0]));
        assert!(picture.rgb()[0].abs_diff(red) <= 1, "{:?}", picture.rgb());
        assert_eq!(picture.alpha(), Some(&[128][..]));
    }
}

/// Adobe's marker without a transform means RGB where there are three components, and not the inks that it means where there are four.
#[test]
fn an_rgb_jpeg_of_adobes_is_read() {
    let jpeg = files::jpeg(8, 8, &[90; 192], Kind::Rgb8);
    // Without the header that says YCbCr, which begins behind the first marker.
    let jfif = 2 + 2 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    let bare = [&jpeg[..2], &jpeg[jfif..]].concat();
    let (picture, notes) = open(&files::with_segment(&bare, 0xee, b"Adobe\0\x64\0\0\0\0\0"));
    // As grey is stored for YCbCr: its lightness, and twice the middle.
    assert!(picture.rgb()[..3].iter().zip([90, 128, 128]).all(|(found, stored)| found.abs_diff(stored) <= 2), "{:?}", &picture.rgb()[..3]);
    assert_eq!(notes, []);
}

#[test]
fn a_big_tiff_says_as_a_classic_one_what_its_alpha_is() {
    for (order, extra) in [(b"II", 1_u64), (b"MM", 2)] {
        let little = order == b"II";
        let number =
            |value: u64, size: usize| if little { value.to_le_bytes()[..size].to_vec() } else { value.to_be_bytes()[8 - size..].to_vec() };
        let entry = |(tag, kind, count, value): (u64, u64, u64, u64)| {
            let word = if kind == 3 { [number(value, 2), vec![0; 6]].concat() } else { number(value, 8) };
            [number(tag, 2), number(kind, 2), number(count, 8), word].concat()
        };
        let entries = [(256, 4, 1, 1), (338, 3, 1, extra)].map(entry).concat();
        let file = [&order[..], &number(43, 2), &number(8, 2), &number(0, 2), &number(16, 8), &number(2, 8), &entries].concat();
        assert_eq!(tiff::first_value(&file, tiff::EXTRA_SAMPLES), Some(u32::try_from(extra).unwrap()));
        assert_eq!(tiff::first_value(&file, tiff::BITS_PER_SAMPLE), None);
    }
}

#[test]
fn animations_give_their_first_frame() {
    let apng = files::with_chunk(&files::png(1, 1, &[1, 2, 3], Kind::Rgb8), b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    for (file, first) in [
        (files::gif(4, 4, &[[255, 0, 0, 255], [0, 0, 255, 255]]), [255, 0, 0]),
        (files::ANIMATED_WEBP.to_vec(), QUARTERS[0]),
        (apng, [1, 2, 3]),
    ] {
        assert!(inspect(&file).unwrap().animated);
        let (picture, notes) = open(&file);
        assert_eq!(notes, [Note::AnimationFirstFrame]);
        assert_eq!(picture.rgb()[..3], first);
    }
    let (picture, notes) = open(&files::gif(4, 4, &[[10, 20, 30, 255]]));
    assert_eq!((&picture.rgb()[..3], notes), (&[10, 20, 30][..], vec![]));
    assert_eq!(open(&files::gif(4, 4, &[[10, 20, 30, 0]])).0.alpha(), Some(&[0; 16][..]));
}

#[test]
fn lossy_webp() {
    assert_quarters(&open(files::LOSSY_WEBP).0, QUARTERS, 12);
}

#[test]
fn png_round_trip_keeps_alpha_and_jpeg_lays_it_on_white() {
    let rgba: Vec<u8> = files::noise(16 * 16 * 4);
    let picture = Picture::from_rgba8(16, 16, &rgba).unwrap();
    assert_eq!(open(&encode_png(&picture).unwrap()).0, picture);
    let clear = Picture::from_rgba8(8, 8, &[30, 60, 90, 0].repeat(64)).unwrap();
    let (white, _) = open(&encode_jpeg(&clear, 90).unwrap());
    assert!(white.rgb().iter().all(|&value| value >= 253));
    let (low, high) = (encode_jpeg(&picture, 0).unwrap(), encode_jpeg(&picture, 255).unwrap());
    assert!(low.len() < high.len());
}

#[test]
fn the_smallest_and_the_thinnest() {
    for (width, height) in [(1, 1), (1, 5000), (5000, 1)] {
        let rgb = files::noise((width * height * 3) as usize);
        let (picture, _) = open(&files::png(width, height, &rgb, Kind::Rgb8));
        assert_eq!(picture.rgb(), rgb);
        let small = fit(&picture, Fit::Within(384));
        assert_eq!((small.width(), small.height()), (width.min(384), height.min(384)));
        let (again, _) = open(&encode_jpeg(&small, 80).unwrap());
        assert_eq!((again.width(), again.height()), (small.width(), small.height()));
        assert_eq!(small.require_sides(16).unwrap_err().code(), "picture-too-thin");
    }
}
