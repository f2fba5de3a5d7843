//! std for wasm, built from the sources that Debian ships with its compiler.
//!
//! Cargo can build std from source for a compiler that has none for the target, but only as an unstable feature and
//! again for every project. So it is done once, in a throw-away crate, and the libraries are kept in the shape of a
//! sysroot; ordinary builds then need one flag and nothing unstable.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::exec;
use crate::project::Project;
use crate::report;
use crate::toolchain::{RUSTFLAGS, TARGET, debian_cargo};
use crate::version::Version;

/// Name of the throw-away crate; its own library is left out of the sysroot.
const CRATE: &str = "wasm-std";

/// The sysroot for Debian's compiler of this version, built now if it is not in the tool cache.
pub fn ensure(project: &Project, version: Version) -> Result<PathBuf> {
    let name = format!("sysroot-{version}");
    let place = project.cache.join(&name);
    if has_std(&libraries(&place)) {
        return Ok(place);
    }
    report::step(&format!("building std {version} for wasm (about 2 minutes, once)"));
    project.install(&name, |folder| build(folder).context("building std for wasm"))
}

/// Whether `folder` holds a std and, for tests, a libtest.
pub fn has_std(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let has = |start: &str| names.iter().any(|name| name.starts_with(start) && is_rlib(name));
    has("libstd-") && has("libtest-")
}

/// Whether the sysroot for this version is complete.
pub fn is_built(project: &Project, version: Version) -> bool {
    has_std(&libraries(&project.cache.join(format!("sysroot-{version}"))))
}

fn libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn build(sysroot: &Path) -> Result<()> {
    let scratch = sysroot.join("build");
    fs::create_dir_all(scratch.join("src"))?;
    fs::write(scratch.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"{CRATE}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
         [profile.release]\npanic = \"abort\"\ndebug = false\n\n[workspace]\n"
    );
    fs::write(scratch.join("Cargo.toml"), manifest)?;

    // `test` is for the browser tests: rustc's test harness links it even where another runner is used.
    let args = ["build", "-Zbuild-std=std,test,panic_abort", "--target", TARGET, "--release", "--target-dir", "target"];
    let mut cargo = debian_cargo(&scratch);
    exec::run(cargo.args(args).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", RUSTFLAGS))?;

    let to = libraries(sysroot);
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(scratch.join("target").join(TARGET).join("release/deps"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_rlib(&name) && !name.starts_with("libwasm_std-") {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    fs::remove_dir_all(&scratch)?;
    Ok(())
}

fn is_rlib(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rlib")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysroot_without_std_or_libtest_is_not_one() {
        let folder = std::env::temp_dir().join(format!("atelier-sysroot-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("makes a folder");
        assert!(!has_std(&folder));
        fs::write(folder.join("libstd-7cc80c8f4908f413.rlib"), "").expect("writes");
        fs::write(folder.join("libtest-1.rmeta"), "").expect("writes");
        assert!(!has_std(&folder));
        fs::write(folder.join("libtest-1.rlib"), "").expect("writes");
        assert!(has_std(&folder));
        fs::remove_dir_all(&folder).expect("removes");
    }
}
