//! The rings of tests, cheapest first.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::adoption;
use crate::axe;
use crate::budget;
use crate::engines;
use crate::exec;
use crate::package;
use crate::page;
use crate::project::Project;
use crate::report;
use crate::site;
use crate::toolchain::{self, Toolchain};
use crate::tools;

/// One ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// Formatting and lints.
    Lint,
    /// Everything that runs on this machine without a browser.
    Native,
    /// The core in headless Chromium: WebGPU in software, and wasm on the CPU.
    Web,
    /// The built site in headless Chromium, driven like a visitor would.
    EndToEnd,
    /// The npm package as a developer gets it, in a fresh page of theirs.
    Package,
    /// The main flows in Firefox and WebKitGTK.
    Engines,
    /// What a visitor has to fetch.
    Size,
}

impl Ring {
    /// All of them, in the order they run in.
    pub const ALL: [Self; 7] = [Self::Lint, Self::Native, Self::Web, Self::EndToEnd, Self::Package, Self::Engines, Self::Size];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Native => "native",
            Self::Web => "web",
            Self::EndToEnd => "e2e",
            Self::Package => "package",
            Self::Engines => "engines",
            Self::Size => "size",
        }
    }

    /// The ring of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ring| ring.name() == name)
    }
}

/// A driver that has to start a browser on a busy machine needs more than the test runner's usual seconds.
const DRIVER_SECONDS: &str = "120";
/// For all tests of one file together: software WebGPU compiles its pipelines for seconds each.
const WEB_SECONDS: &str = "1800";

/// Runs `rings` (all of them if there are none) up to the first that fails. `filter` goes to the test programs: names
/// of tests, or their flags.
///
/// # Errors
/// With the name of the ring that failed.
pub fn run(project: &Project, rings: &[Ring], filter: &[String]) -> Result<()> {
    let all = rings.is_empty();
    let rings = if all { &Ring::ALL[..] } else { rings };
    let started = Instant::now();
    let mut skipped = Vec::new();
    for (index, &ring) in rings.iter().enumerate() {
        report::step(&format!("ring {} of {}: {}", index + 1, rings.len(), ring.name()));
        let outcome = match ring {
            Ring::Lint => lint(project),
            Ring::Native => native(project, filter),
            Ring::Web => web(project, filter),
            Ring::EndToEnd => end_to_end(project, filter),
            Ring::Package => packaged(project, filter),
            Ring::Engines => other_engines(project, all).map(|ran| skipped.extend((!ran).then_some(ring))),
            Ring::Size => size(project),
        };
        outcome.with_context(|| format!("ring `{}` failed", ring.name()))?;
    }
    let named = |rings: &mut dyn Iterator<Item = &Ring>| rings.map(|ring| ring.name()).collect::<Vec<_>>().join(", ");
    let passed = named(&mut rings.iter().filter(|ring| !skipped.contains(ring)));
    let left_out = if skipped.is_empty() { String::new() } else { format!("; LEFT OUT: {}", named(&mut skipped.iter())) };
    report::step(&format!("all passed: {passed}{left_out} (in {} s)", started.elapsed().as_secs()));
    Ok(())
}

fn lint(project: &Project) -> Result<()> {
    tools::lints(project)?;
    let cargo = || exec::cargo(&project.root);
    exec::run(cargo().args(["fmt", "--all", "--check"])).context("`cargo fmt --all` puts this right")?;
    // With the GPU's kernels, which the native ring does without.
    let clippy = |targets: &[&str]| {
        let mut cargo = cargo();
        cargo.args(["clippy", "--workspace", "--features", "atelier/webgpu"]).args(targets).args(["--", "-D", "warnings"]);
        exec::run(&mut cargo)
    };
    clippy(&["--all-targets"])?;
    // Not one of "all targets", since it is no test of the native ring's.
    clippy(&["--test", "e2e"])?;
    let passed = if lint_for_the_browser(project)? { 4 } else { 3 };
    println!("lint: {passed} passed, 0 failed");
    Ok(())
}

/// Lints `src/web/`, which is compiled for the browser alone, and says whether it did: Debian's compiler, which may be all that a machine has for that, is of another version than
/// the clippy at hand.
fn lint_for_the_browser(project: &Project) -> Result<bool> {
    let toolchain = match toolchain::own(project, false) {
        Ok(toolchain) => toolchain,
        Err(error) => {
            report::warn(&format!("src/web/ is left unlinted, for want of a std for wasm of clippy's version: {error:#}"));
            return Ok(false);
        }
    };
    let mut cargo = toolchain.cargo(project);
    cargo.args(["clippy", "--package", "atelier", "--lib"]).args(Toolchain::web_args(project)).args(["--", "-D", "warnings"]);
    exec::run(&mut cargo)?;
    Ok(true)
}

fn native(project: &Project, filter: &[String]) -> Result<()> {
    exec::run(exec::cargo(&project.root).args(["test", "--workspace", "--"]).args(filter))
}

/// Runs `tests/compute/` in a browser, with the very build of burn that the site uses.
fn web(project: &Project, filter: &[String]) -> Result<()> {
    let driver = tools::chromedriver()?;
    let bindgen = tools::wasm_bindgen(project)?;
    let toolchain = toolchain::ensure(project)?;
    report::step("compiling the browser tests (about 10 minutes on 2 cores the first time, for burn; then a minute)");
    let mut cargo = toolchain.cargo(project);
    cargo.args(["test", "--test", "compute"]).args(Toolchain::web_args(project)).arg("--").args(filter);
    cargo
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &bindgen.test_runner)
        .env("CHROMEDRIVER", driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", project.root.join("webdriver.json"))
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", DRIVER_SECONDS)
        .env("WASM_BINDGEN_TEST_TIMEOUT", WEB_SECONDS);
    exec::run(&mut cargo)
}

fn end_to_end(project: &Project, filter: &[String]) -> Result<()> {
    site::build(project)?;
    page::check_relative(&project.dist())?;
    let axe = axe::script(project)?;
    // One browser at a time: two would starve each other on a small machine.
    let mut args = vec!["--test-threads=1", "--skip", PACKAGE_TESTS];
    args.extend(filter.iter().map(String::as_str));
    against_site(project, &args, &[("ATELIER_AXE", &axe)])
}

/// Those of `tests/e2e/` that are about the package.
const PACKAGE_TESTS: &str = "package::";

fn packaged(project: &Project, filter: &[String]) -> Result<()> {
    package::build(project)?;
    adoption::prepare(project)?;
    let mut args = vec!["--test-threads=1", PACKAGE_TESTS];
    if !filter.is_empty() {
        args.pop();
        args.extend(filter.iter().map(String::as_str));
    }
    against_site(project, &args, &[])
}

/// The tests of `tests/e2e/` that need other browsers than Chromium. Among all rings, a machine that cannot have those is told so and goes on: the answer
/// is whether they were run.
fn other_engines(project: &Project, all: bool) -> Result<bool> {
    let found = match engines::ensure() {
        Ok(found) => found,
        Err(error) if all => {
            report::warn(&format!("Firefox and WebKitGTK are left untested: {error:#}"));
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    site::build(project)?;
    let programs = [
        ("ATELIER_FIREFOX", found.firefox.as_path()),
        ("ATELIER_WEBKIT_DRIVER", &found.webkit_driver),
        ("ATELIER_WEBKIT_BROWSER", &found.webkit_browser),
    ];
    against_site(project, &["--ignored", "engines::", "--test-threads=1"], &programs)?;
    Ok(true)
}

/// Runs `tests/e2e/` against the site that was built last, told where some files are that only some tests need.
pub fn against_site(project: &Project, args: &[&str], files: &[(&str, &Path)]) -> Result<()> {
    let driver = tools::chromedriver()?;
    let mut cargo = exec::cargo(&project.root);
    // With `--workspace`, features resolve as in the native ring, and nothing is compiled twice.
    cargo.args(["test", "--workspace", "--test", "e2e", "--"]).args(args);
    cargo
        .env("ATELIER_DIST", project.dist())
        .env("ATELIER_ADOPTED", adoption::place(project))
        // The tests start this program as their server.
        .env("ATELIER_XTASK", std::env::current_exe()?)
        .env("CHROMEDRIVER", driver)
        .envs(files.iter().copied());
    exec::run(&mut cargo)
}

fn size(project: &Project) -> Result<()> {
    site::build(project)?;
    let weights = budget::weigh(&project.dist())?;
    print!("{}", budget::table(&weights));
    if !budget::check(&weights) {
        bail!("a part of the site is missing, or heavier than its ceiling in xtask/src/budget.rs");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_found_by_name() {
        assert!(Ring::ALL.into_iter().all(|ring| Ring::named(ring.name()) == Some(ring)));
        assert_eq!(Ring::named("all"), None);
    }
}
