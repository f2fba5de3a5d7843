//! The main flows in the other two engines: Gecko (Firefox, through WebDriver BiDi) and WebKit (WebKitGTK's MiniBrowser, through its WebDriver).
//! `cargo xtask test engines` installs both where it may, and runs these.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use atelier::picture::Picture;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bidi::Firefox;
use crate::measure;
use crate::pictures;
use crate::program::Program;
use crate::screenshots;
use crate::server::{self, Server};
use crate::words::{chinese, english};

/// WebKitGTK's browser on a screen of its own, since it has no mode without one.
#[derive(Debug)]
struct WebKit {
    client: Client,
    /// The driver, and the screen.
    _programs: [Program; 2],
    /// Where it would keep things.
    _folder: TempDir,
}

impl WebKit {
    async fn start(driver: &Path, browser: &Path) -> Self {
        let folder = TempDir::with_prefix("atelier-webkit-").unwrap();
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut screen = Program::start(&mut xvfb);
        let display: u32 = screen.says(|line| line.trim().parse().ok()).expect("Xvfb says its number");
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new(driver);
        command.arg(format!("--port={port}")).env("DISPLAY", format!(":{display}")).env("LIBGL_ALWAYS_SOFTWARE", "1");
        for name in ["HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(name, folder.path());
        }
        // Its sandbox needs rights that a container does not give; the page under test is our own.
        command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
        let programs = [Program::start(command.stdout(Stdio::null()).stderr(Stdio::null())), screen];
        let options = json!({ "webkitgtk:browserOptions": { "binary": browser, "args": ["--automation"] } });
        let began = Instant::now();
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(options.as_object().unwrap().clone());
            match builder.connect(&format!("http://127.0.0.1:{port}/")).await {
                Ok(client) => break client,
                // The driver does not say when it has begun to listen.
                Err(_) if began.elapsed() < Duration::from_secs(10) => tokio::time::sleep(Duration::from_millis(200)).await,
                Err(error) => panic!("WebKitWebDriver did not start MiniBrowser: {error}"),
            }
        };
        Self { client, _programs: programs, _folder: folder }
    }
}

/// Either, as these tests need it.
#[derive(Debug)]
enum Engine {
    Gecko(Firefox),
    WebKit(WebKit),
}

impl Engine {
    fn name(&self) -> &'static str {
        match self {
            Self::Gecko(_) => "firefox",
            Self::WebKit(_) => "webkitgtk",
        }
    }

    async fn goto(&self, address: &str) {
        match self {
            Self::Gecko(firefox) => firefox.goto(address).await,
            Self::WebKit(webkit) => webkit.client.goto(address).await.unwrap(),
        }
    }

    async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        match self {
            Self::Gecko(firefox) => firefox.run(script, &arguments).await,
            Self::WebKit(webkit) => webkit.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{error}, in {script}")),
        }
    }

    async fn text(&self, css: &str) -> String {
        self.run("return document.querySelector(arguments[0]).textContent", vec![json!(css)]).await.as_str().unwrap().to_owned()
    }

    async fn click(&self, css: &str) {
        self.run("document.querySelector(arguments[0]).click()", vec![json!(css)]).await;
    }

    async fn choose(&self, css: &str, path: &Path) {
        match self {
            Self::Gecko(firefox) => firefox.choose(css, path).await,
            Self::WebKit(webkit) => webkit.client.find(Locator::Css(css)).await.unwrap().send_keys(path.to_str().unwrap()).await.unwrap(),
        }
    }

    async fn wait(&self, what: &str, expression: &str, seconds: u64) {
        let (began, limit) = (Instant::now(), Duration::from_secs(seconds));
        while self.run(&format!("return Boolean({expression})"), Vec::new()).await != json!(true) {
            let state = "return ['#backend', '#status', '#error'].map((css) => document.querySelector(css)?.textContent.trim())";
            assert!(
                began.elapsed() <= limit,
                "{}, {what}: not within {seconds} s. The page: {}",
                self.name(),
                self.run(state, Vec::new()).await
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn save_screenshot(&self, what: &str) {
        let picture = match self {
            Self::Gecko(firefox) => BASE64_STANDARD.decode(firefox.screenshot().await).unwrap(),
            Self::WebKit(webkit) => webkit.client.screenshot().await.unwrap(),
        };
        screenshots::keep(&format!("{}-{what}.png", self.name()), &picture);
    }

    /// What hangs on the wall, as a PNG file.
    async fn wall(&self) -> Vec<u8> {
        let script = "return document.querySelector('#stage').toDataURL('image/png').split(',')[1]";
        BASE64_STANDARD.decode(self.run(script, Vec::new()).await.as_str().unwrap()).unwrap()
    }
}

/// The program that `name` names in the environment.
fn program(name: &str) -> PathBuf {
    std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: `cargo xtask test engines` sets it")).into()
}

/// Opens the page, chooses a photo from a file and a style from the shelf, generates, changes the language, optimises.
async fn main_flows(engine: &Engine) {
    let server = Server::start().await;
    let began = Instant::now();
    engine.goto(&format!("{}?mode=generate#generate-size=256&size=256", server.address())).await;
    engine.wait("the studio opens or says why not", "['ready', 'failed'].includes(document.body.dataset.phase)", 90).await;
    assert_eq!(engine.run("return document.body.dataset.phase", Vec::new()).await, json!("ready"), "{}", engine.text("#error").await);
    println!("{}: open after {:.1} s: {}", engine.name(), began.elapsed().as_secs_f64(), engine.text("#backend").await);

    let folder = TempDir::with_prefix("atelier-uploads-").unwrap();
    let photo = folder.path().join("garden.png");
    std::fs::write(&photo, pictures::content_png()).unwrap();
    engine.choose("#content-file", &photo).await;
    engine.wait("the photo", "document.querySelector('#content-well').dataset.state === 'ready' && 'filled' in document.querySelector('#content-well').dataset", 30).await;
    engine.wait("the shelves", "document.querySelector('#style-shelf [data-sample] img')", 30).await;
    engine.click("#style-shelf li:nth-child(1) button").await;
    engine
        .wait(
            "the style",
            "document.querySelector('#style-well').dataset.state === 'ready' && 'filled' in document.querySelector('#style-well').dataset",
            30,
        )
        .await;
    engine.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 30).await;

    paint(engine, "generated").await;
    engine.wait("the result is kept", "document.querySelectorAll('#history-list li').length === 1", 30).await;

    engine.click("[data-lang='zh-CN'][type=button]").await;
    engine.wait("Chinese", "document.documentElement.lang === 'zh-CN'", 10).await;
    assert_eq!(engine.text("#download-png").await, chinese("download.png"));
    engine.click("[data-lang='en'][type=button]").await;
    engine.wait("English", &format!("document.querySelector('#download-png').textContent === '{}'", english("download.png")), 10).await;

    engine.click("[name=mode][value=optimise]").await;
    engine.run("document.querySelector('#iterations').value = 10", Vec::new()).await;
    paint(engine, "optimised").await;
    engine.wait("a second result", "document.querySelectorAll('#history-list li').length === 2", 30).await;
    engine.click("#how-it-works").await;
    engine.wait("what the network sees", "!document.querySelector('#how-body').hidden", 60).await;
    engine.run("document.querySelector('#how').close()", Vec::new()).await;
    for name in ["batch", "storage"] {
        engine.click(&format!("#{name}-open")).await;
        engine.wait(name, &format!("document.querySelector('#{name}')?.open"), 20).await;
        engine.run("document.querySelector(arguments[0]).close()", vec![json!(format!("#{name}"))]).await;
    }
    engine.click("[name=mode][value=train]").await;
    engine.wait("the training bench", &format!("document.querySelector('#start').textContent === '{}'", english("action.train")), 10).await;
    assert_eq!(server.refused(), [""; 0]);
}

/// The first style on the shelf.
fn first_style() -> Picture {
    let samples = server::site().join("samples");
    let list: Value = serde_json::from_slice(&std::fs::read(samples.join("samples.json")).unwrap()).unwrap();
    measure::read(&std::fs::read(samples.join(list["styles"][0]["file"].as_str().unwrap())).unwrap())
}

/// Presses Start and looks at what comes of it.
async fn paint(engine: &Engine, what: &str) {
    let began = Instant::now();
    engine.click("#start").await;
    engine.wait("an end", "document.body.dataset.phase === 'done' || !document.querySelector('#error').hidden", 240).await;
    assert_eq!(engine.run("return document.body.dataset.phase", Vec::new()).await, json!("done"), "{}", engine.text("#error").await);
    println!("{}: {what} in {:.1} s", engine.name(), began.elapsed().as_secs_f64());
    engine.wait("the comparison", "!document.querySelector('#comparison').hidden", 30).await;
    engine.save_screenshot(what).await;
    let (result, photo) = (measure::read(&engine.wall().await), measure::read(&pictures::content_png()));
    let distances = measure::style_distances(&photo, &first_style(), &result).await;
    measure::assert_nears(&format!("{}: {what}", engine.name()), distances);
}

#[tokio::test]
#[ignore = "needs Firefox: run it with `cargo xtask test engines`"]
async fn firefox_does_the_main_flows() {
    let engine = Engine::Gecko(Firefox::start(&program("ATELIER_FIREFOX")).await);
    main_flows(&engine).await;
    let Engine::Gecko(firefox) = &engine else { unreachable!() };
    engine.click("[name=mode][value=optimise]").await;
    engine.click("#download-png").await;
    let path = firefox.downloads().join("garden-atelier.png");
    for _ in 0..100 {
        // Firefox makes the file empty before it fills it.
        if std::fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let saved = measure::read(&std::fs::read(&path).unwrap());
    assert!(measure::difference(&saved, &measure::read(&engine.wall().await)) < 0.01, "the file is what hangs on the wall");
    assert_eq!(firefox.console_errors().await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs WebKitGTK: run it with `cargo xtask test engines`"]
async fn webkit_does_the_main_flows() {
    let webkit = WebKit::start(&program("ATELIER_WEBKIT_DRIVER"), &program("ATELIER_WEBKIT_BROWSER")).await;
    main_flows(&Engine::WebKit(webkit)).await;
}
