//! Fifty paintings in one tab take no more memory than those before them took.

use serde_json::{Value, json};

use crate::browser::Kind;
use crate::recovery;
use crate::server::Fault;
use crate::studio::Studio;

const RUNS: usize = 50;
/// Runs before the first look. The allocator of the wasm takes its last piece (of 4 MB, as 22 MB came to lie in the way of what a run
/// needs) at about the eighteenth, and none in a hundred more.
const WARM: usize = 20;
/// What may be added by all that follow.
const MOST_GROWTH: f64 = 1.10;

/// Lets the page ask its worker how large the memory of the wasm is, which cannot be asked for from outside.
const TELL: &str = "\nself.addEventListener('message', async ({ data }) => {
    if (data.op === 'tell-memory') self.postMessage({ memory: (await init()).memory.buffer.byteLength });
});\n";
const ASK: &str = "return new Promise((resolve) => {
    const worker = workers.at(-1);
    worker.addEventListener('message', function hear({ data }) {
        if (!data.memory) return;
        worker.removeEventListener('message', hear);
        resolve(data.memory);
    });
    worker.postMessage({ op: 'tell-memory' }) })";

/// Bytes of the wasm's memory; and of the page's heap after a collection, with its nodes. Earlier results are meant to stay, so they are
/// forgotten first.
async fn taken(studio: &Studio) -> [f64; 3] {
    studio.browser.run("for (const _ of [1, 2]) document.querySelector('#history-clear').click()").await;
    studio.browser.wait("no history", "document.querySelector('#history').hidden", 20).await;
    let wasm = studio.browser.run(ASK).await.as_f64().unwrap();
    studio.browser.devtools("HeapProfiler.collectGarbage", json!({})).await;
    let metrics = studio.browser.devtools("Performance.getMetrics", json!({})).await;
    let metric = |name: &str| {
        let all: &Vec<Value> = metrics["metrics"].as_array().unwrap();
        all.iter().find(|metric| metric["name"] == name).unwrap()["value"].as_f64().unwrap()
    };
    [wasm, metric("JSHeapUsedSize"), metric("Nodes")]
}

async fn paint(studio: &Studio, runs: usize) {
    for _ in 0..runs {
        studio.paint_little().await;
        // What the test keeps of what the page asked for is not the page's.
        studio.browser.run("asked.length = 0").await;
    }
}

#[tokio::test]
async fn fifty_runs_take_no_more_memory() {
    let studio = Studio::start(Kind::default()).await;
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": recovery::WORKERS })).await;
    studio.browser.devtools("Performance.enable", json!({})).await;
    studio.server.break_file("/worker.js", Fault::With(TELL));
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.fill().await;
    paint(&studio, WARM).await;
    let warm = taken(&studio).await;
    paint(&studio, RUNS).await;
    let after = taken(&studio).await;
    for ((what, before), after) in ["wasm memory", "page's heap", "page's nodes"].into_iter().zip(warm).zip(after) {
        println!("{what}: {before:.0} after {WARM} runs, {after:.0} after {RUNS} more: {:+.1} %", (after / before - 1.0) * 100.0);
        assert!(after <= before * MOST_GROWTH, "{what} grew from {before} to {after}");
    }
    assert_eq!(studio.browser.text("workers.length").await, "1", "one worker did it all");
}
