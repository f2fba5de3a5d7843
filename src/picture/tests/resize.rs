//! Resizing keeps what it must: flat colours, brightness in linear light, and no hidden colour.

use super::super::linear::Light;
use super::super::{Fit, Picture, fit, resize};
use super::files;

fn flat(width: u32, height: u32, rgb: [u8; 3]) -> Picture {
    Picture::new(width, height, rgb.repeat((width * height) as usize), None).unwrap()
}

/// The mean of a colour channel in linear light.
fn mean(picture: &Picture, channel: usize) -> f64 {
    let values: Vec<f64> = picture.rgb().iter().skip(channel).step_by(3).map(|&v| f64::from(Light::tables().of(v))).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn a_flat_picture_stays_flat() {
    for (width, height) in [(160, 120), (37, 91), (1, 1), (3, 700)] {
        for (w, h) in [(1, 1), (17, 5), (64, 48), (40, 130), (161, 119)] {
            let colour = [3, 128, 250];
            let small = resize(&flat(width, height, colour), w, h);
            assert_eq!((small.width(), small.height(), small.alpha()), (w, h, None));
            let even = small.rgb().chunks_exact(3).all(|c| c.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 1));
            assert!(even, "{width}×{height} to {w}×{h}");
        }
    }
}

#[test]
fn a_fine_checker_keeps_its_brightness() {
    let (width, height) = (256, 192);
    let rgb = (0..width * height).flat_map(|i| [if (i % width + i / width) % 2 == 0 { 255 } else { 0 }; 3]).collect();
    let checker = Picture::new(width, height, rgb, None).unwrap();
    for (w, h) in [(128, 96), (100, 75), (32, 24), (5, 4)] {
        let small = resize(&checker, w, h);
        // Half the light is byte 188. Averaging bytes would have given 128.
        let edge = w as usize + 1;
        assert!(small.rgb()[3 * edge].abs_diff(188) <= 1, "{}", small.rgb()[3 * edge]);
        assert!((mean(&small, 0) - 0.5).abs() < 0.01);
    }
}

#[test]
fn noise_keeps_its_mean_per_channel() {
    let picture = Picture::new(301, 203, files::noise(301 * 203 * 3), None).unwrap();
    for (w, h) in [(150, 100), (40, 27), (7, 5)] {
        let small = resize(&picture, w, h);
        for channel in 0..3 {
            let (before, after) = (mean(&picture, channel), mean(&small, channel));
            assert!((before - after).abs() < 0.01, "{w}×{h}: {before} to {after}");
        }
    }
}

#[test]
fn positions_are_kept() {
    // A horizontal ramp in linear light stays the same ramp at any size.
    let light = Light::tables();
    let ramp = |width: u16| -> Vec<u8> { (0..width).flat_map(|x| [light.encode((f32::from(x) + 0.5) / f32::from(width)); 3]).collect() };
    for (from, to) in [(1000_u16, 100_u16), (1003, 99), (64, 200), (5000, 50)] {
        let picture = Picture::new(from.into(), 1, ramp(from), None).unwrap();
        let found = resize(&picture, to.into(), 1);
        let expected = ramp(to);
        let inner = 3 * usize::from(to) / 10..3 * usize::from(to) * 9 / 10;
        for (a, b) in found.rgb()[inner.clone()].iter().zip(&expected[inner]) {
            assert!(a.abs_diff(*b) <= 2, "{from} to {to}: {a} for {b}");
        }
    }
}

#[test]
fn hidden_colours_do_not_bleed_in() {
    // A red disc on transparent green.
    let inside = |x: i32, y: i32| (x - 50).pow(2) + (y - 40).pow(2) < 900;
    let pixel = |x, y| if inside(x, y) { [220, 30, 30, 255] } else { [0, 255, 0, 0] };
    let rgba: Vec<u8> = (0..80).flat_map(|y| (0..100).flat_map(move |x| pixel(x, y))).collect();
    let picture = Picture::from_rgba8(100, 80, &rgba).unwrap();
    for (w, h) in [(50, 40), (13, 11), (4, 3), (170, 140)] {
        let small = resize(&picture, w, h);
        let alpha = small.alpha().unwrap();
        assert!(alpha.contains(&0) || w < 5);
        for (colour, &a) in small.rgb().chunks_exact(3).zip(alpha) {
            let expected: [u8; 3] = if a == 0 { [0, 0, 0] } else { [220, 30, 30] };
            assert!(colour.iter().zip(expected).all(|(x, y)| x.abs_diff(y) <= 2), "{w}×{h}: {colour:?} at alpha {a}");
        }
        let coverage = alpha.iter().map(|&a| f64::from(a)).sum::<f64>() / 255.0 / f64::from(w * h);
        assert!((coverage - 0.353).abs() < 0.02, "{coverage}");
    }
}

#[test]
fn the_same_size_is_the_same_picture() {
    let picture = Picture::from_rgba8(20, 10, &files::noise(800)).unwrap();
    assert_eq!(resize(&picture, 20, 10), picture);
    assert_eq!(fit(&picture, Fit::Within(20)), picture);
    assert_eq!(fit(&picture, Fit::Within(999)), picture);
}

#[test]
fn fitting_keeps_the_shape() {
    assert_eq!(Fit::Within(384).sides(4000, 3000), (384, 288));
    assert_eq!(Fit::Within(384).sides(3000, 4000), (288, 384));
    assert_eq!(Fit::Within(384).sides(300, 200), (300, 200));
    assert_eq!(Fit::Exactly(384).sides(300, 200), (384, 256));
    assert_eq!(Fit::Exactly(384).sides(1, 5000), (1, 384));
    assert_eq!(Fit::Exactly(0).sides(10, 10), (1, 1));
    assert_eq!(Fit::Within(2048).sides(u32::MAX, 1), (2048, 1));
    assert_eq!(Fit::Within(100).sides(1000, 333), (100, 33));
}

#[test]
fn zero_counts_as_one() {
    let picture = flat(4, 4, [1, 2, 3]);
    assert_eq!((resize(&picture, 0, 0).width(), resize(&picture, 0, 0).height()), (1, 1));
}
