//! Six screens in two languages and two widths, held against pictures of how they should look (`tests/snapshots/`).
//! `ATELIER_SNAPSHOTS=write cargo xtask test e2e -- snapshots` takes them anew, to be looked at before they are committed. What differs is
//! shown in `target/screenshots/`: expected, found, and the difference between them.

use std::path::PathBuf;

use image::imageops::{FilterType, resize as scale};
use image::{GenericImage, Rgb, RgbImage, load_from_memory};
use serde_json::json;

use crate::accessibility::{enter, prefer, resize};
use crate::browser::Kind;
use crate::pictures;
use crate::results::{compared, generate};
use crate::screenshots;
use crate::studio::Studio;

/// Widths and heights of the window: a laptop's; and a small phone's, as tall as two of its screens.
const WINDOWS: [(u64, u64); 2] = [(1280, 900), (360, 1600)];
/// Kept at half the size: enough to see a control that has moved, and small enough to keep.
const SCALE: u32 = 2;
/// Pixels of a kept picture whose mean is compared. Another version of a font, or another way to smooth its edges, puts about as much ink into
/// sixteen of the page's pixels; what is missing, moved or of another colour does not.
const CELL: u32 = 8;
/// The mean difference of cells, of 255, that is taken for the same. On the machine that took the pictures it is under 0.5. With unhinted
/// letters, each a tenth of a pixel wider, as another version of a font may have them, it is under 0.9, and 2.1 where a dialogue's lines
/// break elsewhere; without the Start button it is 3.6 to 6. Another family of fonts comes to 27: such a machine takes pictures of its own.
const MOST: f64 = 2.5;

/// Folder of the pictures.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

/// Looks at one screen in every guise, and says what is not as it was.
async fn look(studio: &Studio, screen: &str, changed: &mut Vec<String>) {
    for language in ["en", "zh-CN"] {
        studio.speak(language).await;
        for (width, height) in WINDOWS {
            resize(&studio.browser, width, height).await;
            let settle =
                "scrollTo({ top: 0, behavior: 'instant' }); document.querySelector('#wall').scrollTop = 0; document.activeElement.blur();
                return Promise.all([...document.images].map((image) => image.decode().catch(() => {})))
                    .then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0)))))";
            studio.browser.run(settle).await;
            let found = load_from_memory(&studio.browser.screenshot().await).unwrap().to_rgb8();
            let found = scale(&found, found.width() / SCALE, found.height() / SCALE, FilterType::Triangle);
            judge(&format!("{screen}-{language}-{width}"), &found, changed);
        }
    }
    studio.speak("en").await;
    resize(&studio.browser, WINDOWS[0].0, WINDOWS[0].1).await;
}

fn judge(name: &str, found: &RgbImage, changed: &mut Vec<String>) {
    let path = folder().join(format!("{name}.png"));
    if std::env::var("ATELIER_SNAPSHOTS").is_ok_and(|value| value == "write") {
        std::fs::create_dir_all(folder()).unwrap();
        return std::fs::write(path, few_colours(found)).unwrap();
    }
    let expected = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}. ATELIER_SNAPSHOTS=write makes it", path.display()));
    let expected = load_from_memory(&expected).unwrap().to_rgb8();
    let alike = expected.dimensions() == found.dimensions();
    let distance = if alike { distance(&expected, found) } else { f64::INFINITY };
    println!("{name}: {distance:.2}");
    if distance > MOST {
        screenshots::keep(&format!("snapshot-{name}.png"), &pictures::png(&side_by_side(&expected, found)));
        changed.push(format!("{name} differs by {distance:.2}: see target/screenshots/snapshot-{name}.png"));
    }
}

/// Mean absolute difference of the means of cells, 0…255.
fn distance(one: &RgbImage, other: &RgbImage) -> f64 {
    let cells = |picture| scale(picture, one.width().div_ceil(CELL), one.height().div_ceil(CELL), FilterType::Triangle);
    let (one, other) = (cells(one), cells(other));
    let sum: f64 = one.iter().zip(other.iter()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / f64::from(one.width() * one.height() * 3)
}

/// Expected, found, and where they differ, four times as strong.
fn side_by_side(expected: &RgbImage, found: &RgbImage) -> RgbImage {
    let (width, height) = (expected.width().max(found.width()), expected.height().max(found.height()));
    let blank = || RgbImage::from_pixel(width, height, Rgb([255, 0, 255]));
    let on_blank = |picture: &RgbImage| {
        let mut whole = blank();
        whole.copy_from(picture, 0, 0).unwrap();
        whole
    };
    let panels = [on_blank(expected), on_blank(found)];
    let difference = RgbImage::from_fn(width, height, |x, y| {
        let [a, b] = [panels[0].get_pixel(x, y), panels[1].get_pixel(x, y)];
        Rgb([0, 1, 2].map(|channel| a[channel].abs_diff(b[channel]).saturating_mul(4)))
    });
    let mut all = RgbImage::new(width * 3, height);
    for (at, panel) in (0..).zip(panels.iter().chain([&difference])) {
        all.copy_from(panel, at * width, 0).unwrap();
    }
    all
}

/// A PNG file of 256 colours, a third as large as one of all.
fn few_colours(picture: &RgbImage) -> Vec<u8> {
    let rgba: Vec<u8> = picture.pixels().flat_map(|&Rgb([r, g, b])| [r, g, b, 255]).collect();
    let palette = color_quant::NeuQuant::new(10, 256, &rgba);
    let indices: Vec<u8> = rgba.chunks_exact(4).map(|pixel| u8::try_from(palette.index_of(pixel)).unwrap()).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.color_map_rgb());
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(&indices).unwrap();
    file
}

#[tokio::test]
async fn six_screens_look_as_they_did() {
    let studio = Studio::start(Kind::default()).await;
    let mut changed = Vec::new();
    prefer(&studio.browser, &[("prefers-color-scheme", "light"), ("prefers-reduced-motion", "reduce")]).await;
    resize(&studio.browser, WINDOWS[0].0, WINDOWS[0].1).await;
    // The card says when a picture was painted, in more or fewer letters.
    let one_day = "const Real = Intl.DateTimeFormat;
        Intl.DateTimeFormat = function (...given) { const format = new Real(...given); return { format: () => format.format(new Date(2026, 10, 30)) }; };";
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": one_day })).await;
    studio.visit("?backend=cpu&mode=generate#generate-size=256&size=256").await;
    studio.ready().await;
    studio.browser.wait("the shelves", "document.querySelector('#style-shelf [data-sample] img')", 20).await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    look(&studio, "empty", &mut changed).await;

    studio.fill().await;
    enter(&studio, "train").await;
    look(&studio, "train", &mut changed).await;
    enter(&studio, "optimise").await;
    studio.browser.run("document.querySelector('#advanced').open = true").await;
    look(&studio, "optimise", &mut changed).await;
    studio.browser.click("#regions").await;
    look(&studio, "masks", &mut changed).await;
    studio.browser.click("#mask-done").await;

    enter(&studio, "generate").await;
    generate(&studio).await;
    compared(&studio).await;
    look(&studio, "done", &mut changed).await;
    studio.browser.click("#how-it-works").await;
    studio.browser.wait("what the network sees", "!document.querySelector('#how-body').hidden", 60).await;
    look(&studio, "how", &mut changed).await;
    assert_eq!(changed, [""; 0]);
}

#[test]
fn a_change_is_seen_and_another_smoothing_is_not() {
    let page = RgbImage::from_fn(640, 450, |x, y| if (x / 4 + y / 12) % 3 == 0 && y % 12 < 7 { Rgb([30; 3]) } else { Rgb([244; 3]) });
    let smoothed = scale(&scale(&page, 600, 430, FilterType::Triangle), 640, 450, FilterType::CatmullRom);
    let mut moved = page.clone();
    moved.copy_from(&RgbImage::from_pixel(400, 160, Rgb([28, 69, 57])), 60, 60).unwrap();
    let [same, blurred, other] = [&page, &smoothed, &moved].map(|picture| distance(&page, picture));
    println!("{same} {blurred} {other}");
    assert!(same == 0.0 && blurred < MOST && other > MOST, "{same} {blurred} {other}");
}
