//! ICC profiles: applied, recognised as sRGB, or ignored with a note.

use image::ExtendedColorType as Kind;
use moxcms::ColorProfile;

use super::super::{Limits, Note, decode};
use super::files;

fn through(file: &[u8]) -> (Vec<u8>, Vec<Note>) {
    let decoded = decode(file, &Limits::default()).unwrap();
    (decoded.picture.rgb().to_vec(), decoded.notes)
}

fn assert_near(found: &[u8], expected: &[u8]) {
    assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 2), "{found:?} for {expected:?}");
}

/// Display P3 and Adobe RGB colours and what they are in sRGB, worked out from the published primaries and curves.
const P3: ([u8; 3], [u8; 3]) = ([100, 150, 200], [83, 152, 205]);
const ADOBE: ([u8; 3], [u8; 3]) = ([120, 130, 90], [116, 131, 87]);

#[test]
fn rgb_profiles_are_applied() {
    for (profile, (source, expected)) in [(ColorProfile::new_display_p3(), P3), (ColorProfile::new_adobe_rgb(), ADOBE)] {
        let icc = profile.encode().unwrap();
        let png = files::png_with_profile(1, 1, &source, Kind::Rgb8, icc.clone());
        let (found, notes) = through(&png);
        assert_near(&found, &expected);
        assert_eq!(notes, [Note::ColorProfileConverted]);

        let with_alpha = files::png_with_profile(1, 1, &[&source[..], &[77]].concat(), Kind::Rgba8, icc.clone());
        let decoded = decode(&with_alpha, &Limits::default()).unwrap();
        assert_near(decoded.picture.rgb(), &expected);
        assert_eq!(decoded.picture.alpha(), Some(&[77][..]));

        let wide: Vec<u8> = source.iter().flat_map(|&v| (u16::from(v) * 257).to_ne_bytes()).collect();
        let (found, notes) = through(&files::png_with_profile(1, 1, &wide, Kind::Rgb16, icc.clone()));
        assert_near(&found, &expected);
        assert_eq!(notes, [Note::DepthReduced, Note::ColorProfileConverted]);

        let jpeg = files::jpeg(8, 8, &source.repeat(64), Kind::Rgb8);
        let (found, notes) = through(&files::with_icc(&jpeg, &icc));
        assert!(found[..3].iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 5), "{found:?}");
        assert_eq!(notes, [Note::ColorProfileConverted]);
    }
}

#[test]
fn white_black_and_grey_stay_neutral() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let (found, _) = through(&files::png_with_profile(3, 1, &[0, 0, 0, 128, 128, 128, 255, 255, 255], Kind::Rgb8, icc));
    assert_near(&found, &[0, 0, 0, 128, 128, 128, 255, 255, 255]);
}

#[test]
fn srgb_by_any_name_changes_nothing() {
    let icc = ColorProfile::new_srgb().encode().unwrap();
    let rgb = files::noise(16 * 16 * 3);
    assert_eq!(through(&files::png_with_profile(16, 16, &rgb, Kind::Rgb8, icc.clone())), (rgb, vec![]));
    let (grey, notes) = through(&files::png_with_profile(2, 1, &[10, 200], Kind::L8, icc));
    assert_eq!((grey, notes), (vec![10, 10, 10, 200, 200, 200], vec![]));
}

/// Its profile takes more than its pixels, which a limit on those must not refuse.
#[test]
fn a_small_tiff_keeps_its_profile() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let (source, expected) = P3;
    // The pixel at byte 134, three depths at 138, then the profile.
    let tags = [(258, 3, 3, 138), (259, 3, 1, 1), (262, 3, 1, 2), (277, 3, 1, 3), (34675, 7, u32::try_from(icc.len()).unwrap(), 144)];
    let (found, notes) = through(&files::raw_tiff(1, 1, &tags, &[&source[..], &[0, 8, 0, 8, 0, 8, 0], &icc].concat()));
    assert_near(&found, &expected);
    assert_eq!(notes, [Note::ColorProfileConverted]);
}

#[test]
fn grey_profiles_are_applied() {
    // Linear light 128/255 is byte 188 in sRGB.
    let icc = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let (found, notes) = through(&files::png_with_profile(1, 1, &[128], Kind::L8, icc.clone()));
    assert_near(&found, &[188, 188, 188]);
    assert_eq!(notes, [Note::ColorProfileConverted]);
    let file = files::png_with_profile(1, 1, &[128, 9], Kind::La8, icc.clone());
    let decoded = decode(&file, &Limits::default()).unwrap();
    assert_near(decoded.picture.rgb(), &[188, 188, 188]);
    assert_eq!(decoded.picture.alpha(), Some(&[9][..]));
    // A grey profile says nothing about a coloured picture.
    let (found, notes) = through(&files::png_with_profile(1, 1, &[9, 8, 7], Kind::Rgb8, icc));
    assert_eq!((found, notes), (vec![9, 8, 7], vec![Note::ColorProfileIgnored]));
}

#[test]
fn damaged_and_unfitting_profiles_are_ignored() {
    let jpeg = files::jpeg(8, 8, &[60; 192], Kind::Rgb8);
    let whole = ColorProfile::new_display_p3().encode().unwrap();
    for icc in [&b"this is no profile"[..], &whole[..whole.len() / 3], &[]] {
        let (found, notes) = through(&files::with_icc(&jpeg, icc));
        assert_near(&found[..3], &[60, 60, 60]);
        assert!(notes == [Note::ColorProfileIgnored] || icc.is_empty(), "{notes:?}");
    }
    let (found, notes) = through(&files::with_icc(files::CMYK, &whole));
    assert_eq!(notes, [Note::ColorProfileIgnored]);
    assert!(found[0] < 6 && found[1] > 249);
}
