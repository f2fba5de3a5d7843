//! All eight EXIF orientations come out upright, in every format that can carry one.

use image::ExtendedColorType as Kind;

use super::super::{Limits, decode, inspect};
use super::files;

/// Which corner of the stored picture (0 top left, 1 top right, 2 bottom left, 3 bottom right) each upright corner shows,
/// in the same order, for orientations 1 to 8. Written out from the EXIF standard's "row 0 is the visual …, column 0 is
/// the visual …".
const CORNERS: [[usize; 4]; 8] =
    [[0, 1, 2, 3], [1, 0, 3, 2], [3, 2, 1, 0], [2, 3, 0, 1], [0, 2, 1, 3], [2, 0, 3, 1], [3, 1, 2, 0], [1, 3, 0, 2]];

fn assert_turned(file: &[u8], orientation: u8, what: &str) {
    let index = usize::from(orientation) - 1;
    let sides = if orientation < 5 { (files::WIDTH, files::HEIGHT) } else { (files::HEIGHT, files::WIDTH) };
    let header = inspect(file).unwrap();
    assert_eq!((header.width, header.height), sides, "{what} {orientation}");
    let picture = decode(file, &Limits::default()).unwrap().picture;
    assert_eq!((picture.width(), picture.height()), sides, "{what} {orientation}");
    let (w, h) = (sides.0 as usize, sides.1 as usize);
    for (corner, at) in [(0, 0), (1, w - 1), (2, (h - 1) * w), (3, h * w - 1)] {
        let expected = files::QUARTERS[CORNERS[index][corner]];
        let found = &picture.rgb()[3 * at..3 * at + 3];
        assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 20), "{what} {orientation} corner {corner}: {found:?}");
    }
}

#[test]
fn all_eight() {
    let rgb = files::quarters();
    let jpeg = files::jpeg(files::WIDTH, files::HEIGHT, &rgb, Kind::Rgb8);
    let png = files::png(files::WIDTH, files::HEIGHT, &rgb, Kind::Rgb8);
    for orientation in 1..=8 {
        let exif = files::exif(orientation);
        assert_turned(&files::with_segment(&jpeg, 0xe1, &[b"Exif\0\0", &exif[..]].concat()), orientation, "jpeg");
        assert_turned(&files::with_chunk(&png, b"eXIf", &exif), orientation, "png");
        assert_turned(&webp(&rgb, &exif), orientation, "webp");
        assert_turned(&webp(&rgb, &[b"Exif\0\0", &exif[..]].concat()), orientation, "webp with the JPEG's prefix");
        let grey_free = [(258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2), (274, 3, 1, orientation.into()), (277, 3, 1, 3)];
        assert_turned(&files::raw_tiff(files::WIDTH, files::HEIGHT, &grey_free, &rgb), orientation, "tiff");
    }
}

#[test]
fn alpha_turns_with_its_colour() {
    // Two pixels side by side, turned by a quarter clockwise: the left one ends on top.
    let png = files::png(2, 1, &[1, 2, 3, 40, 5, 6, 7, 255], Kind::Rgba8);
    let picture = decode(&files::with_chunk(&png, b"eXIf", &files::exif(6)), &Limits::default()).unwrap().picture;
    assert_eq!((picture.width(), picture.height()), (1, 2));
    assert_eq!((picture.rgb(), picture.alpha()), (&[1, 2, 3, 5, 6, 7][..], Some(&[40, 255][..])));
}

#[test]
fn nonsense_orientations_change_nothing() {
    let png = files::png(2, 1, &[1, 2, 3, 4, 5, 6], Kind::Rgb8);
    for exif in [files::exif(0), files::exif(9), b"II*\0\xff\xff\xff\xff".to_vec(), b"not exif".to_vec()] {
        let picture = decode(&files::with_chunk(&png, b"eXIf", &exif), &Limits::default()).unwrap().picture;
        assert_eq!(picture.rgb(), [1, 2, 3, 4, 5, 6]);
    }
}

/// A WebP with an EXIF block: the simple file's data chunk behind an extended header.
fn webp(rgb: &[u8], exif: &[u8]) -> Vec<u8> {
    let simple = files::webp(files::WIDTH, files::HEIGHT, rgb, Kind::Rgb8);
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        let padding = vec![0; data.len() % 2];
        [&name[..], &length, data, &padding].concat()
    };
    let sides = [files::WIDTH - 1, files::HEIGHT - 1].map(u32::to_le_bytes);
    let header = [&[0x08, 0, 0, 0], &sides[0][..3], &sides[1][..3]].concat();
    let body = [b"WEBP".to_vec(), chunk(b"VP8X", &header), simple[12..].to_vec(), chunk(b"EXIF", exif)].concat();
    chunk(b"RIFF", &body)
}
