//! As much of WebDriver BiDi as it takes to drive Firefox, which speaks it by itself: one socket, JSON both ways.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::program::Program;
use crate::websocket::WebSocket;

/// Quiet where there is no network; files are saved without asking.
const PREFERENCES: &str = r#"user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.alwaysOpenPanel", false);
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("intl.accept_languages", "en");
"#;

/// A running Firefox with one tab.
#[derive(Debug)]
pub struct Firefox {
    _program: Program,
    /// Its profile, and what is downloaded.
    folder: TempDir,
    /// By the name that BiDi gives it.
    tab: String,
    line: Mutex<Line>,
}

/// The socket, and what was heard on it besides answers.
#[derive(Debug)]
struct Line {
    socket: WebSocket,
    last: u64,
    errors: Vec<String>,
}

impl Firefox {
    /// Starts the program.
    pub async fn start(program: &Path) -> Self {
        let folder = TempDir::with_prefix("atelier-firefox-").unwrap();
        let downloads = folder.path().join("downloads");
        let profile = folder.path().join("profile");
        for folder in [&downloads, &profile] {
            std::fs::create_dir(folder).unwrap();
        }
        let preferences = format!("{PREFERENCES}user_pref(\"browser.download.dir\", {});\n", json!(downloads));
        std::fs::write(profile.join("user.js"), preferences).unwrap();
        let mut command = Command::new(program);
        command
            .args(["--headless", "--no-remote", "--remote-debugging-port=0", "--width=1280", "--height=900", "--profile"])
            .arg(&profile)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut program = Program::start(&mut command);
        let address = program.complains(|line| line.strip_prefix("WebDriver BiDi listening on ").map(str::to_owned));
        let socket = WebSocket::connect(&format!("{}/session", address.expect("Firefox says where it listens"))).await;
        let line = Mutex::new(Line { socket, last: 0, errors: Vec::new() });
        let mut firefox = Self { _program: program, folder, tab: String::new(), line };
        firefox.command("session.new", json!({ "capabilities": {} })).await;
        firefox.command("session.subscribe", json!({ "events": ["log.entryAdded"] })).await;
        let tree = firefox.command("browsingContext.getTree", json!({})).await;
        tree["contexts"][0]["context"].as_str().unwrap().clone_into(&mut firefox.tab);
        firefox
    }

    async fn command(&self, method: &str, parameters: Value) -> Value {
        let mut line = self.line.lock().await;
        line.last += 1;
        let id = line.last;
        line.socket.send(&json!({ "id": id, "method": method, "params": parameters }).to_string()).await;
        loop {
            let heard: Value = serde_json::from_str(&line.socket.receive().await).unwrap();
            if heard["id"] == json!(id) {
                assert_eq!(heard["type"], "success", "{method}: {heard}");
                return heard["result"].clone();
            }
            if heard["method"] == "log.entryAdded" && heard["params"]["level"] == "error" {
                line.errors.push(heard["params"]["text"].to_string());
            }
        }
    }

    /// Goes to an address and waits until it has loaded.
    pub async fn goto(&self, address: &str) {
        self.command("browsingContext.navigate", json!({ "context": self.tab, "url": address, "wait": "complete" })).await;
    }

    /// Runs the body of a function in the page. What goes in and comes out goes as JSON, since BiDi has a notation of its own for values.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let function =
            format!("async (given) => JSON.stringify(await (function () {{ {script} }}).apply(null, JSON.parse(given)) ?? null)");
        let parameters = json!({ "functionDeclaration": function, "awaitPromise": true, "target": { "context": self.tab },
            "arguments": [{ "type": "string", "value": json!(arguments).to_string() }] });
        let answer = self.command("script.callFunction", parameters).await;
        assert_eq!(answer["type"], "success", "{answer}, in the script {script}");
        serde_json::from_str(answer["result"]["value"].as_str().unwrap()).unwrap()
    }

    /// Chooses a file in a file field.
    pub async fn choose(&self, css: &str, path: &Path) {
        let found =
            self.command("browsingContext.locateNodes", json!({ "context": self.tab, "locator": { "type": "css", "value": css } })).await;
        let element = json!({ "sharedId": found["nodes"][0]["sharedId"] });
        self.command("input.setFiles", json!({ "context": self.tab, "element": element, "files": [path] })).await;
    }

    /// What is in the window, as a PNG file in base 64.
    pub async fn screenshot(&self) -> String {
        self.command("browsingContext.captureScreenshot", json!({ "context": self.tab })).await["data"].as_str().unwrap().to_owned()
    }

    /// Where files are saved.
    pub fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    /// Errors on its console so far.
    pub async fn console_errors(&self) -> Vec<String> {
        self.line.lock().await.errors.clone()
    }
}
