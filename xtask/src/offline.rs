//! The site's own list of its files, for the service worker that keeps them.

use anyhow::{Result, bail};
use serde_json::{Map, json};

use crate::hash;
use crate::page;

/// The service worker, at the site's root: it has a say in what lies below its own address only.
pub const SERVICE_WORKER: &str = "sw.js";
/// Digits of a file's hash in the list: against damage on the way, not against anybody's intent.
const DIGITS: usize = 12;

/// The service worker of this release: `source` behind one line that names the release and hashes `files`, all of the site by relative
/// path but the models, whose own list has theirs. So the browser finds another worker when, and only when, something has changed.
///
/// # Errors
/// When the source or the page is missing.
pub fn service_worker(source: &str, release: &str, files: &[(String, Vec<u8>)]) -> Result<String> {
    if !files.iter().any(|(name, _)| name == "index.html") {
        bail!("the service worker's list needs the page");
    }
    let listed = files.iter().filter(|(name, _)| name != SERVICE_WORKER && page::extension(name) != "safetensors");
    let hashes: Map<_, _> = listed.map(|(name, bytes)| (name.clone(), json!(hash::digits(bytes, DIGITS)))).collect();
    let samples: usize = files.iter().filter(|(name, _)| is_sample(name)).map(|(_, bytes)| bytes.len()).sum();
    let site = json!({ "release": release, "samples": samples, "files": hashes });
    Ok(format!("const SITE = {site};\n{}", page::without_comments(source)))
}

fn is_sample(name: &str) -> bool {
    name.starts_with("samples/") && page::extension(name) != "json"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(page: &str) -> Vec<(String, Vec<u8>)> {
        let files = [
            ("index.html", page),
            ("sw.js", "x"),
            ("models/manifest.json", "{}"),
            ("models/a.safetensors", "a"),
            ("samples/one.jpg", "four"),
            ("samples/samples.json", "{}"),
        ];
        files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec()
    }

    #[test]
    fn the_list_has_every_file_but_the_worker_itself_and_the_models() {
        let script = service_worker("// about\nself;\n", "app-1", &files("abc")).expect("is made");
        let site = script.lines().next().and_then(|line| line.strip_prefix("const SITE = ")).expect("begins with the list");
        let site: serde_json::Value = serde_json::from_str(site.trim_end_matches(';')).expect("is JSON");
        assert_eq!((site["release"].as_str(), site["samples"].as_u64()), (Some("app-1"), Some(4)));
        let names: Vec<_> = site["files"].as_object().expect("lists files").keys().map(String::as_str).collect();
        assert_eq!(names, ["index.html", "models/manifest.json", "samples/one.jpg", "samples/samples.json"]);
        // The test vector of FIPS 180-2, appendix B.1.
        assert_eq!(site["files"]["index.html"], "ba7816bf8f01");
        assert!(script.ends_with("\n\nself;\n"), "{script}");
    }

    #[test]
    fn another_page_makes_another_worker() {
        let of = |page| service_worker("self;", "app-1", &files(page)).expect("is made");
        assert_eq!(of("one"), of("one"));
        assert_ne!(of("one"), of("two"));
        assert!(service_worker("self;", "app-1", &[]).is_err());
    }
}
