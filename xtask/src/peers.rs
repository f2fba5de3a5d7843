//! Atelier beside other libraries: what `benches/peers/` needs is built and fetched, and its scripts are run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::exec;
use crate::project::{self, Project};
use crate::report;
use crate::tools;
use crate::wasm;

/// The crate of our side.
const PACKAGE: &str = "peers";
/// The other side's packages, and the files that a page loads of each.
const NPM: [(&str, &str, &[&str]); 4] = [
    ("@tensorflow/tfjs", "4.22.0", &["tf.min.js"]),
    // Its other builds are for browsers without SIMD and for pages with threads.
    ("@tensorflow/tfjs-backend-wasm", "4.22.0", &["tf-backend-wasm.min.js", "tfjs-backend-wasm-simd.wasm"]),
    ("@tensorflow/tfjs-backend-webgpu", "4.22.0", &["tf-backend-webgpu.min.js"]),
    (
        "onnxruntime-web",
        "1.30.0",
        &[
            "ort.wasm.min.mjs",
            "ort-wasm-simd-threaded.mjs",
            "ort-wasm-simd-threaded.wasm",
            "ort.webgpu.min.mjs",
            "ort-wasm-simd-threaded.asyncify.mjs",
            "ort-wasm-simd-threaded.asyncify.wasm",
        ],
    ),
];

/// Beside TensorFlow.js and ONNX Runtime Web in a browser.
pub fn web(project: &Project, args: &[String]) -> Result<()> {
    let site = site(project)?;
    let mut script = script(project, "web.py")?;
    exec::run(script.arg("--site").arg(site).args(args))
}

/// Beside PyTorch.
pub fn native(project: &Project, args: &[String]) -> Result<()> {
    let program = program(project, args)?;
    let mut script = script(project, "native.py")?;
    exec::run(script.arg("--program").arg(program).args(args))
}

/// Time and memory against pixels.
pub fn scaling(project: &Project, args: &[String]) -> Result<()> {
    let program = program(project, args)?;
    let mut script = script(project, "scaling.py")?;
    exec::run(script.arg("--program").arg(program).args(args))
}

/// The folder that the browser is given: the page, our wasm, and the other libraries.
fn site(project: &Project) -> Result<PathBuf> {
    let wasm = wasm::build(project, PACKAGE)?;
    let onnx = project.root.join("target").join("any-style.onnx");
    let export = ["run", "--release", "--quiet", "--bin", "atelier", "--", "export", "models/any-style.safetensors", "--output"];
    exec::run(exec::cargo(&project.root).args(export).arg(&onnx))?;
    let packages: Vec<String> = NPM.iter().map(|(package, version, _)| format!("{package}@{version}")).collect();
    let names: Vec<String> = NPM.iter().map(|(package, version, _)| format!("{}-{version}", short(package))).collect();
    let installed = tools::from_npm(project, &names.join("-"), &packages.iter().map(String::as_str).collect::<Vec<_>>())?;
    let place = project.root.join("target").join(PACKAGE);
    project::fill_folder(&place, |folder| {
        project::copy_folder(&project.root.join("benches/peers/page"), folder, |_| false)?;
        project::copy_folder(&wasm, &folder.join("wasm"), |_| false)?;
        for file in [project.root.join("models/any-style.safetensors"), onnx] {
            let name = file.file_name().context("a file has a name")?;
            fs::copy(&file, folder.join(name)).with_context(|| format!("cannot copy {}", file.display()))?;
        }
        for (package, _, files) in NPM {
            let from = installed.join("node_modules").join(package).join("dist");
            let to = folder.join("npm").join(short(package));
            fs::create_dir_all(&to)?;
            for file in files {
                fs::copy(from.join(file), to.join(file)).with_context(|| format!("{package} has no {file}"))?;
            }
        }
        Ok(())
    })?;
    report::step(&format!("what the browser is given is in target/{PACKAGE}/"));
    Ok(place)
}

/// A package's name without its scope.
fn short(package: &str) -> &str {
    package.rsplit('/').next().unwrap_or(package)
}

/// Our side as a native program, with the GPU's backend where the arguments ask for it, for a script that compares it with PyTorch.
fn program(project: &Project, args: &[String]) -> Result<PathBuf> {
    let python = exec::capture(Command::new("python3").args(["-c", "import numpy, torch"]));
    python.context("the comparison needs Python 3 with torch and numpy")?;
    report::step("compiling for this machine (about 5 minutes on 2 cores the first time, 15 for a GPU)");
    let gpu = args.iter().any(|word| word == "gpu" || word == "--device=gpu");
    let mut cargo = exec::cargo(&project.root);
    cargo.args(["build", "--release", "--package", PACKAGE]);
    if gpu {
        cargo.args(["--features", "webgpu"]);
    }
    exec::run(&mut cargo)?;
    // Wherever the configuration puts it: beside it may lie one that was built from other sources.
    let metadata = exec::capture(exec::cargo(&project.root).args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo's metadata are no JSON")?;
    let target = PathBuf::from(metadata["target_directory"].as_str().context("cargo does not say where it builds")?);
    Ok(target.join("release").join(PACKAGE).with_extension(std::env::consts::EXE_EXTENSION))
}

/// A script of `benches/peers/`, told which Atelier it measures.
fn script(project: &Project, name: &str) -> Result<Command> {
    exec::find("python3").context("the comparison needs Python 3")?;
    let mut git = Command::new("git");
    let revision = exec::capture(git.args(["describe", "--always", "--dirty", "--abbrev=7"]).current_dir(&project.root));
    let mut python = Command::new("python3");
    python.arg(project.root.join("benches/peers").join(name)).current_dir(&project.root);
    python.args(["--revision", &revision.unwrap_or_default()]);
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_left_out_of_folder_names() {
        assert_eq!(NPM.map(|(package, ..)| short(package)), ["tfjs", "tfjs-backend-wasm", "tfjs-backend-webgpu", "onnxruntime-web"]);
    }
}
