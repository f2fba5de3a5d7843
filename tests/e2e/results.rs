//! Earlier results: kept with what they were made from, hung again, set up again, deleted.

use atelier::generator::Weights;
use atelier::vgg::Precision;
use serde_json::{Value, json};

use crate::browser::Kind;
use crate::pictures;
use crate::recovery;
use crate::screenshots;
use crate::studio::Studio;

/// The page about to generate something small, with both pictures.
pub async fn open() -> Studio {
    let studio = Studio::open("?backend=cpu&mode=generate#generate-size=256").await;
    studio.fill().await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    studio
}

/// Generates, and waits until the result is there.
pub async fn generate(studio: &Studio) {
    let before = count(studio).await;
    studio.press_start().await;
    studio.reaches("done", 120).await;
    kept(studio, before + 1).await;
}

#[tokio::test]
async fn a_result_is_kept_with_what_it_was_begun_with() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    studio.set(25).await;
    studio.begin().await;
    // The next style is hung, and the next settings are chosen, while the first picture is painted; a slider is followed.
    studio.choose("style", "other.png", &pictures::content_png()).await;
    studio.filled("style").await;
    let change = "const set = (id, value) => { const field = document.querySelector(id); field.value = value;
            for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true })) };
        set('#colors', 'luma'); set('#strength', '80'); document.querySelector('#strength').focus()";
    studio.browser.run(change).await;
    assert_eq!(studio.phase().await, "running");
    studio.reaches("done", 240).await;
    assert_eq!(studio.browser.text("document.activeElement.id").await, "strength", "whoever is busy elsewhere is left there");
    kept(&studio, 1).await;
    studio.browser.click("#history-list li:first-child button").await;
    studio.browser.wait("the result", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    studio.browser.click("#restore").await;
    studio.browser.wait("all of it", "document.querySelector('#status').dataset.text === 'status.restored'", 30).await;
    let set_up = "const value = (id) => document.querySelector(`#${id}`).value;
        return [value('colors'), value('strength'), document.querySelector('#style-well .well-name').textContent]";
    assert_eq!(studio.browser.run(set_up).await, json!(["style", "80", "weave"]));
}

/// It is all that there is of minutes of work.
#[tokio::test]
async fn what_a_cancelled_painting_has_left_is_kept() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    studio.set(400).await;
    studio.begin().await;
    studio.cancel().await;
    kept(&studio, 1).await;
    let left = wall(&studio).await;
    studio.visit("?backend=cpu&again").await;
    studio.ready().await;
    kept(&studio, 1).await;
    studio.browser.click("#history-list li:first-child button").await;
    studio.browser.wait("what was left", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    assert_eq!(wall(&studio).await, left);
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn an_address_with_another_mode_leaves_the_work_its_buttons() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    studio.set(400).await;
    studio.begin().await;
    studio.browser.run("location.hash = '#mode=train'").await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!((studio.phase().await.as_str(), studio.error().await), ("running", None));
    assert_eq!(studio.browser.text("document.body.dataset.mode").await, "optimise");
    studio.cancel().await;
    let focused = studio.browser.text("document.activeElement.id").await;
    assert_eq!(focused, "result-title", "the button that was pressed is gone, focus is not");
    studio.browser.click("#download-png").await;
    let saved = image::load_from_memory(&studio.browser.downloaded("garden-atelier.png").await).unwrap();
    let shown = studio.browser.text("document.querySelector('#stage').width").await;
    assert_eq!(saved.width().to_string(), shown, "what was left can be saved");
}

/// Waits until the photo can be compared with.
pub async fn compared(studio: &Studio) {
    studio.browser.wait("the comparison", "!document.querySelector('#comparison').hidden", 20).await;
}

async fn count(studio: &Studio) -> u64 {
    studio.browser.run("return document.querySelectorAll('#history-list li').length").await.as_u64().unwrap()
}

async fn kept(studio: &Studio, results: u64) {
    let expression = format!("document.querySelectorAll('#history-list li').length === {results}");
    studio.browser.wait(&format!("{results} results"), &expression, 30).await;
}

/// The colours on the wall, as one number.
async fn wall(studio: &Studio) -> Value {
    let script = "const c = document.querySelector('#stage'); const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        let sum = 0; for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) % 1000003; return sum";
    studio.browser.run(script).await
}

/// Waits until something else than `before` is on the wall.
async fn repainted(studio: &Studio, before: &Value) {
    for _ in 0..300 {
        if wall(studio).await != *before {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the picture does not follow");
}

async fn shown(studio: &Studio) -> Value {
    studio.browser.run("return [...document.querySelectorAll('#history-list button')].findIndex((b) => b.ariaPressed === 'true')").await
}

/// Moves a control as a hand would.
async fn slide(studio: &Studio, id: &str, to: impl Into<Value>) {
    let script = "const field = document.querySelector(arguments[0]); field.value = arguments[1];
        for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }))";
    studio.browser.run_with(script, vec![json!(id), to.into()]).await;
}

async fn press_undo(studio: &Studio, again: bool) {
    let script = "dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, shiftKey: arguments[0], cancelable: true }))";
    studio.browser.run_with(script, vec![json!(again)]).await;
}

#[tokio::test]
async fn results_are_kept_hung_again_and_gone_on_from() {
    let studio = open().await;
    generate(&studio).await;
    let first = wall(&studio).await;

    // A slider paints the same result anew: it stays one.
    slide(&studio, "#generate-strength", 30).await;
    repainted(&studio, &first).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    kept(&studio, 1).await;
    let weak = wall(&studio).await;
    assert_ne!(first, weak);

    // Nor does asking for the same again make another.
    studio.press_start().await;
    studio.reaches("done", 120).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    kept(&studio, 1).await;

    // Other pictures make another.
    studio.choose("content", "other.jpg", &pictures::style_jpeg()).await;
    kept(&studio, 2).await;
    assert_eq!(shown(&studio).await, json!(1));
    let second = wall(&studio).await;

    press_undo(&studio, false).await;
    studio.browser.wait("the first", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    assert_eq!((shown(&studio).await, wall(&studio).await), (json!(0), weak.clone()));
    compared(&studio).await;
    screenshots::save(&studio.browser, "earlier-result").await;
    studio.browser.click("#redo").await;
    studio
        .browser
        .wait("the second", "['#undo', '#redo'].map((css) => document.querySelector(css).ariaDisabled).join() === 'false,true'", 20)
        .await;
    assert_eq!(wall(&studio).await, second);

    // After a reload everything is still there, down to the pixel, and can be set up as it was.
    studio.visit("?backend=cpu&mode=train").await;
    studio.ready().await;
    kept(&studio, 2).await;
    studio.browser.click("#history-list li:first-child button").await;
    studio.browser.wait("the first", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    assert_eq!(wall(&studio).await, weak);
    studio.browser.click("#restore").await;
    studio.browser.wait("all of it", "document.querySelector('#status').dataset.text === 'status.restored'", 30).await;
    let set_up = "const value = (id) => document.querySelector(`#${id}`).value; const name = (id) => document.querySelector(`#${id}-well .well-name`).textContent;
        return [document.body.dataset.mode, value('generate-strength'), value('generate-size'), value('generator'), name('content'), name('style')]";
    assert_eq!(studio.browser.run(set_up).await, json!(["generate", "30", "256", "any-style", "garden", "weave"]));
    generate(&studio).await;
    assert_eq!(wall(&studio).await, weak, "the same settings paint the same picture");

    // One is deleted, and its neighbour hangs in its place; then the rest.
    studio.browser.click("#forget").await;
    // The second press of a double click is no answer.
    studio.browser.run("document.querySelector('#forget').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 2 }))").await;
    assert_eq!(studio.browser.text("document.querySelector('#forget').dataset.text").await, "history.forget-sure");
    kept(&studio, 3).await;
    studio.browser.click("#forget").await;
    kept(&studio, 2).await;
    studio.browser.wait("the neighbour", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    assert_eq!((shown(&studio).await, wall(&studio).await), (json!(1), second));
    studio.browser.click("#history-clear").await;
    kept(&studio, 2).await;
    studio.browser.click("#history-clear").await;
    studio.browser.wait("nothing", "document.querySelector('#history').hidden", 10).await;
    studio.visit("?backend=cpu&mode=generate").await;
    studio.ready().await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(count(&studio).await, 0);
    let pictures = "return new Promise((resolve) => { indexedDB.open('atelier').onsuccess = ({ target }) =>
        target.result.transaction('pictures').objectStore('pictures').count().onsuccess = ({ target }) => resolve(target.result) })";
    assert_eq!(studio.browser.run(pictures).await, json!(0), "pictures go with the last result that was made from them");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

/// A picture that follows a slider is written a moment after the slider rests; whoever is faster than that loses nothing, and brings nothing back.
#[tokio::test]
async fn what_a_slider_has_just_painted_is_neither_written_over_another_nor_back_once_it_is_deleted() {
    const REST: std::time::Duration = std::time::Duration::from_millis(2500);
    let studio = open().await;
    generate(&studio).await;
    let first = wall(&studio).await;
    studio.choose("content", "other.jpg", &pictures::style_jpeg()).await;
    kept(&studio, 2).await;
    let second = wall(&studio).await;
    slide(&studio, "#generate-strength", 30).await;
    repainted(&studio, &second).await;
    let weak = wall(&studio).await;
    press_undo(&studio, false).await;
    studio.browser.wait("the first", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    tokio::time::sleep(REST).await;

    studio.visit("?backend=cpu&mode=generate&again#generate-size=256").await;
    studio.ready().await;
    kept(&studio, 2).await;
    for (index, expected) in [(1, &first), (2, &weak)] {
        studio.browser.click(&format!("#history-list li:nth-child({index}) button")).await;
        studio
            .browser
            .wait("it hangs", &format!("document.querySelector('#history-list li:nth-child({index}) button').ariaPressed === 'true'"), 20)
            .await;
        assert_eq!(wall(&studio).await, *expected, "{index}");
    }
    assert_eq!(
        studio.browser.run("location.hash = '#mode=train'; return document.querySelector('#run-on').checkVisibility()").await,
        json!(false)
    );

    studio.visit("?backend=cpu&mode=generate#generate-size=256").await;
    studio.ready().await;
    studio.fill().await;
    generate(&studio).await;
    let third = wall(&studio).await;
    slide(&studio, "#generate-strength", 40).await;
    repainted(&studio, &third).await;
    studio.browser.run("for (const _ of [1, 2]) document.querySelector('#forget').click()").await;
    kept(&studio, 2).await;
    tokio::time::sleep(REST).await;
    assert_eq!(count(&studio).await, 2, "it does not come back");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

/// What a generator has painted is nearer to its end than the photo: a third of the evaluations is enough.
#[tokio::test]
async fn refining_runs_on_from_the_generated_picture_for_a_third_of_the_iterations() {
    let studio = recovery::listening("?backend=cpu&mode=generate#generate-size=256&iterations=20").await;
    studio.fill().await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    generate(&studio).await;
    studio.browser.click("#refine").await;
    studio.reaches("running", 20).await;
    studio.reaches("done", 120).await;
    assert_eq!(studio.error().await, None);
    let asked = "const { settings } = asked.findLast(({ op }) => op === 'optimise');
        return [settings.start, settings.size, settings.iterations, document.querySelector('#iterations').value]";
    assert_eq!(studio.browser.run(asked).await, json!(["picture", 256, 6, "20"]));
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_browser_without_room_loses_no_result() {
    let studio = open().await;
    let full = "IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError') }";
    studio.browser.run(full).await;
    generate(&studio).await;
    studio.browser.wait("a word about it", "!document.querySelector('#history-note').hidden", 10).await;
    // What the browser asks a page before it goes.
    let asks = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }))";
    assert_eq!(studio.browser.run(asks).await, json!(true), "the picture is nowhere else");
    studio.browser.click("#download-png").await;
    assert!(studio.browser.downloaded("garden-atelier.png").await.starts_with(b"\x89PNG"));
    assert_eq!(studio.browser.run(asks).await, json!(false), "it is a file now");
    let first = wall(&studio).await;
    studio.choose("content", "other.jpg", &pictures::style_jpeg()).await;
    kept(&studio, 2).await;
    press_undo(&studio, false).await;
    studio.browser.wait("the first", "document.querySelector('#status').dataset.text === 'status.earlier'", 20).await;
    assert_eq!(wall(&studio).await, first, "it lasts as long as the page");
}

/// For whoever wants to see first what comes of it.
#[tokio::test]
async fn a_sample_is_painted_with_one_press() {
    let studio = Studio::open("?backend=cpu#generate-size=256").await;
    studio.browser.wait("the offer", "!document.querySelector('#try').hidden", 20).await;
    studio.browser.click("#try").await;
    studio.reaches("done", 120).await;
    assert_eq!(studio.error().await, None);
    let hung = "return [...document.querySelectorAll('.shelf [data-sample][aria-pressed=true]')].map(({ dataset }) => dataset.sample)";
    assert_eq!(studio.browser.run(hung).await, json!(["lake", "impasto"]));
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

/// Where the picture is out of sight a copy of it is shown, and nothing scrolls.
#[tokio::test]
async fn on_a_phone_the_picture_looks_in_while_a_slider_is_moved() {
    let studio = open().await;
    let metrics = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    studio.browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    generate(&studio).await;
    let peeks = "!document.querySelector('#peek').hidden";
    assert_eq!(studio.browser.run(&format!("return {peeks}")).await, json!(false));
    studio.browser.run("document.querySelector('#generate-strength').scrollIntoView({ block: 'center', behavior: 'instant' })").await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let place = studio.browser.run("return Math.round(scrollY)").await;
    slide(&studio, "#generate-strength", 30).await;
    studio.browser.wait("a copy", peeks, 30).await;
    screenshots::save(&studio.browser, "phone-peek").await;
    assert_eq!(studio.browser.run("return Math.round(scrollY)").await, place);
    studio.browser.run("document.querySelector('#peek').click()").await;
    studio.browser.wait("the picture itself", &format!("!({peeks}) && scrollY > {place}"), 10).await;
}

/// The wall is bare then, and nothing follows the controls.
#[tokio::test]
async fn the_only_result_is_deleted_and_does_not_come_back() {
    let studio = open().await;
    generate(&studio).await;
    studio.browser.click("#forget").await;
    studio.browser.click("#forget").await;
    studio.browser.wait("a bare wall", "document.body.dataset.phase === 'ready' && document.querySelector('#history').hidden", 20).await;
    slide(&studio, "#generate-strength", 30).await;
    tokio::time::sleep(std::time::Duration::from_millis(3500)).await;
    assert_eq!((count(&studio).await, studio.phase().await.as_str()), (0, "ready"));
    assert_eq!(studio.browser.text("document.querySelector('#picture').dataset.shown").await, "content");

    // And all of them, from the dialogue that lists what is kept.
    generate(&studio).await;
    studio.browser.click("#storage-open").await;
    studio.browser.wait("the history", "document.querySelector(\"#storage[open] [data-key='history:delete']\")", 20).await;
    for _ in 0..2 {
        studio.browser.click("[data-key='history:delete']").await;
    }
    studio.browser.wait("nothing", "document.querySelector('#history').hidden", 20).await;
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

/// Older results make room for a new one, but not all of them where that is of no use.
#[tokio::test]
async fn a_full_browser_is_not_emptied_in_vain() {
    let studio = open().await;
    for (count, name) in ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"].iter().enumerate() {
        studio.choose("content", name, &pictures::style_jpeg()).await;
        studio.filled("content").await;
        generate(&studio).await;
        kept(&studio, count as u64 + 1).await;
    }
    let full = "IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError') }";
    studio.browser.run(full).await;
    studio.choose("content", "g.jpg", &pictures::style_jpeg()).await;
    studio.filled("content").await;
    studio.press_start().await;
    studio.reaches("done", 120).await;
    studio.browser.wait("a word about it", "!document.querySelector('#history-note').hidden", 20).await;
    let left = count(&studio).await;
    // The new one, and what twice its weight and its photo's has left of six.
    assert!((2..7).contains(&left), "{left}");
}

#[tokio::test]
async fn strokes_follow_their_slider_in_a_style_that_is_given_and_in_a_generators_own() {
    let studio = open().await;
    generate(&studio).await;
    let named = |stroke: &str| format!("document.querySelector('#particulars').textContent.includes('{stroke}')");
    for generator in ["any-style", "style-wheat-field"] {
        if generator != "any-style" {
            let before = wall(&studio).await;
            studio.browser.select("#generator", generator).await;
            repainted(&studio, &before).await;
        }
        let usual = wall(&studio).await;
        slide(&studio, "#generate-stroke", 1).await;
        studio.browser.wait("as large as asked for", &named("2×"), 60).await;
        assert_ne!(wall(&studio).await, usual, "{generator}");
        slide(&studio, "#generate-stroke", 0).await;
        studio.browser.wait("as large as usual", &format!("!{}", named("×")), 60).await;
        assert_eq!(wall(&studio).await, usual, "{generator}");
    }
    // Its range is that in which it does something: at the size of the larger paintings that a generator knows strokes are made smaller only.
    let range = "const { min, max, value } = document.querySelector('#generate-stroke'); return [min, max, value].map(Number)";
    assert_eq!(studio.browser.run(range).await, json!([0, 1, 0]), "485 to 970 px, at 256");
    slide(&studio, "#generate-stroke", 1).await;
    studio.browser.wait("as large as asked for", &named("2×"), 60).await;
    slide(&studio, "#generate-size", "1024").await;
    assert_eq!(studio.browser.run(range).await, json!([-1, 0, 0]));
    // Where all strokes are of one size there is no slider, and what it said counts no more.
    slide(&studio, "#generate-stroke", -1).await;
    slide(&studio, "#generate-size", "256").await;
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/style-wheat-field.safetensors");
    let mut weights = Weights::read(&std::fs::read(models).unwrap(), "Wheat Field").unwrap();
    weights.about.style = weights.about.style.map(|style| style.at(512).into());
    studio.browser.choose_file("#generator-file", "one-size.safetensors", &weights.write(Precision::Int8).unwrap()).await;
    studio.browser.wait("it is chosen", "document.querySelector('#generator').value.startsWith('own-')", 20).await;
    assert_eq!(studio.browser.run("return document.querySelector('#generate-stroke').checkVisibility()").await, json!(false));
    assert_eq!(studio.browser.run(range).await, json!([0, 0, 0]));
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn the_address_holds_the_settings() {
    let studio = open().await;
    slide(&studio, "#generate-strength", 45).await;
    studio.browser.click("#generate-seamless").await;
    let holds = "location.hash.includes('generate-strength=45') && location.hash.includes('generate-seamless=true')";
    studio.browser.wait("the address", holds, 5).await;
    let hash = studio.browser.text("location.hash").await;
    assert!(hash.contains("generate-size=256"), "{hash}");
    let read =
        "return ['generate-strength', 'generate-size', 'strength', 'size', 'from'].map((id) => document.querySelector(`#${id}`).value)
        .concat(document.querySelector('#generate-seamless').checked, document.body.dataset.mode)";
    studio.visit(&format!("?backend=cpu&mode=generate&again{hash}")).await;
    studio.ready().await;
    assert_eq!(studio.browser.run(read).await, json!(["45", "256", "50", "384", "content", true, "generate"]));

    // A size that powers of two do not have comes back once the shape that forbids it is gone.
    let size = "return ['power', 'size'].map((id) => document.querySelector(`#${id}`).value)";
    slide(&studio, "#power", "crop").await;
    assert_eq!(studio.browser.run(size).await, json!(["crop", "512"]));
    studio.browser.run("location.hash = '#generate-strength=45'").await;
    studio.browser.wait("the usual size", "document.querySelector('#size').value === '384'", 5).await;
    assert_eq!(studio.browser.run(size).await, json!(["", "384"]));

    // What is chosen by a tile or a button is chosen too.
    studio.browser.wait("the tiles", "document.querySelector('[data-generator=style-wheat-field]')", 20).await;
    studio.browser.run("document.querySelector('[data-generator=style-wheat-field]').click()").await;
    studio.browser.wait("the generator", "location.hash.includes('generator=style-wheat-field')", 5).await;
    slide(&studio, "#layer-1", 0.5).await;
    studio.browser.wait("a layer", "location.hash.includes('layer-1=0.5')", 5).await;
    studio.browser.run("document.querySelector('#layers-reset').click()").await;
    studio.browser.wait("all layers again", "!location.hash.includes('layer-1')", 5).await;
    // Strokes are as large as they can be at the size that comes with them, and a link without a mode is of that in which the page opens.
    studio.browser.run("document.querySelector('input[name=mode][value=optimise]').click()").await;
    studio.browser.wait("the mode", "location.hash.includes('mode=optimise')", 5).await;
    studio.browser.run("location.hash = '#generator=style-wheat-field&generate-size=1024&generate-stroke=-1'").await;
    let stroke = "return ['generate-size', 'generate-stroke'].map((id) => document.querySelector(`#${id}`).value).concat(document.body.dataset.mode)";
    studio.browser.wait("the mode", "document.body.dataset.mode === 'generate'", 5).await;
    assert_eq!(studio.browser.run(stroke).await, json!(["1024", "-1", "generate"]));

    // What makes no sense is as if it were not there.
    studio.visit("?backend=cpu&mode=generate&more#generate-strength=900&generate-size=7&from=picture&size=<b>&nothing=1&mode=dance").await;
    studio.ready().await;
    assert_eq!(studio.browser.run(read).await, json!(["100", "512", "50", "384", "content", false, "generate"]));
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn styles_are_mixed_on_a_pad() {
    let studio = open().await;
    generate(&studio).await;
    studio.browser.click("#add-style").await;
    studio.browser.choose_file(".extra input[type=file]", "more.png", &pictures::content_png()).await;
    studio.browser.wait("the pad", "!document.querySelector('#mix').hidden", 20).await;
    let before = wall(&studio).await;
    let point = "const pad = document.querySelector('#mix'); const { left, top, width, height } = pad.getBoundingClientRect();
        pad.setPointerCapture = () => {};
        pad.dispatchEvent(new PointerEvent('pointerdown', { button: 0, bubbles: true, clientX: left + width - 2, clientY: top + height / 2 }));
        return [...document.querySelectorAll('.weight:not([hidden]) input')].map(({ value }) => value)";
    assert_eq!(studio.browser.run(point).await, json!(["0", "100"]), "the corner is one style alone");
    repainted(&studio, &before).await;
}

#[tokio::test]
async fn a_still_comes_from_the_camera() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    studio.browser.click("#take-picture").await;
    studio.browser.wait("the camera", "!document.querySelector('#camera-take').disabled", 20).await;
    studio.browser.click("#camera-take").await;
    studio.filled("content").await;
    let facts = studio.browser.text("document.querySelector('#content-well .well-facts').textContent").await;
    assert!(facts.contains("JPEG"), "{facts}");
    let live = "document.querySelector('#camera video').srcObject === null";
    studio.browser.wait("the camera is off", live, 5).await;

    studio.browser.run("navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))").await;
    studio.browser.click("#take-picture").await;
    assert_eq!(studio.refused("content").await, "camera-refused");
    assert_eq!(
        studio.browser.run("return 'filled' in document.querySelector('#content-well').dataset").await,
        json!(true),
        "the picture stays"
    );
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

/// What a browser answers when the page shares a file.
async fn shares(studio: &Studio, answer: &str) {
    studio
        .browser
        .run(&format!("navigator.share = async ({{ files }}) => {{ globalThis.shared = files.map(({{ name }}) => name); {answer} }}"))
        .await;
    studio.browser.click("#share").await;
}

#[tokio::test]
async fn the_result_is_shared_or_else_saved() {
    let studio = Studio::start(Kind::default()).await;
    // Not every platform that these tests run on shares files.
    let source = "navigator.canShare = () => true";
    studio.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    studio.visit("?backend=cpu&mode=generate").await;
    studio.ready().await;
    studio.fill().await;
    studio.browser.select("#generate-size", "256").await;
    generate(&studio).await;
    let said = |key: &str| format!("document.querySelector('#status').dataset.text === '{key}'");
    shares(&studio, "").await;
    studio.browser.wait("a word", &said("status.shared"), 20).await;
    assert_eq!(studio.browser.run("return shared").await, json!(["garden-atelier.png"]));
    // Thought better of it.
    shares(&studio, "throw new DOMException('no', 'AbortError')").await;
    studio.browser.wait("silence", "document.querySelector('#status').textContent === ''", 20).await;
    shares(&studio, "throw new DOMException('no', 'NotAllowedError')").await;
    studio.browser.wait("the file in its place", &said("status.saved"), 20).await;
    assert_eq!(image::load_from_memory(&studio.browser.downloaded("garden-atelier.png").await).unwrap().width(), 256);
    assert_eq!(studio.error().await, None);
}

#[tokio::test]
async fn the_result_is_copied() {
    let studio = open().await;
    generate(&studio).await;
    let permission = json!({ "permission": { "name": "clipboard-write" }, "setting": "granted" });
    studio.browser.devtools("Browser.setPermission", permission).await;
    studio.browser.devtools("Browser.setPermission", json!({ "permission": { "name": "clipboard-read" }, "setting": "granted" })).await;
    studio.browser.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
    studio.browser.click("#copy").await;
    studio.browser.wait("a word", "document.querySelector('#status').dataset.text === 'status.copied'", 20).await;
    let read = "const [item] = await navigator.clipboard.read(); const bitmap = await createImageBitmap(await item.getType('image/png'));
        return [bitmap.width, bitmap.height]";
    assert_eq!(studio.browser.run(&format!("return (async () => {{ {read} }})()")).await, json!([256, 192]));

    studio.browser.run("navigator.clipboard.write = () => Promise.reject(new DOMException('no', 'NotAllowedError'))").await;
    studio.browser.click("#copy").await;
    assert_eq!(studio.fails().await, "clipboard-refused");
    assert_eq!(studio.phase().await, "done", "the picture is still there to be saved");
}
