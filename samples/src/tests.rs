//! Every picture, drawn small: the same twice, finite, and lively everywhere. And what is checked in: all of them, listed, and none too large.

use crate::catalogue::{self, CONTENTS, Picture, STYLES};
use crate::tools::canvas::Canvas;
use crate::tools::colour::luma;
use crate::{folder, publish};

/// Side of a tile in design units.
const TILE: f32 = 160.0;

/// Draws `p` twice at `scale` and checks it; every tile's brightness must vary by at least `floor`.
fn check(p: &Picture, scale: f32, floor: f32) {
    let draw = || {
        let mut canvas = Canvas::new(p.width, p.height, scale);
        (p.draw)(&mut canvas);
        canvas
    };
    let canvas = draw();
    assert!(canvas.pixels.iter().all(|c| c.length().is_finite()), "{} is not finite", p.id);
    assert!(canvas.bytes() == draw().bytes(), "{} differs between runs", p.id);
    let tile = (TILE * scale) as usize;
    for y in (0..=canvas.height - tile).step_by(tile) {
        for x in (0..=canvas.width - tile).step_by(tile) {
            let spread = spread(&canvas, x, y, tile);
            assert!(spread > floor, "{} is flat at {x},{y}: {spread}", p.id);
        }
    }
}

/// Standard deviation of the brightness in a square.
fn spread(canvas: &Canvas, x0: usize, y0: usize, side: usize) -> f32 {
    let values: Vec<f32> = (y0..y0 + side)
        .flat_map(|y| (x0..x0 + side).map(move |x| (x, y)))
        .map(|(x, y)| luma(canvas.pixels[y * canvas.width + x]))
        .collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
}

#[test]
fn styles_have_texture_in_every_tile() {
    STYLES.iter().for_each(|p| check(p, 0.1, 0.02));
}

#[test]
fn contents_are_nowhere_flat() {
    // A sky may be quiet. Tracing is slow unoptimised, so these are drawn smaller.
    CONTENTS.iter().for_each(|p| check(p, 0.05, 0.004));
}

#[test]
fn names_are_unique() {
    let names: std::collections::HashSet<_> = catalogue::all().map(|p| p.id).collect();
    assert_eq!(names.len(), catalogue::all().count());
}

#[test]
fn pictures_are_drawn_by_name_and_an_unknown_name_is_refused() {
    let named = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        catalogue::named(&names).map(|pictures| pictures.iter().map(|p| p.id).collect::<Vec<_>>())
    };
    assert_eq!(named(&["ink", "lake"]).expect("are there"), ["lake", "ink"]);
    assert_eq!(named(&[]).expect("are there").len(), catalogue::all().count());
    let error = named(&["lake", "lakee"]).expect_err("is none");
    assert_eq!(error.to_string(), "there is no picture `lakee`");
}

#[test]
fn the_list_in_this_checkout_is_the_catalogues() {
    let committed = std::fs::read_to_string(folder().join("samples.json")).expect("is there");
    assert!(committed == publish::list().expect("is text"), "`cargo run --release -p samples` writes it anew");
}

#[test]
fn no_picture_in_this_checkout_is_too_large() {
    for p in catalogue::all() {
        let file = folder().join(format!("{}.jpg", p.id));
        let bytes = std::fs::metadata(&file).expect("is there").len();
        assert!(bytes <= publish::LARGEST as u64, "{} has {bytes} bytes", p.id);
    }
}
