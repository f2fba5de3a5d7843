//! Another release of the site: the same files under another name, with a page that says so.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::server;

/// What the other release's scripts lie under.
pub const NAME: &str = "app-0123456789ab";

/// Builds it.
pub fn another() -> TempDir {
    let (site, folder) = (server::site(), TempDir::with_prefix("atelier-release-").unwrap());
    let script = fs::read_to_string(site.join("sw.js")).unwrap();
    let (list, worker) = script.split_once('\n').unwrap();
    let mut list: Value = serde_json::from_str(list.strip_prefix("const SITE = ").unwrap().trim_end_matches(';')).unwrap();
    let old = list["release"].as_str().unwrap().to_owned();
    copy(&site, folder.path(), &old);
    let page = fs::read_to_string(site.join("index.html")).unwrap().replace(&old, NAME);
    let files: Map<_, _> = list["files"].as_object().unwrap().iter().map(|(name, hash)| (name.replace(&old, NAME), hash.clone())).collect();
    list["release"] = json!(NAME);
    list["files"] = json!(files);
    list["files"]["index.html"] = json!(hash(page.as_bytes(), 12));
    fs::write(folder.path().join("index.html"), page).unwrap();
    fs::write(folder.path().join("sw.js"), format!("const SITE = {list};\n{worker}")).unwrap();
    folder
}

fn hash(bytes: &[u8], digits: usize) -> String {
    let nibbles = Sha256::digest(bytes).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|digit| char::from_digit(digit.into(), 16)).take(digits).collect()
}

fn copy(from: &Path, to: &Path, old: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().replace(old, NAME);
        let target = to.join(name);
        if path.is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&path, &target, old);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
