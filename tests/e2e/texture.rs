//! Textures: sides that are powers of two, and tiles that meet.

use image::RgbImage;
use serde_json::json;

use crate::pictures;
use crate::studio::Studio;

/// Asks for a seamless tile of `side` px with sides that are powers of two.
async fn ask(studio: &Studio, prefix: &str, shape: &str, side: u32) {
    let script = "const [prefix, shape, side] = arguments; const field = (name) => document.querySelector(`#${prefix}${name}`);
        const told = (element) => element.dispatchEvent(new Event('change', { bubbles: true }));
        field('size').add(new Option(side, side)); field('size').value = side; field('seamless').checked = true;
        field('power').value = shape; told(field('power'))";
    studio.browser.run_with(script, vec![json!(prefix), json!(shape), json!(side)]).await;
}

/// The garden with less sky. A tile's border shows the middle of a photo, where the garden's roof ends: an edge of its own, as strong as any seam. Of this one it ends elsewhere.
fn quiet_border() -> Vec<u8> {
    pictures::png(&image::imageops::crop_imm(&pictures::content(), 40, 40, 320, 260).to_image())
}

/// Paints, saves as PNG, and checks that the tile can be laid beside itself.
async fn tile(studio: &Studio) -> RgbImage {
    studio.press_start().await;
    studio.reaches("done", 180).await;
    assert_eq!(studio.error().await, None);
    studio.browser.click("#download-png").await;
    let tile = image::load_from_memory(&studio.browser.downloaded("garden-atelier.png").await).unwrap().to_rgb8();
    let (width, height) = tile.dimensions();
    let step = |a: (u32, u32), b: (u32, u32)| {
        let (a, b) = (tile.get_pixel(a.0, a.1).0, tile.get_pixel(b.0, b.1).0);
        (0..3).map(|channel| f64::from(a[channel].abs_diff(b[channel]))).sum::<f64>()
    };
    let column = |x: u32| (0..height).map(|y| step((x, y), ((x + 1) % width, y))).sum::<f64>();
    let row = |y: u32| (0..width).map(|x| step((x, y), (x, (y + 1) % height))).sum::<f64>();
    // A seam would stand out of the others: the photo's own are 1.8 and 4 times as large as what is usual.
    let usual = |steps: Vec<f64>| steps.iter().sum::<f64>() / f64::from(u32::try_from(steps.len()).unwrap());
    let (across, down) = (usual((0..width - 1).map(column).collect()), usual((0..height - 1).map(row).collect()));
    assert!(column(width - 1) < 1.5 * across, "left and right meet: {} beside {across}", column(width - 1));
    assert!(row(height - 1) < 1.5 * down, "top and bottom meet: {} beside {down}", row(height - 1));
    tile
}

async fn about(studio: &Studio, prefix: &str) -> String {
    studio.browser.text(&format!("document.querySelector('#{prefix}power-about').textContent")).await
}

#[tokio::test]
async fn a_generated_texture_is_cropped_to_powers_of_two_and_tiles() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    studio.choose("content", "garden.png", &quiet_border()).await;
    studio.filled("content").await;
    studio.browser.wait("a generator", "document.querySelector('#generator').value", 20).await;
    studio.browser.select("#generator", "style-great-wave").await;
    ask(&studio, "generate-", "crop", 128).await;
    let said = about(&studio, "generate-").await;
    assert!(said.contains("128 × 128") && said.contains("19%"), "of 320 × 260 px the sides are cut off: {said}");
    assert_eq!(tile(&studio).await.dimensions(), (128, 128));
    let before = "(c => `${c.width} × ${c.height}`)(document.querySelector('#before'))";
    studio.browser.wait("the comparison", &format!("{before} === '128 × 128'"), 20).await;

    // A size between two powers is left for the next above it.
    studio.browser.select("#generate-power", "").await;
    studio.browser.select("#generate-size", "384").await;
    studio.browser.select("#generate-power", "stretch").await;
    assert_eq!(studio.browser.text("document.querySelector('#generate-size').value").await, "512");
    let said = about(&studio, "generate-").await;
    assert!(said.contains("512 × 512") && said.contains("23%"), "{said}");
}

#[tokio::test]
async fn an_optimised_texture_is_stretched_to_powers_of_two_and_tiles() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    studio.choose("content", "garden.png", &quiet_border()).await;
    studio.filled("content").await;
    studio.set(12).await;
    ask(&studio, "", "stretch", 64).await;
    assert_eq!(tile(&studio).await.dimensions(), (64, 64));
}
