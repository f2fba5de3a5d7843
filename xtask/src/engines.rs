//! The two browsers besides Chromium that the page is driven in: Firefox and WebKitGTK's MiniBrowser.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::debian;
use crate::exec;

/// Debian's packages: Firefox speaks WebDriver BiDi by itself; WebKitGTK has a driver, and no mode without a screen.
const PACKAGES: [&str; 3] = ["firefox-esr", "webkit2gtk-driver", "xvfb"];

/// The programs.
#[derive(Clone, Debug)]
pub struct Engines {
    pub firefox: PathBuf,
    pub webkit_driver: PathBuf,
    pub webkit_browser: PathBuf,
}

/// Both, installed where this is a Debian machine and we may.
pub fn ensure() -> Result<Engines> {
    find().or_else(|missing| {
        debian::install(&PACKAGES).with_context(|| missing.to_string())?;
        find()
    })
}

/// Both, if they are there.
pub fn find() -> Result<Engines> {
    let firefox = ["firefox-esr", "firefox"].iter().find_map(|name| exec::find(name)).context("there is no Firefox on PATH")?;
    let webkit_driver = exec::find("WebKitWebDriver").context("there is no WebKitWebDriver on PATH")?;
    exec::find("Xvfb").context("there is no Xvfb on PATH, which WebKitGTK needs for a screen")?;
    Ok(Engines { firefox, webkit_driver, webkit_browser: mini_browser().context("there is no MiniBrowser beside WebKitGTK's library")? })
}

/// WebKitGTK keeps its browser with its library: in a folder of the architecture on Debian, in `libexec` elsewhere.
fn mini_browser() -> Option<PathBuf> {
    let below = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let folders = below.chain([PathBuf::from("/usr/libexec"), PathBuf::from("/usr/lib64")]);
    let of = |folder: &Path, version: &str| folder.join(format!("webkit2gtk-{version}")).join("MiniBrowser");
    folders.flat_map(|folder| ["4.1", "4.0"].map(|version| of(&folder, version))).find(|path| path.is_file())
}
