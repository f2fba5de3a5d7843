//! The npm package in a page of somebody else's. `cargo xtask test package` packs it, installs it into a fresh Vite page (`examples/vite`), builds
//! that, and says where it is (`ATELIER_ADOPTED`).

use std::path::{Path, PathBuf};
use std::process::Command;

use atelier::picture::Picture;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::browser::{Browser, Kind};
use crate::measure;
use crate::pictures;
use crate::server::Server;

/// For a second of work, in a browser on a busy processor.
const SECONDS: u64 = 90;

fn adopted(below: &str) -> PathBuf {
    let folder = std::env::var_os("ATELIER_ADOPTED").expect("ATELIER_ADOPTED names the page: `cargo xtask test package` sets it");
    let folder = PathBuf::from(folder).join(below);
    assert!(folder.is_dir(), "there is no {}: `cargo xtask test package` makes it", folder.display());
    folder
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

async fn visit(root: PathBuf, page: &str) -> (Server, Browser) {
    let server = Server::of(root).await;
    let browser = Browser::start(Kind { adapter: false, ..Kind::default() }).await;
    browser.goto(&format!("{}{page}", server.address())).await;
    (server, browser)
}

/// The picture in the page.
async fn shown(browser: &Browser, picture: &str) -> Picture {
    let script = format!(
        "const picture = document.querySelector('{picture}');
         const canvas = document.createElement('canvas');
         canvas.width = picture.naturalWidth ?? picture.width;
         canvas.height = picture.naturalHeight ?? picture.height;
         canvas.getContext('2d').drawImage(picture, 0, 0);
         return canvas.toDataURL('image/png').split(',')[1];"
    );
    let png = browser.run(&script).await;
    measure::read(&BASE64_STANDARD.decode(png.as_str().unwrap()).unwrap())
}

/// A painting: a drawn pattern is too far from all that the generator has learnt to be told from a change of colours.
fn style() -> Vec<u8> {
    std::fs::read(repository().join("www/samples/impasto.jpg")).unwrap()
}

/// Asserts that a result shows the garden painted as the style is.
async fn assert_painted(what: &str, result: &Picture) {
    let (garden, style) = (measure::read(&pictures::content_png()), measure::read(&style()));
    measure::assert_nears(what, measure::style_distances(&garden, &style, result).await);
}

#[tokio::test]
async fn a_fresh_vite_page_paints_and_stops() {
    let (server, browser) = visit(adopted("dist"), "").await;
    let says = |words: &str| format!("document.querySelector('#status').textContent.startsWith('{words}')");
    browser.wait("the engine", &says("Ready, on the cpu"), SECONDS).await;
    browser.choose_file("#photo", "garden.png", &pictures::content_png()).await;
    browser.choose_file("#style", "style.jpg", &style()).await;
    // All the style that there is, so that the result can be told from a change of colours.
    browser.run("document.querySelector('#strength').value = 1").await;
    browser.click("button[value=stylize]").await;
    let took = browser.wait("the picture", &says("Painted in"), SECONDS).await;
    println!("512 px by a generator in a Vite page: {:.1} s", took.as_secs_f64());
    assert_eq!(browser.run("const { width, height } = document.querySelector('#canvas'); return [width, height]").await, json!([512, 384]));
    assert_painted("in a Vite page", &shown(&browser, "#canvas").await).await;

    browser.click("button[value=optimize]").await;
    browser.wait("progress", "document.querySelector('#progress').value > 0", SECONDS).await;
    // Coarse to fine: a preview of another size than the picture that was there.
    browser.wait("a preview", "document.querySelector('#canvas').width < 512", SECONDS).await;
    browser.click("#stop").await;
    browser.wait("the end", &says("Stopped"), 5).await;

    assert_eq!(browser.console_errors().await, [""; 0]);
    assert_eq!(server.refused(), [""; 0]);
    let (origin, address) = (server.origin(), server.address());
    let requests: Vec<_> = browser.requests().into_iter().filter(|request| request.is_from(&origin)).collect();
    assert!(requests.iter().any(|request| request.url.contains("vgg-lite")), "the log is whole: {requests:#?}");
    for request in requests {
        assert!(request.url.starts_with(&address), "a request left the page's folder: {}", request.url);
    }
}

#[tokio::test]
async fn a_plain_page_of_fifteen_lines_paints() {
    let page = std::fs::read_to_string(repository().join("examples/plain/index.html")).unwrap();
    assert!(page.lines().count() <= 15);
    let (_server, browser) = visit(repository().to_owned(), "examples/plain/").await;
    browser.choose_file("#photo", "garden.png", &pictures::content_png()).await;
    browser.choose_file("#style", "style.jpg", &style()).await;
    browser.click("button").await;
    browser.wait("the picture", "document.querySelector('#result').naturalWidth === 512", SECONDS).await;
    assert_painted("in a plain page", &shown(&browser, "#result").await).await;
    // No icon is named, so the browser asks the host's root for one.
    let errors = browser.console_errors().await;
    assert!(errors.iter().all(|error| error.contains("favicon.ico")), "{errors:?}");
}

#[tokio::test]
async fn a_batch_runs_under_node() {
    let out = tempfile::TempDir::with_prefix("atelier-batch-").unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = out.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let style = file("style.jpg", &style());
    std::fs::create_dir(out.path().join("more")).unwrap();
    let photos = [
        file("garden.png", &pictures::content_png()),
        file("words.png", pictures::WORDS),
        file("more/garden.png", &pictures::content_png()),
    ];
    let mut node = Command::new("node");
    node.arg("batch.js").arg(&style).arg(out.path().join("painted")).args(&photos).current_dir(adopted("batch"));
    let output = node.output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    print!("{said}");
    assert_eq!(output.status.code(), Some(1), "the picture that is none is told by the exit code: {complained}");
    assert!(complained.contains("words.png: picture-unrecognised"), "{complained}");
    let painted = ["garden.png", "garden-2.png"].map(|name| measure::read(&std::fs::read(out.path().join("painted").join(name)).unwrap()));
    assert_eq!((painted[0].width(), painted[0].height()), (512, 384));
    assert!(measure::difference(&painted[0], &painted[1]) == 0.0, "the same photo is painted the same");
    assert_painted("under Node", &painted[0]).await;
}

/// Runs functions of `tests/package/main.ts` in one page, and answers with what they answered.
async fn kept(browser: &Browser, promise: &str) -> Value {
    let begin = "globalThis.kept = null;
        promises[arguments[0]]().then((value) => { kept = { value }; }, (reason) => { kept = { reason: String(reason?.stack ?? reason) }; });";
    browser.run_with(begin, vec![json!(promise)]).await;
    let took = browser.wait(promise, "globalThis.kept", SECONDS).await;
    println!("{promise}: {:.1} s", took.as_secs_f64());
    let kept = browser.run("return kept").await;
    assert!(kept.get("reason").is_none(), "{promise}: {}", kept["reason"]);
    kept["value"].clone()
}

#[tokio::test]
async fn the_package_does_what_its_reference_says() {
    let (_server, browser) = visit(adopted("dist-promises"), "").await;
    browser.wait("the page", "globalThis.promises", 20).await;

    assert_eq!(kept(&browser, "exports").await, json!(["Atelier", "AtelierError", "init"]));
    let opened = kept(&browser, "opens").await;
    assert_eq!(opened[0]["backend"], "cpu");
    assert_eq!(opened[1][0]["id"], "any-style");
    assert!(opened[2].as_u64() > Some(1_000_000), "progress comes to the whole: {opened}");
    assert_eq!(kept(&browser, "takesPictures").await, json!(5));
    kept(&browser, "givesPictures").await;
    let strengths = kept(&browser, "followsStrength").await;
    assert!(strengths[0].as_f64() > Some(1.0) && strengths[1].as_f64() > strengths[0].as_f64(), "{strengths}");
    assert_eq!(kept(&browser, "takesTurns").await, json!([0, 1, 2]));
    assert_eq!(kept(&browser, "tellsOptimisation").await, json!(["done", "fetch", "iteration", "preview", "scale", "targets"]));
    kept(&browser, "choosesNetworks").await;
    // Told at once, whatever the worker is doing.
    let aborted = kept(&browser, "aborts").await.as_f64().unwrap();
    assert!(aborted < 200.0, "an abort took {aborted} ms");
    // Far less than the rest of what was left takes.
    let waited = kept(&browser, "breaks").await.as_f64().unwrap();
    assert!(waited < 15_000.0, "the next job waited {waited} ms");
    kept(&browser, "answersEveryone").await;
    kept(&browser, "pauses").await;
    kept(&browser, "survivesLoss").await;
    let codes = [
        ("picture-unrecognised", "visitor"),
        ("settings-size", "visitor"),
        ("settings-malformed", "visitor"),
        ("settings-no-styles", "visitor"),
        ("manifest-invalid", "host"),
        ("generator-refused", "visitor"),
        ("settings-iterations", "visitor"),
        ("style-missing", "visitor"),
        ("weights-stored-damaged", "visitor"),
        ("training-no-contents", "visitor"),
        ("training-no-styles", "visitor"),
        ("training-patch", "visitor"),
        ("settings-malformed", "visitor"),
        ("settings-malformed", "visitor"),
        ("settings-weight", "visitor"),
        ("settings-malformed", "visitor"),
        ("settings-malformed", "visitor"),
        ("settings-malformed", "visitor"),
        ("settings-malformed", "visitor"),
        ("settings-detail", "visitor"),
        ("content-missing", "visitor"),
        ("settings-malformed", "visitor"),
        ("manifest-unreachable", "host"),
    ];
    assert_eq!(kept(&browser, "codesErrors").await, json!(codes));
    let events = ["done", "fetch", "left-out contents 0", "notes", "sample", "step", "style"];
    assert_eq!(kept(&browser, "trains").await, json!(events));
    assert_eq!(kept(&browser, "disposes").await, json!("InvalidStateError"));
    assert_eq!(kept(&browser, "storesNothing").await, json!([[], [], 0]));
}
