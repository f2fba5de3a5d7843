//! What a visitor sees before the engine has arrived.

use std::time::Duration;

use serde_json::{Value, json};

use crate::accessibility::resize;
use crate::browser::Kind;
use crate::server::Fault;
use crate::studio::Studio;

/// Keeps how far what was there already has been moved by what came later, as a share of the window (Layout Instability).
const WATCH: &str = "globalThis.shifts = [];
    new PerformanceObserver((list) => { for (const { value, hadRecentInput, sources } of list.getEntries())
        if (!hadRecentInput) shifts.push([value, ...sources.map(({ node }) => node?.id || node?.className || node?.nodeName)]); })
        .observe({ type: 'layout-shift', buffered: true });";
/// Above this the Web Vitals call a page unsteady; half of it is asked for here.
const MOST_SHIFT: f64 = 0.05;

#[tokio::test]
async fn the_page_is_there_before_the_engine_and_nothing_jumps_when_it_comes() {
    arrive(1280).await;
}

#[tokio::test]
async fn so_it_is_on_a_phone() {
    arrive(360).await;
}

async fn arrive(width: u64) {
    let studio = Studio::start(Kind::default()).await;
    resize(&studio.browser, width, 800).await;
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
    studio.server.break_file(".wasm", Fault::Held);
    studio.visit("?backend=cpu&mode=generate").await;
    let painted = "performance.getEntriesByName('first-contentful-paint').length";
    studio.browser.wait("the first paint", painted, 10).await;
    studio.browser.wait("the shelves", "document.querySelectorAll('#style-shelf [data-sample] img').length", 10).await;
    assert_eq!(studio.phase().await, "opening", "the page is painted and filled before the engine is there");
    studio.server.mend();
    studio.ready().await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let shifts = studio.browser.run("return shifts").await;
    let sum: f64 = shifts.as_array().unwrap().iter().map(|shift| shift[0].as_f64().unwrap()).sum();
    println!("first contentful paint {} ms, layout shift {sum:.4} {shifts}", first_paint(&studio).await);
    assert!(sum <= MOST_SHIFT, "{sum}: {shifts}");
}

#[tokio::test]
async fn what_is_chosen_before_the_engine_is_there_is_taken_when_it_comes() {
    let studio = Studio::start(Kind::default()).await;
    studio.server.break_file(".wasm", Fault::Held);
    studio.visit("?backend=cpu&mode=generate").await;
    studio.browser.wait("the shelves", "document.querySelectorAll('#style-shelf [data-sample] img').length", 10).await;
    studio.browser.click("#style-shelf li:first-child button").await;
    assert_eq!(studio.phase().await, "opening");
    studio.server.mend();
    studio.ready().await;
    studio.filled("style").await;
}

#[tokio::test]
async fn the_models_come_while_the_engine_does_and_only_once() {
    const MODELS: [&str; 3] = ["models/manifest.json", "vgg-lite.safetensors", "any-style.safetensors"];
    let studio = Studio::start(Kind::default()).await;
    studio.server.break_file(".wasm", Fault::Held);
    studio.visit("?backend=cpu&mode=generate").await;
    for _ in 0..1000 {
        if MODELS.iter().all(|file| studio.server.sent(file) == 1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(MODELS.map(|file| studio.server.sent(file)), [1; 3]);
    assert_eq!(studio.phase().await, "opening", "the models are there before the engine");
    studio.server.mend();
    studio.ready().await;
    studio.fill().await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    studio.press_start().await;
    studio.reaches("done", 120).await;
    assert_eq!(MODELS[1..].iter().map(|file| studio.server.sent(file)).collect::<Vec<_>>(), [1; 2], "what came early was used");
}

async fn first_paint(studio: &Studio) -> Value {
    studio.browser.run("return Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime)").await
}
