//! Putting the npm-ready package together: `pkg/`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::exec;
use crate::page;
use crate::project::{self, Project};
use crate::report;
use crate::site;
use crate::wasm;

/// The package's name at npm.
const NAME: &str = "atelier-studio";
/// Files of the repository that go into the package as they are, where they are there.
const DOCUMENTS: [&str; 4] = ["README.md", "LICENSE", "LICENSE-MIT", "LICENSE-APACHE"];

/// Builds the package into `pkg/`.
pub fn build(project: &Project) -> Result<()> {
    let facts = crate_facts(project)?;
    let wasm = wasm::build(project, wasm::NAME)?;
    project::fill_folder(&project.root.join("pkg"), |folder| assemble(&project.root, &wasm, &facts, folder))?;
    report::step("the package is in pkg/ (`npm pack --dry-run ./pkg` lists it)");
    Ok(())
}

fn assemble(root: &Path, wasm: &Path, facts: &Value, to: &Path) -> Result<()> {
    for (name, path) in page::files(wasm)? {
        copy(&path, &to.join(name))?;
    }
    for name in DOCUMENTS {
        if root.join(name).is_file() {
            copy(&root.join(name), &to.join(name))?;
        }
    }
    site::copy_models(root, &to.join("models"))?;
    let names: Vec<String> = page::files(to)?.into_iter().map(|(name, _)| name).collect();
    let text = serde_json::to_string_pretty(&package_json(facts, &names)?)?;
    fs::write(to.join("package.json"), text + "\n").context("cannot write package.json")
}

/// What `Cargo.toml` says about the crate.
fn crate_facts(project: &Project) -> Result<Value> {
    let metadata = exec::capture(exec::cargo(&project.root).args(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
    let ours = packages.iter().find(|package| package["name"] == wasm::NAME);
    ours.cloned().with_context(|| format!("`cargo metadata` does not list {}", wasm::NAME))
}

/// The package's description: the module with its types, the wasm and the models by their own paths.
fn package_json(facts: &Value, names: &[String]) -> Result<Value> {
    let module = format!("./{}.js", wasm::NAME);
    let types = format!("./{}.d.ts", wasm::NAME);
    let binary = format!("./{}_bg.wasm", wasm::NAME);
    for file in [&module, &types, &binary] {
        if !names.iter().any(|name| file.strip_prefix("./") == Some(name)) {
            bail!("wasm-bindgen made no {file}");
        }
    }
    // npm adds package.json, README and LICENSE by itself.
    let mut files: Vec<&str> = names.iter().filter_map(|name| name.split('/').next()).collect();
    files.retain(|name| !DOCUMENTS.contains(name) || name.starts_with("LICENSE-"));
    files.dedup();

    let mut json = Map::new();
    json.insert("name".into(), json!(NAME));
    for field in ["version", "description", "license", "homepage"] {
        if !facts[field].is_null() {
            json.insert(field.into(), facts[field].clone());
        }
    }
    if let Some(url) = facts["repository"].as_str() {
        json.insert("repository".into(), json!({ "type": "git", "url": format!("git+{url}") }));
    }
    json.insert("type".into(), json!("module"));
    json.insert("main".into(), json!(module));
    json.insert("types".into(), json!(types));
    json.insert(
        "exports".into(),
        json!({
            ".": { "types": types, "default": module },
            "./wasm": binary,
            "./models/*": "./models/*",
            "./package.json": "./package.json",
        }),
    );
    json.insert("files".into(), json!(files));
    // Loading the module does nothing until its `init` is called.
    json.insert("sideEffects".into(), json!(false));
    Ok(Value::Object(json))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn package_json_names_what_is_there() {
        let facts = json!({ "version": "0.1.0", "license": "MIT OR Apache-2.0", "description": "d", "homepage": null });
        let list = ["LICENSE-MIT", "README.md", "atelier.d.ts", "atelier.js", "atelier_bg.wasm", "models/a", "models/b"];
        let json = package_json(&facts, &names(&list)).expect("is complete");
        assert_eq!(json["version"], "0.1.0");
        assert_eq!(json["license"], "MIT OR Apache-2.0");
        assert_eq!(json["type"], "module");
        assert_eq!(json["exports"]["."]["types"], "./atelier.d.ts");
        assert_eq!(json["files"], json!(["LICENSE-MIT", "atelier.d.ts", "atelier.js", "atelier_bg.wasm", "models"]));
        assert!(json.get("homepage").is_none());
    }

    #[test]
    fn a_build_without_types_is_refused() {
        let error = package_json(&json!({}), &names(&["atelier.js", "atelier_bg.wasm"]));
        assert!(error.is_err_and(|error| error.to_string().contains("atelier.d.ts")));
    }
}
