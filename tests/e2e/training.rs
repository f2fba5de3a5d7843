//! A style of one's own: trained from a few small pictures, kept, used on another photo, carried away as a file and brought back.

use std::time::Duration;

use atelier::generator::Weights;
use serde_json::{Value, json};

use crate::browser::Kind;
use crate::drops;
use crate::pictures;
use crate::recovery;
use crate::results;
use crate::screenshots;
use crate::server::Fault;
use crate::studio::Studio;
use crate::words::{assert_chinese, assert_english, english};

/// As WebDriver has it.
const ARROW_RIGHT: &str = "\u{e014}";

/// The page in this mode, on the processor.
async fn open(mode: &str) -> Studio {
    Studio::open(&format!("?backend=cpu&mode={mode}")).await
}

/// Five small pictures and a spoilt one, and the smallest training that there is: the page itself offers none so small.
pub async fn prepare(studio: &Studio, name: &str, steps: u32) {
    let mut files: Vec<(String, Vec<u8>)> =
        pictures::small_styles().into_iter().enumerate().map(|(index, file)| (format!("weave-{index}.jpg"), file)).collect();
    files.push(("spoilt.jpg".to_owned(), pictures::half_jpeg()));
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    studio.browser.choose_files("#train-styles", &files).await;
    studio.browser.wait("the set", "!document.querySelector('#train-styles-error').hidden", 30).await;
    let refused = studio.browser.text("document.querySelector('#train-styles-error').textContent").await;
    assert!(refused.contains("spoilt.jpg") && !refused.contains("weave"), "what cannot be read is named: {refused}");
    assert_eq!(studio.browser.run("return document.querySelectorAll('#train-styles-list canvas').length").await, json!(5));
    studio.browser.fill("#train-name", name).await;
    let script = "const value = (id, value) => { const field = document.querySelector(id); field.value = value;
            field.dispatchEvent(new Event('change', { bubbles: true })) };
        value('#train-start', '');
        document.querySelector('#train-patch').add(new Option('32', '32')); value('#train-patch', '32'); value('#train-batch', '2');
        document.querySelector('#train-steps').min = '1'; value('#train-steps', String(arguments[0]))";
    studio.browser.run_with(script, vec![json!(steps)]).await;
}

/// Waits until so many steps are done, or all are.
pub async fn steps(studio: &Studio, least: u64) {
    let far =
        format!("document.querySelector('#fact-step').textContent.includes('/') && document.querySelector('#progress').value >= {least}");
    studio.browser.wait("steps", &format!("({far}) || !['ready', 'running'].includes(document.body.dataset.phase)"), 240).await;
    assert_eq!(studio.error().await, None);
}

/// Waits for a lost engine to be told of and replaced, and tries again.
async fn tried_again(studio: &Studio) {
    assert_eq!(studio.fails().await, "device-lost");
    studio.browser.wait("a fresh worker", "document.querySelector('#backend').dataset.state === 'ready'", 60).await;
    studio.answer_error("retry").await;
    studio.reaches("running", 30).await;
}

/// The colours on the wall.
async fn wall(studio: &Studio) -> Vec<f64> {
    let script = "const c = document.querySelector('#stage'); return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]";
    serde_json::from_value(studio.browser.run(script).await).unwrap()
}

fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let count = u32::try_from(a.len()).unwrap();
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / f64::from(count)
}

/// Moves a slider, as a hand or a key would.
async fn slide(studio: &Studio, css: &str, value: f64) {
    let script = "const slider = document.querySelector(arguments[0]); slider.value = arguments[1];
        slider.dispatchEvent(new Event('input', { bubbles: true }))";
    studio.browser.run_with(script, vec![json!(css), json!(value)]).await;
}

/// Generators in the list, as they are called.
pub async fn listed(studio: &Studio) -> Value {
    studio.browser.run("return [...document.querySelector('#generator').options].map(({ text }) => text)").await
}

pub async fn lists(studio: &Studio, name: &str) {
    let named = format!("[...document.querySelector('#generator').options].some(({{ text }}) => text === '{name}')");
    studio.browser.wait(&format!("{name} in the list"), &named, 20).await;
}

#[tokio::test]
async fn a_style_is_learnt_from_five_pictures_kept_and_painted_with() {
    let studio = recovery::listening("?backend=cpu&mode=train").await;
    prepare(&studio, "Loom", 14).await;
    screenshots::save(&studio.browser, "desktop-train").await;
    studio.press_start().await;
    steps(&studio, 3).await;
    studio.browser.wait("a sample", "document.querySelector('#picture').dataset.shown === 'preview'", 60).await;
    screenshots::save(&studio.browser, "desktop-training").await;
    studio.reaches("done", 240).await;
    assert_eq!(studio.error().await, None);
    let status = studio.browser.text("document.querySelector('#status').textContent").await;
    assert!(status.contains("Loom"), "{status}");
    for fact in ["content", "style", "success"] {
        assert_ne!(studio.browser.text(&format!("document.querySelector('#fact-{fact}').textContent")).await, "–", "{fact}");
    }
    screenshots::save(&studio.browser, "desktop-trained").await;

    studio.browser.click("#use-trained").await;
    assert_eq!(studio.browser.text("document.body.dataset.mode").await, "generate");
    studio.choose("content", "garden.png", &pictures::content_png()).await;
    studio.filled("content").await;
    studio.browser.select("#generate-size", "256").await;
    // The photo as it waits on the wall is drawn at another size.
    studio.press_start().await;
    studio.reaches("done", 120).await;
    assert_eq!(studio.error().await, None);
    let painted = wall(&studio).await;
    screenshots::save(&studio.browser, "desktop-generated").await;
    studio.browser.wait("the comparison", "!document.querySelector('#comparison').hidden", 20).await;
    let before = "const c = document.querySelector('#before'); return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]";
    let photo: Vec<f64> = serde_json::from_value(studio.browser.run(before).await).unwrap();
    let change = difference(&painted, &photo);
    assert!(change > 5.0, "the result is not the photo: {change}");

    // Controls are followed without another press. Fourteen steps teach a generator too little about styles for the strength to show, but
    // whose colours the result has does show.
    slide(&studio, "#generate-strength", 50.0).await;
    let followed = english("status.followed");
    studio.browser.wait("the picture follows", &format!("document.querySelector('#status').textContent === '{followed}'"), 30).await;
    let asked = studio.browser.run("return asked.filter(({ op }) => op === 'generate').map(({ strength }) => strength)").await;
    assert_eq!(asked, json!([1, 0.5]));
    studio.browser.select("#generate-colors", "luma").await;
    let named = format!("document.querySelector('#particulars').textContent.endsWith('{}')", english("settings.colors.luma"));
    studio.browser.wait("the colours follow", &named, 30).await;
    assert!(difference(&wall(&studio).await, &painted) > 5.0, "the photo's colours are others");
    assert_eq!(studio.phase().await, "done");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_generator_is_exported_deleted_and_imported_and_a_damaged_one_refused() {
    let studio = open("train").await;
    prepare(&studio, "Loom", 2).await;
    studio.press_start().await;
    studio.reaches("done", 240).await;
    studio.browser.click("#export-trained").await;
    let file = studio.browser.downloaded("Loom.safetensors").await;
    studio.browser.wait("what was done", "document.querySelector('#status').textContent.includes('Loom.safetensors')", 5).await;
    let weights = Weights::read(&file, "Loom").unwrap();
    assert_eq!((weights.about.name.as_str(), weights.about.steps), ("Loom", 2));

    // It is there after a reload, and deleted only when that was meant.
    studio.visit("?backend=cpu&mode=generate").await;
    studio.ready().await;
    lists(&studio, "Loom").await;

    // Its tile shows what it makes of the photo that the site's have painted, and pressing a tile chooses.
    studio.browser.wait("its tile", "document.querySelector('#generator-shelf [data-generator^=own-] canvas')", 60).await;
    let chosen = "return [document.querySelector('#generator').selectedOptions[0].text, document.querySelector('#generator-shelf [aria-pressed=true]').title]";
    for (tile, name) in [("style-great-wave", english("generator.style-great-wave")), ("own-", "Loom")] {
        studio.browser.click(&format!("#generator-shelf [data-generator^={tile}]")).await;
        assert_eq!(studio.browser.run(chosen).await, json!([name, name]));
    }
    screenshots::save(&studio.browser, "desktop-generators").await;
    studio.browser.click("#generator-remove").await;
    assert_eq!(listed(&studio).await.as_array().unwrap().iter().filter(|name| **name == json!("Loom")).count(), 1);
    studio.browser.click("#generator-remove").await;
    let gone = "[...document.querySelector('#generator').options].every(({ text }) => text !== 'Loom')";
    studio.browser.wait("it is gone", gone, 20).await;
    assert_eq!(studio.browser.run("return document.querySelectorAll('#generator-shelf [data-generator^=own-]').length").await, json!(0));

    let half = file[..file.len() / 2].to_vec();
    let mut not_finite = file.clone();
    // Floats are the first after the header, whose length is the first that there is.
    let first = 8 + usize::try_from(u64::from_le_bytes(file[..8].try_into().unwrap())).unwrap();
    not_finite[first..first + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut newer = file.clone();
    let version = b"atelier-generator-3";
    let at = newer.windows(version.len()).position(|bytes| bytes == version).unwrap();
    newer[at + version.len() - 1] = b'9';
    for (name, bytes, code) in [
        ("half.safetensors", half, "generator-refused"),
        ("nan.safetensors", not_finite, "generator-refused"),
        ("newer.safetensors", newer, "model-other-version"),
    ] {
        studio.browser.run("delete document.querySelector('#generator-error').dataset.code").await;
        studio.browser.choose_file("#generator-file", name, &bytes).await;
        let said = format!("document.querySelector('#generator-error').dataset.code === '{code}'");
        studio.browser.wait(&format!("{name} is refused"), &said, 20).await;
        let sentence = || studio.browser.text("document.querySelector('#generator-error').textContent");
        assert!(sentence().await.contains(name));
        assert_english(name, &sentence().await);
        studio.speak("zh-CN").await;
        assert_chinese(name, &sentence().await);
        studio.speak("en").await;
    }
    screenshots::save(&studio.browser, "desktop-generator-refused").await;
    studio.browser.choose_file("#generator-file", "Loom.safetensors", &file).await;
    lists(&studio, "Loom").await;
    assert_eq!(studio.browser.run("return document.querySelector('#generator-error').hidden").await, json!(true));
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_closed_tab_goes_on_with_its_training() {
    let studio = open("train").await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    steps(&studio, 3).await;
    studio.browser.click("#pause").await;
    studio.reaches("paused", 10).await;
    // The step in hand is finished, and then put away.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let paused = studio.progress().await;
    assert!(paused >= 3);

    // Whatever the visitor comes back for.
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.browser.wait("the offer", "!document.querySelector('#unfinished').hidden", 30).await;
    let offer = studio.browser.text("document.querySelector('#unfinished-about').textContent").await;
    assert!(offer.contains("Loom") && offer.contains(&paused.to_string()) && offer.contains("400"), "{offer}");
    screenshots::save(&studio.browser, "desktop-unfinished").await;
    studio.browser.click("#unfinished-continue").await;
    steps(&studio, paused + 2).await;
    assert_eq!(studio.phase().await, "running");
    studio.browser.click("#keep").await;
    studio.reaches("done", 60).await;
    assert_eq!(studio.error().await, None);
    lists(&studio, "Loom").await;
    assert_eq!(studio.browser.run("return document.querySelector('#unfinished').hidden").await, json!(true), "it is finished");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_paused_training_does_one_step_with_whoever_is_to_learn_and_goes_on_to_another_end() {
    let studio = recovery::listening("?backend=cpu&mode=train").await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    steps(&studio, 2).await;
    let offered = "return document.querySelector('#one-step').checkVisibility()";
    assert_eq!(studio.browser.run(offered).await, json!(false), "a training that runs has no use for it");
    studio.browser.click("#pause").await;
    studio.reaches("paused", 10).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let paused = studio.progress().await;
    studio.browser.click("#one-step").await;
    studio.browser.wait("one step", &format!("document.querySelector('#progress').value > {paused}"), 30).await;
    studio.browser.select("#players", "discriminator").await;
    screenshots::save(&studio.browser, "desktop-training-paused").await;
    // Time for steps that should not be taken.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!((studio.progress().await, studio.phase().await.as_str()), (paused + 1, "paused"));
    studio.browser.click("#one-step").await;
    studio.browser.wait("another step", &format!("document.querySelector('#progress').value > {}", paused + 1), 30).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let asked = studio.browser.run("return asked.filter(({ op }) => op === 'setPlayers').map(({ players }) => players)").await;
    assert_eq!(asked, json!(["discriminator"]));

    studio.visit("?backend=cpu&mode=train").await;
    studio.ready().await;
    studio.browser.wait("the offer", "!document.querySelector('#unfinished').hidden", 30).await;
    studio.browser.fill("#unfinished-steps", "1").await;
    studio.browser.click("#unfinished-continue").await;
    assert_eq!(studio.fails().await, "training-steps");
    let end = paused + 4;
    studio.browser.fill("#unfinished-steps", &end.to_string()).await;
    studio.browser.click("#unfinished-continue").await;
    studio.reaches("done", 120).await;
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.progress().await, end);
    assert_eq!(studio.browser.text("document.querySelector('#players').value").await, "discriminator", "as the checkpoint has it");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_lost_engine_costs_a_training_no_more_than_its_last_checkpoint() {
    let studio = recovery::listening("?backend=cpu&mode=train").await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    // A checkpoint follows the first step.
    steps(&studio, 3).await;
    studio.browser.run(recovery::LOST).await;
    tried_again(&studio).await;
    steps(&studio, 2).await;
    assert_eq!(studio.browser.run("return asked.findLast(({ op }) => op === 'train').resume").await, json!(true));
    studio.cancel().await;
    assert_eq!(studio.error().await, None);
    studio.browser.wait("it can be gone on with", "!document.querySelector('#unfinished').hidden", 20).await;
}

/// Whoever presses Start and thinks better of it has lost nothing of before; and what failed to begin is begun again, not the other gone on with.
#[tokio::test]
async fn a_training_that_never_began_leaves_the_one_before_it() {
    let studio = recovery::listening("?backend=cpu&mode=train").await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    steps(&studio, 2).await;
    studio.cancel().await;
    let offered =
        "!document.querySelector('#unfinished').hidden && document.querySelector('#unfinished-about').textContent.includes('Loom')";
    studio.browser.wait("the offer", offered, 30).await;

    // As soon as the worker has been asked, while it prepares the pictures.
    let start_and = |deed: &str| {
        format!(
            "const before = asked.length; document.querySelector('#start').click();
            const waiting = setInterval(() => {{
                if (!asked.slice(before).some(({{ op }}) => op === 'train')) return;
                clearInterval(waiting);
                {deed};
            }}, 1)"
        )
    };
    studio.browser.fill("#train-name", "Tide").await;
    // What would throw the other away asks first.
    let asks = "document.querySelector('#start').textContent.includes('Loom')";
    studio.browser.click("#start").await;
    studio.browser.wait("a question", asks, 20).await;
    studio.browser.run("document.querySelector('#start').blur()").await;
    assert_eq!(
        (studio.phase().await, studio.browser.run("return asked.filter(({ op }) => op === 'train').length").await),
        ("cancelled".to_owned(), json!(1))
    );
    studio.browser.click("#start").await;
    studio.browser.wait("a question", asks, 20).await;
    studio.browser.run(&start_and("document.querySelector('#cancel').click()")).await;
    studio.browser.wait("the end", "document.querySelector('#status').dataset.text === 'status.cancelled-early'", 30).await;
    studio.browser.wait("the offer again", offered, 30).await;

    assert_eq!(
        studio.browser.run("return document.querySelector('#stopped').hidden").await,
        json!(true),
        "what stopped is not what was left"
    );
    studio.browser.click("#start").await;
    studio.browser.wait("a question", asks, 20).await;
    studio.browser.run(&start_and(recovery::LOST)).await;
    tried_again(&studio).await;
    let again = "const { plan, replaces } = asked.findLast(({ op }) => op === 'train'); return [plan.name, replaces]";
    assert_eq!(studio.browser.run(again).await, json!(["Tide", true]), "what was agreed to still holds");
    studio.cancel().await;
    assert_eq!(studio.error().await, None);
}

/// Whether the last training went on from what is stored, and whether it went on from what the page had.
const KEPT: &str = "const { resume, checkpoint } = asked.findLast(({ op }) => op === 'train'); return [resume, checkpoint instanceof Blob]";

/// What the page has kept since the disk was full is newer than what is stored.
#[tokio::test]
async fn a_lost_engine_goes_on_from_the_newest_checkpoint_wherever_it_is() {
    let studio = recovery::listening("?backend=cpu&mode=train").await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    steps(&studio, 2).await;
    studio.browser.devtools("Storage.overrideQuotaForOrigin", json!({ "origin": studio.server.origin(), "quotaSize": 1000 })).await;
    studio.browser.click("#pause").await;
    studio.browser.wait("the truth", "document.querySelector('#train-notes [data-note=unstored]')", 30).await;
    let before = studio.progress().await;
    studio.browser.run(recovery::LOST).await;
    tried_again(&studio).await;
    steps(&studio, before + 1).await;
    // With the pictures that were put away: nothing of what is stored goes before something newer is.
    assert_eq!(studio.browser.run(KEPT).await, json!([true, true]));
    assert!(studio.progress().await < before + 20, "it did not begin anew");
}

#[tokio::test]
async fn without_room_a_training_goes_on_in_memory_and_can_be_exported() {
    let studio = recovery::listening("?backend=cpu&mode=train").await;
    let quota = json!({ "origin": studio.server.origin(), "quotaSize": 1000 });
    studio.browser.devtools("Storage.overrideQuotaForOrigin", quota).await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    steps(&studio, 1).await;
    studio.browser.click("#pause").await;
    // What is kept is known once the first step is to be put away.
    let told = "document.querySelector('#status').dataset.text === 'status.training-paused-here'
        && document.querySelector('#train-notes [data-note=unstored]') !== null";
    studio.browser.wait("the truth about leaving", told, 30).await;
    // What the browser asks a page before it goes.
    let asks = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }))";
    assert_eq!(studio.browser.run(asks).await, json!(true), "the page is not left by accident");
    studio.browser.click("#pause").await;

    // A lost engine costs no more than what came after the checkpoint that the page has.
    let before = studio.progress().await;
    studio.browser.run(recovery::LOST).await;
    tried_again(&studio).await;
    steps(&studio, before).await;
    assert_eq!(studio.browser.run(KEPT).await, json!([false, true]));

    // Nor does one whose message was closed: the page is not left by accident, and it goes on from beside the wall.
    let before = studio.progress().await;
    studio.browser.run(recovery::LOST).await;
    assert_eq!(studio.fails().await, "device-lost");
    studio.answer_error("dismiss").await;
    assert_eq!(studio.browser.run(asks).await, json!(true));
    studio.browser.wait("Continue", "document.querySelector('#continue-training').checkVisibility()", 60).await;
    studio.browser.click("#continue-training").await;
    studio.reaches("running", 30).await;
    steps(&studio, before).await;
    assert_eq!(studio.browser.text("document.activeElement.id").await, "pause", "focus is where something can be done");

    studio.browser.click("#keep").await;
    studio.reaches("done", 240).await;
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.browser.run(asks).await, json!(true), "the generator is in this page only");
    let told = studio.browser.run("return Boolean(document.querySelector('#train-notes [data-note=unstored]'))").await;
    assert_eq!(told, json!(true), "the page says that there is no room");
    studio.browser.click("#export-trained").await;
    assert!(Weights::read(&studio.browser.downloaded("Loom.safetensors").await, "Loom").is_ok());
    assert_eq!(studio.browser.run(asks).await, json!(false), "it is a file now");
}

/// Room that was wanting comes back, and what a closed tab left half-written is not taken for a checkpoint.
#[tokio::test]
async fn a_checkpoint_is_stored_as_soon_as_there_is_room_and_a_torn_one_is_refused() {
    let studio = open("train").await;
    let quota = |bytes: u64| json!({ "origin": studio.server.origin(), "quotaSize": bytes });
    studio.browser.devtools("Storage.overrideQuotaForOrigin", quota(1000)).await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    steps(&studio, 1).await;
    studio.browser.wait("the truth", "document.querySelector('#train-notes [data-note=unstored]')", 30).await;
    studio.browser.devtools("Storage.overrideQuotaForOrigin", quota(1 << 30)).await;
    // Every pause puts the step in hand away.
    studio.browser.click("#pause").await;
    studio.browser.wait("it is stored", "!document.querySelector('#train-notes [data-note=unstored]')", 30).await;
    let kept = studio.browser.text("document.querySelector('#status').dataset.text").await;
    assert_eq!(kept, "status.training-paused");

    let tear = "return (async () => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('training');
        for await (const [name, handle] of folder) {
            if (!name.startsWith('checkpoint-')) continue;
            const part = await folder.getFileHandle(`checkpoint-9999.part`, { create: true });
            for (const [file, bytes] of [[part, 100], [handle, 1000]]) {
                const head = await (await handle.getFile()).slice(0, bytes).arrayBuffer();
                const writable = await file.createWritable();
                await writable.write(head);
                await writable.close();
            }
            return name;
        }
    })()";
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.browser.wait("the offer", "!document.querySelector('#unfinished').hidden", 30).await;
    assert!(studio.browser.run(tear).await.as_str().unwrap().starts_with("checkpoint-"));
    studio.browser.click("#unfinished-continue").await;
    assert_eq!(studio.fails().await, "training-lost");
    studio.browser.wait("nothing is offered", "document.querySelector('#unfinished').hidden", 20).await;
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

/// It is measured by the network that pictures are optimised against, and told of styles by the other.
#[tokio::test]
async fn a_training_needs_both_networks_and_is_begun_again_once_they_arrive() {
    for network in ["vgg-lite.safetensors", "vgg-lite-wide.safetensors"] {
        let studio = Studio::start(Kind::default()).await;
        studio.server.break_file(network, Fault::Missing);
        studio.visit("?backend=cpu&mode=train").await;
        studio.ready().await;
        prepare(&studio, "Loom", 2).await;
        studio.press_start().await;
        assert_eq!(studio.fails().await, "model-missing", "{network}");
        studio.server.mend();
        studio.answer_error("retry").await;
        studio.reaches("done", 120).await;
        assert_eq!(studio.error().await, None, "{network}");
    }
}

#[tokio::test]
async fn a_training_is_cancelled_while_what_it_needs_does_not_come() {
    let studio = Studio::start(Kind::default()).await;
    studio.server.break_file("vgg-lite-wide.safetensors", Fault::Held);
    studio.visit("?backend=cpu&mode=train").await;
    studio.ready().await;
    prepare(&studio, "Loom", 400).await;
    studio.press_start().await;
    studio.reaches("running", 20).await;
    studio.browser.click("#cancel").await;
    studio.reaches("cancelled", 60).await;
    assert_eq!(studio.browser.text("document.querySelector('#status').dataset.text").await, "status.cancelled-early");
    assert_eq!(studio.error().await, None);
}

#[tokio::test]
async fn pictures_go_into_the_set_that_they_are_dropped_on() {
    let studio = open("train").await;
    let small = pictures::small_styles();
    let dropped: Vec<(&str, &[u8])> = ["a.jpg", "b.jpg"].into_iter().zip(small.iter().map(Vec::as_slice)).collect();
    let sets = "return ['styles', 'contents'].map((set) => document.querySelectorAll(`#train-${set}-list canvas`).length)";
    for (set, css, expected) in [("contents", ".set:has(#train-contents-list)", json!([0, 2])), ("styles", "#wall", json!([2, 2]))] {
        drops::files_on(&studio, css, &dropped).await;
        studio.browser.wait("the set", &format!("document.querySelectorAll('#train-{set}-list canvas').length === 2"), 20).await;
        assert_eq!(studio.browser.run(sets).await, expected);
    }
    // A folder is a set, and what does not belong to one is taken out.
    drops::full_folder(&studio, "content", &dropped).await;
    studio.browser.wait("the folder's pictures", "document.querySelectorAll('#train-styles-list canvas').length === 4", 20).await;
    studio.browser.run("document.querySelector('#train-styles-list li:last-child button').click()").await;
    assert_eq!(studio.browser.run(sets).await, json!([3, 2]));
    let focused = "return document.activeElement === document.querySelector('#train-styles-list li:last-child button')";
    assert_eq!(studio.browser.run(focused).await, json!(true), "the next one is at hand");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_generated_picture_is_refined_by_optimising() {
    let studio = open("train").await;
    prepare(&studio, "Loom", 2).await;
    studio.press_start().await;
    studio.reaches("done", 240).await;
    studio.browser.click("#use-trained").await;
    studio.choose("content", "garden.png", &pictures::content_png()).await;
    studio.filled("content").await;
    // The style's well is not there: what is let go anywhere is the photo.
    drops::files_on(&studio, "#wall", &[("meadow.png", &pictures::content_png())]).await;
    let name = "document.querySelector('#content-well .well-name').textContent";
    studio.browser.wait("the other photo", &format!("{name} === 'meadow'"), 20).await;
    studio.filled("content").await;
    studio.browser.select("#generate-size", "256").await;
    studio.press_start().await;
    studio.reaches("done", 120).await;
    // The picture follows another photo, and is that one's to go on from.
    studio.choose("content", "garden.png", &pictures::content_png()).await;
    let title = "document.querySelector('#result-title').textContent";
    studio.browser.wait("the other's picture", &format!("{title}.includes('garden')"), 60).await;
    studio.browser.click("#refine").await;
    assert_eq!(studio.refused("style").await, "style-missing", "the optimiser needs a picture of the style");
    assert_eq!(studio.browser.text("document.body.dataset.mode").await, "optimise");
    studio.choose("style", "weave.jpg", &pictures::style_jpeg()).await;
    studio.filled("style").await;
    studio.set(10).await;
    studio.browser.click("#run-on").await;
    studio.reaches("running", 20).await;
    studio.reaches("done", 180).await;
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn refining_keeps_the_size_and_the_strokes_and_asks_for_a_style_that_the_picture_was_not_painted_from() {
    let studio = results::open().await;
    studio.browser.wait("the tiles", "document.querySelector('[data-generator=style-wheat-field]')", 20).await;
    studio.browser.run("document.querySelector('[data-generator=style-wheat-field]').click()").await;
    slide(&studio, "#generate-stroke", 0.5).await;
    studio.browser.click("#generate-seamless").await;
    results::generate(&studio).await;
    studio.browser.click("#refine").await;
    let status = "document.querySelector('#status').textContent";
    studio.browser.wait("the question", &format!("{status} === `{}`", english("status.refine-own")), 5).await;
    assert_eq!(studio.phase().await, "done", "nothing is painted yet");
    assert_eq!(studio.browser.text("document.activeElement.id").await, "style-file");
    assert_eq!(studio.browser.text("document.querySelector('#size').value").await, "256", "as large as the picture");
    assert_eq!(studio.browser.text("document.querySelector('#stroke').value").await, "0.5", "with strokes as large as its");
    assert_eq!(studio.browser.run("return document.querySelector('#seamless').checked").await, json!(true), "and a tile, as it is");
    assert_eq!(studio.error().await, None);
}

#[tokio::test]
async fn modes_are_chosen_by_keyboard_and_locked_while_something_is_painted() {
    let studio = open("optimise").await;
    studio.fill().await;
    studio.set(200).await;
    studio.begin().await;
    assert_eq!(
        studio.browser.run("return [...document.querySelectorAll('[name=mode]')].every(({ disabled }) => disabled)").await,
        json!(true)
    );
    studio.cancel().await;
    studio.browser.run("document.querySelector('[name=mode]:checked').focus()").await;
    studio.browser.press(ARROW_RIGHT).await;
    assert_eq!(studio.browser.text("document.body.dataset.mode").await, "train");
    let shown = "return ['#generating', '#settings', '#training'].map((css) => document.querySelector(css).checkVisibility())";
    assert_eq!(studio.browser.run(shown).await, json!([false, false, true]));
    studio.browser.press(ARROW_RIGHT).await;
    assert_eq!(studio.browser.text("document.body.dataset.mode").await, "generate");
    assert_eq!(studio.browser.run(shown).await, json!([true, false, false]));
    studio.press_start().await;
    // The cancelled run may have cost the worker, and the list comes with the next one.
    let refused = "(document.querySelector('#generator-error').dataset.code ?? document.querySelector('#generator').value) !== ''";
    studio.browser.wait("a generator, or that there is none", refused, 60).await;
}
