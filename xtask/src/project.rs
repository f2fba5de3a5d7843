//! Where things are: the repository, its build folders and the tool cache; and what the lock file says.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::page;
use crate::report;
use crate::version::Version;

/// The folders that all chores work in.
#[derive(Clone, Debug)]
pub struct Project {
    /// The repository.
    pub root: PathBuf,
    /// Tools and the browser's std, kept outside `target/` so that they outlive `cargo clean` and fresh clones.
    pub cache: PathBuf,
}

impl Project {
    /// Finds the repository from where cargo or the caller started us, and the tool cache from `$ATELIER_CACHE`,
    /// `$XDG_CACHE_HOME` or the home folder.
    pub fn find() -> Result<Self> {
        let start = env::var_os("CARGO_MANIFEST_DIR").map_or_else(env::current_dir, |dir| Ok(dir.into()))?;
        let root = start.ancestors().find(|folder| folder.join("xtask/Cargo.toml").is_file());
        let Some(root) = root else { bail!("run this inside Atelier's repository") };
        Ok(Self { root: root.to_owned(), cache: cache_folder()? })
    }

    /// Every wasm build shares this target folder, so that burn is compiled for the browser once.
    pub fn web_target(&self) -> PathBuf {
        self.root.join("target/web")
    }

    /// The site.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The version of a crate in `Cargo.lock`.
    pub fn locked(&self, name: &str) -> Result<Version> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        locked_version(&lock, name).with_context(|| format!("{name} is not in Cargo.lock"))
    }

    /// Makes `<cache>/<name>` all at once: `fill` works in a temporary folder that takes the name only when it is
    /// complete, so an interrupted install is never taken for a finished one.
    pub fn install(&self, name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let place = self.cache.join(name);
        fill_folder(&place, fill)?;
        Ok(place)
    }
}

/// Makes the folder `place` all at once, in place of what was there: `fill` works in a temporary folder beside it.
pub fn fill_folder(place: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let temporary = beside(place, "new");
    let old = beside(place, "old");
    let outcome = (|| {
        remove_abandoned(place)?;
        remove(&temporary)?;
        fs::create_dir_all(&temporary).with_context(|| format!("cannot make {}", temporary.display()))?;
        fill(&temporary)?;
        if place.exists() {
            fs::rename(place, &old).with_context(|| format!("cannot replace {}", place.display()))?;
        }
        fs::rename(&temporary, place).with_context(|| format!("cannot make {}", place.display())).inspect_err(|_| {
            // What was there is better than nothing; where not even that can be, the error says so already.
            let _ = fs::rename(&old, place);
        })
    })();
    // What became of it is what matters.
    for left in [&temporary, &old] {
        remove(left).unwrap_or_else(|error| report::warn(&format!("{error:#}")));
    }
    outcome
}

/// Copies what a folder holds into another, but for files that `leave_out` names by their relative path.
pub fn copy_folder(from: &Path, to: &Path, leave_out: impl Fn(&str) -> bool) -> Result<()> {
    for (name, path) in page::files(from)?.into_iter().filter(|(name, _)| !leave_out(name)) {
        let place = to.join(name);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&path, &place).with_context(|| format!("cannot copy {}", path.display()))?;
    }
    Ok(())
}

/// Removes a folder with all that is in it; that there is none is no error.
pub fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).with_context(|| format!("cannot remove {}", folder.display())),
        _ => Ok(()),
    }
}

/// Removes what interrupted runs left beside `place`. Only after a day: a younger one may be at work.
fn remove_abandoned(place: &Path) -> Result<()> {
    const DAY: Duration = Duration::from_hours(24);
    let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else { return Ok(()) };
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let ours = ["new", "old"].map(|what| format!(".{}-{what}-", name.to_string_lossy()));
    let is_ours = |entry: &fs::DirEntry| ours.iter().any(|start| entry.file_name().to_string_lossy().starts_with(start));
    for entry in entries.flatten().filter(is_ours) {
        let metadata = match entry.metadata() {
            // Another run has just put it in its place, or away.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        if metadata.modified()?.elapsed().unwrap_or_default() > DAY {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn beside(place: &Path, what: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}-{what}-{}", process::id()))
}

fn cache_folder() -> Result<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = named("ATELIER_CACHE") {
        return Ok(std::path::absolute(folder)?);
    }
    if let Some(folder) = named("XDG_CACHE_HOME") {
        return Ok(folder.join("atelier"));
    }
    let home = env::home_dir().context("no home folder: set ATELIER_CACHE to a folder for tools")?;
    Ok(home.join(".cache/atelier"))
}

/// Reads only the two lines that matter, which cargo writes one after the other.
fn locked_version(lock: &str, name: &str) -> Option<Version> {
    let heading = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|line| *line != heading).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Version::find(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_versions_in_a_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some(Version(0, 2, 130)));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn a_folder_appears_complete_or_not_at_all() {
        let base = env::temp_dir().join(format!("atelier-fill-{}", process::id()));
        let place = base.join("tool");
        let failed = fill_folder(&place, |folder| {
            fs::write(folder.join("half"), "x")?;
            bail!("interrupted")
        });
        assert!(failed.is_err() && !place.exists());
        for text in ["first", "second"] {
            fill_folder(&place, |folder| Ok(fs::write(folder.join("whole"), text)?)).expect("fills");
            assert_eq!(fs::read_to_string(place.join("whole")).expect("is there"), text);
        }
        let left: Vec<_> = fs::read_dir(&base).expect("is there").collect();
        assert_eq!(left.len(), 1, "nothing temporary stays: {left:?}");
        remove(&base).expect("removable");
    }

    #[cfg(unix)]
    #[test]
    fn what_interrupted_runs_left_goes_after_a_day_and_no_neighbour_with_it() {
        let base = env::temp_dir().join(format!("atelier-abandoned-{}", process::id()));
        for (name, hours) in [(".tool-new-1", 25), (".tool-old-1", 25), (".tool-new-2", 1), (".other-new-1", 25), ("tool", 25)] {
            fs::create_dir_all(base.join(name)).expect("makes a folder");
            let then = std::time::SystemTime::now() - Duration::from_hours(hours);
            fs::File::open(base.join(name)).and_then(|folder| folder.set_modified(then)).expect("can be older");
        }
        remove_abandoned(&base.join("tool")).expect("removes");
        let mut left: Vec<_> = fs::read_dir(&base).expect("is there").flatten().map(|entry| entry.file_name()).collect();
        left.sort();
        assert_eq!(left, [".other-new-1", ".tool-new-2", "tool"]);
        remove(&base).expect("removable");
    }
}
