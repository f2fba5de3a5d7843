//! The dialogue "Storage and models": what is kept is listed, carried away, brought back and deleted.

use serde_json::{Value, json};

use crate::offline::furnished;
use crate::screenshots;
use crate::studio::Studio;
use crate::words::{assert_chinese, assert_english, english};

/// Where the page's scripts are.
const APP: &str = "new URL('.', document.querySelector('script[src]').src).href";

/// A generator's file, of the site's own, under the name "Loom": `format` is what the file says it is.
async fn put_generator(studio: &Studio, format: &str) {
    let script = "return (async ([format]) => {
        const { models } = await (await fetch('models/manifest.json')).json();
        const { file } = models.find(({ id }) => id === 'style-great-wave');
        const bytes = new Uint8Array(await (await fetch(`models/${file}`)).arrayBuffer());
        const length = new DataView(bytes.buffer).getUint32(0, true);
        const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + length)));
        header.__metadata__.format = format;
        header.__metadata__.about = JSON.stringify({ ...JSON.parse(header.__metadata__.about), name: 'Loom' });
        const head = new TextEncoder().encode(JSON.stringify(header));
        const size = new DataView(new ArrayBuffer(8));
        size.setUint32(0, head.length, true);
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('generators', { create: true });
        const stream = await (await folder.getFileHandle('own-loom.safetensors', { create: true })).createWritable();
        await stream.write(new Blob([size, head, bytes.slice(8 + length)]));
        await stream.close() })(arguments)";
    studio.browser.run_with(script, vec![json!(format)]).await;
}

/// Opens the dialogue.
async fn open(studio: &Studio) {
    studio.browser.click("#storage-open").await;
    studio.browser.wait("the dialogue", "document.querySelector('#storage')?.open", 20).await;
}

/// Presses a button in the line of `thing`, once it is listed.
async fn press(studio: &Studio, thing: &str, key: &str) {
    let button = format!("#storage [data-keepsake='{thing}'] [data-key^='{thing}:{key}']");
    studio.browser.wait("the button", &format!("document.querySelector(`{button}`)"), 20).await;
    studio.browser.click(&button).await;
}

async fn state(studio: &Studio, thing: &str, key: &str) {
    let told = format!("document.querySelector(\"[data-keepsake^='{thing}'] .keepsake-facts\")?.textContent.endsWith('{}')", english(key));
    studio.browser.wait(&format!("{thing}: {key}"), &told, 30).await;
}

/// What is in the browser's stores, by kind.
async fn stored(studio: &Studio) -> Value {
    let script = "return (async () => {
        const root = await navigator.storage.getDirectory();
        const files = [];
        for await (const folder of root.values()) for await (const name of folder.keys()) files.push(`${folder.name}/${name}`);
        return { files: files.sort(), caches: (await caches.keys()).length, words: Object.keys(localStorage),
            workers: (await navigator.serviceWorker.getRegistrations()).length } })()";
    studio.browser.run(script).await
}

#[tokio::test]
async fn what_comes_with_the_site_is_kept_for_offline_use_and_let_go_of() {
    let studio = Studio::open("?backend=cpu").await;
    furnished(&studio).await;
    open(&studio).await;
    state(&studio, "vgg-lite", "storage.kept").await;
    state(&studio, "vgg-lite-wide", "storage.kept").await;
    state(&studio, "samples", "storage.kept").await;
    state(&studio, "style-great-wave", "storage.fetched").await;
    screenshots::save(&studio.browser, "desktop-storage").await;
    press(&studio, "style-great-wave", "site").await;
    state(&studio, "style-great-wave", "storage.kept").await;
    assert!(
        studio.browser.run("return document.activeElement.dataset.key").await == json!("style-great-wave:site"),
        "focus stays where it was"
    );
    press(&studio, "samples", "site").await;
    state(&studio, "samples", "storage.fetched").await;

    // It works with the network off from then on.
    studio.server.is_gone(true);
    studio.browser.devtools("Network.clearBrowserCache", json!({})).await;
    studio.visit("?backend=cpu&mode=generate").await;
    studio.ready().await;
    studio.fill().await;
    studio.browser.select("#generate-size", "256").await;
    studio.browser.wait("the site's generators", "document.querySelector('#generator [value=style-great-wave]')", 20).await;
    studio.browser.select("#generator", "style-great-wave").await;
    studio.press_start().await;
    studio.reaches("done", 120).await;
    assert_eq!(studio.error().await, None);

    // What is not there cannot be kept without a network, and that is said.
    open(&studio).await;
    press(&studio, "style-starry-night", "site").await;
    studio.browser.wait("an error", "document.querySelector('#storage-error').dataset.code === 'network-lost'", 20).await;
    let sentence = || studio.browser.text("document.querySelector('#storage-error').textContent");
    assert_english("network-lost", &sentence().await);
    studio.speak("zh-CN").await;
    assert_chinese("network-lost", &sentence().await);
}

#[tokio::test]
async fn ones_own_things_are_exported_deleted_and_imported_and_everything_is_deleted_at_once() {
    let studio = Studio::open("?backend=cpu&lang=en").await;
    furnished(&studio).await;
    put_generator(&studio, "atelier-generator-2").await;
    studio.speak("zh-CN").await;
    studio.speak("en").await;
    open(&studio).await;
    state(&studio, "own-loom", "storage.here").await;
    press(&studio, "own-loom", "export").await;
    let file = studio.browser.downloaded("Loom.safetensors").await;

    // Deleted at the second press, which is the one that is meant.
    press(&studio, "own-loom", "delete").await;
    assert_eq!(studio.browser.text("document.activeElement.firstElementChild.textContent").await, english("storage.sure"));
    press(&studio, "own-loom", "delete").await;
    studio.browser.wait("it is gone", "!document.querySelector('[data-keepsake=own-loom]')", 20).await;
    assert_eq!(stored(&studio).await["files"], json!([]));

    studio.browser.choose_file("#storage-file", "Loom.safetensors", &file).await;
    studio.browser.wait("it is back", "document.querySelector('[data-keepsake^=own-]')?.textContent.includes('Loom')", 60).await;
    studio.browser.choose_file("#storage-file", "cut.safetensors", &file[..file.len() / 2]).await;
    studio.browser.wait("a refusal", "document.querySelector('#storage-error').dataset.code === 'generator-refused'", 30).await;
    assert!(studio.browser.text("document.querySelector('#storage-error').textContent").await.contains("cut.safetensors"));

    for _ in 0..2 {
        studio.browser.click("#storage [data-key=everything]").await;
    }
    let told = format!("document.querySelector('#storage-note').textContent === '{}'", english("storage.deleted-everything"));
    studio.browser.wait("everything is deleted", &told, 20).await;
    assert_eq!(stored(&studio).await, json!({ "files": [], "caches": 0, "words": [], "workers": 0 }));
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn without_room_it_is_said_and_what_was_imported_stays_in_the_page() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    furnished(&studio).await;
    put_generator(&studio, "atelier-generator-2").await;
    open(&studio).await;
    press(&studio, "own-loom", "export").await;
    let file = studio.browser.downloaded("Loom.safetensors").await;
    for _ in 0..2 {
        press(&studio, "own-loom", "delete").await;
    }
    studio.browser.wait("it is gone", "!document.querySelector('[data-keepsake=own-loom]')", 20).await;

    let quota = json!({ "origin": studio.server.origin(), "quotaSize": 1000 });
    studio.browser.devtools("Storage.overrideQuotaForOrigin", quota).await;
    let full = "document.querySelector('#storage-error').dataset.code === 'storage-full'";
    press(&studio, "style-great-wave", "site").await;
    studio.browser.wait("there is no room", full, 30).await;
    state(&studio, "style-great-wave", "storage.fetched").await;
    studio.browser.run("delete document.querySelector('#storage-error').dataset.code").await;
    studio.browser.choose_file("#storage-file", "Loom.safetensors", &file).await;
    studio.browser.wait("there is no room", full, 60).await;
    assert_english("storage-full", &studio.browser.text("document.querySelector('#storage-error').textContent").await);
    state(&studio, "own-", "storage.page-only").await;
}

/// A file that another version of Atelier left is nobody's to delete but the visitor's.
#[tokio::test]
async fn a_generator_of_another_version_is_named_and_stays() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    put_generator(&studio, "atelier-generator-0").await;
    studio.visit("?backend=cpu&mode=generate").await;
    studio.ready().await;
    studio.browser.wait("it is listed", "document.querySelector('#generator [value=own-loom]')", 20).await;
    studio.fill().await;
    studio.browser.select("#generator", "own-loom").await;
    studio.press_start().await;
    assert_eq!(studio.fails().await, "generator-foreign");
    assert_english("generator-foreign", &studio.browser.text("document.querySelector('#error .error-text').textContent").await);
    assert_eq!(stored(&studio).await["files"], json!(["generators/own-loom.safetensors"]));
    studio.answer_error("storage").await;
    studio.browser.wait("the dialogue", "document.querySelector('#storage')?.open", 20).await;
    press(&studio, "own-loom", "export").await;
    studio.browser.downloaded("Loom.safetensors").await;
}

/// Nothing is loaded for the dialogue before it is asked for.
#[tokio::test]
async fn the_dialogue_is_fetched_when_it_is_asked_for() {
    let studio = Studio::open("?backend=cpu").await;
    let loaded = format!("return performance.getEntriesByName({APP} + 'storage.js').length");
    assert_eq!(studio.browser.run(&loaded).await, json!(0));
    open(&studio).await;
    assert_eq!(studio.browser.run(&loaded).await, json!(1));
}
