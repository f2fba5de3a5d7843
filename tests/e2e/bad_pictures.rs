//! Files that are no usable picture: each has its code and its sentence, and costs the visitor nothing.

use crate::drops;
use crate::pictures;
use crate::studio::Studio;
use crate::words::{assert_chinese, assert_english, chinese, english};

/// What must be said at the well, in both languages, while the picture that was there stays.
async fn assert_refused(studio: &Studio, well: &str, what: &str, code: &str, kept: &serde_json::Value) {
    assert_eq!(studio.refused(well).await, code, "{what}");
    assert_eq!(studio.belongings().await, *kept, "{what}: the picture that was there");
    let text = format!("document.querySelector('#{well}-error').textContent");
    let said = || studio.browser.text(&text);
    assert_english(what, &said().await);
    studio.speak("zh-CN").await;
    assert_chinese(what, &said().await);
    studio.speak("en").await;
}

#[tokio::test]
async fn bad_pictures_are_refused_with_a_sentence_and_the_good_one_stays() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    let kept = studio.belongings().await;
    let files: [(&str, &str, &[u8]); 9] = [
        ("empty.jpg", "picture-empty", &[]),
        ("words.png", "picture-unrecognised", pictures::WORDS),
        ("half.jpg", "picture-truncated", &pictures::half_jpeg()),
        ("checksum.png", "picture-damaged", &pictures::png_with_wrong_checksum()),
        ("huge.png", "picture-too-large", &pictures::png_that_claims_too_much()),
        ("drawing.svg", "picture-svg", pictures::SVG),
        ("drawing.png", "picture-svg", pictures::SVG),
        ("scan.tiff", "picture-depth", &pictures::twelve_bit_tiff()),
        ("photo.avif", "picture-undecodable-here", pictures::BROKEN_AVIF),
    ];
    for (name, code, bytes) in files {
        studio.choose("content", name, bytes).await;
        // The error of the file before may still be on show.
        let shown = format!("document.querySelector('#content-error').dataset.code === '{code}'");
        studio.browser.wait(&format!("{name}: {code}"), &shown, 20).await;
        assert_refused(&studio, "content", name, code, &kept).await;
        if name == "huge.png" {
            let text = studio.browser.text("document.querySelector('#content-error').textContent").await;
            assert!(text.contains("3,600") && text.contains("100"), "the claim and the limit: {text}");
        }
    }
    studio.choose("content", "garden.png", &pictures::content_png()).await;
    studio.filled("content").await;
    assert_eq!(studio.belongings().await, kept, "a good picture is taken after all");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_well_takes_one_file_and_no_folder() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    let kept = studio.belongings().await;
    let (content, style) = (pictures::content_png(), pictures::style_jpeg());

    // The photo's well takes several: a batch (batch.rs).
    drops::files(&studio, "style", &[("one.png", &content), ("two.jpg", &style)]).await;
    assert_refused(&studio, "style", "two files", "too-many-files", &kept).await;
    drops::folder(&studio, "style").await;
    assert_refused(&studio, "style", "a folder", "folder-dropped", &kept).await;

    drops::files(&studio, "content", &[("dropped.png", &content)]).await;
    studio.filled("content").await;
    let name = studio.browser.text("document.querySelector('#content-well .well-name').textContent").await;
    assert_eq!(name, "dropped");
}

#[tokio::test]
async fn of_an_animation_the_first_frame_is_taken_and_that_is_said() {
    let studio = Studio::open("?backend=cpu").await;
    studio.choose("content", "waving.gif", &pictures::animated_gif()).await;
    studio.filled("content").await;
    let note = || studio.browser.text("document.querySelector('#content-well [data-note=animation-first-frame]').textContent");
    assert_eq!(note().await, english("note.animation-first-frame"));
    studio.speak("zh-CN").await;
    assert_eq!(note().await, chinese("note.animation-first-frame"));
    let red = studio
        .browser
        .run("return [...document.querySelector('#content-well canvas').getContext('2d').getImageData(4, 4, 1, 1).data]")
        .await;
    assert_eq!(red, serde_json::json!([220, 60, 40, 255]), "the first frame");
}

#[tokio::test]
async fn what_only_the_browser_can_decode_is_taken_too() {
    let studio = Studio::open("?backend=cpu").await;
    studio.choose("content", "disc.avif", pictures::AVIF).await;
    studio.filled("content").await;
    let pixel = "return [...document.querySelector('#content-well canvas').getContext('2d').getImageData(24, 16, 1, 1).data]";
    let found: Vec<f64> = serde_json::from_value(studio.browser.run(pixel).await).unwrap();
    // AVIF at quality 60 moves a colour by a few steps.
    let expected = [220.0, 60.0, 40.0, 255.0];
    assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 16.0), "{found:?}");
}

#[tokio::test]
async fn a_start_without_pictures_says_which_is_missing() {
    let studio = Studio::open("?backend=cpu").await;
    studio.press_start().await;
    assert_eq!(studio.refused("content").await, "content-missing");
    studio.choose("content", "garden.png", &pictures::content_png()).await;
    studio.filled("content").await;
    studio.press_start().await;
    assert_eq!(studio.refused("style").await, "style-missing");
    assert_eq!(studio.phase().await, "ready");
    studio.fill().await;
    studio.set(3).await;
    studio.press_start().await;
    assert_eq!(studio.fails().await, "settings-iterations");
    assert_english("iterations", &studio.browser.text("document.querySelector('#error .error-text').textContent").await);
    assert_eq!(studio.phase().await, "ready");
}
