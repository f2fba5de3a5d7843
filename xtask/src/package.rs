//! Putting the npm-ready package together: `pkg/`.
//!
//! `package/` is its own part, written by hand. The worker and what it needs are the page's: the modules of `www/app/` that can be reached
//! from there, so that there is one engine and not two.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::exec;
use crate::page;
use crate::project::{self, Project};
use crate::reference;
use crate::report;
use crate::site;
use crate::wasm;

/// The package's name at npm.
const NAME: &str = "atelier-studio";
const LICENSES: [&str; 3] = ["LICENSE", "LICENSE-MIT", "LICENSE-APACHE"];
/// Where the page's modules and the wasm are, below the package.
const ENGINE: &str = "engine";
/// The module that says where the models are.
const MODELS: &str = "models.js";

/// What Node's types say in place of what the browser's do: there, pictures are files and pixels.
const FOR_NODE: [(&str, &str); 8] = [
    (
        "/** Neural style transfer in the browser: on the GPU by WebGPU, or on the processor by WebAssembly. Pictures never leave the device. */",
        "// Made from index.d.ts by `cargo xtask pkg`.\n\n\
         /** Atelier under Node 20.3 or newer, on the processor. Importing it reads and compiles the engine. Call `dispose` at the end, or the process\n \
         * goes on. */",
    ),
    ("Blob | ImageBitmap | PixelData | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas", "Blob | PixelData"),
    ("an `ImageData`, or a plain object like one", "a plain object"),
    ("`ImageData` for", "`PixelData` for"),
    ("? ImageData :", "? PixelData :"),
    ("picture: ImageData", "picture: PixelData"),
    // It has been read when the module is there.
    (
        "  /** Where the WebAssembly is, if not beside this module: an address, its bytes, or the compiled module. */\n  \
         wasm?: string | URL | BufferSource | WebAssembly.Module;\n",
        "",
    ),
    ("relative to the page, or absolute", "relative to the working directory, or absolute"),
];
/// Names that Node's types do without.
const OF_A_PAGE: [&str; 6] = ["ImageData", "ImageBitmap", "HTML", "OffscreenCanvas", "BufferSource", "WebAssembly.Module"];

/// Builds the package into `pkg/`, and its reference into `docs/`.
pub fn build(project: &Project) -> Result<()> {
    let facts = crate_facts(project)?;
    let wasm = wasm::build(project, wasm::NAME)?;
    project::fill_folder(&project.root.join("pkg"), |folder| assemble(&project.root, &wasm, &facts, folder))?;
    reference::write(&project.root)?;
    report::step("the package is in pkg/ (`npm pack --dry-run ./pkg` lists it), its reference in docs/package.md");
    Ok(())
}

fn assemble(root: &Path, wasm: &Path, facts: &Value, to: &Path) -> Result<()> {
    let own = root.join("package");
    for (name, path) in page::files(&own)?.into_iter().filter(|(name, _)| name != reference::INTRODUCTION) {
        copy(&path, &to.join(name))?;
    }
    let types = fs::read_to_string(own.join("index.d.ts")).context("cannot read package/index.d.ts")?;
    fs::write(to.join("node.d.ts"), node_types(&types)?).context("cannot write node.d.ts")?;
    for name in engine_modules(&own, &root.join("www/app"))? {
        copy(&root.join("www/app").join(&name), &to.join(ENGINE).join(&name))?;
    }
    for (name, path) in page::files(wasm)? {
        copy(&path, &to.join(ENGINE).join("wasm").join(name))?;
    }
    for name in LICENSES {
        if root.join(name).is_file() {
            copy(&root.join(name), &to.join(name))?;
        }
    }
    site::copy_models(root, &to.join("models"))?;
    let manifest = fs::read_to_string(root.join("models/manifest.json")).context("cannot read models/manifest.json")?;
    fs::write(to.join(MODELS), models_module(&manifest)?).with_context(|| format!("cannot write {MODELS}"))?;
    let names: Vec<String> = page::files(to)?.into_iter().map(|(name, _)| name).collect();
    let text = serde_json::to_string_pretty(&package_json(facts, &names)?)?;
    fs::write(to.join("package.json"), text + "\n").context("cannot write package.json")
}

/// The modules of the page that the package uses, and those that they use in turn.
fn engine_modules(own: &Path, app: &Path) -> Result<BTreeSet<String>> {
    let mut open = Vec::new();
    for (name, path) in page::files(own)? {
        if page::extension(&name) == "js" {
            open.extend(references(&fs::read_to_string(path)?, "./engine/"));
        }
    }
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name.clone()) {
            let text = fs::read_to_string(app.join(&name)).with_context(|| format!("the package needs www/app/{name}"))?;
            open.extend(references(&text, "./"));
        }
    }
    Ok(found)
}

/// The modules right below `folder` that a module names in its code.
fn references(source: &str, folder: &str) -> Vec<String> {
    let code = page::without_comments(source);
    let literals = code.split('"').filter_map(|text| text.strip_prefix(folder));
    literals.filter(|name| page::extension(name) == "js" && !name.contains(['/', ' ', '\n'])).map(str::to_owned).collect()
}

/// The module that says where the models are: each file by an address that bundlers understand, and the manifest itself.
fn models_module(manifest: &str) -> Result<String> {
    let manifest: Value = serde_json::from_str(manifest).context("models/manifest.json is no JSON")?;
    let models = manifest["models"].as_array().context("models/manifest.json lists no models")?;
    let address = |model: &Value| {
        let file = model["file"].as_str().context("a model in models/manifest.json has no file")?;
        Ok(format!("    \"{file}\": new URL(\"./models/{file}\", import.meta.url).href,\n"))
    };
    let files: String = models.iter().map(address).collect::<Result<_>>()?;
    let manifest = serde_json::to_string_pretty(&manifest)?.replace('\n', "\n  ");
    Ok(format!(
        "// The package's models. Made from models/manifest.json by `cargo xtask pkg`.\n\n\
         /** A folder that is nowhere: its files are found by the list below, wherever a bundler has put them. */\n\
         export const base = \"https://models.invalid/\";\n\n\
         export const shelf = {{\n  manifest: {manifest},\n  files: {{\n{files}  }},\n}};\n"
    ))
}

/// The types for Node, made from those for the browser.
fn node_types(types: &str) -> Result<String> {
    let mut text = types.to_owned();
    for (page, node) in FOR_NODE {
        if !text.contains(page) {
            bail!("package/index.d.ts no longer says `{page}`, for which Node's types say `{node}`");
        }
        text = text.replace(page, node);
    }
    match OF_A_PAGE.into_iter().find(|name| text.contains(*name)) {
        Some(name) => bail!("Node has no {name}, which its types would name: xtask/src/package.rs says what stands for what"),
        None => Ok(text),
    }
}

/// What `Cargo.toml` says about the crate.
fn crate_facts(project: &Project) -> Result<Value> {
    let metadata = exec::capture(exec::cargo(&project.root).args(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
    let ours = packages.iter().find(|package| package["name"] == wasm::NAME);
    ours.cloned().with_context(|| format!("`cargo metadata` does not list {}", wasm::NAME))
}

/// The package's description: the module with its types, the same for Node, the raw wasm interface, and the models.
fn package_json(facts: &Value, names: &[String]) -> Result<Value> {
    let raw = format!("./{ENGINE}/wasm/{}", wasm::NAME);
    // One file without conditions, as its types lie beside it: webpack refuses conditions after which "default" does not come last.
    let entry = |path: &str| format!("{path}.js");
    for path in ["./index", "./node", &raw] {
        for file in [format!("{path}.js"), format!("{path}.d.ts")] {
            if !names.iter().any(|name| file.strip_prefix("./") == Some(name)) {
                bail!("the package has no {file}");
            }
        }
    }
    // npm adds package.json and README by itself.
    let mut files: Vec<&str> = names.iter().filter_map(|name| name.split('/').next()).filter(|name| *name != "README.md").collect();
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
    json.insert("keywords".into(), json!(["neural style transfer", "webgpu", "webassembly", "image", "art"]));
    json.insert("type".into(), json!("module"));
    json.insert("main".into(), json!("./index.js"));
    json.insert("types".into(), json!("./index.d.ts"));
    json.insert(
        "exports".into(),
        json!({
            ".": entry("./index"),
            "./node": entry("./node"),
            "./wasm": entry(&raw),
            "./wasm/atelier_bg.wasm": format!("{raw}_bg.wasm"),
            "./models/*": "./models/*",
            "./package.json": "./package.json",
        }),
    );
    json.insert("files".into(), json!(files));
    // Loading any other module does nothing by itself.
    json.insert("sideEffects".into(), json!([format!("./{ENGINE}/worker.js"), "./node.js", "./node-worker.js"]));
    json.insert("engines".into(), json!({ "node": ">=20.3" }));
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
        let mut list = names(&["LICENSE-MIT", "README.md", "engine/wasm/atelier.d.ts", "engine/wasm/atelier.js"]);
        list.extend(names(&["index.d.ts", "index.js", "models/a", "models/b", "node.d.ts", "node.js"]));
        let json = package_json(&facts, &list).expect("is complete");
        assert_eq!(json["version"], "0.1.0");
        assert_eq!(json["license"], "MIT OR Apache-2.0");
        assert_eq!(json["exports"]["."], "./index.js");
        assert_eq!(json["exports"]["./wasm"], "./engine/wasm/atelier.js");
        assert_eq!(json["files"], json!(["LICENSE-MIT", "engine", "index.d.ts", "index.js", "models", "node.d.ts", "node.js"]));
        assert!(json.get("homepage").is_none());
    }

    #[test]
    fn a_build_without_types_is_refused() {
        let error = package_json(&json!({}), &names(&["index.js"]));
        assert!(error.is_err_and(|error| error.to_string().contains("index.d.ts")));
    }

    #[test]
    fn types_for_node_name_nothing_that_only_a_page_has() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("is in the workspace");
        let types = fs::read_to_string(root.join("package/index.d.ts")).expect("reads");
        let node = node_types(&types).expect("are made");
        assert!(node.contains("export type Picture = Blob | PixelData;"), "{node}");
        assert!(node_types("").is_err());
        assert!(node_types(&format!("{types}\nexport const easel: OffscreenCanvas;\n")).is_err());
    }

    #[test]
    fn modules_are_followed_in_code_and_not_in_comments() {
        let source = "// see \"./no.js\"\nimport { a } from \"./a.js\";\n/** @type {import(\"./types.js\").T} */\nnew URL(\"./b.js\", x);\nimport \"./wasm/c.js\";";
        assert_eq!(references(source, "./"), ["a.js", "b.js"]);
    }

    #[test]
    fn the_package_takes_the_worker_of_the_page_and_nothing_that_needs_a_page() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("is in the workspace");
        let found = engine_modules(&root.join("package"), &root.join("www/app")).expect("finds");
        for name in ["engine.js", "worker.js", "worker-generators.js", "store.js"] {
            assert!(found.contains(name), "{found:?}");
        }
        for name in ["dom.js", "text.js", "main.js"] {
            assert!(!found.contains(name), "{found:?}");
        }
    }

    #[test]
    fn every_model_gets_an_address_that_bundlers_understand() {
        let module = models_module(r#"{ "version": 1, "models": [{ "id": "a", "file": "a.safetensors" }] }"#).expect("is made");
        assert!(module.contains(r#""a.safetensors": new URL("./models/a.safetensors", import.meta.url).href"#), "{module}");
        assert!(module.contains(r#""id": "a""#), "{module}");
        assert!(models_module("{}").is_err());
    }
}
