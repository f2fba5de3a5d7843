//! From Rust to what a page loads: cargo, wasm-bindgen, wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::exec;
use crate::hash::Hash;
use crate::optimiser::{self, Optimiser};
use crate::project::{self, Project};
use crate::report;
use crate::toolchain::{self, TARGET, Toolchain};
use crate::tools::{self, WasmBindgen};

/// The product's module, in all its files: `atelier.js`, `atelier_bg.wasm`, `atelier.d.ts`.
pub const NAME: &str = "atelier";

/// Builds a package's library for the browser and returns a folder with `<package>.js`, `<package>_bg.wasm`, their type
/// declarations and nothing else. What has not changed is not done again.
pub fn build(project: &Project, package: &str) -> Result<PathBuf> {
    let toolchain = toolchain::ensure(project)?;
    let bindgen = tools::wasm_bindgen(project)?;
    let optimiser = optimiser::ensure(project);

    report::step("compiling for the browser (about 10 minutes on 2 cores the first time, for burn; then seconds)");
    // The crate type is given here, not in Cargo.toml: see there.
    exec::run(
        toolchain.cargo(project).args(["rustc", "--package", package, "--lib", "--crate-type=cdylib"]).args(Toolchain::web_args(project)),
    )?;
    let compiled = project.web_target().join(TARGET).join("web").join(format!("{package}.wasm"));

    let builds = project.web_target().join("page").join(package);
    let place = |optimiser: Option<&Optimiser>| Ok::<_, anyhow::Error>(builds.join(key(&compiled, &bindgen, optimiser)?));
    let wanted = place(optimiser.as_ref())?;
    if wanted.is_dir() {
        return Ok(wanted);
    }
    // Only the latest is of use, and each is megabytes.
    project::remove(&builds)?;
    if let Some(optimiser) = &optimiser {
        let optimised = project::fill_folder(&wanted, |folder| {
            bind(&compiled, &bindgen, package, folder)?;
            optimise(project, optimiser, package, folder)
        });
        match optimised {
            Ok(()) => return Ok(wanted),
            // The page works without, only larger, and the next build tries again; the `size` ring tells how much.
            Err(error) => report::warn(&format!("{error:#}; going on with the wasm as it is")),
        }
    }
    let plain = place(None)?;
    project::fill_folder(&plain, |folder| bind(&compiled, &bindgen, package, folder))?;
    Ok(plain)
}

/// How the wasm is bound to JavaScript.
const BIND: [&str; 5] = ["--target", "web", "--typescript", "--remove-name-section", "--remove-producers-section"];

/// Names an outcome by everything that it depends on.
fn key(compiled: &Path, bindgen: &WasmBindgen, optimiser: Option<&Optimiser>) -> Result<String> {
    let bytes = fs::read(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let mut hash = Hash::default();
    hash.part("wasm", &bytes);
    hash.part("wasm-bindgen", format!("{} {}", bindgen.version, BIND.join(" ")).as_bytes());
    hash.part("wasm-opt", optimiser.map_or_else(String::new, Optimiser::identity).as_bytes());
    Ok(hash.short())
}

fn bind(compiled: &Path, bindgen: &WasmBindgen, package: &str, folder: &Path) -> Result<()> {
    report::step("binding the wasm to JavaScript");
    let mut command = Command::new(&bindgen.bindgen);
    command.args(BIND);
    exec::run(command.args(["--out-name", package, "--out-dir"]).arg(folder).arg(compiled))
}

fn optimise(project: &Project, optimiser: &Optimiser, package: &str, folder: &Path) -> Result<()> {
    let plain = folder.join(format!("{package}_bg.wasm"));
    let smaller = folder.join("optimised.wasm");
    optimiser::run(project, optimiser, &plain, &smaller)?;
    fs::rename(&smaller, &plain).context("cannot put the optimised wasm in its place")
}
