//! Hosts and networks that fail. The page says what is wrong, keeps what the visitor brought, and goes on once the fault is gone.

use serde_json::json;

use crate::browser::Kind;
use crate::pictures;
use crate::server::Fault;
use crate::studio::Studio;
use crate::words::{assert_chinese, assert_english};

const MANIFEST: &str = "models/manifest.json";
const MODEL: &str = ".safetensors";

async fn assert_said(studio: &Studio, what: &str) {
    let said = || studio.browser.text("document.querySelector('#error .error-text').textContent");
    assert_english(what, &said().await);
    studio.speak("zh-CN").await;
    assert_chinese(what, &said().await);
    studio.speak("en").await;
}

#[tokio::test]
async fn a_model_that_cannot_be_had_is_named_and_tried_again() {
    let studio = Studio::start(Kind::default()).await;
    let faults = [
        (MANIFEST, Fault::Missing, "manifest-unreachable"),
        (MANIFEST, Fault::Body(b"<!doctype html><title>Welcome to nginx</title>"), "manifest-invalid"),
        (MODEL, Fault::Missing, "model-missing"),
        (MODEL, Fault::Cut(0.4), "network-lost"),
        (MODEL, Fault::OneByte, "model-damaged"),
    ];
    for (file, fault, code) in faults {
        // The visit before ended with a good model, which nobody would ask for again.
        studio.browser.devtools("Network.clearBrowserCache", json!({})).await;
        let all = json!({ "origin": studio.server.origin(), "storageTypes": "all" });
        studio.browser.devtools("Storage.clearDataForOrigin", all).await;
        // Before the visit, which already leaves what a later one needs.
        studio.server.break_file(file, fault);
        studio.visit("?backend=cpu").await;
        studio.ready().await;
        studio.fill().await;
        studio.set(30).await;
        studio.browser.run("const s = document.querySelector('#strength'); s.value = 70; s.dispatchEvent(new Event('input'))").await;
        let kept = studio.belongings().await;

        studio.press_start().await;
        assert_eq!(studio.fails().await, code);
        assert_eq!(studio.phase().await, "failed", "{code}");
        assert_said(&studio, code).await;
        assert_eq!(studio.belongings().await, kept, "{code}: pictures and settings");

        // Trying again while nothing has changed ends the same way.
        studio.answer_error("retry").await;
        assert_eq!(studio.fails().await, code, "again");

        studio.server.mend();
        studio.answer_error("retry").await;
        studio.moves().await;
        assert_eq!(studio.error().await, None, "{code}: after the fault");
        assert_eq!(studio.belongings().await, kept, "{code}: pictures and settings after the fault");
        studio.cancel().await;
    }
}

#[tokio::test]
async fn an_engine_that_cannot_be_had_opens_later() {
    for fault in [Fault::Missing, Fault::Cut(0.5)] {
        let studio = Studio::start(Kind::default()).await;
        studio.server.break_file("atelier_bg.wasm", fault);
        studio.visit("?backend=cpu").await;
        assert_eq!(studio.fails().await, "engine-unreachable");
        assert_said(&studio, "engine-unreachable").await;
        // The pictures can be chosen meanwhile; they are read when there is an engine to read them.
        studio.choose("content", "garden.png", &pictures::content_png()).await;
        studio.choose("style", "weave.jpg", &pictures::style_jpeg()).await;
        studio.set(10).await;

        studio.server.mend();
        studio.answer_error("retry").await;
        studio.reaches("ready", 60).await;
        studio.filled("content").await;
        studio.filled("style").await;
        assert_eq!(studio.browser.text("document.querySelector('#iterations').value").await, "10");
        studio.begin().await;
        studio.reaches("done", 180).await;
    }
}

#[tokio::test]
async fn without_the_shelf_everything_else_works() {
    let studio = Studio::start(Kind::default()).await;
    studio.server.break_file("samples.json", Fault::Missing);
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    assert_eq!(studio.browser.text("document.querySelectorAll('[data-sample]').length").await, "0");
    assert_eq!(studio.error().await, None);
    studio.fill().await;
}

#[tokio::test]
async fn generators_that_cannot_be_listed_are_asked_for_again() {
    let studio = Studio::start(Kind::default()).await;
    studio.server.break_file(MANIFEST, Fault::Missing);
    studio.visit("?backend=cpu&mode=generate#generate-size=256").await;
    studio.ready().await;
    studio.fill().await;
    studio.press_start().await;
    assert_eq!(studio.fails().await, "manifest-unreachable");
    assert_said(&studio, "manifest-unreachable").await;
    studio.server.mend();
    studio.answer_error("retry").await;
    studio.reaches("done", 120).await;
    assert_eq!(studio.error().await, None);
}
