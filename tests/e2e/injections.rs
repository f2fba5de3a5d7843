//! What else can befall a tab: another one beside it, a while in the background, a cleared store, what an older version left. Nothing of the
//! visitor's is lost. Lost engines are in `recovery`, hosts in `bad_host`, caches and networks in `offline`, a full store in `storage` and
//! `training`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::studio::Studio;
use crate::training::{lists, prepare, steps};
use crate::words::{assert_chinese, assert_english, english};

/// Writes files below the store's folder `training`.
const LEAVE: &str = "return (async ([files]) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('training', { create: true });
    for (const [name, text] of Object.entries(files)) {
        const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
        const head = new TextEncoder().encode(text);
        const size = new DataView(new ArrayBuffer(8));
        size.setUint32(0, head.length, true);
        await stream.write(new Blob(name.startsWith('checkpoint') ? [size, head] : [head]));
        await stream.close();
    } })(arguments)";

async fn left(studio: &Studio) -> Value {
    let script = "return (async () => { const names = [];
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('training', { create: true });
        for await (const name of folder.keys()) names.push(name);
        return names.sort() })()";
    studio.browser.run(script).await
}

#[tokio::test]
async fn two_tabs_at_once_lose_neither_training_nor_generator() {
    let studio = Studio::open("?backend=cpu&mode=train").await;
    prepare(&studio, "First", 400).await;
    studio.press_start().await;
    steps(&studio, 2).await;
    let [first, second] = studio.browser.open_tab().await;

    // The store has one training at a time: the second tab's stays in its memory, and is kept once it is finished.
    studio.visit("?backend=cpu&mode=train").await;
    studio.ready().await;
    // What the first tab is at cannot be thrown away from here, however the second came to offer it.
    let kept = left(&studio).await;
    studio.browser.run("document.querySelector('#unfinished').hidden = false").await;
    for _ in 0..2 {
        studio.browser.click("#unfinished-discard").await;
    }
    assert_eq!(studio.fails().await, "training-elsewhere");
    studio.answer_error("dismiss").await;
    assert_eq!(left(&studio).await, kept);
    prepare(&studio, "Second", 2).await;
    studio.press_start().await;
    studio.reaches("done", 240).await;
    assert_eq!(studio.error().await, None);
    lists(&studio, "Second").await;

    studio.browser.go_to_tab(&first).await;
    assert_eq!((studio.phase().await.as_str(), studio.error().await), ("running", None), "the first tab goes on");
    let before = studio.progress().await;
    steps(&studio, before + 2).await;
    studio.browser.click("#keep").await;
    studio.reaches("done", 60).await;
    assert_eq!(studio.error().await, None);
    lists(&studio, "First").await;
    lists(&studio, "Second").await;

    // What one tab deletes is missed in the other with a sentence, and costs nothing else.
    studio.browser.click("#use-trained").await;
    studio.fill().await;
    let kept = studio.belongings().await;
    studio.browser.go_to_tab(&second).await;
    studio.visit("?backend=cpu&mode=generate").await;
    studio.ready().await;
    lists(&studio, "First").await;
    let pick =
        "const list = document.querySelector('#generator'); list.value = [...list.options].find(({ text }) => text === 'First').value;
        list.dispatchEvent(new Event('change'))";
    studio.browser.run(pick).await;
    for _ in 0..2 {
        studio.browser.click("#generator-remove").await;
    }
    let gone = "[...document.querySelector('#generator').options].every(({ text }) => text !== 'First')";
    studio.browser.wait("it is gone", gone, 20).await;
    studio.browser.go_to_tab(&first).await;
    studio.press_start().await;
    assert_eq!(studio.fails().await, "generator-lost");
    assert_english("generator-lost", &studio.browser.text("document.querySelector('#error .error-text').textContent").await);
    assert_eq!(studio.belongings().await, kept);
}

#[tokio::test]
async fn a_tab_that_was_hidden_or_frozen_goes_on_where_it_was() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    studio.set(400).await;
    let kept = studio.belongings().await;
    let count = "globalThis.hid = 0; document.addEventListener('visibilitychange', () => { hid += Number(document.hidden) })";
    studio.browser.run(count).await;
    studio.begin().await;
    let [painting, _] = studio.browser.open_tab().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    studio.browser.go_to_tab(&painting).await;
    assert_eq!(studio.browser.run("return hid").await, json!(1), "it was hidden");
    let before = studio.progress().await;
    studio.browser.wait("progress", &format!("document.querySelector('#progress').value > {before}"), 30).await;

    // As browsers do to a tab that nobody has looked at for long.
    studio.browser.devtools("Page.setWebLifecycleState", json!({ "state": "frozen" })).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    studio.browser.devtools("Page.setWebLifecycleState", json!({ "state": "active" })).await;
    assert_eq!((studio.phase().await.as_str(), studio.error().await), ("running", None));
    let before = studio.progress().await;
    studio.browser.wait("progress", &format!("document.querySelector('#progress').value > {before}"), 30).await;
    assert_eq!(studio.belongings().await, kept);
    studio.cancel().await;
    assert!(studio.canvas().await.1 > 5.0, "the last preview stays");
}

#[tokio::test]
async fn a_cleared_store_costs_neither_the_run_nor_the_training_in_progress() {
    let studio = Studio::open("?backend=cpu").await;
    crate::offline::furnished(&studio).await;
    studio.fill().await;
    studio.set(30).await;
    let kept = studio.belongings().await;
    studio.begin().await;
    let everything = json!({ "origin": studio.server.origin(), "storageTypes": "all" });
    studio.browser.devtools("Storage.clearDataForOrigin", everything.clone()).await;
    studio.reaches("done", 180).await;
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.belongings().await, kept);
    studio.paint_little().await;

    studio.visit("?backend=cpu&mode=train").await;
    studio.ready().await;
    prepare(&studio, "Loom", 6).await;
    studio.press_start().await;
    steps(&studio, 1).await;
    studio.browser.devtools("Storage.clearDataForOrigin", everything).await;
    studio.reaches("done", 240).await;
    assert_eq!(studio.error().await, None);
    lists(&studio, "Loom").await;
    studio.browser.click("#export-trained").await;
    studio.browser.downloaded("Loom.safetensors").await;
}

#[tokio::test]
async fn a_training_of_another_version_is_named_and_stays_until_it_is_discarded() {
    let studio = Studio::open("?backend=cpu").await;
    let plan_of = |steps: Value| json!({ "name": "Loom", "settings": { "steps": steps }, "styles": 1, "contents": 1 }).to_string();
    let (plan, odd) = (plan_of(json!(400)), plan_of(json!("four hundred")));
    let checkpoint = json!({ "__metadata__": { "format": "atelier-training-0" } }).to_string();
    for files in [json!({ "plan.json": plan, "checkpoint-5": checkpoint }), json!({ "plan.json": odd, "checkpoint-5": "?" })] {
        studio.browser.run_with(LEAVE, vec![files]).await;
        studio.visit("?backend=cpu").await;
        studio.ready().await;
        studio.fill().await;
        studio.browser.wait("the offer", "!document.querySelector('#unfinished').hidden", 30).await;
        studio.browser.click("#unfinished-continue").await;
        assert_eq!(studio.fails().await, "training-foreign");
        let sentence = || studio.browser.text("document.querySelector('#error .error-text').textContent");
        assert_english("training-foreign", &sentence().await);
        studio.speak("zh-CN").await;
        assert_chinese("training-foreign", &sentence().await);
        studio.speak("en").await;
        assert_eq!(left(&studio).await, json!(["checkpoint-5", "plan.json"]), "nothing was deleted");
        studio.answer_error("dismiss").await;
        studio.browser.click("#unfinished-discard").await;
        studio.browser.click("#unfinished-discard").await;
        studio.browser.wait("it is discarded", "document.querySelector('#unfinished').hidden", 20).await;
        assert_eq!(left(&studio).await, json!([]));
    }

    // What is no plan at all is no offer, and in nobody's way.
    studio.browser.run_with(LEAVE, vec![json!({ "plan.json": "{", "checkpoint-5": checkpoint })]).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.fill().await;
    studio.paint_little().await;
    assert_eq!(studio.browser.run("return document.querySelector('#unfinished').hidden").await, json!(true));
    studio.browser.click("#storage-open").await;
    let listed = format!("document.querySelector('[data-keepsake=training]')?.textContent.includes('{}')", english("storage.training"));
    studio.browser.wait("it is listed where it can be deleted", &listed, 20).await;
}
