//! Icons of a result: every size, with its transparency, and what a site needs beside them.

use image::{Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::studio::Studio;
use crate::{screenshots, zip};

/// A disc on nothing, twice as wide as high.
fn disc() -> Vec<u8> {
    let picture = RgbaImage::from_fn(200, 100, |x, y| {
        let inside = (f64::from(x) - 100.0).hypot(f64::from(y) - 50.0) < 45.0;
        Rgba(if inside { [200, 60, 40, 255] } else { [0, 0, 0, 0] })
    });
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

/// The disc painted at 128 × 64 px, on the wall.
async fn paint(studio: &Studio) {
    studio.choose("content", "disc.png", &disc()).await;
    studio.filled("content").await;
    studio.browser.wait("a generator", "document.querySelector('#generator').value", 20).await;
    studio.browser.select("#generator", "style-great-wave").await;
    let script = "const size = document.querySelector('#generate-size'); size.add(new Option('128', '128')); size.value = '128'";
    studio.browser.run(script).await;
    studio.press_start().await;
    studio.reaches("done", 120).await;
    studio.browser.click("#icons-open").await;
    studio.browser.wait("the icons", "document.querySelector('#icons')?.open", 20).await;
}

fn png(bytes: &[u8]) -> RgbaImage {
    image::load_from_memory_with_format(bytes, image::ImageFormat::Png).unwrap().to_rgba8()
}

/// An icon of the disc with margins: nothing at its top, the disc in its middle.
fn assert_disc(what: &str, icon: &RgbaImage) {
    let side = icon.width();
    assert_eq!(icon.height(), side, "{what}");
    assert_eq!(icon.get_pixel(side / 2, side / 16).0[3], 0, "{what}: the margin is transparent");
    assert_eq!(icon.get_pixel(1, side / 2).0[3], 0, "{what}: so is what surrounds the disc");
    assert_eq!(icon.get_pixel(side / 2, side / 2).0[3], 255, "{what}: the disc is not");
}

#[tokio::test]
async fn an_icon_set_has_every_size_with_its_transparency() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    paint(&studio).await;
    studio.browser.run("for (const box of document.querySelectorAll('.icons-grid input')) box.checked = true").await;
    studio.browser.wait("the preview", "document.querySelector('#icons-ground').value !== '#000000'", 10).await;
    screenshots::save(&studio.browser, "icons").await;
    studio.browser.click("#icons-save").await;
    let bytes = studio.browser.downloaded("disc-icons.zip").await;
    screenshots::keep("disc-icons.zip", &bytes);
    let files = zip::read(&bytes);
    let file =
        |name: &str| files.iter().find(|(found, _)| found == name).map_or_else(|| panic!("no {name}"), |(_, bytes)| bytes.as_slice());

    for side in [16, 24, 32, 48, 64, 128, 180, 192, 256, 512, 1024] {
        let icon = png(file(&format!("icon-{side}.png")));
        assert_eq!(icon.width(), side);
        // What is transparent iOS shows black.
        if side == 180 {
            assert!(icon.pixels().all(|pixel| pixel.0[3] == 255), "the icon for iOS stands on a ground");
        } else {
            assert_disc(&side.to_string(), &icon);
        }
    }
    let ico = file("favicon.ico");
    assert_eq!(ico[..6], [0, 0, 1, 0, 7, 0]);
    for (nth, side) in [16, 24, 32, 48, 64, 128, 256].into_iter().enumerate() {
        let entry = &ico[6 + 16 * nth..][..16];
        assert_eq!(entry[..2], [u8::try_from(side % 256).unwrap(); 2], "256 is written as 0");
        let four = |at: usize| usize::try_from(u32::from_le_bytes(entry[at..at + 4].try_into().unwrap())).unwrap();
        let icon = png(&ico[four(12)..][..four(8)]);
        assert_eq!(icon.width(), side);
        assert_disc(&format!("{side} of the .ico file"), &icon);
    }
    for side in [192, 512] {
        let icon = png(file(&format!("maskable-{side}.png")));
        assert_eq!(icon.dimensions(), (side, side));
        assert!(icon.pixels().all(|pixel| pixel.0[3] == 255), "nothing of a maskable icon is transparent");
    }
    let manifest: Value = serde_json::from_slice(file("site.webmanifest")).unwrap();
    for icon in manifest["icons"].as_array().unwrap() {
        file(icon["src"].as_str().unwrap());
    }
    let links = std::str::from_utf8(file("links.txt")).unwrap();
    assert!(links.contains(r#"rel="apple-touch-icon" sizes="180x180" href="icon-180.png""#), "{links}");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn cropped_icons_are_filled_and_none_at_all_are_refused() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    paint(&studio).await;
    studio.browser.click("[name=icons-shape][value=crop]").await;
    let tick = "for (const box of document.querySelectorAll('#icons [type=checkbox]')) box.checked = arguments[0] === box.value";
    studio.browser.run_with(tick, vec![json!("none")]).await;
    studio.browser.click("#icons-save").await;
    assert_eq!(studio.browser.text("document.querySelector('#icons-error').dataset.code").await, "icons-none");
    studio.browser.run_with(tick, vec![json!("32")]).await;
    studio.browser.run("document.querySelector('#icons-ico').checked = true").await;
    studio.browser.click("#icons-save").await;
    let files = zip::read(&studio.browser.downloaded("disc-icons.zip").await);
    assert_eq!(
        files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["icon-32.png", "favicon.ico", "site.webmanifest", "links.txt"]
    );
    // Whoever reads the format to the letter takes nothing but RGBA in it.
    let ico = &files[1].1;
    for nth in 0..7 {
        let place = u32::from_le_bytes(ico[6 + 16 * nth + 12..][..4].try_into().unwrap());
        // A PNG's colour type stands in its header: 2 is RGB, 6 is RGBA.
        assert_eq!(ico[place as usize + 25], 6, "picture {nth}");
    }
    let icon = png(&files[0].1);
    // The disc's 90 of 100 px, now 29 of 32: two pixels from the edge it is there.
    assert_eq!(icon.get_pixel(16, 3).0[3], 255, "the margins are cut off");
}
