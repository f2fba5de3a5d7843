//! What axe-core has to say about every screen, in both languages, on paper and in the dark, on a desk and on a phone.

use serde_json::{Value, json};

use crate::browser::{Browser, Kind};
use crate::results::{compared, generate};
use crate::server::Fault;
use crate::studio::Studio;
use crate::training::{prepare, steps};

/// Widths of the window: a laptop's, and the smallest phone's.
const WIDTHS: [u64; 2] = [1280, 360];
/// What WCAG 2.2 asks for at level AA, and what axe's authors hold to be good practice beyond it.
const RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/// What of a finding is worth reading: how bad, which rule, where, and what would put it right.
const AUDIT: &str = "return axe.run(document, { resultTypes: ['violations'], runOnly: arguments[0] }).then(({ violations }) => violations.flatMap(
    ({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) => ({ id, impact, target: target.flat().join(' '), failureSummary }))))";

/// A page that can be audited. The content security policy lets no script in but the page's own, so axe comes through DevTools, which it does
/// not hold.
pub async fn start() -> Studio {
    let studio = Studio::start(Kind::default()).await;
    let path = std::env::var_os("ATELIER_AXE").expect("ATELIER_AXE must name axe-core's axe.min.js: `cargo xtask test e2e` fetches it");
    let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": axe })).await;
    studio
}

/// Makes the window so large.
pub async fn resize(browser: &Browser, width: u64, height: u64) {
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
}

/// Makes the window as tall as the whole page, where nothing lies behind the Start button that a visitor would scroll past.
async fn unroll(browser: &Browser, width: u64) {
    resize(browser, width, 900).await;
    let height = browser.run("return document.documentElement.scrollHeight").await.as_u64().unwrap();
    resize(browser, width, height.max(900)).await;
}

/// Has the visitor prefer this: `("prefers-color-scheme", "dark")`.
pub async fn prefer(browser: &Browser, features: &[(&str, &str)]) {
    let features: Vec<Value> = features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
}

/// Chooses a mode.
pub async fn enter(studio: &Studio, mode: &str) {
    studio.browser.run_with("document.querySelector(`[name=mode][value=${arguments[0]}]`).click()", vec![json!(mode)]).await;
}

/// Goes to the page in a mode, with nothing chosen.
async fn visit(studio: &Studio, mode: &str) {
    studio.visit(&format!("?backend=cpu&mode={mode}#generate-size=256&size=256")).await;
    studio.ready().await;
    studio.browser.wait("the shelves", "document.querySelector('#style-shelf [data-sample] img')", 20).await;
}

/// What is wrong with what is on the screen, in every guise; each fault once.
async fn audit(studio: &Studio, screen: &str, faults: &mut Vec<String>) {
    for language in ["en", "zh-CN"] {
        studio.speak(language).await;
        for width in WIDTHS {
            unroll(&studio.browser, width).await;
            for scheme in ["light", "dark"] {
                // Colours on their way from one scheme to the other are nobody's to judge.
                prefer(&studio.browser, &[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]).await;
                let found = studio.browser.run_with(AUDIT, vec![json!(RULES)]).await;
                for fault in found.as_array().unwrap() {
                    let heavy = fault["impact"] == "serious" || fault["impact"] == "critical";
                    let line = format!("{screen}, {language}, {width} px, {scheme}: {fault}");
                    println!("{line}");
                    if heavy {
                        faults.push(line);
                    }
                }
            }
        }
    }
    studio.speak("en").await;
    resize(&studio.browser, WIDTHS[0], 900).await;
}

/// axe sees nothing on a page that it has not seen whole: an audit that finds no fault in a page with faults would pass too.
async fn assert_axe_is_awake(studio: &Studio) {
    studio.browser.run("document.body.append(Object.assign(document.createElement('button'), { id: 'nameless' }))").await;
    let found = studio.browser.run_with(AUDIT, vec![json!(RULES)]).await;
    assert!(found.as_array().unwrap().iter().any(|fault| fault["id"] == "button-name"), "axe finds a button without a name: {found}");
    studio.browser.run("document.querySelector('#nameless').remove()").await;
}

#[tokio::test]
async fn nothing_serious_on_an_empty_bench_or_where_something_is_missing() {
    let studio = start().await;
    let mut faults = Vec::new();
    for mode in ["generate", "optimise", "train"] {
        visit(&studio, mode).await;
        if mode == "generate" {
            assert_axe_is_awake(&studio).await;
        }
        audit(&studio, &format!("{mode}, empty"), &mut faults).await;
        studio.press_start().await;
        audit(&studio, &format!("{mode}, refused"), &mut faults).await;
    }
    assert_eq!(faults, [""; 0]);
}

#[tokio::test]
async fn nothing_serious_from_two_pictures_to_a_result() {
    let studio = start().await;
    let mut faults = Vec::new();
    visit(&studio, "generate").await;
    studio.fill().await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    audit(&studio, "generate, filled", &mut faults).await;
    generate(&studio).await;
    compared(&studio).await;
    audit(&studio, "generate, done", &mut faults).await;
    studio.browser.click("#icons-open").await;
    studio.browser.wait("the icons", "document.querySelector('#icons')?.open", 20).await;
    audit(&studio, "icons", &mut faults).await;
    studio.browser.click("#icons-close").await;

    enter(&studio, "optimise").await;
    studio.set(300).await;
    studio.browser.click("#layers summary").await;
    studio.browser.click("#add-style").await;
    audit(&studio, "optimise, filled", &mut faults).await;
    studio.browser.click(".extra .remove").await;
    studio.begin().await;
    studio.browser.click("#pause").await;
    studio.reaches("paused", 5).await;
    audit(&studio, "optimise, paused", &mut faults).await;
    studio.cancel().await;
    audit(&studio, "optimise, cancelled", &mut faults).await;
    studio.set(10).await;
    studio.press_start().await;
    studio.reaches("done", 180).await;
    audit(&studio, "optimise, done", &mut faults).await;
    studio.browser.click("#how-it-works").await;
    studio.browser.wait("its course", "!document.querySelector('#how-body').hidden && document.querySelector('#how-chart path')", 60).await;
    audit(&studio, "how it works, with a course", &mut faults).await;
    studio.browser.click("#how-close").await;

    enter(&studio, "train").await;
    audit(&studio, "train, filled", &mut faults).await;
    assert_eq!(faults, [""; 0]);
}

#[tokio::test]
async fn nothing_serious_while_a_style_is_learnt() {
    let studio = start().await;
    let mut faults = Vec::new();
    visit(&studio, "train").await;
    prepare(&studio, "Loom", 8).await;
    audit(&studio, "train, gathered", &mut faults).await;
    studio.press_start().await;
    steps(&studio, 3).await;
    studio.browser.click("#pause").await;
    studio.reaches("paused", 20).await;
    studio.browser.wait("a sample", "document.querySelector('#picture').dataset.shown === 'preview'", 60).await;
    audit(&studio, "train, paused", &mut faults).await;

    // Another address, or the browser would stay on the page that it has.
    studio.visit("?backend=cpu&mode=train").await;
    studio.ready().await;
    studio.browser.wait("the offer", "!document.querySelector('#unfinished').hidden", 30).await;
    audit(&studio, "train, unfinished", &mut faults).await;
    studio.browser.click("#unfinished-continue").await;
    studio.reaches("done", 240).await;
    audit(&studio, "train, done", &mut faults).await;
    assert_eq!(faults, [""; 0]);
}

#[tokio::test]
async fn nothing_serious_in_trouble() {
    let studio = start().await;
    let mut faults = Vec::new();
    studio.server.break_file(".safetensors", Fault::OneByte);
    for mode in ["generate", "optimise", "train"] {
        visit(&studio, mode).await;
        studio.fill().await;
        studio.press_start().await;
        assert_eq!(studio.fails().await, "model-damaged", "{mode}");
        audit(&studio, &format!("{mode}, failed"), &mut faults).await;
    }
    assert_eq!(faults, [""; 0]);
}

#[tokio::test]
async fn nothing_serious_without_an_engine() {
    let studio = start().await;
    let mut faults = Vec::new();
    studio.server.break_file(".wasm", Fault::Missing);
    studio.visit("?backend=cpu&mode=generate").await;
    studio.reaches("failed", 60).await;
    audit(&studio, "generate, without an engine", &mut faults).await;
    assert_eq!(faults, [""; 0]);
}

#[tokio::test]
async fn nothing_serious_in_a_dialogue() {
    let studio = start().await;
    let mut faults = Vec::new();
    visit(&studio, "optimise").await;
    studio.fill().await;
    studio.browser.click("#regions").await;
    audit(&studio, "masks", &mut faults).await;
    studio.browser.click("#mask-done").await;

    studio.browser.click("#take-picture").await;
    studio.browser.wait("the camera", "!document.querySelector('#camera-take').disabled", 20).await;
    audit(&studio, "camera", &mut faults).await;
    studio.browser.click("#camera-close").await;

    studio.browser.click("#how-it-works").await;
    studio.browser.wait("what the network sees", "!document.querySelector('#how-body').hidden", 60).await;
    audit(&studio, "how it works", &mut faults).await;
    studio.browser.click("#how-close").await;

    // Those that are fetched when they are first asked for.
    for name in ["batch", "storage"] {
        studio.browser.click(&format!("#{name}-open")).await;
        studio.browser.wait(name, &format!("document.querySelector('#{name}')?.open"), 20).await;
        audit(&studio, name, &mut faults).await;
        studio.browser.run_with("document.querySelector(arguments[0]).close()", vec![json!(format!("#{name}"))]).await;
    }
    assert_eq!(faults, [""; 0]);
}
