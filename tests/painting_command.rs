//! `atelier generate` and `stylize`, as programs that are given what people have: folders with something else in them, tiny pictures, places that are not there.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Output};

use image::RgbImage;

fn atelier(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atelier")).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ramp(path: &Path, width: u32, height: u32) {
    let value = |place: u32| u8::try_from(place % 256).unwrap();
    RgbImage::from_fn(width, height, |x, y| image::Rgb([value(40 + x * 17), value(10 + y * 23), 90])).save(path).unwrap();
}

#[test]
fn what_is_no_photo_does_not_keep_the_others_of_its_folder_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    std::fs::create_dir(place("photos")).unwrap();
    std::fs::write(place("photos/a.jpg"), "no picture").unwrap();
    ramp(&place("photos/b.png"), 80, 2);
    ramp(&place("photos/c.png"), 40, 30);
    let (photos, results) = (place("photos"), place("results"));
    let paths = [photos.to_str().unwrap(), "-o", results.to_str().unwrap()];
    let output = atelier(&[&["generate", "--generator", "models/style-great-wave.safetensors", "--size", "64"], &paths[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    assert!(said.contains("a.jpg") && said.contains("b.png") && said.contains("picture-too-thin"), "{said}");
    assert!(place("results/c.png.png").exists(), "{said}");
    assert!(!place("results/a.jpg.png").exists());
}

#[test]
fn a_photo_that_is_not_there_is_said_and_a_folder_for_the_result_that_is_not_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let generate = |content: &str, output: &str| {
        atelier(&["generate", content, "--generator", "models/style-great-wave.safetensors", "--size", "64", "-o", output])
    };
    let missing = generate(&place("phtos"), &place("results"));
    assert!(missing.status.code() == Some(1) && said(&missing).contains("phtos"), "{}", said(&missing));
    ramp(Path::new(&place("photo.png")), 40, 30);
    let made = generate(&place("photo.png"), &place("new/folder/result.png"));
    assert!(made.status.success(), "{}", said(&made));
    assert!(Path::new(&place("new/folder/result.png")).exists());
}

/// A network that halves its sides three times sees nothing in seven pixels: what it says of them once was no number, and the picture black.
#[test]
fn an_icon_and_a_strip_are_styles_and_photos_too() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    ramp(Path::new(&place("icon.png")), 6, 6);
    ramp(Path::new(&place("strip.png")), 330, 5);
    for (content, style) in [("icon.png", "www/samples/waves-thumb.jpg".to_owned()), ("icon.png", place("strip.png"))] {
        let painted =
            atelier(&["generate", &place(content), "--style", &style, "--size", "64", "--strength", "0.9", "-o", &place("painted.png")]);
        assert!(painted.status.success(), "{}", said(&painted));
        let picture = image::open(place("painted.png")).unwrap().to_rgb8();
        let colours: std::collections::BTreeSet<_> = picture.pixels().map(|pixel| pixel.0).collect();
        assert!(colours.len() > 16, "{content} in the style of {style} has {} colours", colours.len());
    }
}
