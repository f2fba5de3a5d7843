//! The package as a developer gets it: packed by npm, installed into a fresh page, checked by TypeScript, built by Vite.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::exec;
use crate::page;
use crate::project::{self, Project};
use crate::report;
use crate::tools;

/// The example that the page is a copy of.
const PAGE: &str = "examples/vite";
/// A second page in it, for what the package promises.
const PROMISES: &str = "tests/package";

/// Where the page is, with its builds in `dist/` and `dist-promises/`.
pub fn place(project: &Project) -> PathBuf {
    project.root.join("target/adoption")
}

/// Makes the page of the package that was built last.
///
/// # Errors
/// Without node, npm or its registry, and where a step fails.
pub fn prepare(project: &Project) -> Result<()> {
    tools::node()?;
    report::step("packing the package and installing it into a fresh page");
    project::fill_folder(&place(project), |folder| {
        copy(&project.root.join(PAGE), folder)?;
        copy(&project.root.join(PROMISES), &folder.join("promises"))?;
        copy(&project.root.join("examples/batch"), &folder.join("batch"))?;
        // TypeScript takes nothing for source that lies below node_modules.
        copy(&project.root.join("pkg"), &folder.join("sources"))?;
        // The studio's own scripts go by, as this is where TypeScript is.
        copy(&project.root.join("www/app"), &folder.join("studio"))?;
        copy(&project.root.join("pkg/engine/wasm"), &folder.join("studio/wasm"))?;
        let tarball = pack(&project.root.join("pkg"), folder)?;
        let arguments = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"];
        exec::run(exec::npm().args(arguments).arg(format!("./{tarball}")).current_dir(folder)).context(
            "npm could not install the page's packages; can it reach the registry that it is configured with (`npm config get registry`)?",
        )?;
        let npx = |words: &[&str]| exec::run(exec::npm().args(["exec", "--offline", "--"]).args(words).current_dir(folder));
        npx(&["tsc"]).context("the example is not what the package's types say")?;
        npx(&["tsc", "--project", "promises"]).context("the promises are not what the package's types say")?;
        npx(&["tsc", "--project", "promises/node"]).context("the types for Node do not hold without a page's")?;
        npx(&["tsc", "--project", "promises/sources.json"]).context("the package's own modules do not hold together")?;
        npx(&["tsc", "--project", "promises/studio.json"]).context("the studio's scripts do not hold together")?;
        npx(&["vite", "build", "--logLevel", "warn"])?;
        npx(&["vite", "build", "promises", "--base", "./", "--outDir", "../dist-promises", "--emptyOutDir", "--logLevel", "warn"])
    })
}

/// Packs the package into `folder` and checks what is in it; answers with the file's name.
fn pack(package: &Path, folder: &Path) -> Result<String> {
    let listing = exec::capture(exec::npm().args(["pack", "--json", "--pack-destination"]).arg(folder).arg(package))?;
    let listing: Value = serde_json::from_str(&listing).context("npm pack told no JSON")?;
    // npm 11 answers with a list; others with one entry by the package's name.
    let packed = listing.get(0).or_else(|| listing.as_object()?.values().next()).context("npm pack listed nothing")?;
    let files = packed["files"].as_array().context("npm pack listed no files")?;
    let files: BTreeSet<String> = files.iter().filter_map(|file| file["path"].as_str()).map(str::to_owned).collect();
    let here: BTreeSet<String> = page::files(package)?.into_iter().map(|(name, _)| name).collect();
    if files != here {
        let odd: Vec<&String> = files.symmetric_difference(&here).collect();
        bail!("npm packs other files than pkg/ has: {odd:?}");
    }
    packed["filename"].as_str().map(str::to_owned).context("npm pack named no file")
}

/// What a developer has installed or built in an example is not part of it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    project::copy_folder(from, to, |name| name.starts_with("node_modules/") || name.starts_with("dist/") || name == "package-lock.json")
}
