//! Installing Debian's packages, where this is a Debian machine and we may.

use std::process::Command;
use std::sync::Once;

use anyhow::{Result, bail};

use crate::exec;
use crate::report;

/// How this user can install packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// There is no `apt-get`.
    NotDebian,
    /// There is, but only a person with the password can use it.
    Ask,
    /// As the super-user.
    Root,
    /// Through `sudo` without a password.
    Sudo,
}

/// What this user may install.
pub fn rights() -> Rights {
    if exec::find("apt-get").is_none() {
        return Rights::NotDebian;
    }
    if exec::capture(Command::new("id").arg("-u")).is_ok_and(|id| id == "0") {
        return Rights::Root;
    }
    if exec::capture(Command::new("sudo").args(["-n", "true"])).is_ok() {
        return Rights::Sudo;
    }
    Rights::Ask
}

/// Installs `packages`.
///
/// # Errors
/// Where this is no Debian, or only a person could do it: the message says what to type.
pub fn install(packages: &[&str]) -> Result<()> {
    static UPDATED: Once = Once::new();
    let list = packages.join(" ");
    let rights = rights();
    match rights {
        Rights::NotDebian => bail!("there is no apt-get here to install {list} with"),
        Rights::Ask => bail!("please type: sudo apt-get update && sudo apt-get install {list}"),
        Rights::Root | Rights::Sudo => {}
    }
    report::step(&format!("installing Debian's {list}"));
    UPDATED.call_once(|| {
        // A stale list is often good enough, so the install decides.
        if let Err(error) = exec::run(apt(rights).args(["-q", "update"])) {
            report::warn(&error.to_string());
        }
    });
    // What is there already, such as another Rust of Debian's, is somebody's.
    exec::run(apt(rights).args(["-q", "install", "-y", "--no-remove", "--no-install-recommends"]).args(packages))
}

fn apt(rights: Rights) -> Command {
    let mut command = Command::new("apt-get");
    if rights == Rights::Sudo {
        command = Command::new("sudo");
        command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
