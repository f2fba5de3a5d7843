//! `atelier generate` and `atelier stylize`.

use std::path::Path;

use image::RgbImage;

use super::{assert_refused, atelier, events, said};

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
    let output = atelier([&["generate", "--generator", "models/style-great-wave.safetensors", "--size", "64"], &paths[..]].concat());
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
        atelier(["generate", content, "--generator", "models/style-great-wave.safetensors", "--size", "64", "-o", output])
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
            atelier(["generate", &place(content), "--style", &style, "--size", "64", "--strength", "0.9", "-o", &place("painted.png")]);
        assert!(painted.status.success(), "{}", said(&painted));
        let picture = image::open(place("painted.png")).unwrap().to_rgb8();
        let colours: std::collections::BTreeSet<_> = picture.pixels().map(|pixel| pixel.0).collect();
        assert!(colours.len() > 16, "{content} in the style of {style} has {} colours", colours.len());
    }
}

#[test]
fn strokes_are_as_large_as_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    ramp(Path::new(&place("photo.png")), 320, 200);
    let painted = |stroke: &str| {
        let output = place(&format!("{stroke}.png"));
        let style = ["--style", "www/samples/waves.jpg", "--size", "320"];
        let made = atelier([&["generate", &place("photo.png"), "--stroke", stroke, "-o", &output][..], &style].concat());
        (made, output)
    };
    let read = |stroke: &str| {
        let (made, output) = painted(stroke);
        assert!(made.status.success(), "{}", said(&made));
        image::open(output).unwrap().to_rgb8()
    };
    assert!(read("1") != read("2"), "a picture of 640 px is looked at as large as what is painted, or twice as large");
    assert_refused(&painted("3").0, 2, &["settings-stroke"]);
}

#[test]
fn styles_without_weight_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.png");
    ramp(&photo, 40, 30);
    for command in ["generate", "stylize"] {
        for (weight, code) in [("0", "settings-no-styles"), ("-1", "settings-weight"), ("inf", "settings-weight")] {
            let style = format!("www/samples/waves-thumb.jpg:{weight}");
            let output = folder.path().join("painted.png");
            let refused = atelier([command, photo.to_str().unwrap(), "--style", &style, "--size", "64", "-o", output.to_str().unwrap()]);
            assert_refused(&refused, 2, &[code]);
            assert!(!output.exists(), "{command} {weight}");
        }
    }
}

/// The subject and the two styles fill the left and the right half; the left half of the photo is left alone.
#[test]
fn a_picture_is_optimised_where_its_masks_say_and_tells_of_each_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    ramp(Path::new(&place("photo.png")), 96, 64);
    let half = |left: u8, right: u8| image::GrayImage::from_fn(96, 64, |x, _| image::Luma([if x < 48 { left } else { right }]));
    half(255, 0).save(place("left.png")).unwrap();
    half(0, 255).save(place("right.png")).unwrap();
    let output = atelier([
        "stylize",
        &place("photo.png"),
        "--style",
        "www/samples/waves-thumb.jpg:0.7",
        "--style",
        "www/samples/dots-thumb.jpg:0.3",
        "--region",
        "-",
        "--region",
        &place("right.png"),
        "--keep",
        &place("left.png"),
        "--size",
        "96",
        "--iterations",
        "4",
        "--json",
        "-o",
        &place("painted.png"),
    ]);
    let events = events(&output);
    let evaluations = events.iter().filter(|event| event["event"] == "iteration").count();
    assert_eq!(evaluations, 4, "{events:?}");
    let [photo, painted] = ["photo.png", "painted.png"].map(|name| image::open(place(name)).unwrap().to_rgb8());
    let change = |from: u32| {
        let pixels = (from..from + 40).flat_map(|x| (0..64).map(move |y| (x, y)));
        pixels
            .map(|(x, y)| photo.get_pixel(x, y).0.iter().zip(painted.get_pixel(x, y).0).map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>())
            .sum::<u32>()
    };
    // Between the halves the mask is resampled; away from there nothing of what is kept may change.
    assert_eq!(change(0), 0);
    assert!(change(56) > 40 * 64, "{}", change(56));
}

#[test]
fn a_style_at_fault_is_not_blamed_on_the_photo() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    ramp(Path::new(&place("photo.png")), 96, 64);
    ramp(Path::new(&place("strip.png")), 300, 5);
    let stylize = |content: &str, style: &str| {
        atelier(["stylize", &place(content), "--style", &place(style), "--size", "96", "--iterations", "1", "-o", &place("painted.png")])
    };
    let refused = stylize("photo.png", "strip.png");
    assert_refused(&refused, 2, &["picture-too-thin"]);
    assert!(!said(&refused).contains("photo.png"), "{}", said(&refused));
    assert_refused(&stylize("strip.png", "photo.png"), 2, &["strip.png", "picture-too-thin"]);
}
