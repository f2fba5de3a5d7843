//! axe-core, which judges the page's accessibility in the end-to-end tests: fetched once, never part of the repository (it is under the MPL).

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::hash;
use crate::project::Project;
use crate::tools;

const VERSION: &str = "4.14.1";
/// Of `axe.min.js` in this version, so that what judges is the same everywhere.
const SHA256: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";

/// The script that a page is given to be judged.
pub fn script(project: &Project) -> Result<PathBuf> {
    let folder = tools::from_npm(project, &folder_name(), &[&format!("axe-core@{VERSION}")])
        .context("the accessibility tests need axe-core, once, from npm")?;
    let script = folder.join("node_modules/axe-core/axe.min.js");
    let bytes = fs::read(&script).with_context(|| format!("cannot read {}", script.display()))?;
    if hash::sha256(&bytes) != SHA256 {
        bail!("{} is not axe-core {VERSION} as it was published: remove its folder", script.display());
    }
    Ok(script)
}

/// Its version, and whether it is there.
pub fn find(project: &Project) -> (&'static str, bool) {
    (VERSION, project.cache.join(folder_name()).is_dir())
}

fn folder_name() -> String {
    format!("axe-core-{VERSION}")
}
