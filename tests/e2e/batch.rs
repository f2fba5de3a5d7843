//! Many photos at once: a list that one bad file does not stop, and one zip of the results.

use serde_json::{Value, json};

use crate::studio::Studio;
use crate::words::{assert_english, english};
use crate::{drops, pictures, recovery, screenshots, zip};

/// The page in this mode with a style, at the smallest size that a network can see: no option of the page's is so small.
async fn prepare(studio: &Studio, mode: &str, size: &str) {
    studio.choose("style", "weave.jpg", &pictures::style_jpeg()).await;
    studio.filled("style").await;
    if mode == "generate" {
        studio.browser.wait("a generator", "document.querySelector('#generator').value === 'any-style'", 20).await;
    }
    let script = "const size = document.querySelector(arguments[0]); size.add(new Option('64', '64')); size.value = '64';
        size.dispatchEvent(new Event('change', { bubbles: true }))";
    studio.browser.run_with(script, vec![json!(size)]).await;
}

/// Two photos and half of one.
async fn drop_three(studio: &Studio) {
    let (photo, half) = (pictures::content_png(), pictures::half_jpeg());
    drops::files(studio, "content", &[("garden.png", &photo), ("half.jpg", &half), ("GARDEN.png", &photo)]).await;
    settled(studio).await;
}

/// Waits until every file of the list is read.
async fn settled(studio: &Studio) {
    let read = "document.querySelectorAll('#batch-list li').length && !document.querySelector('#batch-list [data-state=reading]')";
    studio.browser.wait("the list", read, 30).await;
}

/// How each line stands.
async fn states(studio: &Studio) -> Value {
    studio.browser.run("return [...document.querySelectorAll('#batch-list li')].map((line) => line.dataset.state)").await
}

/// Waits until the batch is over.
async fn over(studio: &Studio) {
    let ended = "document.querySelector('#batch-pause').hidden && !('batch' in document.body.dataset)";
    studio.browser.wait("the end of the batch", ended, 240).await;
}

async fn waits_for(studio: &Studio, nth: usize, state: &str) {
    let line = format!("document.querySelectorAll('#batch-list li')[{nth}]?.dataset.state === '{state}'");
    studio.browser.wait(&format!("line {nth} is {state}"), &line, 120).await;
}

/// Presses a button of a line.
async fn press(studio: &Studio, nth: usize, deed: &str) {
    studio.browser.click(&format!("#batch-list li:nth-child({}) [data-deed={deed}]", nth + 1)).await;
}

/// Whether the visitor would be asked before the page is left.
async fn would_ask(studio: &Studio) -> bool {
    studio.browser.run("return !dispatchEvent(new Event('beforeunload', { cancelable: true }))").await == json!(true)
}

#[tokio::test]
async fn what_is_pasted_into_the_dialogue_joins_the_list() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    studio.browser.click("#batch-open").await;
    studio.browser.wait("the dialogue", "document.querySelector('#batch')?.open", 10).await;
    let paste = "return (async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 30 });
        canvas.getContext('2d').fillRect(0, 0, 20, 30);
        const data = new DataTransfer();
        data.items.add(new File([await new Promise((done) => canvas.toBlob(done))], 'image.png', { type: 'image/png' }));
        document.querySelector('#batch-files').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
    })()";
    studio.browser.run(paste).await;
    waits_for(&studio, 0, "waiting").await;
    assert_eq!(studio.browser.run("return 'filled' in document.querySelector('#content-well').dataset").await, json!(false));
    assert!(!would_ask(&studio).await, "nothing has been made yet");
}

#[tokio::test]
async fn three_photos_of_which_one_is_spoilt_make_two_pictures_and_one_zip() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    prepare(&studio, "generate", "#generate-size").await;
    drop_three(&studio).await;
    assert_eq!(states(&studio).await, json!(["waiting", "failed", "waiting"]));
    studio.browser.click("#batch-start").await;
    over(&studio).await;
    assert_eq!(states(&studio).await, json!(["done", "failed", "done"]));
    let why = "document.querySelector('#batch-list [data-state=failed] .batch-state')";
    assert_eq!(studio.browser.text(&format!("{why}.dataset.code")).await, "picture-truncated");
    assert_english("why", &studio.browser.text(&format!("{why}.textContent")).await);
    screenshots::save(&studio.browser, "batch-done").await;

    assert!(would_ask(&studio).await, "two pictures are nowhere else");

    // A browser that lets no place be chosen.
    studio.browser.run("globalThis.showSaveFilePicker = undefined").await;
    studio.browser.click("#batch-zip").await;
    let files = zip::read(&studio.browser.downloaded("atelier.zip").await);
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["garden-weave.png", "GARDEN-weave-2.png"]);
    for (name, bytes) in &files {
        let picture = image::load_from_memory(bytes).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (64, 48), "{name}");
        assert!(picture.pixels().any(|pixel| pixel != picture.get_pixel(0, 0)), "{name} shows something");
    }

    assert!(!would_ask(&studio).await, "all is saved");

    // And one that writes to where the visitor says, as the zip is made.
    let place = "globalThis.showSaveFilePicker = async () => (await navigator.storage.getDirectory()).getFileHandle('chosen.zip', { create: true })";
    studio.browser.run(place).await;
    studio.browser.click("#batch-zip").await;
    studio.browser.wait("the zip", "document.querySelector('#batch-status').textContent.includes('chosen.zip')", 20).await;
    let script = "const place = await navigator.storage.getDirectory();
        const bytes = await (await (await place.getFileHandle('chosen.zip')).getFile()).bytes(); return [...bytes]";
    let written: Vec<u8> = serde_json::from_value(studio.browser.run(&format!("return (async () => {{ {script} }})()")).await).unwrap();
    assert_eq!(zip::read(&written), files);

    press(&studio, 0, "download").await;
    assert_eq!(studio.browser.downloaded("garden-weave.png").await, files[0].1);
    studio.browser.click("#batch-close").await;
    assert_eq!(studio.phase().await, "done", "the last picture is left on the wall, as any other");
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_folder_is_looked_through_and_each_style_makes_its_own_picture() {
    let studio = Studio::open("?backend=cpu&mode=generate").await;
    prepare(&studio, "generate", "#generate-size").await;
    studio.browser.click("#add-style").await;
    studio.browser.choose_file("#style-1-file", "dots.png", &pictures::content_png()).await;
    studio.browser.wait("a second style", "document.querySelector('.extra[data-filled]')", 20).await;
    let photo = pictures::content_png();
    drops::full_folder(&studio, "content", &[("b.png", &photo), ("readme.txt", b"words")]).await;
    settled(&studio).await;
    assert_eq!(states(&studio).await, json!(["waiting"]), "what is no picture is left out of a folder");
    let left_out = studio.browser.text("document.querySelector('#batch-left-out').textContent").await;
    assert!(left_out.contains('1'), "{left_out}");
    studio.browser.click("#batch-start").await;
    over(&studio).await;
    let names = "return [...document.querySelectorAll('#batch-list .batch-name')].map((name) => name.textContent)";
    assert_eq!(studio.browser.run(names).await, json!(["b-weave.png", "b-dots.png"]));
    assert_eq!(states(&studio).await, json!(["done", "done"]));
}

#[tokio::test]
async fn an_engine_that_dies_costs_a_second_attempt_and_a_picture_at_most() {
    let studio = recovery::listening("?backend=cpu").await;
    prepare(&studio, "optimise", "#size").await;
    studio.browser.run("document.querySelector('#iterations').value = 500").await;
    let photo = pictures::content_png();
    drops::files(&studio, "content", &[("first.png", &photo), ("second.png", &photo), ("third.png", &photo)]).await;
    settled(&studio).await;
    studio.browser.click("#batch-start").await;
    let at_work = |workers: usize| {
        format!(
            "workers.length === {workers} && document.querySelector('#batch-list [data-state=painting] progress').hasAttribute('value')"
        )
    };
    studio.browser.wait("the first attempt", &at_work(1), 60).await;
    studio.browser.run(recovery::LOST).await;
    studio.browser.wait("the second attempt", &at_work(2), 60).await;
    assert_eq!(states(&studio).await, json!(["painting", "waiting", "waiting"]), "the same picture is begun once more");
    studio.browser.run(recovery::LOST).await;
    waits_for(&studio, 0, "failed").await;
    assert_eq!(studio.browser.text("document.querySelector('#batch-list .batch-state').dataset.code").await, "device-lost");
    studio.browser.wait("the next picture", &at_work(3), 60).await;

    assert_eq!(states(&studio).await, json!(["failed", "painting", "waiting"]));
    studio.browser.click("#batch-pause").await;
    studio.reaches("paused", 5).await;
    assert_eq!(studio.browser.text("document.querySelector('#batch-pause').textContent").await, english("action.resume"));
    studio.browser.click("#batch-pause").await;
    press(&studio, 1, "skip").await;
    waits_for(&studio, 2, "painting").await;
    assert_eq!(states(&studio).await, json!(["failed", "skipped", "painting"]));
    studio.browser.click("#batch-cancel").await;
    over(&studio).await;
    assert_eq!(states(&studio).await, json!(["failed", "skipped", "waiting"]), "what was cancelled waits");
    assert_eq!(studio.error().await, None);

    // What was planned with 500 iterations keeps them; what is put on the list anew has the settings of now.
    studio.browser.click("#batch-clear").await;
    studio.browser.run("document.querySelector('#iterations').value = 10").await;
    drops::files(&studio, "content", &[("first.png", &photo), ("second.png", &photo)]).await;
    settled(&studio).await;
    studio.browser.click("#batch-start").await;
    over(&studio).await;
    assert_eq!(states(&studio).await, json!(["done", "done"]));
}

#[tokio::test]
async fn without_a_style_the_batch_says_so() {
    let studio = Studio::open("?backend=cpu").await;
    studio.browser.click("#batch-open").await;
    studio.browser.wait("the list", "document.querySelector('#batch')?.open", 20).await;
    studio.browser.choose_files("#batch-files", &[("garden.png", pictures::content_png())]).await;
    settled(&studio).await;
    studio.browser.click("#batch-start").await;
    assert_eq!(studio.browser.text("document.querySelector('#batch-error').dataset.code").await, "style-missing");
    studio.speak("zh-CN").await;
    assert_eq!(studio.phase().await, "ready");
}

#[tokio::test]
async fn a_zip_that_would_be_too_large_is_refused_and_names_are_fit_for_every_file_system() {
    let studio = Studio::open("?backend=cpu").await;
    let script = "const part = (name) => import(new URL(name, document.querySelector('script[type=module]').src));
        return (async () => {
            const [{ checkZip }, { Names, safeName }] = await Promise.all([part('./zip.js'), part('./names.js')]);
            const refused = (entries) => { try { checkZip(entries); return null } catch (error) { return error.code } };
            const sized = (...sizes) => sizes.map((size) => ({ name: 'a.png', blob: { size } }));
            const names = new Names();
            return [
                refused(sized(2e9, 2e9)), refused(sized(2e9, 2.3e9)), refused(Array(65536).fill(sized(1)[0])),
                ['../../etc/passwd', 'con', 'a\\u202Egnp.exe', '...', 'x'.repeat(300)].map((name) => safeName(name)),
                ['a', 'A', 'a'].map((name) => names.unique(name, '.png')),
            ];
        })()";
    let found = studio.browser.run(script).await;
    assert_eq!(found[0], Value::Null);
    assert_eq!((&found[1], &found[2]), (&json!("zip-too-large"), &json!("zip-too-large")));
    assert_eq!(found[3], json!(["etc-passwd", "con-", "a-gnp.exe", "picture", "x".repeat(80)]));
    assert_eq!(found[4], json!(["a.png", "A-2.png", "a-3.png"]));
}
