//! The picture type: its invariants, planes, flattening and bleeding.

use super::super::{Picture, PixelError};
use super::files;

#[test]
fn shapes_are_checked() {
    for (width, height, values) in [(0, 1, 0), (1, 0, 0), (2, 2, 11), (2, 2, 13), (u32::MAX, u32::MAX, 3)] {
        let shape = PixelError::Shape { width, height, found: values };
        assert_eq!(Picture::new(width, height, vec![0; values], None).unwrap_err(), shape);
        assert_eq!(Picture::from_rgba8(width, height, &vec![0; values]).unwrap_err(), shape);
        assert_eq!(Picture::from_planar(width, height, &vec![0.0; values], None).unwrap_err(), shape);
    }
    assert!(Picture::new(1, 1, vec![0; 3], Some(vec![0; 2])).is_err());
}

#[test]
fn rgba_round_trip() {
    let rgba = files::noise(5 * 7 * 4);
    let picture = Picture::from_rgba8(5, 7, &rgba).unwrap();
    assert_eq!(picture.to_rgba8(), rgba);
    let opaque = Picture::from_rgba8(1, 1, &[1, 2, 3, 255]).unwrap();
    assert_eq!((opaque.alpha(), opaque.to_rgba8()), (None, vec![1, 2, 3, 255]));
}

#[test]
fn planes_round_trip() {
    let picture = Picture::from_rgba8(9, 4, &files::noise(9 * 4 * 4)).unwrap();
    let planes = picture.to_planar();
    assert_eq!(planes.len(), 3 * 9 * 4);
    assert!((planes[36] - f32::from(picture.rgb()[1]) / 255.0).abs() < 1e-6, "the second plane begins with green");
    let again = Picture::from_planar(9, 4, &planes, picture.alpha().map(<[u8]>::to_vec)).unwrap();
    assert_eq!(again, picture);
}

#[test]
fn planes_are_clamped_rounded_and_finite() {
    let picture = Picture::from_planar(1, 1, &[-3.0, 0.4999, 9.0], None).unwrap();
    assert_eq!(picture.rgb(), [0, 127, 255]);
    for bad in [f32::NAN, f32::INFINITY] {
        let error = Picture::from_planar(1, 1, &[0.0, bad, 0.0], None).unwrap_err();
        assert_eq!((error.code(), error), ("not-finite", PixelError::NotFinite));
    }
}

#[test]
fn flattening_blends() {
    let picture = Picture::from_rgba8(3, 1, &[255, 0, 0, 255, 255, 0, 0, 128, 255, 0, 0, 0]).unwrap();
    let flat = picture.flattened([255, 255, 255]);
    assert_eq!(flat.rgb(), [255, 0, 0, 255, 127, 127, 255, 255, 255]);
    assert_eq!(flat.alpha(), None);
}

#[test]
fn bleeding_hides_what_is_under_transparency() {
    // Left half red; right half transparent over glaring green.
    let pixel = |x: u32| if x < 8 { [200, 10, 20, 255] } else { [0, 255, 0, 0] };
    let rgba: Vec<u8> = (0..11).flat_map(|_| (0..16).flat_map(pixel)).collect();
    let bled = Picture::from_rgba8(16, 11, &rgba).unwrap().bled();
    assert_eq!(bled.alpha(), None);
    for colour in bled.rgb().chunks_exact(3) {
        assert!(colour.iter().zip([200, 10, 20]).all(|(a, b)| a.abs_diff(b) <= 2), "{colour:?}");
    }
}

#[test]
fn bleeding_takes_the_nearest_colour() {
    let mut rgba = vec![0; 33 * 4];
    rgba[..4].copy_from_slice(&[255, 0, 0, 255]);
    rgba[32 * 4..].copy_from_slice(&[0, 0, 255, 255]);
    let bled = Picture::from_rgba8(33, 1, &rgba).unwrap().bled();
    let at = |x: usize| &bled.rgb()[3 * x..3 * x + 3];
    assert!(at(2)[0] > at(2)[2] && at(30)[2] > at(30)[0], "{:?} {:?}", at(2), at(30));
    let nothing = Picture::from_rgba8(2, 2, &[9, 200, 9, 0].repeat(4)).unwrap().bled();
    assert!(nothing.rgb().iter().all(|value| value.abs_diff(128) <= 1));
}
