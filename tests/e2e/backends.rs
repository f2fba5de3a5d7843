//! Which backend is chosen, and that the page says so.

use serde_json::json;

use crate::browser::Kind;
use crate::recovery::WORKERS;
use crate::studio::Studio;
use crate::words::english;

/// Asks the worker for something that needs an engine, and answers with the error's code.
const ASK: &str = "return new Promise((resolve) => {
    const worker = workers.at(-1);
    worker.addEventListener('message', ({ data }) => { if (data.id === 1e6) resolve(data.error.code) });
    worker.postMessage({ id: 1e6, op: 'look', pictures: [], style: 0, side: 64 }) })";

/// The backend in use, and that the badge names the reason.
async fn assert_backend(studio: &Studio, backend: &str, reason: &str) {
    studio.ready().await;
    assert_eq!(studio.browser.text("document.querySelector('#backend').dataset.backend").await, backend);
    let badge = studio.browser.text("document.querySelector('#backend').textContent").await;
    assert!(badge.contains(english(&format!("reason.{reason}"))), "{reason}: {badge}");
}

#[tokio::test]
async fn a_software_adapter_is_left_for_the_processor() {
    let studio = Studio::open("").await;
    assert_backend(&studio, "cpu", "software-adapter").await;
    studio.visit("?backend=cpu").await;
    assert_backend(&studio, "cpu", "forced").await;
}

#[tokio::test]
async fn without_webgpu_it_is_the_processor() {
    let studio = Studio::start(Kind { adapter: false, ..Kind::default() }).await;
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WORKERS })).await;
    studio.visit("").await;
    assert_backend(&studio, "cpu", "no-adapter").await;
    studio.visit("?backend=webgpu").await;
    assert_eq!(studio.fails().await, "webgpu-unavailable");
    assert_eq!(studio.browser.run(ASK).await, json!("webgpu-unavailable"), "whatever is asked for");
    studio.answer_error("use-cpu").await;
    studio.reaches("ready", 60).await;
    assert_eq!(studio.browser.text("document.querySelector('#backend').dataset.backend").await, "cpu");
}

#[tokio::test]
async fn a_host_without_encryption_gets_the_processor_and_works() {
    // Browsers offer WebGPU to secure contexts only; this machine by another name than localhost is none.
    let studio = Studio::start(Kind::default()).await;
    studio.browser.goto(&format!("{}?mode=optimise", studio.server.address_on("atelier.test"))).await;
    assert_backend(&studio, "cpu", "no-webgpu").await;
    studio.fill().await;
    studio.set(10).await;
    studio.begin().await;
    studio.reaches("done", 180).await;
}

#[tokio::test]
async fn webgpu_paints_where_it_is_asked_for() {
    let studio = Studio::open("?backend=webgpu").await;
    assert_backend(&studio, "webgpu", "forced").await;
    studio.fill().await;
    // WebGPU in software is too slow for the sizes that the page offers.
    studio
        .browser
        .run(
            "const size = document.querySelector('#size'); size.add(new Option('64', '64')); size.value = '64';
             const iterations = document.querySelector('#iterations'); iterations.min = 1; iterations.value = 2",
        )
        .await;
    studio.press_start().await;
    let ended = "['done', 'failed'].includes(document.body.dataset.phase)";
    let took = studio.browser.wait("the end of the run", ended, 300).await;
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.phase().await, "done");
    println!("WebGPU in software: 2 iterations at 64 px in {:.0} s", took.as_secs_f64());
    let size = studio.browser.text("document.querySelector('#stage').width + '×' + document.querySelector('#stage').height").await;
    assert_eq!(size, "64×48");
    let (_, contrast) = studio.canvas().await;
    assert!(contrast > 5.0, "the picture is not blank: {contrast}");
}
