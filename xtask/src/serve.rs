//! A static file server for this machine alone: what any static host does, and no more. It answers to the machine's own names only.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

/// The port for people; tests take any.
pub const DEFAULT_PORT: u16 = 8080;
/// How many further ports are tried when nobody asked for a certain one.
const PORTS_TRIED: u16 = 50;
/// A request's head is a few hundred bytes; what sends more is no browser.
const LONGEST_HEAD: u64 = 64 * 1024;
/// This machine's names for itself, which no website can have.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// A connection over which nothing comes is let go. Browsers open some in advance.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that listens, but does not answer yet.
pub struct Server {
    listener: TcpListener,
    folder: PathBuf,
    prefix: String,
    port: u16,
    /// Where the site is.
    pub url: String,
}

/// Listens on `port` (0: any that is free), or on the first free one from [`DEFAULT_PORT`] on; `folder` is served
/// under `prefix`, a path with a slash at both ends.
///
/// # Errors
/// When the asked port, or every tried one, is taken.
pub fn start(folder: &Path, prefix: &str, port: Option<u16>) -> Result<Server> {
    let candidates = match port {
        // What the system takes for free may be taken in the other family of addresses.
        Some(0) => vec![0; 1 + usize::from(PORTS_TRIED)],
        Some(port) => vec![port],
        None => (DEFAULT_PORT..=DEFAULT_PORT + PORTS_TRIED).collect(),
    };
    let mut last = anyhow!("no port");
    for port in candidates {
        match listen(port) {
            Ok((listener, port)) => {
                let prefix = normal_prefix(prefix);
                // By name, since pages from `localhost` count as secure contexts and may use WebGPU.
                let url = format!("http://localhost:{port}{prefix}");
                return Ok(Server { listener, folder: folder.to_owned(), prefix, port, url });
            }
            Err(error) => last = anyhow!("cannot listen on port {port}: {error}"),
        }
    }
    Err(last)
}

/// Listens on `port`, unless another program does so in IPv6: `localhost` would lead some browsers there.
fn listen(port: u16) -> std::io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let port = listener.local_addr()?.port();
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(error),
        // Free, or there is no IPv6 here.
        _ => Ok((listener, port)),
    }
}

impl Server {
    /// Answers requests until the process ends. Each connection has its thread and carries one request: a pool with
    /// fewer threads than a browser keeps connections open would leave some requests unanswered for good.
    pub fn run(&self) {
        thread::scope(|scope| {
            for stream in self.listener.incoming().flatten() {
                // A browser that closes a connection early is nobody's error.
                scope.spawn(move || drop(self.answer(&stream)));
            }
        });
    }

    fn answer(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        // All of it, as closing on unread bytes would cut the answer off.
        let head = read_head(stream)?;
        let mut words = head.first().map_or("", String::as_str).split(' ');
        let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let answer = if is_for_us(&head, self.port) { self.answer_to(method, url) } else { self.refusal() };
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            answer.status,
            answer.kind,
            answer.body.len(),
            answer.location.map_or_else(String::new, |place| format!("Location: {place}\r\n")),
        );
        let mut stream = stream;
        stream.write_all(head.as_bytes())?;
        if method != "HEAD" {
            stream.write_all(&answer.body)?;
        }
        stream.flush()
    }

    /// For a request by another name, such as that of a website which now says that it is at our address: its scripts would read the folder.
    fn refusal(&self) -> Answer<'_> {
        let body = format!("403 Forbidden: this server answers at {} only", self.url).into_bytes();
        Answer { body, ..Answer::plain("403 Forbidden") }
    }

    fn answer_to(&self, method: &str, url: &str) -> Answer<'_> {
        if !matches!(method, "GET" | "HEAD") {
            return Answer::plain("405 Method Not Allowed");
        }
        if url.split(['?', '#']).next() == self.prefix.strip_suffix('/').filter(|path| !path.is_empty()) {
            return Answer { location: Some(&self.prefix), ..Answer::plain("301 Moved Permanently") };
        }
        locate(&self.prefix, url)
            .and_then(|path| read(&self.folder, &path))
            .map_or_else(|| Answer::plain("404 Not Found"), |(name, body)| Answer { kind: mime(&name), body, ..Answer::plain("200 OK") })
    }
}

/// What is sent back.
struct Answer<'server> {
    status: &'static str,
    kind: &'static str,
    location: Option<&'server str>,
    body: Vec<u8>,
}

impl Answer<'_> {
    fn plain(status: &'static str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", location: None, body: status.as_bytes().to_vec() }
    }
}

/// Opens `url` in the visitor's browser, if there is a way to.
pub fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else {
        "xdg-open"
    };
    if Command::new(program).arg(url).spawn().is_err() {
        crate::report::warn(&format!("cannot open a browser by {program}"));
    }
}

/// The lines of a request's head. What is not UTF-8 in them, as in no header that is used here, is not kept.
fn read_head(stream: &TcpStream) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    for line in BufReader::new(stream.take(LONGEST_HEAD)).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).trim_end_matches('\r').to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    Ok(lines)
}

/// Whether a request's head asks this machine by a name of its own, at `port`.
fn is_for_us(head: &[String], port: u16) -> bool {
    let headers = head.iter().skip(1).filter_map(|line| line.split_once(':'));
    let mut hosts = headers.filter(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.trim().to_ascii_lowercase());
    // Browsers leave out a scheme's own port.
    let ours = |host: String| OWN_NAMES.iter().any(|name| host == format!("{name}:{port}") || port == 80 && host == *name);
    hosts.next().is_some_and(ours) && hosts.next().is_none()
}

fn normal_prefix(prefix: &str) -> String {
    let inner = prefix.trim_matches('/');
    if inner.is_empty() { "/".to_owned() } else { format!("/{inner}/") }
}

/// The file that a request is for, relative to the served folder; nothing for paths outside the prefix, and for any
/// that would climb out of the folder or name a hidden file.
fn locate(prefix: &str, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix(prefix)?;
    let path = percent_decoded(path)?;
    let mut file = PathBuf::new();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        if part.is_empty() && parts.peek().is_none() {
            file.push("index.html");
        } else if part.is_empty() || part.starts_with('.') || part.contains(['\\', ':', '\0']) {
            return None;
        } else {
            file.push(part);
        }
    }
    Some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Reads a file of the folder; links that lead out of it are not followed.
fn read(folder: &Path, file: &Path) -> Option<(String, Vec<u8>)> {
    let root = folder.canonicalize().or_else(|error| {
        // A new site is put in the old one's place by two renames; between them there is none.
        if error.kind() == ErrorKind::NotFound {
            thread::sleep(Duration::from_millis(50));
        }
        folder.canonicalize()
    });
    let root = root.ok()?;
    let path = root.join(file).canonicalize().ok()?;
    if !path.starts_with(&root) || !path.is_file() {
        return None;
    }
    let name = file.file_name()?.to_string_lossy().into_owned();
    Some((name, fs::read(path).ok()?))
}

fn mime(name: &str) -> &'static str {
    match crate::page::extension(name).to_ascii_lowercase().as_str() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_under_the_prefix_are_located() {
        let at = |url| locate("/a/b/", url).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(at("/a/b/").as_deref(), Some("index.html"));
        assert_eq!(at("/a/b/app-1/main.js?x=1#y").as_deref(), Some("app-1/main.js"));
        assert_eq!(at("/a/b/samples/").as_deref(), Some("samples/index.html"));
        assert_eq!(at("/a/b/caf%C3%A9%20x.png").as_deref(), Some("café x.png"));
        assert_eq!(at("/a/other.js"), None);
        assert_eq!(at("/index.html"), None);
    }

    #[test]
    fn nothing_outside_the_folder_is_located() {
        for url in [
            "/../secret",
            "/..",
            "/a/../../secret",
            "/%2e%2e/secret",
            "/%2E%2E%2Fsecret",
            "/..%5csecret",
            "//etc/passwd",
            "/C:/x",
            "/.git/config",
            "/a%00b",
            "/%zz",
            "/%",
            "/%ff",
        ] {
            assert_eq!(locate("/", url), None, "{url}");
        }
    }

    #[test]
    fn prefixes_get_their_slashes() {
        assert_eq!(normal_prefix("/"), "/");
        assert_eq!(normal_prefix(""), "/");
        assert_eq!(normal_prefix("some/sub/path"), "/some/sub/path/");
    }

    #[test]
    fn types_are_those_that_browsers_insist_on() {
        assert_eq!(mime("atelier_bg.wasm"), "application/wasm");
        assert!(mime("main.js").starts_with("text/javascript") && mime("a.MJS").starts_with("text/javascript"));
        assert_eq!(mime("manifest.json"), "application/json");
        assert_eq!(mime("vgg.safetensors"), "application/octet-stream");
    }

    #[test]
    fn this_machines_own_names_are_answered_and_no_others() {
        let is_for_us = |headers: &str, port| {
            let head: Vec<String> = format!("GET / HTTP/1.1\n{headers}").lines().map(str::to_owned).collect();
            is_for_us(&head, port)
        };
        for header in ["Host: localhost:8080", "host:127.0.0.1:8080", "HOST:  [::1]:8080 ", "Accept: x\nHost: LocalHost:8080"] {
            assert!(is_for_us(header, 8080), "{header}");
        }
        for header in [
            "",
            "Accept: localhost:8080",
            "Host:",
            "Host: localhost",
            "Host: localhost:8081",
            "Host: evil.example:8080",
            "Host: localhost.evil.example:8080",
            "Host: 127.0.0.1.evil.example:8080",
            "Host: evil.example\nHost: localhost:8080",
            "Host: localhost:8080\nHost: evil.example",
        ] {
            assert!(!is_for_us(header, 8080), "{header}");
        }
        assert!(is_for_us("Host: localhost", 80) && is_for_us("Host: localhost:80", 80) && !is_for_us("Host: evil.example", 80));
    }

    #[test]
    fn a_request_is_answered_with_type_length_and_no_caching() {
        let folder = std::env::temp_dir().join(format!("atelier-serve-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("makes a folder");
        fs::write(folder.join("a.wasm"), vec![7; 100_000]).expect("writes");
        let server = start(&folder, "/sub/", Some(0)).expect("listens");
        let port = server.port;
        thread::spawn(move || server.run());
        let send = |head: &[u8]| {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connects");
            stream.write_all(head).expect("asks");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("answers");
            let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("has a head");
            (String::from_utf8_lossy(&answer[..head]).to_lowercase(), answer.len() - head - 4)
        };
        let ask = |line: &str| send(format!("{line} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n").as_bytes());
        let (head, length) = ask("GET /sub/a.wasm");
        assert!(head.starts_with("http/1.1 200") && head.contains("content-type: application/wasm"), "{head}");
        assert!(head.contains("cache-control: no-store") && head.contains("content-length: 100000"), "{head}");
        assert_eq!(length, 100_000);
        let (head, length) = ask("HEAD /sub/a.wasm");
        assert!(head.contains("content-length: 100000") && length == 0, "{head}");
        let (head, _) = ask("GET /sub");
        assert!(head.starts_with("http/1.1 301") && head.contains("location: /sub/"), "{head}");
        for (line, status) in [("GET /sub/none", "404"), ("GET /a.wasm", "404"), ("POST /sub/a.wasm", "405")] {
            assert!(ask(line).0.starts_with(&format!("http/1.1 {status}")), "{line}");
        }
        let (head, _) = send(format!("GET /sub/a.wasm HTTP/1.1\r\nHost: rebound.example:{port}\r\n\r\n").as_bytes());
        assert!(head.starts_with("http/1.1 403"), "{head}");
        let (head, length) =
            send(&[b"GET /sub/a.wasm HTTP/1.1\r\nX-Name: caf\xe9\r\nHost: localhost:", port.to_string().as_bytes(), b"\r\n\r\n"].concat());
        assert!(head.starts_with("http/1.1 200") && length == 100_000, "{head}");
        fs::remove_dir_all(&folder).expect("removes");
    }

    #[test]
    fn people_get_the_next_free_port_and_whoever_asked_for_one_gets_that_or_an_error() {
        let first = start(Path::new("."), "/", None).expect("listens");
        let second = start(Path::new("."), "/", None).expect("listens");
        assert_ne!(first.url, second.url);
        assert!(start(Path::new("."), "/", Some(second.port)).is_err());
    }

    #[test]
    fn a_port_that_another_program_has_in_ipv6_is_taken() {
        // Where there is no IPv6, nobody can have one.
        let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
        let port = other.local_addr().expect("has one").port();
        assert!(start(Path::new("."), "/", Some(port)).is_err());
    }
}
