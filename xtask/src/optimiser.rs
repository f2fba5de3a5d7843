//! Making the wasm smaller and faster with binaryen's wasm-opt: which one, and with which flags.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::debian::{self, Rights};
use crate::exec;
use crate::project::Project;
use crate::report;
use crate::tools;
use crate::version::Version;

/// What wasm-opt is asked for. The features are those that rustc's wasm target and our flags switch on; they are named
/// because wasm-bindgen drops the section that would tell.
const FLAGS: [&str; 9] = [
    "-Oz",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-debug",
];

/// The oldest release that is trusted. Debian 12 has 108, which swaps the tables of functions and of JavaScript objects, so that
/// the module fails as it starts.
const OLDEST: Version = Version(120, 0, 0);
/// The release of npm's package, for machines that have node and no other wasm-opt.
const NPM_VERSION: &str = "132.0.0";

/// A wasm-opt that can be run.
#[derive(Clone, Debug)]
pub struct Optimiser {
    /// The program, or the script that node runs.
    program: PathBuf,
    version: Version,
    by_node: bool,
}

impl Optimiser {
    /// Everything that its outcome depends on besides its input.
    pub fn identity(&self) -> String {
        format!("{self} {}", FLAGS.join(" "))
    }

    fn command(&self) -> Command {
        if !self.by_node {
            return Command::new(&self.program);
        }
        let mut node = Command::new("node");
        node.arg(&self.program);
        node
    }
}

impl std::fmt::Display for Optimiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = if self.by_node { " by node" } else { "" };
        write!(f, "wasm-opt {}{by}", self.version.0)
    }
}

/// A wasm-opt from `PATH`, from npm, or from Debian, in this order; nothing, with a warning, where there is none. npm's comes
/// first, as Debian's may be older than [`OLDEST`] and installed for nothing.
pub fn ensure(project: &Project) -> Option<Optimiser> {
    if let Some(found) = find(project) {
        return Some(found);
    }
    let debian = || {
        if matches!(debian::rights(), Rights::NotDebian | Rights::Ask) {
            bail!("Debian's binaryen cannot be installed from here");
        }
        debian::install(&["binaryen"])
    };
    for attempt in [&|| install_from_npm(project), &debian as &dyn Fn() -> Result<()>] {
        match attempt() {
            Ok(()) => {
                if let Some(found) = find(project) {
                    return Some(found);
                }
            }
            Err(error) => report::warn(&format!("{error:#}")),
        }
    }
    report::warn("there is no wasm-opt here: the wasm stays twice as large. Install binaryen 120 or later, or node");
    None
}

/// The wasm-opt that is there, if any.
pub fn find(project: &Project) -> Option<Optimiser> {
    exec::find("wasm-opt").and_then(|program| probe(program, false)).or_else(|| from_npm(project))
}

fn from_npm(project: &Project) -> Option<Optimiser> {
    let script = project.cache.join(npm_folder()).join("node_modules/binaryen/bin/wasm-opt");
    if script.is_file() { probe(script, true) } else { None }
}

fn probe(program: PathBuf, by_node: bool) -> Option<Optimiser> {
    let mut optimiser = Optimiser { program, version: OLDEST, by_node };
    optimiser.version = Version::find(&exec::capture(optimiser.command().arg("--version")).ok()?)?;
    (optimiser.version >= OLDEST).then_some(optimiser)
}

/// Writes `input`, optimised, to `output`; a wasm-opt that cannot do it (an old one may not know a feature of a new
/// compiler) is followed by npm's.
pub fn run(project: &Project, optimiser: &Optimiser, input: &Path, output: &Path) -> Result<()> {
    let Err(error) = attempt(optimiser, input, output) else { return Ok(()) };
    if optimiser.by_node {
        return Err(error);
    }
    report::warn(&format!("{error:#}"));
    install_from_npm(project)?;
    let newer = from_npm(project).context("npm's binaryen was installed, but does not run")?;
    attempt(&newer, input, output)
}

fn attempt(optimiser: &Optimiser, input: &Path, output: &Path) -> Result<()> {
    let time = if optimiser.by_node { "about 5 minutes" } else { "about 2 minutes on 2 cores" };
    report::step(&format!("optimising the wasm with {optimiser} ({time}; kept until the wasm changes)"));
    let started = Instant::now();
    exec::run(optimiser.command().args(FLAGS).arg(input).arg("-o").arg(output))?;
    report::step(&format!("optimised in {} s", started.elapsed().as_secs()));
    Ok(())
}

fn install_from_npm(project: &Project) -> Result<()> {
    tools::from_npm(project, &npm_folder(), &[&format!("binaryen@{NPM_VERSION}")])?;
    Ok(())
}

fn npm_folder() -> String {
    format!("binaryen-{NPM_VERSION}")
}
