//! The tools around the compiler: wasm-bindgen, and the browser with its driver.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::exec;
use crate::project::Project;
use crate::report;
use crate::version::Version;

/// Browsers that chromedriver finds by itself on Linux.
const BROWSERS: [&str; 4] = ["chromium", "google-chrome", "google-chrome-stable", "chrome"];

/// The fonts that the pictures in `tests/snapshots/` were taken in: Debian's packages, and of each the family that the page comes to. Chromium recommends
/// the second and needs none of them. The first would come with fontconfig, but not where the second, which satisfies it too, is asked for in one go.
pub const FONTS: [(&str, &str); 3] =
    [("fonts-dejavu-core", "DejaVu Sans"), ("fonts-liberation", "Liberation Serif"), ("fonts-droid-fallback", "Droid Sans Fallback")];

/// wasm-bindgen's two programs, of exactly the version of the crate in `Cargo.lock`.
#[derive(Clone, Debug)]
pub struct WasmBindgen {
    /// Their version, part of what a build's outcome depends on.
    pub version: Version,
    /// Turns the compiler's wasm into one that a page can load, with its JavaScript and type declarations.
    pub bindgen: PathBuf,
    /// Runs browser tests.
    pub test_runner: PathBuf,
}

/// wasm-bindgen from `PATH` or the tool cache; built from its source where neither has the right version.
pub fn wasm_bindgen(project: &Project) -> Result<WasmBindgen> {
    let version = project.locked("wasm-bindgen")?;
    if let Some(found) = find_wasm_bindgen(project, version) {
        return Ok(found);
    }
    report::step(&format!("installing wasm-bindgen-cli {version} (about 3 minutes on 2 cores, once)"));
    project.install(&folder_name(version), |folder| {
        let install = |locked: &[&str]| {
            let version = version.to_string();
            let mut cargo = exec::cargo(&project.root);
            cargo.args(["install", "wasm-bindgen-cli", "--version", &version, "--root"]).arg(folder).args(locked);
            exec::run(&mut cargo)
        };
        // Its own lock file names crates that a mirror may not have yet.
        install(&["--locked"]).or_else(|_| install(&[]))
    })?;
    find_wasm_bindgen(project, version).context("wasm-bindgen was installed, but does not run")
}

/// wasm-bindgen of this version, if it is there.
pub fn find_wasm_bindgen(project: &Project, version: Version) -> Option<WasmBindgen> {
    let cached = project.cache.join(folder_name(version)).join("bin");
    let on_path = exec::find("wasm-bindgen").and_then(|path| path.parent().map(Path::to_owned));
    [Some(cached), on_path].into_iter().flatten().find_map(|folder| {
        let program = |name: &str| folder.join(name).with_extension(env::consts::EXE_EXTENSION);
        let found = WasmBindgen { version, bindgen: program("wasm-bindgen"), test_runner: program("wasm-bindgen-test-runner") };
        let told = exec::capture(Command::new(&found.bindgen).arg("--version")).ok()?;
        (Version::find(&told) == Some(version) && found.test_runner.is_file()).then_some(found)
    })
}

fn folder_name(version: Version) -> String {
    format!("wasm-bindgen-{version}")
}

/// Sees to it that cargo can format and lint.
pub fn lints(project: &Project) -> Result<()> {
    if has_lints(project) {
        return Ok(());
    }
    let outcome = if exec::find("rustup").is_some() {
        exec::run(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]).current_dir(&project.root))
    } else {
        debian::install(&["rustfmt-web", "rust-web-clippy"])
    };
    outcome.context("the ring `lint` needs rustfmt and clippy, of the version of cargo")
}

/// Whether cargo can format and lint.
pub fn has_lints(project: &Project) -> bool {
    ["fmt", "clippy"].iter().all(|tool| exec::capture(exec::cargo(&project.root).args([tool, "--version"])).is_ok())
}

/// The oldest node that the package's test page can be built with: Vite's.
pub const OLDEST_NODE: Version = Version(20, 19, 0);

/// Sees to it that there are node and npm.
fn npm() -> Result<()> {
    if exec::find("node").is_some() && exec::find("npm").is_some() {
        return Ok(());
    }
    debian::install(&["nodejs", "npm"]).with_context(|| format!("the tests need npm and node {OLDEST_NODE} or newer on PATH"))
}

fn node_version() -> Result<Version> {
    let told = exec::capture(Command::new("node").arg("--version"))?;
    Version::find(told.trim_start_matches('v')).with_context(|| format!("node says its version is {told}"))
}

/// Whether the node that is there is recent enough for the package's test page.
pub fn has_recent_node() -> bool {
    node_version().is_ok_and(|version| version >= OLDEST_NODE)
}

/// Sees to it that there is node, recent enough, with npm.
pub fn node() -> Result<()> {
    npm()?;
    let version = node_version()?;
    if version < OLDEST_NODE {
        bail!("the package is tested with node {OLDEST_NODE} or newer, and this is {version}");
    }
    Ok(())
}

/// Packages of npm's, each with its version, in a folder of the tool cache with this name; no script of theirs is run.
pub fn from_npm(project: &Project, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let place = project.cache.join(name);
    if place.is_dir() {
        return Ok(place);
    }
    npm()?;
    report::step(&format!("installing {} from npm into the tool cache", packages.join(", ")));
    project.install(name, |folder| {
        let args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix", "."];
        exec::run(exec::npm().args(args).args(packages).current_dir(folder))
    })
}

/// chromedriver, with a browser that it can drive: from `$CHROMEDRIVER` or `PATH`, else from Debian.
pub fn chromedriver() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMEDRIVER").map(PathBuf::from).filter(|path| !path.is_file()) {
        bail!("CHROMEDRIVER names {}, which is no file", named.display());
    }
    if let Some(found) = find_chromedriver() {
        return Ok(found);
    }
    debian::install(&[&["chromium", "chromium-driver"], &FONTS.map(|(package, _)| package)[..]].concat())
        .context("the browser tests need Chrome or Chromium and its chromedriver: put it on PATH or name it in CHROMEDRIVER")?;
    find_chromedriver().context("Debian's chromium-driver was installed, but there is no chromedriver on PATH")
}

/// chromedriver, if it and (on Linux, where its place is known) a browser are there.
pub fn find_chromedriver() -> Option<PathBuf> {
    let named = env::var_os("CHROMEDRIVER").map(PathBuf::from).filter(|path| path.is_file());
    // A named driver comes with its own browser, wherever that is.
    named.or_else(|| exec::find("chromedriver").filter(|_| !cfg!(target_os = "linux") || find_browser().is_some()))
}

/// Sees to it that the fonts are there that the page is held against pictures in, where that is possible.
pub fn fonts() {
    let missing = missing_fonts();
    if missing.is_empty() {
        return;
    }
    if let Err(error) = debian::install(&missing) {
        report::warn(&format!("the snapshots of the ring `e2e` may not hold, for want of the fonts that they were taken in: {error:#}"));
    }
}

/// The packages of [`FONTS`] whose family is not here; all of them where nobody can tell.
pub fn missing_fonts() -> Vec<&'static str> {
    let told = exec::capture(Command::new("fc-list").args([":", "family"])).unwrap_or_default();
    missing_in(&told)
}

/// As [`missing_fonts`], by fontconfig's list: a line for each font, with its family by every name that it has.
fn missing_in(families: &str) -> Vec<&'static str> {
    let is_here = |family: &str| families.lines().any(|line| line.split(',').any(|name| name == family));
    FONTS.iter().filter(|(_, family)| !is_here(family)).map(|(package, _)| *package).collect()
}

/// A browser that chromedriver would find.
pub fn find_browser() -> Option<PathBuf> {
    BROWSERS.iter().find_map(|name| exec::find(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_found_by_whole_names() {
        let told = "Liberation Serif\nDejaVu Sans,DejaVu Sans Condensed\nDroid Sans\n";
        assert_eq!(missing_in(told), ["fonts-droid-fallback"]);
        assert_eq!(missing_in("").len(), FONTS.len());
    }
}
