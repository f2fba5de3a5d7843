//! The main job from end to end: two files in, a painted picture out.

use std::time::Duration;

use atelier::picture::{Fit, fit};
use serde_json::json;

use crate::measure;
use crate::pictures;
use crate::screenshots;
use crate::studio::Studio;

/// A painted picture differs from the photo by at least this much, in 0…255 per sample.
const LEAST_CHANGE: f64 = 20.0;
/// Iterations of the run that is looked at: eight at each of three sizes. With four at each, the photo's flat colours, which show a network nothing to begin with, are not yet painted
/// over (docs/quality.md, "What relu5_1 is worth"); the page's default is 100.
const ITERATIONS: u32 = 24;

#[tokio::test]
async fn two_files_become_a_painted_picture() {
    let studio = Studio::open("?backend=cpu").await;
    screenshots::save(&studio.browser, "desktop-empty").await;
    studio.fill().await;
    screenshots::save(&studio.browser, "desktop-ready").await;

    studio.set(200).await;
    watch_a_run_then_cancel_it(&studio).await;

    studio.set(ITERATIONS).await;
    studio.press_start().await;
    let took = studio.reaches("done", 180).await;
    println!("256 px, {ITERATIONS} iterations: {:.1} s", took.as_secs_f64());
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.browser.text("document.querySelector('#picture').dataset.shown").await, "result");
    compare_before_and_after(&studio).await;
    studio.browser.run("scrollTo({ top: 0, behavior: 'instant' })").await;
    screenshots::save(&studio.browser, "desktop-done").await;
    check_the_files(&studio).await;

    assert_eq!(studio.browser.console_errors().await, [""; 0]);
    assert_eq!(studio.server.refused(), [""; 0]);
    assert_nothing_left_the_origin(studio);
}

/// Start, progress, a second start, pause, resume, cancel.
async fn watch_a_run_then_cancel_it(studio: &Studio) {
    studio.begin().await;
    let (_, contrast) = studio.canvas().await;
    assert!(contrast > 5.0, "the preview is not blank: {contrast}");
    assert_ne!(studio.browser.text("document.querySelector('#fact-iteration').textContent").await, "–");
    assert_ne!(studio.browser.text("document.querySelector('#fact-loss').textContent").await, "–");

    studio.press_start().await;
    assert_eq!(studio.fails().await, "run-in-progress");
    studio.answer_error("dismiss").await;
    assert_eq!(studio.phase().await, "running");
    let before = studio.progress().await;
    studio.browser.wait("progress", &format!("document.querySelector('#progress').value > {before}"), 30).await;

    studio.browser.click("#pause").await;
    studio.reaches("paused", 5).await;
    // The iteration in hand is still finished.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let paused = studio.progress().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(studio.progress().await, paused, "no progress while paused");
    assert_eq!(studio.phase().await, "paused");

    studio.browser.click("#pause").await;
    studio.browser.wait("progress after the pause", &format!("document.querySelector('#progress').value > {paused}"), 30).await;
    assert_eq!(studio.phase().await, "running");
    screenshots::save(&studio.browser, "desktop-running").await;

    let took = studio.cancel().await;
    println!("cancelled within {:.2} s", took.as_secs_f64());
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.browser.text("document.querySelector('#picture').dataset.shown").await, "result", "the last state stays");
}

/// The slider uncovers the photo and covers it again, by keyboard too.
async fn compare_before_and_after(studio: &Studio) {
    studio.browser.wait("the comparison", "!document.querySelector('#comparison').hidden", 20).await;
    let sizes =
        "const [a, b] = ['#stage', '#before'].map((css) => document.querySelector(css)); return [a.width, a.height, b.width, b.height]";
    assert_eq!(studio.browser.run(sizes).await, json!([256, 192, 256, 192]));
    let split = "document.querySelector('#picture').style.getPropertyValue('--split')";
    assert_eq!(studio.browser.text(split).await, "50%");
    studio.browser.run("const r = document.querySelector('#compare'); r.value = 20; r.dispatchEvent(new Event('input'))").await;
    assert_eq!(studio.browser.text(split).await, "20%");
}

/// Downloads both files and looks at them with other eyes than the page's.
async fn check_the_files(studio: &Studio) {
    studio.browser.click("#download-png").await;
    let png = studio.browser.downloaded("garden-atelier.png").await;
    studio.browser.click("#download-jpeg").await;
    let jpeg = studio.browser.downloaded("garden-atelier.jpg").await;
    assert!(png.starts_with(b"\x89PNG") && jpeg.starts_with(b"\xff\xd8\xff"));
    screenshots::keep("result.png", &png);

    let (result, compressed) = (measure::read(&png), measure::read(&jpeg));
    // 400×300 at a long side of 256.
    assert_eq!((result.width(), result.height()), (256, 192));
    assert_eq!((compressed.width(), compressed.height()), (256, 192));
    assert!(measure::difference(&result, &compressed) < 10.0, "the JPEG is the same picture");

    let (content, style) = (measure::read(&pictures::content_png()), measure::read(&pictures::style_jpeg()));
    let change = measure::difference(&fit(&content, Fit::Exactly(256)), &result);
    println!("change {change:.1} of 255");
    assert!(change > LEAST_CHANGE, "the result is the photo: {change}");
    measure::assert_nears("the garden in the weave", measure::style_distances(&content, &style, &result).await);
}

/// Ends the browser and reads its own log of requests, which has what any visit asks for: of a log without it, nothing could be told.
pub fn assert_nothing_left_the_origin(studio: Studio) {
    let (origin, address) = (studio.server.origin(), studio.server.address());
    let requests: Vec<_> = studio.browser.requests().into_iter().filter(|request| request.is_from(&origin)).collect();
    let asked_for = |end: &str| requests.iter().any(|request| request.url.split('?').next().is_some_and(|path| path.ends_with(end)));
    assert!(
        asked_for(".wasm") && asked_for(".safetensors") && asked_for("main.js") && asked_for("sw.js"),
        "the log is whole: {requests:#?}"
    );
    for crate::netlog::Request { url, .. } in &requests {
        let inside = url.starts_with(&address) || url.starts_with(&format!("blob:{origin}/")) || url.starts_with("data:");
        assert!(inside, "a request left the site: {url}");
    }
}
