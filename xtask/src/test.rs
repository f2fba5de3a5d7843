//! The rings of tests, cheapest first.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::adoption;
use crate::axe;
use crate::budget;
use crate::engines;
use crate::exec;
use crate::filter::Filter;
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

    /// Whether it has tests with names; the others are judged as a whole.
    pub fn has_tests(self) -> bool {
        !matches!(self, Self::Lint | Self::Size)
    }
}

/// What became of a ring in which nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    /// This machine cannot have what all of it, or this part of it, needs.
    LeftOut(&'static str),
    /// The filter means none of its tests.
    Unmeant,
}

/// Some of `tests/e2e/`, which are run by themselves.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Flags that they need.
    flags: &'static [&'static str],
    /// What takes them in, and nothing else, where no test is named.
    all: &'static [&'static str],
    /// Whether a test of this name is one of them.
    has: fn(&str) -> bool,
}

/// Those of the page in Chromium.
const PAGE: Part = Part {
    flags: &[],
    all: &["--skip", "package::", "--skip", "engines::", "--skip", "bench::"],
    has: |name| !["package::", "engines::", "bench::"].iter().any(|other| name.starts_with(other)),
};
/// Those of the package.
const PACKAGE: Part = Part { flags: &[], all: &["package::"], has: |name| name.starts_with("package::") };
/// Those that need other browsers.
const ENGINES: Part = Part { flags: &["--ignored"], all: &["engines::"], has: |name| name.starts_with("engines::") };
/// Those that measure what a visitor waits for.
pub const VISIT: Part = Part { flags: &["--ignored", "--nocapture"], all: &["bench::"], has: |name| name.starts_with("bench::") };

impl Part {
    /// What the test program is given so that it runs those of this part that `filter` means; nothing if there are none. It is given their whole
    /// names: it runs a test that matches any one of its words, so beside a word for the part another would not narrow it, but add to it.
    ///
    /// # Errors
    /// When the tests cannot be compiled.
    pub fn chosen(self, project: &Project, filter: &mut Filter) -> Result<Option<Vec<String>>> {
        // One browser at a time: two would starve each other on a small machine.
        let flags = [self.flags, &["--test-threads=1"]].concat();
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let names = if filter.names_tests() {
            let names = filter.tests(|| program(project), self.flags, self.has)?;
            if names.is_empty() {
                return Ok(None);
            }
            [owned(&["--exact"]), names].concat()
        } else {
            owned(self.all)
        };
        let given = filter.flags_beside(&flags).map(str::to_owned).collect();
        Ok(Some([owned(&flags), given, names].concat()))
    }
}

/// A driver that has to start a browser on a busy machine needs more than the test runner's usual seconds.
const DRIVER_SECONDS: &str = "120";
/// For all tests of one file together: software WebGPU compiles its pipelines for seconds each.
const WEB_SECONDS: &str = "1800";

/// Runs `rings` (all of them if there are none) up to the first that fails. `args` are for the test programs: names
/// of tests, or their flags.
///
/// # Errors
/// With the name of the ring that failed, or with the names that are no test's in any of the rings.
pub fn run(project: &Project, rings: &[Ring], args: &[String]) -> Result<()> {
    let all = rings.is_empty();
    let rings = if all { &Ring::ALL[..] } else { rings };
    let mut filter = Filter::new(args);
    let started = Instant::now();
    let mut outcomes = Vec::new();
    for (index, &ring) in rings.iter().enumerate() {
        report::step(&format!("ring {} of {}: {}", index + 1, rings.len(), ring.name()));
        let outcome = match ring {
            Ring::Lint => lint(project),
            Ring::Native => native(project, &mut filter),
            Ring::Web => web(project, &mut filter),
            Ring::EndToEnd => end_to_end(project, &mut filter),
            Ring::Package => packaged(project, &mut filter, all),
            Ring::Engines => other_engines(project, &mut filter, all),
            Ring::Size => size(project),
        };
        let outcome = outcome.with_context(|| format!("ring `{}` failed", ring.name()))?;
        if outcome == Outcome::Unmeant {
            report::step(&format!("ring `{}` has no such test", ring.name()));
        }
        outcomes.push(outcome);
    }
    filter.check(&place(rings))?;
    let passed: Vec<_> =
        rings.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Passed).map(|(ring, _)| ring.name()).collect();
    let left_out: Vec<_> =
        outcomes.iter().filter_map(|outcome| if let Outcome::LeftOut(what) = outcome { Some(*what) } else { None }).collect();
    let left_out = if left_out.is_empty() { String::new() } else { format!("; LEFT OUT: {}", left_out.join(", ")) };
    report::step(&format!("all passed: {}{left_out} (in {} s)", passed.join(", "), started.elapsed().as_secs()));
    Ok(())
}

/// The rings in which a test was looked for, in words.
fn place(rings: &[Ring]) -> String {
    let names: Vec<String> = rings.iter().filter(|ring| ring.has_tests()).map(|ring| format!("`{}`", ring.name())).collect();
    format!("ring {}", names.join(", "))
}

fn lint(project: &Project) -> Result<Outcome> {
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
    let whole = lint_for_the_browser(project)?;
    println!("lint: {} passed, 0 failed", if whole { 4 } else { 3 });
    Ok(if whole { Outcome::Passed } else { Outcome::LeftOut("the lint of src/web/") })
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

fn native(project: &Project, filter: &mut Filter) -> Result<Outcome> {
    let program = || {
        let mut cargo = exec::cargo(&project.root);
        cargo.args(["test", "--workspace", "--"]);
        cargo
    };
    if filter.misses(&program)? {
        return Ok(Outcome::Unmeant);
    }
    exec::run(program().args(filter.args()))?;
    Ok(Outcome::Passed)
}

/// Runs `tests/compute/` in a browser, with the very build of burn that the site uses.
fn web(project: &Project, filter: &mut Filter) -> Result<Outcome> {
    let driver = tools::chromedriver()?;
    let bindgen = tools::wasm_bindgen(project)?;
    let toolchain = toolchain::ensure(project)?;
    report::step("compiling the browser tests (about 10 minutes on 2 cores the first time, for burn; then a minute)");
    let program = || {
        let mut cargo = toolchain.cargo(project);
        // As a list: a variable would be cut at the spaces of its path.
        let runner = format!("target.wasm32-unknown-unknown.runner=[{:?}]", bindgen.test_runner.to_string_lossy());
        cargo.args(["test", "--config", &runner, "--test", "compute"]).args(Toolchain::web_args(project)).arg("--");
        cargo
            .env("CHROMEDRIVER", &driver)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", project.root.join("webdriver.json"))
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", DRIVER_SECONDS)
            .env("WASM_BINDGEN_TEST_TIMEOUT", WEB_SECONDS);
        cargo
    };
    if filter.misses(&program)? {
        return Ok(Outcome::Unmeant);
    }
    // wasm-bindgen's runner takes one.
    for args in filter.args_by_name() {
        exec::run(program().args(args))?;
    }
    Ok(Outcome::Passed)
}

fn end_to_end(project: &Project, filter: &mut Filter) -> Result<Outcome> {
    let Some(tests) = PAGE.chosen(project, filter)? else { return Ok(Outcome::Unmeant) };
    site::build(project)?;
    page::check_relative(&project.dist())?;
    let axe = axe::script(project)?;
    let driver = tools::chromedriver()?;
    tools::fonts();
    against_site(project, &tests, &[("CHROMEDRIVER", &driver), ("ATELIER_AXE", &axe)])?;
    Ok(Outcome::Passed)
}

/// The tests of the npm package. Among all rings, a machine that has no recent enough node to build their page with is told so and goes on.
fn packaged(project: &Project, filter: &mut Filter, all: bool) -> Result<Outcome> {
    let Some(tests) = PACKAGE.chosen(project, filter)? else { return Ok(Outcome::Unmeant) };
    if let Err(error) = tools::node() {
        if !all {
            return Err(error);
        }
        report::warn(&format!("the package is left untested: {error:#}"));
        return Ok(Outcome::LeftOut("package"));
    }
    package::build(project)?;
    adoption::prepare(project)?;
    against_site(project, &tests, &[("CHROMEDRIVER", &tools::chromedriver()?)])?;
    Ok(Outcome::Passed)
}

/// The tests of `tests/e2e/` that need other browsers than Chromium. Among all rings, a machine that cannot have those is told so and goes on.
fn other_engines(project: &Project, filter: &mut Filter, all: bool) -> Result<Outcome> {
    let Some(tests) = ENGINES.chosen(project, filter)? else { return Ok(Outcome::Unmeant) };
    let found = match engines::ensure() {
        Ok(found) => found,
        Err(error) if all => {
            report::warn(&format!("Firefox and WebKitGTK are left untested: {error:#}"));
            return Ok(Outcome::LeftOut("engines"));
        }
        Err(error) => return Err(error),
    };
    site::build(project)?;
    let programs = [
        ("ATELIER_FIREFOX", found.firefox.as_path()),
        ("ATELIER_WEBKIT_DRIVER", &found.webkit_driver),
        ("ATELIER_WEBKIT_BROWSER", &found.webkit_browser),
    ];
    against_site(project, &tests, &programs)?;
    Ok(Outcome::Passed)
}

/// `tests/e2e/`, up to the arguments.
fn program(project: &Project) -> Command {
    let mut cargo = exec::cargo(&project.root);
    // With `--workspace`, features resolve as in the native ring, and nothing is compiled twice.
    cargo.args(["test", "--workspace", "--test", "e2e", "--"]);
    cargo
}

/// Runs `tests/e2e/` against the site that was built last, told where some programs and files are that only some tests need.
pub fn against_site(project: &Project, args: &[String], files: &[(&str, &Path)]) -> Result<()> {
    let mut cargo = program(project);
    cargo.args(args).env("ATELIER_DIST", project.dist()).env("ATELIER_ADOPTED", adoption::place(project)).envs(files.iter().copied());
    exec::run(&mut cargo)
}

fn size(project: &Project) -> Result<Outcome> {
    site::build(project)?;
    let weights = budget::weigh(&project.dist())?;
    print!("{}", budget::table(&weights));
    if !budget::check(&weights) {
        bail!("a part of the site is missing, or heavier than its ceiling in xtask/src/budget.rs");
    }
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_found_by_name() {
        assert!(Ring::ALL.into_iter().all(|ring| Ring::named(ring.name()) == Some(ring)));
        assert_eq!(Ring::named("all"), None);
    }

    #[test]
    fn a_part_takes_in_what_it_would_run_where_no_test_is_named() {
        for part in [PACKAGE, ENGINES, VISIT] {
            assert!((part.has)(&format!("{}x", part.all[0])) && !(part.has)(&format!("journey::{}", part.all[0])));
        }
        assert!((PAGE.has)("journey::package"));
        for part in [PACKAGE, ENGINES, VISIT] {
            assert!(!(PAGE.has)(&format!("{}x", part.all[0])) && PAGE.all.contains(&part.all[0]));
        }
    }
}
