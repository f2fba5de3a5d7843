//! What a visitor may have chosen for the whole device: a direction of writing, less motion, colours of their own.

use serde_json::{Value, json};

use crate::accessibility::{enter, prefer, resize};
use crate::results::{compared, generate, open};
use crate::screenshots;
use crate::studio::Studio;

/// What reaches beyond the window.
const STICKING_OUT: &str = "const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth === clientWidth, [...document.querySelectorAll('body *')].filter((e) => { const { left, right, width } = e.getBoundingClientRect();
        return width && (left < -1 || right > clientWidth + 1) && !e.closest('.picture, .offstage, .maps, .history') }).map((e) => `${e.tagName}#${e.id}.${e.className}`).slice(0, 5)]";

async fn assert_fits(studio: &Studio, what: &str) {
    assert_eq!(studio.browser.run(STICKING_OUT).await, json!([true, []]), "{what}: nothing sticks out");
}

#[tokio::test]
async fn written_from_right_to_left_nothing_sticks_out() {
    let studio = open().await;
    generate(&studio).await;
    compared(&studio).await;
    studio.browser.run("document.documentElement.dir = 'rtl'").await;
    for width in [1280, 360] {
        resize(&studio.browser, width, 900).await;
        for mode in ["train", "optimise", "generate"] {
            enter(&studio, mode).await;
            studio.browser.run("for (const details of document.querySelectorAll('details')) details.open = true").await;
            assert_fits(&studio, &format!("{mode}, {width} px")).await;
        }
        screenshots::save(&studio.browser, &format!("right-to-left-{width}")).await;
        // The slider across the picture runs from right to left then, and the photo is uncovered on that side.
        let sides = "const [split, photo] = ['.handle', '.uncovered'].map((css) => document.querySelector(css));
            const { left, right } = split.getBoundingClientRect(); const whole = photo.getBoundingClientRect();
            return [Math.round((left + right) / 2 - whole.left) / Math.round(whole.width), getComputedStyle(photo).clipPath]";
        studio.browser.run("const r = document.querySelector('#compare'); r.value = 20; r.dispatchEvent(new Event('input'))").await;
        let sides = studio.browser.run(sides).await;
        assert!((sides[0].as_f64().unwrap() - 0.8).abs() < 0.02, "20 of 100 from the right: {sides}");
    }
    for dialogue in ["#regions", "#how-it-works"] {
        enter(&studio, "optimise").await;
        studio.browser.click(dialogue).await;
        studio.browser.wait("a dialogue", "document.querySelector('dialog[open]')", 20).await;
        assert_fits(&studio, dialogue).await;
        studio.browser.run("document.querySelector('dialog[open]').close()").await;
    }
}

/// What moves by itself.
async fn moving(studio: &Studio) -> Value {
    studio.browser.run("return document.getAnimations().filter(({ playState }) => playState === 'running').length").await
}

#[tokio::test]
async fn nothing_moves_for_whoever_wants_it_still() {
    let studio = open().await;
    // The bar swings while nobody knows yet how much there is to do.
    let swing = "document.querySelector('#working').hidden = false; document.querySelector('#progress').removeAttribute('value')";
    studio.browser.run(swing).await;
    assert_ne!(moving(&studio).await, json!(0), "without the wish it moves");
    prefer(&studio.browser, &[("prefers-reduced-motion", "reduce")]).await;
    assert_eq!(moving(&studio).await, json!(0));
    let transitions = "return [...document.querySelectorAll('*')].every((e) => getComputedStyle(e).transitionDuration.split(',').every((time) => parseFloat(time) === 0))";
    assert_eq!(studio.browser.run(transitions).await, json!(true));
    assert_eq!(studio.browser.text("getComputedStyle(document.documentElement).scrollBehavior").await, "auto");
}

#[tokio::test]
async fn colours_of_the_visitors_own_leave_every_control_in_sight() {
    let studio = open().await;
    generate(&studio).await;
    compared(&studio).await;
    prefer(&studio.browser, &[("forced-colors", "active")]).await;
    screenshots::save(&studio.browser, "forced-colors").await;
    // Backgrounds are taken away, so what had only a background to be seen by needs a border or an outline.
    let bare = "return [...document.querySelectorAll('button, select, input, summary, .modes span')].filter((e) => e.checkVisibility() && !e.matches('.offstage, #compare, [type=range], [type=checkbox], [type=file]'))
        .filter((e) => { const { borderTopWidth, borderBottomWidth, borderBottomStyle, outlineStyle, textDecorationLine } = getComputedStyle(e);
            const lined = (parseFloat(borderTopWidth) || parseFloat(borderBottomWidth)) && borderBottomStyle !== 'none' || outlineStyle !== 'none' || textDecorationLine !== 'none';
            return !lined && !e.querySelector('img, svg') && !e.textContent.trim() }).map((e) => `${e.tagName}#${e.id}`)";
    assert_eq!(studio.browser.run(bare).await, json!([]));
    let chosen = "const style = (css) => { const s = getComputedStyle(document.querySelector(css)); return [s.color, s.borderBottomColor, s.outlineStyle, s.backgroundColor].join() };
        return style('.modes :checked + span') !== style('.modes input:not(:checked) + span')";
    assert_eq!(studio.browser.run(chosen).await, json!(true), "the chosen mode can be told from the others");
}

#[tokio::test]
async fn in_a_low_window_pictures_and_masks_keep_a_size_that_can_be_used() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    let sides = async |css: &str| {
        let script = "const { width, height } = document.querySelector(arguments[0]).getBoundingClientRect(); return [width, height]";
        let sides: [f64; 2] = serde_json::from_value(studio.browser.run_with(script, vec![json!(css)]).await).unwrap();
        assert!(sides.iter().all(|side| *side > 100.0), "{css}: {sides:?}");
    };
    // Full HD at twice its size, and a phone that lies on its side.
    for (width, height) in [(960, 470), (844, 340)] {
        resize(&studio.browser, width, height).await;
        sides("#stage").await;
        studio.browser.run("document.querySelector('#regions').click()").await;
        studio.browser.wait("the masks", "document.querySelector('#masks').open", 20).await;
        sides("#masks .easel canvas").await;
        screenshots::save(&studio.browser, &format!("low-{width}")).await;
        studio.browser.run("document.querySelector('#masks').close()").await;
    }
}
