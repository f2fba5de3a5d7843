//! A static host for the built site, as plain as they come, that can be told to fail.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The folder of the host under which the site lies.
const BELOW: &str = "/studio/deep/";

/// What goes wrong with one file.
#[derive(Clone, Debug)]
pub enum Fault {
    /// 404.
    Missing,
    /// One byte in the middle is another.
    OneByte,
    /// Something else altogether.
    Body(&'static [u8]),
    /// The whole length is promised, and the connection ends after this share of it.
    Cut(f64),
    /// A script with something of the test's own at its end.
    With(&'static str),
    /// It comes, but not before all is [well again](Server::mend).
    Held,
}

/// The site behind a port of its own.
#[derive(Debug)]
pub struct Server {
    port: u16,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    root: Mutex<PathBuf>,
    /// Connections end without an answer.
    gone: AtomicBool,
    /// By the end of the path.
    faults: Mutex<HashMap<&'static str, Fault>>,
    /// There are none any more.
    mended: Notify,
    /// Every path asked for, with the answer's status.
    log: Mutex<Vec<(String, u16)>>,
}

impl Server {
    /// Serves the built site.
    pub async fn start() -> Self {
        Self::of(site()).await
    }

    /// Serves a folder.
    pub async fn of(root: PathBuf) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { root: Mutex::new(root), ..Shared::default() });
        let serving = Arc::clone(&shared);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&serving)));
            }
        });
        Self { port, shared, listening }
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Where the page is.
    pub fn address(&self) -> String {
        self.address_on("localhost")
    }

    /// The same by another name of this machine.
    pub fn address_on(&self, host: &str) -> String {
        format!("http://{host}:{}{BELOW}", self.port)
    }

    /// From now on files whose path ends in `file` fail so.
    pub fn break_file(&self, file: &'static str, fault: Fault) {
        self.shared.faults.lock().unwrap().insert(file, fault);
    }

    /// All is well again.
    pub fn mend(&self) {
        self.shared.faults.lock().unwrap().clear();
        self.shared.mended.notify_waiters();
    }

    /// From now on there is no network, or there is one again.
    pub fn is_gone(&self, gone: bool) {
        self.shared.gone.store(gone, Ordering::Relaxed);
    }

    /// Serves another build of the site in place of this one.
    pub fn publish(&self, site: &Path) {
        site.clone_into(&mut self.shared.root.lock().unwrap());
    }

    /// How often a file was sent whose path ends so.
    pub fn sent(&self, end: &str) -> usize {
        let log = self.shared.log.lock().unwrap();
        log.iter().filter(|(path, status)| *status == 200 && path.ends_with(end)).count()
    }

    /// Paths that were asked for and not answered with a file.
    pub fn refused(&self) -> Vec<String> {
        let log = self.shared.log.lock().unwrap();
        log.iter().filter(|(_, status)| *status != 200).map(|(path, status)| format!("{path}: {status}")).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The folder with the built site.
pub fn site() -> PathBuf {
    let folder = std::env::var_os("ATELIER_DIST").expect("ATELIER_DIST must name the built site: `cargo xtask test e2e` sets it");
    let folder = PathBuf::from(folder);
    assert!(folder.join("index.html").is_file(), "there is no site in {}", folder.display());
    folder
}

async fn answer(mut stream: TcpStream, shared: Arc<Shared>) {
    let Some(path) = request_path(&mut stream).await else { return };
    if shared.gone.load(Ordering::Relaxed) {
        return;
    }
    let root = shared.root.lock().unwrap().clone();
    let found = path.strip_prefix(BELOW).filter(|inner| !inner.contains("..")).and_then(|inner| {
        let index = if inner.is_empty() || inner.ends_with('/') { "index.html" } else { "" };
        let file = root.join(format!("{inner}{index}"));
        Some((std::fs::read(&file).ok()?, mime(&file)))
    });
    let fault = shared.faults.lock().unwrap().iter().find(|(end, _)| path.ends_with(*end)).map(|(_, fault)| fault.clone());
    let (mut body, kind) = match (found, &fault) {
        (None, _) | (_, Some(Fault::Missing)) => {
            shared.log.lock().unwrap().push((path, 404));
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
            return;
        }
        (Some((_, kind)), Some(Fault::Body(body))) => (body.to_vec(), kind),
        (Some((body, kind)), Some(Fault::With(more))) => ([&body[..], more.as_bytes()].concat(), kind),
        (Some(found), _) => found,
    };
    shared.log.lock().unwrap().push((path.clone(), 200));
    if let Some(Fault::Held) = fault {
        // Asked for before the faults are looked at again, or it could come between.
        let mended = shared.mended.notified();
        if shared.faults.lock().unwrap().keys().any(|end| path.ends_with(*end)) {
            mended.await;
        }
    }
    let length = body.len();
    match fault {
        Some(Fault::OneByte) => body[length / 2] ^= 1,
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a length")]
        Some(Fault::Cut(share)) => body.truncate((length as f64 * share) as usize),
        _ => {}
    }
    // Old, as on a real host: a browser may then keep the file for a long while without asking again.
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nLast-Modified: Mon, 05 Jan 2026 08:00:00 GMT\r\nConnection: close\r\n\r\n"
    );
    if stream.write_all(head.as_bytes()).await.is_ok() && stream.write_all(&body).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}

/// The path that a request asks for, without its query. Bodies are never sent to a static host.
async fn request_path(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut chunk) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let length = stream.read(&mut chunk).await.ok()?;
        if length == 0 || head.len() > 64 * 1024 {
            return None;
        }
        head.extend_from_slice(&chunk[..length]);
    }
    let head = String::from_utf8_lossy(&head);
    let target = head.split(' ').nth(1)?;
    Some(target.split('?').next()?.to_owned())
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("jpg") => "image/jpeg",
        Some("png") => "image/png",
        Some("wasm") => "application/wasm",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
