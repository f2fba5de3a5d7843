//! One Chromium behind one chromedriver: started, spoken to, and always ended.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use url::{ParseError, Url};

use crate::netlog::{self, Request};
use crate::program::Program;

/// Browsers take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// Quiet where there is no network, and the same on every machine.
const ALWAYS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    // Asks Google what fields a form has, on the page's behalf as far as the log of requests can tell.
    "--disable-features=AutofillServerCommunication",
    // A camera that shows a test picture, and nobody to ask whether it may.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--window-size=1280,900",
    "--force-device-scale-factor=1",
    // A name for this machine that is not a secure context.
    "--host-resolver-rules=MAP atelier.test 127.0.0.1",
];
/// WebGPU in software. Without these flags a Chromium without a GPU offers no adapter.
const WEBGPU: [&str; 3] = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];

/// What kind of browser to start.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Whether it has a (software) WebGPU adapter.
    pub adapter: bool,
    /// The visitor's languages, as in `Accept-Language`.
    pub languages: &'static str,
}

impl Default for Kind {
    fn default() -> Self {
        Self { adapter: true, languages: "en" }
    }
}

/// A running browser.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    /// Its profile, its downloads, what is uploaded to it, and its log of requests.
    folder: TempDir,
    driver: Program,
    port: u16,
    session: String,
    over: bool,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Waits for its turn and starts a browser.
    pub async fn start(kind: Kind) -> Self {
        let turn = TURN.lock().await;
        let folder = TempDir::with_prefix("atelier-e2e-").unwrap();
        for name in ["downloads", "uploads"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let (driver, port) = start_driver();
        let connected = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(kind, folder.path()))
            .connect(&format!("http://127.0.0.1:{port}/"))
            .await;
        let client = connected.unwrap_or_else(|error| panic!("chromedriver did not start Chromium: {error}"));
        let session = client.session_id().await.unwrap().unwrap();
        Self { client, folder, driver, port, session, over: false, _turn: turn }
    }

    /// Goes to an address and waits until it has loaded.
    pub async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Runs the body of a function in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.run_with(script, Vec::new()).await
    }

    /// The same with `arguments`.
    pub async fn run_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{error}, in the script {script}"))
    }

    /// The value of an expression as text; null is empty.
    pub async fn text(&self, expression: &str) -> String {
        self.run(&format!("return String(({expression}) ?? '')")).await.as_str().unwrap().to_owned()
    }

    /// Clicks with the mouse, after scrolling to it. Fails where something else is in the way.
    pub async fn click(&self, css: &str) {
        // WebDriver itself scrolls no further than to the window's edge, which is where the page keeps its Start button.
        let scroll = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.run_with(scroll, vec![json!(css)]).await;
        let element = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("no {css}: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("cannot click {css}: {error}"));
    }

    /// Types into a field, in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let element = self.client.find(Locator::Css(css)).await.unwrap();
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: &str) {
        self.client.active_element().await.unwrap().send_keys(key).await.unwrap();
    }

    /// Presses a key wherever the focus is, while `held` is held down, as a keyboard does it.
    pub async fn key(&self, held: Option<Key>, key: impl Into<char>) {
        let (held, key) = (held.map(char::from), key.into());
        let down = held.into_iter().chain([key]).map(|value| KeyAction::Down { value });
        let up = [key].into_iter().chain(held).map(|value| KeyAction::Up { value });
        let keyboard = KeyActions::new("keyboard".to_owned());
        self.client.perform_actions(down.chain(up).fold(keyboard, KeyActions::then)).await.unwrap();
    }

    /// Chooses an option of a list.
    pub async fn select(&self, css: &str, value: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().select_by_value(value).await.unwrap();
    }

    /// Chooses a file in a file field, as the dialogue would.
    pub async fn choose_file(&self, css: &str, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join("uploads").join(name);
        std::fs::write(&path, bytes).unwrap();
        self.choose_path(css, &path).await;
    }

    /// Chooses several files at once.
    pub async fn choose_files(&self, css: &str, files: &[(&str, Vec<u8>)]) {
        let uploads = self.folder.path().join("uploads");
        let paths = files.iter().map(|(name, bytes)| {
            let path = uploads.join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        });
        let paths: Vec<String> = paths.collect();
        self.client.find(Locator::Css(css)).await.unwrap().send_keys(&paths.join("\n")).await.unwrap();
    }

    /// Chooses a file that is on this machine already.
    pub async fn choose_path(&self, css: &str, path: &Path) {
        self.client.find(Locator::Css(css)).await.unwrap().send_keys(path.to_str().unwrap()).await.unwrap();
    }

    /// Waits until an expression is true in the page, and says how long that took.
    pub async fn wait(&self, what: &str, expression: &str, seconds: u64) -> Duration {
        let (began, limit) = (Instant::now(), Duration::from_secs(seconds));
        loop {
            if self.run(&format!("return Boolean({expression})")).await == json!(true) {
                return began.elapsed();
            }
            assert!(began.elapsed() <= limit, "{what}: not within {seconds} s. The page: {}", self.run(STATE).await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The same for an expression that may be a promise.
    pub async fn settles(&self, what: &str, expression: &str, seconds: u64) {
        let began = Instant::now();
        while self.run(&format!("return Promise.resolve({expression}).then(Boolean)")).await != json!(true) {
            assert!(began.elapsed().as_secs() <= seconds, "{what}: not within {seconds} s. The page: {}", self.run(STATE).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Opens another tab, which is then the one that is spoken to, and names both: the one before and the new one.
    pub async fn open_tab(&self) -> [WindowHandle; 2] {
        let before = self.client.window().await.unwrap();
        let new = self.client.new_window(true).await.unwrap().handle;
        self.go_to_tab(&new).await;
        [before, new]
    }

    /// Speaks to this tab from now on, which comes to the front.
    pub async fn go_to_tab(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.unwrap();
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(Extension { path: "goog/cdp/execute", body }).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Errors that the browser wrote to its console since this was asked last.
    pub async fn console_errors(&self) -> Vec<String> {
        let log = self.client.issue_cmd(Extension { path: "se/log", body: json!({ "type": "browser" }) }).await.unwrap();
        let entries = log.as_array().unwrap().iter().filter(|entry| entry["level"] == "SEVERE");
        entries.map(|entry| entry["message"].to_string()).collect()
    }

    /// Waits for a file to be downloaded whole, and reads it.
    pub async fn downloaded(&self, name: &str) -> Vec<u8> {
        let path = self.folder.path().join("downloads").join(name);
        for _ in 0..200 {
            // Chromium writes under another name and renames at the end; of a file put together of many parts, what is there at first is empty.
            if let Ok(bytes) = std::fs::read(&path)
                && !bytes.is_empty()
            {
                return bytes;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} was not downloaded within 10 s");
    }

    /// What is in the window, as a PNG file.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    /// The driver's process, of which all of the browser's descend.
    pub fn process(&self) -> u32 {
        self.driver.id()
    }

    /// Ends the browser and says what it asked the network for.
    pub fn requests(mut self) -> Vec<Request> {
        self.end();
        netlog::read(&net_log(self.folder.path()))
    }

    /// Quits the browser, then the driver. Without the runtime, since it must work in a failed test too.
    fn end(&mut self) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
            let _ = write!(stream, "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.session);
            // One byte of an answer means that the browser has gone.
            let _ = stream.read(&mut [0]);
        }
        self.driver.end();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a failed wait reports about the page.
const STATE: &str =
    "const shown = (css) => { const e = document.querySelector(css); return e && !e.hidden ? e.textContent.trim() : null; };
    return JSON.stringify({ phase: document.body?.dataset.phase, backend: shown('#backend'), status: shown('#status'),
        error: document.querySelector('#error')?.dataset.code, content: shown('#content-error'), style: shown('#style-error'),
        iteration: shown('#fact-iteration') })";

fn net_log(folder: &Path) -> PathBuf {
    folder.join("net-log.json")
}

/// The driver wants one port in both families of addresses and takes what is free in the first, so now and then it ends at once.
const ATTEMPTS: usize = 4;

fn start_driver() -> (Program, u16) {
    let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    for _ in 0..ATTEMPTS {
        let mut driver = Program::start(Command::new(&program).arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()));
        if let Some(port) = driver.says(port) {
            return (driver, port);
        }
    }
    panic!("{} ends {ATTEMPTS} times before it says its port", program.display());
}

/// The driver's port, where a line says that it is there.
fn port(line: &str) -> Option<u16> {
    let said = line.contains("started successfully").then_some(line)?;
    said.trim_end_matches('.').rsplit(' ').next()?.parse().ok()
}

fn capabilities(kind: Kind, folder: &Path) -> fantoccini::wd::Capabilities {
    let mut arguments: Vec<String> = ALWAYS.map(str::to_owned).to_vec();
    if kind.adapter {
        arguments.extend(WEBGPU.map(str::to_owned));
    }
    arguments.push(format!("--user-data-dir={}", folder.join("profile").display()));
    arguments.push(format!("--log-net-log={}", net_log(folder).display()));
    let preferences = json!({
        "download.default_directory": folder.join("downloads"),
        "download.prompt_for_download": false,
        "intl.accept_languages": kind.languages,
    });
    let capabilities = json!({
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "args": arguments, "prefs": preferences },
    });
    capabilities.as_object().unwrap().clone()
}

/// A command beyond the WebDriver standard.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
