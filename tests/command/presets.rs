//! Presets on the command line: what a page saved is what is painted with.

use image::RgbImage;
use serde_json::{Value, json};

use super::{assert_refused, atelier, told};

const FIXTURE: &str = "tests/fixtures/brushwork.atelier.json";

/// The settings that would be painted with.
fn settings(arguments: &[&str]) -> Value {
    serde_json::from_str(&told(&atelier([&["stylize", "--print-settings"], arguments].concat()))).unwrap()
}

#[test]
fn options_go_before_the_settings_file_and_that_before_the_preset() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    std::fs::write(&file, r#"{"strength": 0.25, "iterations": 70}"#).unwrap();
    let found = settings(&["--preset", FIXTURE, "--settings", file.to_str().unwrap(), "--iterations", "80"]);
    let wanted = json!({ "strength": 0.25, "iterations": 80, "seed": 42, "start": "noise", "method": "adam", "seamless": true });
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&found[name], value, "{name}");
    }
}

#[test]
fn a_file_that_is_no_preset_ends_with_a_sentence_and_the_exit_code_for_input() {
    assert_refused(&atelier(["stylize", "--print-settings", "--preset", "Cargo.toml"]), 2, &["Cargo.toml", "no preset"]);
}

#[test]
fn a_texture_of_a_preset_has_powers_of_two_for_sides_and_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    // A ramp: at its border a seam as wide as can be.
    RgbImage::from_fn(90, 60, |x, y| image::Rgb([(x * 2).min(255) as u8, (y * 4).min(255) as u8, 90])).save(path("ramp.png")).unwrap();
    let preset = json!({ "format": "atelier-preset", "version": 1,
        "generate": { "generator": "style-great-wave", "size": 128, "seamless": true, "powerOfTwo": "crop" } });
    std::fs::write(path("tile.atelier.json"), preset.to_string()).unwrap();
    told(&atelier(["generate", &path("ramp.png"), "--preset", &path("tile.atelier.json"), "-o", &path("tile.png")]));
    // A size that is no power of two becomes one.
    let odd = ["--size", "100", "--power-of-two", "stretch", "-o", &path("odd.png")];
    told(&atelier([&["generate", &path("ramp.png"), "--generator", "models/style-great-wave.safetensors"][..], &odd].concat()));
    assert_eq!(image::image_dimensions(path("odd.png")).unwrap(), (128, 64));
    told(&atelier([&["stylize", &path("ramp.png"), "--style", &path("tile.png"), "--iterations", "1"][..], &odd].concat()));
    assert_eq!(image::image_dimensions(path("odd.png")).unwrap(), (128, 64));
    let tile = image::open(path("tile.png")).unwrap().to_rgb8();
    // 128 · 60 / 90 is 85, by ratio nearer to 64 than to 128.
    assert_eq!(tile.dimensions(), (128, 64));
    let step = |a: (u32, u32), b: (u32, u32)| {
        let (a, b) = (tile.get_pixel(a.0, a.1).0, tile.get_pixel(b.0, b.1).0);
        (0..3).map(|channel| f64::from(a[channel].abs_diff(b[channel]))).sum::<f64>()
    };
    let across = (0..64).map(|y| step((127, y), (0, y))).sum::<f64>() / 64.0;
    let within = (0..127).map(|x| (0..64).map(|y| step((x, y), (x + 1, y))).sum::<f64>() / 64.0).fold(0.0, f64::max);
    // A seam would stand out of all columns; where there is none, the border is one of 128 columns.
    assert!(across <= within, "{across} at the border, at most {within} inside");
}
