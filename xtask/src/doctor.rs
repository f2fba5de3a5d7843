//! What is found, what is missing, and how to get it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::axe;
use crate::debian::{self, Rights};
use crate::engines;
use crate::exec;
use crate::optimiser;
use crate::project::Project;
use crate::report;
use crate::sysroot;
use crate::toolchain;
use crate::tools;

/// How much a missing thing matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Found,
    /// `cargo xtask` gets it by itself when it is first needed.
    Gettable,
    /// Not needed here: another way is open, or only comfort is lost.
    Unneeded,
    Missing,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Gettable => "on first use",
            Self::Unneeded => "not needed",
            Self::Missing => "MISSING",
        }
    }
}

struct Finding {
    what: &'static str,
    state: State,
    detail: String,
}

/// Prints the table.
///
/// # Errors
/// When `cargo xtask serve` cannot work as things are.
pub fn run(project: &Project) -> Result<()> {
    let compilers = compilers(project);
    let serve_works = compilers.iter().any(|finding| matches!(finding.state, State::Found | State::Gettable));
    let findings: Vec<Finding> = compilers.into_iter().chain(others(project)).collect();
    let rows: Vec<Vec<String>> =
        findings.iter().map(|finding| vec![finding.what.to_owned(), finding.state.word().to_owned(), finding.detail.clone()]).collect();
    print!("{}", report::table(&rows));
    println!("tool cache: {}", project.cache.display());
    if !serve_works {
        bail!("no Rust compiler here can build for the browser; see the first lines of the table");
    }
    println!("`cargo xtask serve` can work here");
    Ok(())
}

/// The two ways to a compiler for the browser. Asks rustup anew, even where it has failed before.
fn compilers(project: &Project) -> Vec<Finding> {
    let own = match toolchain::own(project, true) {
        Ok(toolchain) => (State::Found, toolchain.reason),
        Err(error) => (State::Missing, format!("{error:#}: rustup target add {}", toolchain::TARGET)),
    };
    let installable = matches!(debian::rights(), Rights::Root | Rights::Sudo);
    let debian = match toolchain::debian_rust() {
        Ok(version) if toolchain::linker().is_some() => {
            let built = if sysroot::is_built(project, version) { "with" } else { "yet without" };
            (State::Found, format!("rustc {version} with sources, {built} a std for wasm"))
        }
        Ok(version) => (missing(installable), format!("rustc {version}, but no wasm-ld: apt-get install lld-19")),
        Err(error) => {
            let how = "apt-get install rustc-web cargo-web rust-web-src lld-19";
            (missing(installable), format!("{error:#}: {how}"))
        }
    };
    // One way is enough.
    let unless = |other: State, this: State| match (other, this) {
        (State::Found, State::Missing | State::Gettable) => State::Unneeded,
        _ => this,
    };
    vec![
        Finding { what: "wasm target", state: unless(debian.0, own.0), detail: own.1 },
        Finding { what: "Debian's Rust", state: unless(own.0, debian.0), detail: debian.1 },
    ]
}

fn others(project: &Project) -> Vec<Finding> {
    let installable = matches!(debian::rights(), Rights::Root | Rights::Sudo);
    let linker = match toolchain::linker() {
        Some(name) => (State::Found, name),
        None => (State::Unneeded, "rustup's toolchains bring their own; Debian: apt-get install lld-19".to_owned()),
    };
    let bindgen = match project.locked("wasm-bindgen") {
        Ok(version) => match tools::find_wasm_bindgen(project, version) {
            Some(found) => (State::Found, format!("{version} at {}", found.bindgen.display())),
            None => (State::Gettable, format!("cargo install wasm-bindgen-cli --version {version}")),
        },
        Err(error) => (State::Missing, format!("{error:#}")),
    };
    let optimiser = match optimiser::find(project) {
        Some(found) => (State::Found, found.to_string()),
        None if exec::find("node").is_some() => (State::Gettable, "npm's binaryen, installed by the first build".to_owned()),
        None => (State::Unneeded, "the wasm is smaller with it: binaryen 120 or later, or node".to_owned()),
    };
    let lints = match (tools::has_lints(project), exec::find("rustup").is_some()) {
        (true, _) => (State::Found, "cargo fmt, cargo clippy".to_owned()),
        (false, true) => (State::Gettable, "for the ring `lint`: rustup component add rustfmt clippy".to_owned()),
        (false, false) => (missing(installable), "for the ring `lint`: apt-get install rustfmt-web rust-web-clippy".to_owned()),
    };
    let browser = match tools::find_browser() {
        Some(path) => (State::Found, version_of(&path.to_string_lossy())),
        None => (missing(installable), "for tests: apt-get install chromium".to_owned()),
    };
    let driver = match tools::find_chromedriver() {
        Some(path) => (State::Found, version_of(&path.to_string_lossy())),
        None => (missing(installable), "for tests: apt-get install chromium-driver, or set CHROMEDRIVER".to_owned()),
    };
    let fonts = fonts();
    let others = match engines::find() {
        Ok(found) => (State::Found, format!("{}, {}", version_of(&found.firefox.to_string_lossy()), found.webkit_browser.display())),
        // Among all rings, theirs is left out where they are missing.
        Err(error) if installable => (State::Gettable, format!("{error:#}: for the ring `engines`, from Debian")),
        Err(error) => (State::Unneeded, format!("{error:#}: apt-get install firefox-esr webkit2gtk-driver xvfb, for the ring `engines`")),
    };
    let axe = match axe::find(project) {
        (version, true) => (State::Found, version.to_owned()),
        (version, false) if exec::find("npm").is_some() || installable => (State::Gettable, format!("npm's axe-core {version}")),
        (version, false) => (State::Missing, format!("for tests: axe-core {version}, which npm would install")),
    };
    let wanted = format!("for tests, and for npm's wasm-opt: node {} or newer, with npm", tools::OLDEST_NODE);
    let node = match exec::find("node") {
        Some(path) if tools::has_recent_node() => (State::Found, version_of(&path.to_string_lossy())),
        Some(path) => (State::Missing, format!("{wanted}; this is {}", version_of(&path.to_string_lossy()))),
        None => (missing(installable), format!("{wanted}: apt-get install nodejs npm")),
    };
    [
        ("wasm-ld", linker),
        ("wasm-bindgen", bindgen),
        ("wasm-opt", optimiser),
        ("rustfmt, clippy", lints),
        ("Chromium", browser),
        ("chromedriver", driver),
        ("fonts", fonts),
        ("axe-core", axe),
        ("Firefox, WebKitGTK", others),
        ("node", node),
    ]
    .map(|(what, (state, detail))| Finding { what, state, detail })
    .into_iter()
    .collect()
}

/// The fonts that the page is held against pictures in.
fn fonts() -> (State, String) {
    let families = tools::FONTS.map(|(_, family)| family).join(", ");
    let missing = tools::missing_fonts().join(" ");
    let what = "for the snapshots of the ring `e2e`";
    match debian::rights() {
        _ if missing.is_empty() => (State::Found, families),
        Rights::NotDebian => (State::Unneeded, format!("{what}: Debian's {families}, or pictures taken anew in other fonts")),
        Rights::Root | Rights::Sudo => (State::Gettable, format!("{what}: {missing}")),
        Rights::Ask => (State::Missing, format!("{what}: apt-get install {missing}")),
    }
}

fn missing(installable: bool) -> State {
    if installable { State::Gettable } else { State::Missing }
}

/// What a program says of its version, or else where it is.
fn version_of(program: &str) -> String {
    let told = exec::capture(Command::new(program).arg("--version")).ok();
    let line = told.as_deref().and_then(|text| text.lines().next()).unwrap_or(program);
    line.to_owned()
}
