//! The controls beyond strength and size: what they ask of the engine reaches it, and a run in progress follows a slider.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Kind;
use crate::drops;
use crate::pictures;
use crate::recovery;
use crate::screenshots;
use crate::studio::Studio;
use crate::words::{assert_english, english};

/// Keeps what the page asks its workers for, and the losses that they tell.
const LISTEN: &str = "const Real = Worker; globalThis.asked = []; globalThis.losses = [];
    globalThis.Worker = class extends Real {
        constructor(...given) {
            super(...given);
            this.addEventListener('message', ({ data }) => { if (data.event?.kind === 'iteration') losses.push(data.event.loss) });
        }
        postMessage(message, ...rest) { asked.push(message); super.postMessage(message, ...rest) }
    };";

/// A page that can be listened to, with a photo and a style.
async fn listening() -> Studio {
    let studio = Studio::start(Kind::default()).await;
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": LISTEN })).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.fill().await;
    studio
}

/// Moves a slider, as a hand or a key would.
async fn slide(studio: &Studio, css: &str, value: f64) {
    let script = "const [css, value] = arguments; const slider = document.querySelector(css); slider.value = value;
        slider.dispatchEvent(new Event('input', { bubbles: true }))";
    studio.browser.run_with(script, vec![json!(css), json!(value)]).await;
}

/// Adds a row for a second style and fills it.
async fn add_style(studio: &Studio) {
    studio.browser.click("#add-style").await;
    studio.browser.choose_file(".extra input[type=file]", "second.png", &pictures::content_png()).await;
    studio.browser.wait("the second style", "document.querySelector('.extra')?.dataset.state === 'ready'", 20).await;
}

/// Paints one stroke across the picture in the open dialogue.
async fn paint(studio: &Studio, row: f64) {
    let script =
        "const canvas = document.querySelector('#masks canvas'); const { left, top, width, height } = canvas.getBoundingClientRect();
        // Only a pointer that the hardware has pressed can be captured.
        let held = false; canvas.setPointerCapture = () => { held = true }; canvas.hasPointerCapture = () => held;
        for (const [type, x] of [['pointerdown', 0.2], ['pointermove', 0.5], ['pointermove', 0.8], ['pointerup', 0.8]]) {
            canvas.dispatchEvent(new PointerEvent(type, { clientX: left + x * width, clientY: top + arguments[0] * height,
                button: 0, isPrimary: true, pointerId: 1, bubbles: true, cancelable: true }))
        }";
    studio.browser.run_with(script, vec![json!(row)]).await;
}

/// Closes the dialogue, and waits until the page has taken what was painted.
async fn put_the_brush_down(studio: &Studio) {
    studio.browser.click("#mask-done").await;
    studio.browser.wait("the dialogue is closed", "!document.querySelector('#masks').open", 5).await;
}

/// What the latest message of this kind says of itself.
async fn asked(studio: &Studio, op: &str, expression: &str) -> Value {
    let script = format!("const job = asked.findLast(({{ op }}) => op === arguments[0]); return {expression}");
    studio.browser.run_with(&script, vec![json!(op)]).await
}

/// The share of a mask that is white; 0 where there is none.
const WHITE: &str = "const white = (mask) => {
        if (!mask) return 0;
        const bytes = new Uint8Array(mask.pixels);
        let sum = 0;
        for (let at = 0; at < bytes.length; at += 4) sum += bytes[at] / 255;
        return sum / (mask.width * mask.height);
    };";

#[tokio::test]
async fn two_styles_kept_colours_a_seamless_tile_and_masks_end_in_a_result() {
    let studio = listening().await;
    assert_eq!(
        studio.browser.run("return document.querySelector('#style-well .weight').hidden").await,
        json!(true),
        "one style has no share"
    );
    add_style(&studio).await;
    assert_eq!(studio.browser.run("return document.querySelector('#style-well .weight').hidden").await, json!(false));
    slide(&studio, "#style-weight", 100.0).await;
    slide(&studio, ".extra .weight input", 25.0).await;

    studio.browser.click("#regions").await;
    assert_eq!(studio.browser.run("return document.querySelectorAll('#mask-targets input').length").await, json!(3));
    paint(&studio, 0.2).await;
    studio.browser.click("#mask-targets label:nth-child(3)").await;
    paint(&studio, 0.8).await;
    screenshots::save(&studio.browser, "desktop-masks").await;
    put_the_brush_down(&studio).await;
    let button = "document.querySelector('#regions').textContent";
    studio.browser.wait("the regions are kept", &format!("{button} === '{}'", english("well.regions-some")), 5).await;

    studio.set(10).await;
    studio.browser.select("#colors", "luma").await;
    studio.browser.click("#seamless").await;
    screenshots::save(&studio.browser, "desktop-advanced").await;
    studio.press_start().await;
    studio.reaches("done", 240).await;
    assert_eq!(studio.error().await, None);
    assert!(studio.canvas().await.1 > 5.0, "the result is not blank");

    let settings = asked(&studio, "optimise", "job.settings").await;
    assert_eq!((&settings["colors"], &settings["seamless"], &settings["start"]), (&json!("luma"), &json!(true), &json!("content")));
    assert_eq!(settings["layers"], json!([1, 1, 1, 1, 1]));
    let weights = asked(&studio, "optimise", "job.styles.map(({ weight }) => weight)").await;
    assert_eq!(weights, json!([0.8, 0.2]), "shares of the whole");
    let masks = format!("(() => {{ {WHITE} return [job.keep, ...job.styles.map(({{ region }}) => region)].map(white) }})()");
    let masks: Vec<f64> = serde_json::from_value(asked(&studio, "optimise", &masks).await).unwrap();
    let painted: Vec<bool> = masks.iter().map(|share| (0.02..0.5).contains(share)).collect();
    assert_eq!(painted, [true, false, true], "the photo is left alone in one stroke, the second style goes into another: {masks:?}");

    let caption = studio.browser.text("document.querySelector('#particulars').textContent").await;
    assert!(caption.contains(english("settings.seamless")) && caption.contains(english("settings.colors.luma")), "{caption}");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_run_follows_the_strength_and_refuses_layers_without_weight() {
    let studio = listening().await;
    studio.set(300).await;
    studio.begin().await;
    // The first steps fall steeply whatever the weights are; later ones only when something changes.
    studio.browser.wait("some iterations", "losses.length >= 8", 60).await;
    let before = studio.browser.run("return losses.length").await.as_u64().unwrap();
    slide(&studio, "#strength", 100.0).await;
    studio
        .browser
        .wait("an answer", &format!("document.querySelector('#status').textContent === '{}'", english("status.adjusted")), 30)
        .await;
    assert_eq!(asked(&studio, "adjust", "job.settings.strength").await, json!(1));
    studio.browser.wait("iterations after it", &format!("losses.length >= {before} + 4"), 30).await;
    // A loss that only falls by itself never rises as far as a sixteenfold weight lifts it.
    let script = "const [before] = arguments; return Math.max(...losses.slice(before)) / losses[before - 1]";
    let ratio = studio.browser.run_with(script, vec![json!(before)]).await.as_f64().unwrap();
    assert!(ratio > 1.2, "the loss follows the strength: {ratio}");

    studio.browser.click("#layers summary").await;
    for layer in 1..=5 {
        slide(&studio, &format!("#layer-{layer}"), 0.0).await;
    }
    assert_eq!(studio.fails().await, "settings-no-layers");
    assert_english("layers", &studio.browser.text("document.querySelector('#error .error-text').textContent").await);
    assert_eq!(studio.phase().await, "running", "a change that is refused ends nothing");
    studio.browser.click("#layers-reset").await;
    studio.browser.wait("the error is taken back", "document.querySelector('#error').hidden", 30).await;
    let done = studio.progress().await;
    studio.browser.wait("the run goes on", &format!("document.querySelector('#progress').value > {done}"), 30).await;
    studio.cancel().await;
    assert_eq!(studio.error().await, None);
}

#[tokio::test]
async fn a_result_can_be_run_on_from() {
    let studio = listening().await;
    let offered = "return !document.querySelector('#from [value=picture]').disabled";
    assert_eq!(studio.browser.run(offered).await, json!(false), "there is no last result yet");
    studio.set(10).await;
    studio.press_start().await;
    studio.reaches("done", 180).await;
    assert_eq!(studio.browser.run(offered).await, json!(true));
    assert_eq!(asked(&studio, "optimise", "[job.settings.start, job.from]").await, json!(["content", null]));
    let last = studio.browser.run("return losses.at(-1)").await.as_f64().unwrap();
    studio.browser.run("globalThis.losses.length = 0").await;

    studio.browser.click("#run-on").await;
    studio.browser.wait("a first loss", "losses.length > 0", 60).await;
    assert_eq!(asked(&studio, "optimise", "[job.settings.start, job.from.width, job.from.height]").await, json!(["picture", 256, 192]));
    studio.reaches("done", 180).await;
    let end = studio.browser.run("return losses.at(-1)").await.as_f64().unwrap();
    assert!(end <= last * 1.1, "it goes on from where it was: {last} → {end}");
    // With another photo it would become that one's.
    studio.choose("content", "weave.jpg", &pictures::style_jpeg()).await;
    studio.browser.wait("the other photo", "document.querySelector('#content-well .well-name').textContent === 'weave'", 20).await;
    assert_eq!(studio.browser.run("return document.querySelector('#run-on').checkVisibility()").await, json!(false));
    // What was asked for once is no setting.
    assert_eq!(studio.browser.text("document.querySelector('#from').value").await, "content");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn the_brush_is_undone_and_erased_and_works_by_keyboard() {
    let studio = listening().await;
    let some = "document.querySelector('#style-well .masked').textContent";
    for (deed, remains) in [("#mask-undo", "well.learn"), ("#mask-clear", "well.learn"), ("#brush", "well.learn-some")] {
        studio.browser.click("#style-well .masked").await;
        let key = "const canvas = document.querySelector('#masks canvas'); canvas.focus();
            for (const key of ['ArrowLeft', ' ']) canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))";
        studio.browser.run(key).await;
        studio.browser.click(deed).await;
        put_the_brush_down(&studio).await;
        // The page hears of the closing a moment later.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(studio.browser.text(some).await, english(remains), "{deed}");
    }
    studio.choose("style", "weave.jpg", &pictures::style_jpeg()).await;
    studio.browser.wait("another picture has no mask", &format!("{some} === '{}'", english("well.learn")), 20).await;
}

#[tokio::test]
async fn no_picture_is_exchanged_behind_the_dialogue_in_which_its_mask_is_painted() {
    let studio = listening().await;
    let name = "document.querySelector('#content-well .well-name').textContent";
    let before = studio.browser.text(name).await;
    let other = pictures::style_jpeg();
    studio.browser.click("#regions").await;
    drops::files(&studio, "content", &[("other.jpg", &other)]).await;
    // Time to read it in.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(studio.browser.text(name).await, before);
    put_the_brush_down(&studio).await;
    drops::files(&studio, "content", &[("other.jpg", &other)]).await;
    studio.browser.wait("the other", &format!("{name} === 'other'"), 20).await;
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn styles_are_added_up_to_four_and_removed_again() {
    let studio = listening().await;
    for rows in 1..=3 {
        studio.browser.click("#add-style").await;
        let file = format!(".extra:nth-child({rows}) input[type=file]");
        studio.browser.choose_file(&file, "more.png", &pictures::content_png()).await;
        let filled = format!("document.querySelectorAll('.extra[data-filled]').length === {rows}");
        studio.browser.wait(&format!("{rows} more styles"), &filled, 20).await;
    }
    assert_eq!(studio.browser.run("return document.querySelector('#add-style').hidden").await, json!(true), "four are enough");
    for rows in (0..3).rev() {
        studio.browser.click(".extra .remove").await;
        assert_eq!(studio.browser.run("return document.querySelectorAll('.extra').length").await, json!(rows));
    }
    assert_eq!(studio.browser.run("return document.querySelector('#add-style').hidden").await, json!(false));
    assert_eq!(studio.browser.text("document.activeElement.id").await, "add-style", "focus is not lost");
}

#[tokio::test]
async fn every_control_has_a_name_and_every_reference_its_target() {
    let studio = listening().await;
    add_style(&studio).await;
    studio.browser.click("#regions").await;
    let nameless =
        "return [...document.querySelectorAll('button, input, select, summary, canvas[tabindex], dialog, [role=group], [role=radiogroup]')]
        .filter((e) => {
            const by = e.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('');
            const labels = [...(e.labels ?? [])].map((label) => label.textContent).join('');
            return !(by || labels || e.getAttribute('aria-label') || (e.matches('button, summary') && e.textContent)).trim?.()
        }).map((e) => e.outerHTML.slice(0, 120))";
    assert_eq!(studio.browser.run(nameless).await, json!([]));
    let broken = "return [...document.querySelectorAll('[for], [aria-labelledby], [aria-describedby]')].flatMap((e) =>
            ['for', 'aria-labelledby', 'aria-describedby'].flatMap((name) => (e.getAttribute(name) ?? '').split(' ')))
        .filter((id) => id && !document.getElementById(id))";
    assert_eq!(studio.browser.run(broken).await, json!([]));
    let twice =
        "const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id); return ids.filter((id, at) => ids.indexOf(id) !== at)";
    assert_eq!(studio.browser.run(twice).await, json!([]));
}

#[tokio::test]
async fn memory_that_runs_out_in_one_pass_offers_the_next_size_of_that_mode() {
    let studio = recovery::listening("?backend=cpu&mode=generate#generate-size=1024").await;
    studio.fill().await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    studio.press_start().await;
    studio.reaches("running", 20).await;
    studio.browser.run(recovery::OUT_OF_MEMORY).await;
    assert_eq!(studio.fails().await, "out-of-memory");
    studio.answer_error("smaller").await;
    studio.reaches("done", 240).await;
    let size = studio.browser.text("document.querySelector('#generate-size').value").await;
    assert!(size.parse::<u32>().unwrap() < 1024, "{size}");
    let side = "Math.max(document.querySelector('#stage').width, document.querySelector('#stage').height)";
    assert_eq!(studio.browser.text(side).await, size);
}

#[tokio::test]
async fn a_painting_is_foretold_and_made_smaller_when_the_memory_runs_out() {
    let studio = recovery::listening("?backend=cpu").await;
    studio.fill().await;
    studio.browser.wait("a forecast", "!document.querySelector('#forecast').hidden", 60).await;
    let forecast = studio.browser.text("document.querySelector('#forecast').textContent").await;
    assert!(forecast.contains("MB"), "{forecast}");

    studio.set(10).await;
    studio.browser.select("#size", "384").await;
    studio.begin().await;
    studio.browser.run(recovery::OUT_OF_MEMORY).await;
    studio.reaches("done", 240).await;
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.browser.text("document.querySelector('#size').value").await, "256");
    assert_eq!(
        studio.browser.text("Math.max(document.querySelector('#stage').width, document.querySelector('#stage').height)").await,
        "256"
    );
}
