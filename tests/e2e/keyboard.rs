//! The main job with a keyboard alone, and what a screen reader says meanwhile.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::browser::Kind;
use crate::results::compared;
use crate::studio::Studio;
use crate::words::english;

/// More than the page has places to stop at.
const MOST_STOPS: usize = 120;

/// Where the focus is, and whether it can be seen: some part of what stands for it lies uncovered in the window (WCAG 2.4.11), and it is drawn
/// differently (2.4.7). A field that is off the stage is stood for by its label, what lies on the picture by the picture.
const FOCUS: &str = "const e = document.activeElement;
    const picture = document.querySelector('#picture');
    const parts = [e, e.nextElementSibling, ...(e.labels ?? []), picture.contains(e) && picture].filter(Boolean);
    const shown = e.matches('.offstage') ? parts.slice(1) : e.matches('#compare, #stage') ? [picture] : [e];
    const uncovered = shown.some((part) => { const { left, top, width, height } = part.getBoundingClientRect();
        return [.1, .5, .9].some((x) => [.1, .5, .9].some((y) => {
            const hit = document.elementFromPoint(left + x * width, top + y * height);
            return hit && (part.contains(hit) || hit.contains(part) && hit !== document.documentElement && hit !== document.body && !hit.matches('.bench, .wall')); })) });
    const outlined = [...parts.map((part) => getComputedStyle(part)), ...parts.map((part) => getComputedStyle(part, '::after'))]
        .some(({ outlineStyle }) => outlineStyle !== 'none');
    return { at: `${e.tagName} #${e.id} ${e.className} ${e.textContent.trim().slice(0, 30)}`, lost: e === document.body, uncovered, outlined }";

/// Where the focus is.
async fn focus(studio: &Studio) -> Value {
    studio.browser.run(FOCUS).await
}

/// Fails where the focus has fallen back to the page as a whole, or nobody could see it.
async fn assert_focus(studio: &Studio, what: &str) {
    // Scrolling to it and painting it take a frame.
    studio.browser.run("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))").await;
    let focus = focus(studio).await;
    assert_eq!(focus["lost"], json!(false), "{what}: the focus is nowhere");
    assert_eq!((&focus["uncovered"], &focus["outlined"]), (&json!(true), &json!(true)), "{what}: the focus can be seen: {focus}");
}

/// Tab, or Shift and Tab, until the focus is on something.
async fn tab_to(studio: &Studio, css: &str, back: bool) {
    for stop in 0..MOST_STOPS {
        studio.browser.key(back.then_some(Key::Shift), Key::Tab).await;
        assert_focus(studio, &format!("stop {stop} on the way to {css}")).await;
        if studio.browser.run_with("return document.activeElement.matches(arguments[0])", vec![json!(css)]).await == json!(true) {
            return;
        }
    }
    panic!("no way to {css} with Tab");
}

async fn press(studio: &Studio, key: Key) {
    studio.browser.key(None, key).await;
}

async fn value(studio: &Studio, css: &str) -> String {
    studio.browser.text(&format!("document.querySelector('{css}').value")).await
}

#[tokio::test]
async fn the_main_job_is_done_with_the_keyboard_alone() {
    let studio = Studio::open("?backend=cpu&mode=optimise").await;
    // So that there is somewhere to begin: a page that has just been opened gives the focus to nothing.
    studio.browser.run("document.querySelector('[name=mode]:checked').focus()").await;
    studio.browser.run("document.documentElement.style.scrollBehavior = 'auto'").await;
    press(&studio, Key::Left).await;
    assert_eq!(studio.browser.text("document.body.dataset.mode").await, "generate", "arrows choose a mode");
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;

    tab_to(&studio, "#content-shelf button", false).await;
    press(&studio, Key::Enter).await;
    studio.filled("content").await;
    assert_focus(&studio, "a photo is chosen").await;
    tab_to(&studio, "#style-shelf li:nth-child(2) button", false).await;
    press(&studio, Key::Space).await;
    studio.filled("style").await;
    assert_focus(&studio, "a style is chosen").await;

    tab_to(&studio, "#generate-size", false).await;
    press(&studio, Key::Home).await;
    assert_eq!(value(&studio, "#generate-size").await, "256", "Home is the smallest size");
    tab_to(&studio, "#start", false).await;
    press(&studio, Key::Enter).await;
    studio.reaches("done", 120).await;
    assert_focus(&studio, "a picture is done").await;
    assert_eq!(studio.browser.text("document.activeElement.id").await, "result-title", "the focus goes to what is new");
    compared(&studio).await;

    compare_zoom_and_hold(&studio).await;
    undo_and_redo(&studio).await;
    tab_to(&studio, "#download-png", true).await;
    press(&studio, Key::Enter).await;
    let name = studio.browser.text("document.querySelector('#content-well .well-name').textContent").await;
    studio.browser.wait("the file", "document.querySelector('#status').dataset.text === 'status.saved'", 20).await;
    assert!(studio.browser.text("document.querySelector('#status').textContent").await.len() > name.len());
    assert_focus(&studio, "a picture is saved").await;
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

/// From the result's title back to the picture above it.
async fn compare_zoom_and_hold(studio: &Studio) {
    tab_to(studio, "#zoom-in", true).await;
    let zoom = "parseInt(document.querySelector('#zoom-fit').textContent)";
    let before = studio.browser.run(&format!("return {zoom}")).await.as_u64().unwrap();
    press(studio, Key::Enter).await;
    studio.browser.wait("a larger picture", &format!("{zoom} > {before}"), 5).await;
    assert_focus(studio, "zoomed in").await;
    tab_to(studio, "#zoom-fit", true).await;
    press(studio, Key::Space).await;
    studio.browser.wait("the whole picture", &format!("{zoom} === {before}"), 5).await;
    assert_focus(studio, "zoomed out").await;

    tab_to(studio, "#compare", true).await;
    press(studio, Key::Home).await;
    assert_eq!(value(studio, "#compare").await, "0");
    for _ in 0..3 {
        press(studio, Key::Right).await;
    }
    assert_eq!(value(studio, "#compare").await, "3", "arrows move the comparison");
}

/// A second result, then the first again and the second again.
async fn undo_and_redo(studio: &Studio) {
    let results = |count: usize| format!("document.querySelectorAll('#history-list li').length === {count}");
    studio.browser.wait("the first result is kept", &results(1), 20).await;
    tab_to(studio, "#content-shelf li:nth-child(2) button", true).await;
    press(studio, Key::Enter).await;
    studio.browser.wait("the second result", &results(2), 60).await;
    assert_focus(studio, "another photo").await;
    tab_to(studio, "#undo", false).await;
    press(studio, Key::Enter).await;
    studio.browser.wait("the first", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    studio.browser.wait("there is nothing before it", "document.querySelector('#undo').ariaDisabled === 'true'", 20).await;
    assert_focus(studio, "undone").await;
    studio.browser.key(Some(Key::Control), 'z').await;
    assert_focus(studio, "there is nothing more to undo").await;
}

/// Keeps when each live region of the page said what.
const LISTEN: &str = "globalThis.said = [];
    new MutationObserver((changes) => { for (const { target } of changes) {
        const region = (target instanceof Element ? target : target.parentElement)?.closest('[role=status], [role=alert], [aria-live]');
        const text = region?.textContent.trim();
        if (text && !region.hidden) said.push([Math.round(performance.now()), region.id, text]);
    } }).observe(document, { subtree: true, childList: true, characterData: true });";

#[tokio::test]
async fn a_screen_reader_is_told_the_course_of_a_run_and_not_drowned() {
    let studio = Studio::start(Kind::default()).await;
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": LISTEN })).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.fill().await;
    studio.set(60).await;
    studio.browser.run("said.length = 0").await;
    studio.press_start().await;
    let took = studio.reaches("done", 300).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let said: Vec<(u64, String, String)> = serde_json::from_value(studio.browser.run("return said").await).unwrap();
    for (at, region, text) in &said {
        println!("{at:6} ms  #{region}: {text}");
    }
    assert!(said.iter().all(|(_, region, _)| region == "status"), "one region speaks");
    let texts: Vec<&str> = said.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(texts[0], english("status.preparing"), "the beginning is said");
    assert!(texts.last().unwrap().starts_with(english("status.done").split('{').next().unwrap()), "the end is said");
    assert_eq!(studio.browser.run("return document.querySelector('#status').ariaLive").await, json!("polite"));
    // The beginning, the fetching of the network, the first step and the end are said at once, everything between only when five seconds
    // have passed.
    let most = 4 + usize::try_from(took.as_secs()).unwrap() / 5;
    assert!(texts.len() <= most, "{} sentences in {} s", texts.len(), took.as_secs());
    assert!(took.as_secs() < 15 || texts.len() > 3, "a long run says how it goes");
}
