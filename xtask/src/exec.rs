//! Running other programs: streamed, captured, or with a time limit, and with a clean environment.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs `command` with its output going straight to the terminal.
///
/// # Errors
/// When it cannot be started or ends with anything but success; the message shows the command line.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs `command` quietly and returns its standard output without the white space around it.
///
/// # Errors
/// As [`run`]; the message ends with what the command said on standard error.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", shown(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs `command` and returns its standard output; what it says beside that, such as how a build goes on, is for the terminal.
///
/// # Errors
/// As [`run`].
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// As [`run`], but ends the program when `limit` has passed.
///
/// # Errors
/// As [`run`], and when the limit has passed.
pub fn run_limited(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start `{}`", shown(command)))?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(());
            }
            bail!("`{}` failed ({status})", shown(command));
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("`{}` took longer than {} s", shown(command), limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// How the files end that can be run by a name without an end. On Windows npm's folder has a file `npm` too, but that is for other shells.
const ENDS: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };

/// Where `program` is on `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find_map(|folder| find_in(&folder, program, ENDS))
}

fn find_in(folder: &Path, program: &str, ends: &[&str]) -> Option<PathBuf> {
    ends.iter().map(|end| folder.join(format!("{program}{end}"))).find(|candidate| candidate.is_file())
}

/// npm, by its whole name: by the short one, Windows looks for programs only, and npm is a script there.
pub fn npm() -> Command {
    Command::new(find("npm").unwrap_or_else(|| "npm".into()))
}

/// The cargo that started us, for builds that run on this machine. It keeps the toolchain that the caller chose
/// (`cargo +nightly xtask …`).
pub fn cargo(root: &Path) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.current_dir(root);
    clean(&mut command, &[]);
    command
}

/// Takes what the outer `cargo run` put into the environment out of `command`'s, and the variables named in `also`.
///
/// Left in, they would make build scripts run again (their inputs seem changed) or bend another toolchain's build.
pub fn clean(command: &mut Command, also: &[&str]) {
    for (name, value) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if set_by_cargo(text) || also.contains(&text) {
            command.env_remove(&name);
        } else if text == "LD_LIBRARY_PATH" {
            match without_toolchains(&value) {
                Some(rest) => command.env(&name, rest),
                None => command.env_remove(&name),
            };
        }
    }
}

fn set_by_cargo(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
    const NAMES: [&str; 4] = ["CARGO", "CARGO_PRIMARY_PACKAGE", "CARGO_CRATE_NAME", "OUT_DIR"];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A library search path less the folders of build outputs and toolchains, or nothing if that was all.
fn without_toolchains(value: &OsStr) -> Option<OsString> {
    let foreign = |folder: &PathBuf| {
        let text = folder.to_string_lossy();
        !["/target/", "/toolchains/", "/rustlib/"].iter().any(|part| text.contains(part)) && !text.is_empty()
    };
    let rest: Vec<PathBuf> = env::split_paths(value).filter(foreign).collect();
    if rest.is_empty() { None } else { env::join_paths(rest).ok() }
}

/// The command line as a person would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_cargos_own_variables() {
        assert!(set_by_cargo("CARGO") && set_by_cargo("CARGO_PKG_NAME") && set_by_cargo("CARGO_MANIFEST_DIR"));
        assert!(!set_by_cargo("CARGO_HOME") && !set_by_cargo("CARGO_NET_OFFLINE") && !set_by_cargo("PATH"));
    }

    #[test]
    fn library_path_keeps_only_what_the_caller_put_there() {
        let value = env::join_paths(["/w/target/debug/deps", "/h/toolchains/stable/lib", "/opt/gpu/lib"]).expect("can be joined");
        assert_eq!(without_toolchains(&value), Some(OsString::from("/opt/gpu/lib")));
        assert_eq!(without_toolchains(OsStr::new("/w/target/debug/deps")), None);
    }

    #[test]
    fn of_a_script_for_each_shell_the_one_that_can_be_run_is_found() {
        let folder = env::temp_dir().join(format!("atelier-find-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("makes a folder");
        for name in ["npm", "npm.cmd", "node.exe"] {
            std::fs::write(folder.join(name), "").expect("writes");
        }
        let find = |program, ends: &[&str]| find_in(&folder, program, ends).and_then(|path| path.file_name().map(OsStr::to_owned));
        assert_eq!(find("npm", &[".exe", ".cmd"]), Some("npm.cmd".into()));
        assert_eq!(find("node", &[".exe", ".cmd"]), Some("node.exe".into()));
        assert_eq!(find("npm", &[""]), Some("npm".into()));
        assert_eq!(find("node", &[""]), None);
        std::fs::remove_dir_all(&folder).expect("removes");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_hangs_is_ended() {
        let started = Instant::now();
        let error = run_limited(Command::new("sleep").arg("30"), Duration::from_millis(100));
        assert!(error.is_err_and(|e| e.to_string().contains("took longer")));
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[cfg(unix)]
    #[test]
    fn failures_name_the_command() {
        let error = run(&mut Command::new("false")).map_err(|e| e.to_string());
        assert!(error.is_err_and(|text| text.starts_with("`false` failed")));
        let output = capture(Command::new("echo").arg(" hello "));
        assert_eq!(output.ok().as_deref(), Some("hello"));
    }
}
