//! Putting the static site together: `dist/`, ready for any host and any sub-path of it, and for none once it has been visited.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::budget;
use crate::hash::{self, Hash};
use crate::offline;
use crate::page;
use crate::project::{self, Project};
use crate::report;
use crate::wasm;

const MANIFEST: &str = "manifest.json";

/// Builds the site into `dist/`, all at once, so that a server that is running never serves half of it.
pub fn build(project: &Project) -> Result<()> {
    let wasm = prepare(project)?;
    let dist = project.dist();
    project::fill_folder(&dist, |folder| assemble(&project.root, &wasm, folder))?;
    report::step("the site is in dist/");
    Ok(())
}

/// Builds the site into a folder that somebody else made and may have put things into: trunk's staging folder.
pub fn build_into(project: &Project, folder: &Path) -> Result<()> {
    let wasm = prepare(project)?;
    fs::create_dir_all(folder)?;
    assemble(&project.root, &wasm, folder)
}

/// Prints what the site weighs.
pub fn print_sizes(dist: &Path) -> Result<()> {
    print!("{}", budget::table(&budget::weigh(dist)?));
    Ok(())
}

/// Looks for what is written by hand first: it is cheaper to miss than a wasm build is to wait for.
fn prepare(project: &Project) -> Result<std::path::PathBuf> {
    let missing: Vec<&str> = ["www/index.html", "www/sw.js", "www/app", "www/samples", "models/manifest.json"]
        .into_iter()
        .filter(|path| !project.root.join(path).exists())
        .collect();
    if !missing.is_empty() {
        bail!("the site needs {}, which this checkout lacks", missing.join(", "));
    }
    wasm::build(project, wasm::NAME)
}

/// Writes the site into `to`: everything of `www/`, its `app/` renamed by content and joined by the wasm, and the models.
fn assemble(root: &Path, wasm: &Path, to: &Path) -> Result<()> {
    let www = root.join("www");
    let mut app = read_all(&www.join("app"))?;
    for (name, bytes) in &mut app {
        if ["js", "css"].contains(&page::extension(name)) {
            let text = std::str::from_utf8(bytes).with_context(|| format!("www/app/{name} is not UTF-8"))?;
            *bytes = page::without_comments(text).into_bytes();
        }
    }
    let engine = read_all(wasm)?.into_iter().filter(|(name, _)| !name.ends_with(".d.ts"));
    app.extend(engine.map(|(name, bytes)| (format!("wasm/{name}"), bytes)));

    let html = fs::read_to_string(www.join("index.html")).context("cannot read www/index.html")?;
    let worker = fs::read_to_string(www.join(offline::SERVICE_WORKER)).context("cannot read www/sw.js")?;
    let mut hash = Hash::default();
    for (name, bytes) in &app {
        hash.part(name, bytes);
    }
    // A release is all of the shell, whose scripts lie under its name.
    hash.part("index.html", html.as_bytes());
    hash.part(offline::SERVICE_WORKER, worker.as_bytes());
    let beside = |name: &str| name != "index.html" && name != offline::SERVICE_WORKER && !name.starts_with("app/");
    let beside: Vec<_> = read_all(&www)?.into_iter().filter(|(name, _)| beside(name)).collect();
    // Samples are kept by their own contents.
    for (name, bytes) in beside.iter().filter(|(name, _)| !name.starts_with("samples/")) {
        hash.part(name, bytes);
    }
    let versioned = format!("app-{}", hash.short());
    let (html, count) = page::version_references(&html, &versioned);
    if count == 0 {
        bail!("www/index.html refers to nothing in app/");
    }

    let mut files = vec![("index.html".to_owned(), html.into_bytes())];
    files.extend(app.into_iter().map(|(name, bytes)| (format!("{versioned}/{name}"), bytes)));
    files.extend(beside);
    files.extend(models(root)?.into_iter().map(|(name, bytes)| (format!("models/{name}"), bytes)));
    let worker = offline::service_worker(&worker, &versioned, &files)?;
    files.push((offline::SERVICE_WORKER.to_owned(), worker.into_bytes()));
    for (name, bytes) in &files {
        write(&to.join(name), bytes)?;
    }
    Ok(())
}

/// Copies the manifest and every model that it names.
pub fn copy_models(root: &Path, to: &Path) -> Result<()> {
    for (name, bytes) in models(root)? {
        write(&to.join(name), &bytes)?;
    }
    Ok(())
}

/// The manifest and every model that it names, each as it says. The cards beside them are for people who read the source, and whatever else lies
/// there, such as a VGG-19 of somebody's, is nobody's business.
fn models(root: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = root.join("models");
    let read = |name: &str| fs::read(folder.join(name)).with_context(|| format!("cannot read models/{name}"));
    let manifest = read(MANIFEST)?;
    let listed: Value = serde_json::from_slice(&manifest).with_context(|| format!("models/{MANIFEST} is no JSON"))?;
    let listed =
        listed["models"].as_array().filter(|models| !models.is_empty()).with_context(|| format!("models/{MANIFEST} lists no models"))?;
    let mut files = vec![(MANIFEST.to_owned(), manifest)];
    for model in listed {
        let field = |name: &str| model[name].as_str().with_context(|| format!("models/{MANIFEST} has a model without `{name}`"));
        let (file, card) = (field("file")?, field("card")?);
        let bytes = read(file)?;
        if model["bytes"] != bytes.len() || field("sha256")? != hash::sha256(&bytes) {
            bail!("models/{file} is not the file that models/{MANIFEST} lists");
        }
        if !folder.join(card).is_file() {
            bail!("models/{file} has no card models/{card}");
        }
        files.push((file.to_owned(), bytes));
    }
    Ok(files)
}

fn read_all(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let read = |(name, path): (String, std::path::PathBuf)| {
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok((name, bytes))
    };
    page::files(folder)?.into_iter().map(read).collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest() -> String {
        let model = json!({ "file": "vgg-lite.safetensors", "card": "vgg-lite.md", "bytes": 7, "sha256": hash::sha256(b"weights") });
        json!({ "models": [model] }).to_string()
    }

    /// A tiny checkout and a tiny build in a temporary folder.
    fn checkout(name: &str, script: &str) -> std::path::PathBuf {
        let root = std::env::temp_dir().join(format!("atelier-site-{name}-{}", std::process::id()));
        let index = r#"<link href="app/style.css"><script src="app/main.js"></script>"#;
        for (path, text) in [
            ("www/index.html", index),
            ("www/app/main.js", script),
            ("www/sw.js", "self;"),
            ("www/app/style.css", "/* of no interest to visitors */\na {}"),
            ("www/samples/one.svg", "<svg/>"),
            ("models/manifest.json", &manifest()),
            ("models/vgg-lite.safetensors", "weights"),
            ("models/vgg19-int8.safetensors", "somebody's own"),
            ("models/vgg-lite.md", "card"),
            ("built/atelier.js", "export default 1"),
            ("built/atelier_bg.wasm", "wasm"),
            ("built/atelier.d.ts", "types"),
        ] {
            write(&root.join(path), text.as_bytes()).expect("writes");
        }
        root
    }

    fn site(name: &str, script: &str) -> (Vec<String>, String) {
        let root = checkout(name, script);
        let dist = root.join("dist");
        assemble(&root, &root.join("built"), &dist).expect("assembles");
        page::check_relative(&dist).expect("is relative");
        let names: Vec<String> = page::files(&dist).expect("lists").into_iter().map(|(name, _)| name).collect();
        let index = fs::read_to_string(dist.join("index.html")).expect("reads");
        let style = names.iter().find(|name| name.ends_with("style.css")).expect("has a style sheet");
        assert_eq!(fs::read_to_string(dist.join(style)).expect("reads"), "\na {}\n");
        project::remove(&root).expect("removes");
        (names, index)
    }

    #[test]
    fn the_site_holds_everything_under_a_name_made_from_its_content() {
        let (names, index) = site("whole", "let a = 1;");
        let app = names.first().and_then(|name| name.split('/').next()).expect("has files").to_owned();
        assert!(app.starts_with("app-") && app.len() == 16, "{app}");
        let expected = ["main.js", "style.css", "wasm/atelier.js", "wasm/atelier_bg.wasm"].map(|n| format!("{app}/{n}"));
        assert_eq!(names.get(..4), Some(&expected[..]));
        let rest = ["index.html", "models/manifest.json", "models/vgg-lite.safetensors", "samples/one.svg", "sw.js"];
        assert_eq!(names.get(4..), Some(&rest.map(str::to_owned)[..]));
        assert_eq!(index.matches(&app).count(), 2);

        let (_, same) = site("again", "let a = 1;");
        let (_, other) = site("other", "let a = 2;");
        assert_eq!(index, same);
        assert_ne!(index, other);
    }

    #[test]
    fn models_that_are_not_as_listed_are_refused() {
        for (file, text, said) in [
            ("models/vgg-lite.safetensors", None, "cannot read models/vgg-lite.safetensors"),
            ("models/vgg-lite.safetensors", Some("heights"), "models/vgg-lite.safetensors is not the file that models/manifest.json lists"),
            ("models/vgg-lite.md", None, "models/vgg-lite.safetensors has no card models/vgg-lite.md"),
            ("models/manifest.json", Some(r#"{"models":[]}"#), "models/manifest.json lists no models"),
        ] {
            let root = checkout("models", "");
            fs::remove_file(root.join(file)).expect("removes");
            text.map_or(Ok(()), |text| write(&root.join(file), text.as_bytes())).expect("writes");
            let error = assemble(&root, &root.join("built"), &root.join("dist")).expect_err("refuses");
            project::remove(&root).expect("removes");
            assert_eq!(error.to_string(), said);
        }
    }

    #[test]
    fn the_models_of_this_checkout_are_as_listed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("has a parent");
        assert!(models(root).expect("are as listed").len() > 3);
    }
}
