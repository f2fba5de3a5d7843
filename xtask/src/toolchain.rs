//! Which compiler builds for the browser: the one that cargo uses anyway, or Debian's.
//!
//! A toolchain of rustup's with the wasm target is the plain way, and rustup is asked for the target where it is not
//! there. A machine that rustup cannot fetch anything to may still install Debian's Rust with its sources; std for
//! wasm is then built from those, once (see [`crate::sysroot`]). std and compiler must be of one version, so the two
//! ways are never mixed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::debian::{self, Rights};
use crate::exec;
use crate::project::Project;
use crate::report;
use crate::sysroot;
use crate::version::Version;

/// The target that everything for the browser is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Code generation for the browser: every browser with WebGPU, and all others of the last years, have SIMD.
pub const RUSTFLAGS: &str = "-Ctarget-feature=+simd128";

/// Debian's Rust. It is named by path because rustup's folder comes first on most `PATH`s.
pub const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
/// The cargo of Debian's Rust.
pub const DEBIAN_CARGO: &str = "/usr/bin/cargo";

const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const LINKERS: [&str; 9] =
    ["wasm-ld-19", "wasm-ld-22", "wasm-ld-21", "wasm-ld-20", "wasm-ld", "wasm-ld-18", "wasm-ld-17", "wasm-ld-16", "wasm-ld-15"];
/// Fetching the target takes seconds; a network that swallows packets must not hold the build up for long.
const FETCH_LIMIT: Duration = Duration::from_mins(3);

/// A compiler that can build for the browser.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// One line: which way was taken and why.
    pub reason: String,
    debian: bool,
    /// Where std for wasm is, if not beside the compiler.
    sysroot: Option<PathBuf>,
    /// The linker, if the compiler does not bring one.
    linker: Option<String>,
}

impl Toolchain {
    /// A cargo that builds for the browser: add the subcommand, then [`Toolchain::web_args`].
    pub fn cargo(&self, project: &Project) -> Command {
        let mut command = if self.debian { debian_cargo(&project.root) } else { exec::cargo(&project.root) };
        // Flags meant for this machine's own builds would displace the ones below.
        exec::clean(&mut command, &["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"]);
        let mut flags = vec![RUSTFLAGS.to_owned()];
        if let Some(sysroot) = &self.sysroot {
            flags.push(format!("--sysroot={}", sysroot.display()));
        }
        // Panic messages name their source files: those of dependencies with this machine's folders if left alone, 70 kB
        // of them. Our own are relative already.
        flags.extend(cargo_home().map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
        command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        if let Some(linker) = &self.linker {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }

    /// What every wasm build has in common. Site, package and browser tests must all use exactly this, or burn (ten
    /// minutes on two cores) is compiled again for each.
    pub fn web_args(project: &Project) -> Vec<String> {
        let target_dir = project.web_target().display().to_string();
        ["--target", TARGET, "--profile", "web", "--no-default-features", "--features", "webgpu", "--target-dir"]
            .map(str::to_owned)
            .into_iter()
            .chain([target_dir])
            .collect()
    }
}

/// Where cargo keeps the sources of what we depend on.
fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// Debian's cargo and compiler, untouched by rustup's variables.
pub fn debian_cargo(folder: &Path) -> Command {
    let mut command = Command::new(DEBIAN_CARGO);
    command.current_dir(folder);
    exec::clean(&mut command, &["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"]);
    command.env("RUSTC", DEBIAN_RUSTC);
    command
}

/// Finds a toolchain for the browser, installing what is missing, and says in one line which and why.
///
/// # Errors
/// Where neither way works; the message says what was tried and what a person can do.
pub fn ensure(project: &Project) -> Result<Toolchain> {
    let toolchain = match env::var("ATELIER_TOOLCHAIN").as_deref() {
        Ok("rustup") => own(project, true)?,
        Ok("debian") => from_debian(project, "ATELIER_TOOLCHAIN asks for it")?,
        Ok(other) => bail!("ATELIER_TOOLCHAIN is `{other}`, but can only be `rustup` or `debian`"),
        Err(_) => match own(project, false) {
            Ok(toolchain) => toolchain,
            Err(first) => from_debian(project, &format!("{first:#}")).map_err(|second| {
                anyhow::anyhow!(
                    "no Rust compiler here can build for the browser.\n  \
                     rustup: {first:#}\n  Debian: {second:#}\n  \
                     With a network, `rustup target add {TARGET}` is all it takes."
                )
            })?,
        },
    };
    report::step(&toolchain.reason);
    Ok(toolchain)
}

/// The compiler that cargo uses anyway, if it has std for wasm or rustup can fetch it.
///
/// `again` asks rustup also where it has failed before with this compiler.
pub fn own(project: &Project, again: bool) -> Result<Toolchain> {
    let rustc = |args: &[&str]| exec::capture(Command::new("rustc").args(args).current_dir(&project.root));
    let version = Version::find(&rustc(&["--version"])?).context("rustc does not tell its version")?;
    let std = || rustc(&["--print", "target-libdir", "--target", TARGET]).is_ok_and(|at| sysroot::has_std(Path::new(&at)));

    let mut how = "has the wasm target";
    if !std() {
        fetch_target(project, version, again)?;
        if !std() {
            bail!("rustup added the target, but to another toolchain than rustc {version}");
        }
        how = "got the wasm target from rustup";
    }

    let own_linker = rustc(&["--print", "target-libdir"])
        .is_ok_and(|libs| Path::new(&libs).with_file_name("bin").join("rust-lld").with_extension(env::consts::EXE_EXTENSION).is_file());
    let linker = if own_linker { None } else { Some(linker().context("there is no rust-lld or wasm-ld")?) };
    let reason = format!("wasm by rustc {version}: it {how}");
    Ok(Toolchain { reason, debian: false, sysroot: None, linker })
}

/// Asks rustup for the wasm target. A failure is remembered, or an offline machine would wait for it on every run.
fn fetch_target(project: &Project, version: Version, again: bool) -> Result<()> {
    if exec::find("rustup").is_none() {
        bail!("rustc {version} lacks the wasm target, and there is no rustup to get it with");
    }
    let note = project.cache.join(format!("rustup-cannot-fetch-wasm-{version}"));
    // Where Debian's way is closed too, trying again is all there is.
    if !again && note.exists() && debian::rights() != Rights::NotDebian {
        bail!("rustup could not fetch the wasm target for {version} before (`cargo xtask doctor` tries again)");
    }
    report::step(&format!("asking rustup for {TARGET} (some 20 MB; up to {} s)", FETCH_LIMIT.as_secs()));
    match exec::run_limited(Command::new("rustup").args(["target", "add", TARGET]).current_dir(&project.root), FETCH_LIMIT) {
        Ok(()) => {
            if note.exists() {
                fs::remove_file(&note)?;
            }
            Ok(())
        }
        Err(error) => {
            fs::create_dir_all(&project.cache)?;
            fs::write(&note, format!("{error:#}\n"))?;
            bail!("rustup cannot fetch the wasm target")
        }
    }
}

/// Debian's compiler with a std built from Debian's sources.
fn from_debian(project: &Project, why: &str) -> Result<Toolchain> {
    if debian_rust().is_err() || linker().is_none() {
        debian::install(&DEBIAN_PACKAGES)?;
    }
    let version = debian_rust()?;
    let linker = linker().context("Debian's lld-19 brought no wasm-ld")?;
    let sysroot = sysroot::ensure(project, version)?;
    let reason = format!("wasm by Debian's rustc {version} and a std built from its sources: {why}");
    Ok(Toolchain { reason, debian: true, sysroot: Some(sysroot), linker: Some(linker) })
}

/// The version of Debian's Rust, if it is new enough and its sources are there.
///
/// # Errors
/// What is missing.
pub fn debian_rust() -> Result<Version> {
    let needed = Version::find(env!("CARGO_PKG_RUST_VERSION")).context("Cargo.toml names no rust-version")?;
    let rustc = |flags: &[&str]| {
        let mut command = Command::new(DEBIAN_RUSTC);
        exec::clean(&mut command, &["RUSTUP_TOOLCHAIN"]);
        exec::capture(command.args(flags))
    };
    if !Path::new(DEBIAN_RUSTC).is_file() || !Path::new(DEBIAN_CARGO).is_file() {
        bail!("Debian's rustc-web and cargo-web are not installed");
    }
    let version = Version::find(&rustc(&["--version"])?).context("Debian's rustc does not tell its version")?;
    if version < needed {
        bail!("Debian's rustc is {version}, but {needed} is needed");
    }
    let sysroot = rustc(&["--print", "sysroot"])?;
    if !Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file() {
        bail!("Debian's rust-web-src is not installed");
    }
    Ok(version)
}

/// The name of a linker for wasm on `PATH`.
pub fn linker() -> Option<String> {
    LINKERS.iter().find(|name| exec::find(name).is_some()).map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(command: &Command, name: &str) -> Option<String> {
        let value = command.get_envs().find(|(key, _)| *key == name)?.1?;
        Some(value.to_string_lossy().into_owned())
    }

    #[test]
    fn debians_build_names_compiler_linker_and_sysroot() {
        let project = Project { root: PathBuf::from("r"), cache: PathBuf::from("c") };
        let toolchain = Toolchain {
            reason: String::new(),
            debian: true,
            sysroot: Some(PathBuf::from("/c/sysroot-1.96.0")),
            linker: Some("wasm-ld-19".into()),
        };
        let cargo = toolchain.cargo(&project);
        assert_eq!(cargo.get_program(), DEBIAN_CARGO);
        assert_eq!(variable(&cargo, "RUSTC").as_deref(), Some(DEBIAN_RUSTC));
        let flags = variable(&cargo, "CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
        let flags: Vec<&str> = flags.split('\u{1f}').collect();
        assert_eq!(flags.first(), Some(&RUSTFLAGS));
        assert!(flags.contains(&"--sysroot=/c/sysroot-1.96.0"));
        assert!(flags.iter().any(|flag| flag.starts_with("--remap-path-prefix=") && flag.ends_with("=cargo")));
        let linker = variable(&cargo, "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER");
        assert_eq!(linker.as_deref(), Some("wasm-ld-19"));
    }
}
