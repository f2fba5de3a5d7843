//! The service worker: the studio without a network, and what becomes of it when there is a new release.

use serde_json::{Value, json};

use crate::browser::Kind;
use crate::journey::assert_nothing_left_the_origin;
use crate::release;
use crate::screenshots;
use crate::server::Fault;
use crate::studio::Studio;

/// Waits until a visit has left all that a visit of its release without a network needs.
pub async fn furnished(studio: &Studio) {
    let mark = format!(
        "caches.keys().then((names) => names.some((name) => name.endsWith('{}'))
            && caches.match(new URL('furnished', document.baseURI), {{ ignoreSearch: true }}))",
        release_of_the_page(studio).await
    );
    studio.browser.settles("the service worker has taken everything in", &mark, 120).await;
}

/// What the browser fetched and would not fetch again is forgotten; what the service worker keeps is not.
async fn forget_the_browsers_own_cache(studio: &Studio) {
    studio.browser.devtools("Network.clearBrowserCache", json!({})).await;
}

/// The names of the caches of the site.
async fn caches(studio: &Studio) -> Vec<String> {
    serde_json::from_value(studio.browser.run("return caches.keys()").await).unwrap()
}

/// The release that the page's scripts are of.
async fn release_of_the_page(studio: &Studio) -> String {
    studio.browser.text("/app-[0-9a-f]+/.exec(document.querySelector('script[src]').src)[0]").await
}

async fn take_from_the_shelf(studio: &Studio) {
    for well in ["content", "style"] {
        studio.browser.wait("the shelf", &format!("document.querySelector('#{well}-shelf [data-sample]')"), 20).await;
        studio.browser.click(&format!("#{well}-shelf [data-sample]")).await;
        studio.filled(well).await;
    }
}

#[tokio::test]
async fn where_the_browser_would_install_the_studio_a_button_asks_it_to() {
    let studio = Studio::start(Kind::default()).await;
    // Chromium itself tells the page at a time of its own, and has nobody to ask: its part is played here.
    let deaf = "addEventListener('beforeinstallprompt', (told) => told.isTrusted && told.stopImmediatePropagation(), { capture: true })";
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": deaf })).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    let hidden = "document.querySelector('#install').hidden";
    assert_eq!(studio.browser.run(&format!("return {hidden}")).await, true, "there is nothing to ask yet");
    let told = "const told = new Event('beforeinstallprompt', { cancelable: true });
        told.prompt = async () => { window.asked = (window.asked ?? 0) + 1; return { outcome: 'dismissed' }; };
        dispatchEvent(told);
        return told.defaultPrevented";
    assert_eq!(studio.browser.run(told).await, true, "no banner");
    studio.browser.wait("the button is there", &format!("!{hidden}"), 5).await;
    studio.browser.click("#install").await;
    studio.browser.wait("the browser is asked, once, and the button is gone", &format!("window.asked === 1 && {hidden}"), 5).await;
}

#[tokio::test]
async fn after_one_visit_the_studio_works_without_a_network() {
    let studio = Studio::open("?backend=cpu").await;
    furnished(&studio).await;
    let installable = studio.browser.devtools("Page.getInstallabilityErrors", json!({})).await;
    assert_eq!(installable["installabilityErrors"], json!([]), "the browser would install it");

    studio.server.is_gone(true);
    forget_the_browsers_own_cache(&studio).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    take_from_the_shelf(&studio).await;
    studio.paint_little().await;
    screenshots::save(&studio.browser, "desktop-offline").await;

    // What is not kept is missed with a sentence, and had again with the network.
    studio.browser.run("document.querySelector('[name=mode][value=generate]').click()").await;
    studio.browser.wait("the site's generators", "document.querySelector('#generator [value=style-great-wave]')", 20).await;
    studio.browser.select("#generator", "any-style").await;
    studio.press_start().await;
    studio.browser.wait("it paints in any style", "document.body.dataset.phase === 'done'", 120).await;
    studio.browser.select("#generator", "style-great-wave").await;
    studio.press_start().await;
    assert_eq!(studio.fails().await, "network-lost");
    studio.server.is_gone(false);
    studio.answer_error("retry").await;
    studio.reaches("done", 120).await;
    assert_eq!(studio.browser.console_errors().await.iter().filter(|error| !error.contains("ERR_")).count(), 0);
    assert_nothing_left_the_origin(studio);
}

#[tokio::test]
async fn a_new_release_is_offered_and_waits_until_it_suits() {
    let studio = Studio::open("?backend=cpu").await;
    furnished(&studio).await;
    let old = release_of_the_page(&studio).await;
    studio.fill().await;
    studio.set(200).await;
    studio.begin().await;

    let other = release::another();
    studio.server.publish(other.path());
    forget_the_browsers_own_cache(&studio).await;
    studio.browser.run("navigator.serviceWorker.getRegistration(document.baseURI).then((found) => found.update())").await;
    studio.browser.wait("the offer", "document.querySelector('#update').textContent", 60).await;
    assert_eq!(studio.phase().await, "running", "the run goes on");
    assert_eq!(studio.browser.run("return document.querySelector('[data-update=reload]').checkVisibility()").await, json!(false));
    let before = studio.progress().await;
    studio.browser.wait("progress", &format!("document.querySelector('#progress').value > {before}"), 60).await;
    studio.cancel().await;
    screenshots::save(&studio.browser, "desktop-new-release").await;

    // The old release's scripts are gone from the host, and this page still has all of its own.
    studio.browser.click("#storage-open").await;
    studio.browser.wait("the dialogue", "document.querySelector('#storage')?.open", 20).await;
    studio.browser.run("document.querySelector('#storage').close()").await;
    studio.paint_little().await;

    studio.browser.click("[data-update=reload]").await;
    studio
        .browser
        .settles("the new release", &format!("document.querySelector('script[src]').src.includes('{}')", release::NAME), 60)
        .await;
    studio.ready().await;
    furnished(&studio).await;
    let gone = format!("caches.keys().then((names) => !names.some((name) => name.includes('{old}')))");
    // The old page's lock is let go of with the page; the next visit throws its shell away at the latest.
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.browser.settles("the old shell is gone", &gone, 30).await;
    assert_eq!(studio.server.sent("vgg-lite.safetensors"), 1, "models outlive releases");

    // And it is the new one that opens without a network.
    studio.server.is_gone(true);
    forget_the_browsers_own_cache(&studio).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    assert_eq!(release_of_the_page(&studio).await, release::NAME);
}

/// As on one's own machine, where the site is built anew all the time.
#[tokio::test]
async fn with_a_network_a_visit_sees_what_is_served_now() {
    let studio = Studio::open("?backend=cpu").await;
    furnished(&studio).await;
    let other = release::another();
    studio.server.publish(other.path());
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    assert_eq!(release_of_the_page(&studio).await, release::NAME);
    // The page is new already, so there is nothing to offer: its worker takes its place.
    let settled = format!(
        "Promise.all([caches.keys(), navigator.serviceWorker.getRegistration(document.baseURI)])
            .then(([names, {{ waiting, installing }}]) => names.some((name) => name.endsWith('{}')) && !waiting && !installing)",
        release::NAME
    );
    studio.browser.settles("the new worker", &settled, 60).await;
    assert_eq!(studio.browser.text("document.querySelector('#update').textContent").await, "");
}

#[tokio::test]
async fn without_a_service_worker_nothing_changes() {
    let studio = Studio::start(crate::browser::Kind::default()).await;
    studio.server.break_file("sw.js", Fault::Missing);
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.fill().await;
    studio.paint_little().await;
    studio.browser.click("#storage-open").await;
    let said = format!("document.querySelector('#storage-shipped')?.textContent === `{}`", crate::words::english("storage.no-offline"));
    studio.browser.wait("the panel says so", &said, 20).await;
}

/// What a disk has spoilt: the model is fetched once more, and so is the wasm.
#[tokio::test]
async fn a_damaged_cache_heals() {
    let studio = Studio::open("?backend=cpu").await;
    furnished(&studio).await;
    let spoil = "return (async () => {
        let spoilt = 0;
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
                if (!/vgg-lite-wide\\.safetensors|\\.wasm$/.test(request.url)) continue;
                const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
                bytes.fill(7, 1000, 2000);
                await cache.put(request, new Response(bytes, { headers: { 'content-type': 'application/wasm' } }));
                spoilt += 1;
            }
        }
        return spoilt })()";
    assert_eq!(studio.browser.run(spoil).await, json!(2));
    forget_the_browsers_own_cache(&studio).await;
    let before: Vec<Value> = ["vgg-lite-wide.safetensors", ".wasm"].map(|end| json!(studio.server.sent(end))).to_vec();
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.fill().await;
    studio.paint_little().await;
    let after: Vec<Value> = ["vgg-lite-wide.safetensors", ".wasm"].map(|end| json!(studio.server.sent(end) - 1)).to_vec();
    assert_eq!(before, after, "each was fetched once more");

    // And what was fetched is kept in place of what was damaged.
    studio.server.is_gone(true);
    forget_the_browsers_own_cache(&studio).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.fill().await;
    studio.paint_little().await;
    assert!(!caches(&studio).await.is_empty());
}
