//! Engines that die at work.

use serde_json::json;

use crate::browser::Kind;
use crate::server::Fault;
use crate::studio::Studio;
use crate::words::english;

/// Lets a test reach the page's workers, to speak in the name of the latest, and keeps what they were asked for.
pub const WORKERS: &str = "const Real = Worker; globalThis.workers = []; globalThis.asked = [];
    globalThis.Worker = class extends Real {
        constructor(...given) { super(...given); workers.push(this); }
        postMessage(message, ...rest) { asked.push(message); super.postMessage(message, ...rest) }
    };";

/// Losing a GPU, as the worker would tell it.
pub const LOST: &str = "workers.at(-1).dispatchEvent(new MessageEvent('message', {
    data: { fatal: { code: 'device-lost', party: 'device', details: { message: 'a test pulled the plug' } } } }))";
/// The worker's own words when an allocation fails.
pub const OUT_OF_MEMORY: &str = "workers.at(-1).dispatchEvent(new MessageEvent('message', {
    data: { fatal: { code: 'out-of-memory', party: 'device', details: {} } } }))";
/// A weight that no slider offers and no f32 holds once it is squared.
const OVERFLOW: &str = "const run = asked.findLast(({ op }) => op === 'optimise').id;
    workers.at(-1).postMessage({ id: 1e6, op: 'adjust', run, settings: { smoothness: 3e38 } })";
/// A worker that the browser ended.
const DIED: &str = "workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'out of breath', cancelable: true }))";

/// Lets a test have the worker trap in a microtask, as the wasm does in whatever takes long.
const TRAPS: &str = "\nself.addEventListener('message', ({ data }) => {
    if (data.op === 'trap') queueMicrotask(() => { throw new WebAssembly.RuntimeError(data.message) });
});\n";

/// A usual browser at the page, whose workers can be listened to and spoken for.
pub async fn listening(query: &str) -> Studio {
    let studio = Studio::start(Kind::default()).await;
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WORKERS })).await;
    studio.visit(query).await;
    studio.ready().await;
    studio
}

/// What a failed painting had come to stays on the wall, as that of a cancelled one.
async fn last_preview_can_be_saved(studio: &Studio) {
    assert_eq!(studio.browser.text("document.querySelector('#picture').dataset.shown").await, "result", "the last preview stays");
    assert!(studio.canvas().await.1 > 5.0, "and is not blank");
    let offered = "return ['#download-png', '#run-on'].map((id) => document.querySelector(id).checkVisibility())";
    assert_eq!(studio.browser.run(offered).await, json!([true, true]));
}

#[tokio::test]
async fn a_lost_engine_costs_no_picture_and_the_second_loss_moves_to_the_processor() {
    let studio = listening("").await;
    studio.fill().await;
    studio.set(60).await;
    let kept = studio.belongings().await;

    for (loss, (event, code)) in [(LOST, "device-lost"), (DIED, "worker-died")].into_iter().enumerate() {
        studio.begin().await;
        studio.browser.run(event).await;
        assert_eq!(studio.fails().await, code);
        studio.reaches("cancelled", 5).await;
        last_preview_can_be_saved(&studio).await;
        assert_eq!(studio.belongings().await, kept, "pictures and settings");

        studio.browser.wait("a fresh worker", "document.querySelector('#backend').dataset.state === 'ready'", 60).await;
        assert_eq!(studio.browser.text("workers.length").await, (loss + 2).to_string());
        let badge = studio.browser.text("document.querySelector('#backend').textContent").await;
        let reason = if loss == 0 { "reason.software-adapter" } else { "reason.after-loss" };
        assert!(badge.contains(english(reason)), "{badge}");
        assert_eq!(studio.browser.text("document.querySelector('#backend').dataset.backend").await, "cpu");
        if loss == 0 {
            studio.answer_error("dismiss").await;
        }
    }

    studio.set(10).await;
    studio.answer_error("retry").await;
    studio.reaches("done", 180).await;
    assert_eq!(studio.error().await, None);

    // A third loss is not answered by itself; the result can be saved all the same.
    studio.browser.run(LOST).await;
    assert_eq!(studio.fails().await, "device-lost");
    assert_eq!(studio.browser.text("document.querySelector('#backend').dataset.state").await, "failed");
    studio.browser.click("#download-png").await;
    assert!(!studio.browser.downloaded("garden-atelier.png").await.is_empty());
}

#[tokio::test]
async fn an_engine_lost_at_rest_is_replaced() {
    let studio = listening("?backend=cpu").await;
    studio.fill().await;
    studio.browser.run(LOST).await;
    assert_eq!(studio.fails().await, "device-lost");
    studio.browser.wait("a fresh worker", "document.querySelector('#backend').dataset.state === 'ready'", 60).await;
    studio.answer_error("retry").await;
    studio.reaches("ready", 10).await;
    studio.set(10).await;
    studio.begin().await;
    studio.reaches("done", 180).await;
}

#[tokio::test]
async fn numbers_without_meaning_end_a_run_and_leave_its_last_picture() {
    let studio = listening("?backend=cpu").await;
    studio.fill().await;
    studio.set(200).await;
    let kept = studio.belongings().await;
    studio.begin().await;
    studio.browser.run(OVERFLOW).await;
    assert_eq!(studio.fails().await, "not-finite");
    last_preview_can_be_saved(&studio).await;
    assert_eq!(studio.belongings().await, kept, "pictures and settings");
    assert_eq!(studio.browser.text("workers.length").await, "1", "it is no reason to lose the worker");
    studio.browser.click("#download-png").await;
    let saved = image::load_from_memory(&studio.browser.downloaded("garden-atelier.png").await).unwrap();
    assert_eq!(saved.width().to_string(), studio.browser.text("document.querySelector('#stage').width").await);

    studio.set(10).await;
    studio.answer_error("retry").await;
    studio.reaches("done", 180).await;
}

#[tokio::test]
async fn a_trap_that_no_promise_hears_of_is_told_by_its_code() {
    let studio = Studio::start(Kind::default()).await;
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WORKERS })).await;
    studio.server.break_file("/worker.js", Fault::With(TRAPS));
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    for (message, code) in [("unreachable", "out-of-memory"), ("memory access out of bounds", "panic")] {
        studio.browser.run_with("workers.at(-1).postMessage({ op: 'trap', message: arguments[0] })", vec![json!(message)]).await;
        assert_eq!(studio.fails().await, code, "{message}");
        studio.browser.wait("a fresh worker", "document.querySelector('#backend').dataset.state === 'ready'", 60).await;
        studio.answer_error("dismiss").await;
    }
    assert_eq!(studio.browser.text("workers.length").await, "3");
}
