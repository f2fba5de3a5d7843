//! The page as a visitor knows it: two wells, settings, a button, a picture.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{Browser, Kind};
use crate::pictures;
use crate::server::Server;

/// A browser at the page, and the host that serves it.
#[derive(Debug)]
pub struct Studio {
    pub browser: Browser,
    pub server: Server,
}

/// For what takes a moment.
const SOON: u64 = 20;

impl Studio {
    /// A usual browser at the page; `query` such as `?backend=cpu`.
    pub async fn open(query: &str) -> Self {
        let studio = Self::start(Kind::default()).await;
        studio.visit(query).await;
        studio.ready().await;
        studio
    }

    /// A browser that has not been anywhere yet.
    pub async fn start(kind: Kind) -> Self {
        let browser = Browser::start(kind).await;
        Self { browser, server: Server::start().await }
    }

    /// Goes to the page, without waiting for its engine.
    pub async fn visit(&self, query: &str) {
        self.browser.goto(&format!("{}{}", self.server.address(), in_a_mode(query))).await;
    }

    /// Waits until the engine is open.
    pub async fn ready(&self) {
        self.browser.wait("the studio opens or says why not", "['ready', 'failed'].includes(document.body.dataset.phase)", 60).await;
        let reported = self.browser.text("document.querySelector('#error').dataset.code").await;
        assert_eq!((self.phase().await.as_str(), reported.as_str()), ("ready", ""), "the studio opens");
    }

    /// `document.body.dataset.phase`
    pub async fn phase(&self) -> String {
        self.browser.text("document.body.dataset.phase").await
    }

    /// Waits for a phase, and says how long that took.
    pub async fn reaches(&self, phase: &str, seconds: u64) -> Duration {
        self.browser.wait(&format!("phase {phase}"), &format!("document.body.dataset.phase === '{phase}'"), seconds).await
    }

    /// Chooses a file for a well (`content` or `style`), without waiting for what becomes of it.
    pub async fn choose(&self, well: &str, name: &str, bytes: &[u8]) {
        self.browser.choose_file(&format!("#{well}-file"), name, bytes).await;
    }

    /// Waits until a well holds a picture and nothing is wrong with it.
    pub async fn filled(&self, well: &str) {
        let expression = format!("(w => w.dataset.state === 'ready' && 'filled' in w.dataset)(document.querySelector('#{well}-well'))");
        self.browser.wait(&format!("a picture in the {well} well"), &expression, SOON).await;
    }

    /// The two pictures that most tests use, uploaded.
    pub async fn fill(&self) {
        self.choose("content", "garden.png", &pictures::content_png()).await;
        self.filled("content").await;
        self.choose("style", "weave.jpg", &pictures::style_jpeg()).await;
        self.filled("style").await;
    }

    /// Waits for a well to refuse something, and answers with the code.
    pub async fn refused(&self, well: &str) -> String {
        self.browser.wait(&format!("an error at the {well} well"), &format!("!document.querySelector('#{well}-error').hidden"), SOON).await;
        self.browser.text(&format!("document.querySelector('#{well}-error').dataset.code")).await
    }

    /// The smallest size, and as many iterations as asked for.
    pub async fn set(&self, iterations: u32) {
        self.browser.select("#size", "256").await;
        if self.browser.run("return document.querySelector('#advanced').open").await == json!(false) {
            self.browser.click("#advanced summary").await;
        }
        self.browser.fill("#iterations", &iterations.to_string()).await;
    }

    /// Presses Start.
    pub async fn press_start(&self) {
        self.browser.click("#start").await;
    }

    /// Starts, and waits until the picture has been moved at least once.
    pub async fn begin(&self) {
        self.press_start().await;
        self.moves().await;
    }

    /// The shortest run there is, to its end. The page itself offers none so short.
    pub async fn paint_little(&self) {
        let script = "const size = document.querySelector('#size'); const iterations = document.querySelector('#iterations');
            if (!size.querySelector('[value=\"64\"]')) size.add(new Option('64 px', '64'));
            size.value = '64'; iterations.min = '1'; iterations.value = '2';
            document.querySelector('#status').dataset.text = '';
            document.querySelector('#start').click()";
        // Over the pipe, not with the mouse: after the end of a run the page may still be scrolling.
        self.browser.run(script).await;
        let over = "['status.done', 'status.failed'].includes(document.querySelector('#status').dataset.text)";
        self.browser.wait("the end of a short run", over, 120).await;
        assert_eq!((self.phase().await.as_str(), self.error().await), ("done", None));
    }

    /// Waits until an iteration is done and a preview is on the wall.
    pub async fn moves(&self) {
        let moving =
            "Number(document.querySelector('#progress').value) > 0 && document.querySelector('#picture').dataset.shown === 'preview'";
        let stopped = "document.body.dataset.phase !== 'running'";
        self.browser.wait("the first preview", &format!("({moving}) || ({stopped})"), 60).await;
        assert_eq!(self.phase().await, "running", "{:?}", self.error().await);
    }

    /// Presses Cancel and waits for the end.
    pub async fn cancel(&self) -> Duration {
        self.browser.click("#cancel").await;
        self.reaches("cancelled", 30).await
    }

    /// How far the run is: iterations done.
    pub async fn progress(&self) -> u64 {
        self.browser.run("return document.querySelector('#progress').value").await.as_u64().unwrap()
    }

    /// The code of the error above the picture.
    pub async fn error(&self) -> Option<String> {
        let code = self.browser.run("const e = document.querySelector('#error'); return e.hidden ? null : e.dataset.code").await;
        code.as_str().map(str::to_owned)
    }

    /// Waits for an error above the picture, and answers with the code.
    pub async fn fails(&self) -> String {
        self.browser.wait("an error above the picture", "!document.querySelector('#error').hidden", 60).await;
        self.error().await.unwrap()
    }

    /// Presses a button of the error: `retry`, `dismiss`, ….
    pub async fn answer_error(&self, action: &str) {
        self.browser.click(&format!("#error [data-action={action}]")).await;
    }

    /// Switches the language with the buttons at the foot of the page.
    pub async fn speak(&self, language: &str) {
        // Over the pipe, not with the mouse: the foot may be below a screenful, and scrolling there changes what a screenshot shows.
        self.browser.run_with("document.querySelector(`[data-lang='${arguments[0]}'][type=button]`).click()", vec![json!(language)]).await;
        self.browser.wait("the language", &format!("document.documentElement.lang === '{language}'"), 5).await;
    }

    /// What must outlive every mishap: both pictures by name and facts, and the settings.
    pub async fn belongings(&self) -> Value {
        self.browser
            .run(
                "const well = (id) => { const w = document.querySelector(`#${id}-well`); const c = w.querySelector('canvas');
                    return ['filled' in w.dataset, w.querySelector('.well-name').textContent, w.querySelector('.well-facts').textContent, c.width, c.height] };
                 const value = (id) => document.querySelector(`#${id}`).value;
                 return [well('content'), well('style'), ...['strength', 'size', 'iterations', 'method'].map(value)]",
            )
            .await
    }

    /// Mean and standard deviation of the brightness of the canvas on the wall.
    pub async fn canvas(&self) -> (f64, f64) {
        let figures = self
            .browser
            .run(
                "const c = document.querySelector('#stage'); const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
                 let n = 0, sum = 0, squares = 0;
                 for (let i = 0; i < data.length; i += 4) { const v = (data[i] + data[i + 1] + data[i + 2]) / 3; n++; sum += v; squares += v * v; }
                 return [sum / n, Math.sqrt(squares / n - (sum / n) ** 2)]",
            )
            .await;
        (figures[0].as_f64().unwrap(), figures[1].as_f64().unwrap())
    }
}

/// The page opens in Generate, and most tests are of Optimise.
fn in_a_mode(query: &str) -> String {
    let (query, fragment) = query.find('#').map_or((query, ""), |at| query.split_at(at));
    match query {
        "" => format!("?mode=optimise{fragment}"),
        query if query.contains("mode=") => format!("{query}{fragment}"),
        query => format!("{query}&mode=optimise{fragment}"),
    }
}
