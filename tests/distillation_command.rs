//! `atelier distill`, as a program that is called again.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use atelier::vgg::{Place, Weights};

/// Distils the site's own network into a wider one, on its samples, small.
fn distil(output: &Path, steps: &str, more: &[&str]) -> Output {
    command(output, steps, more).output().unwrap()
}

fn command(output: &Path, steps: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["distill", "--teacher", "models/vgg-lite.safetensors", "--start-from", "models/vgg-lite.safetensors"])
        .args(["--pictures", "www/samples", "--hold-out", "9", "--steps", steps, "--batch", "2", "--patch", "32"])
        .args(more)
        .arg("--output")
        .arg(output);
    command
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_distillation_leaves_a_network_its_curves_and_what_it_needs_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("wide.safetensors");
    let shape = ["--shape", "32,32/64,64/128,128,128/272"];
    assert!(said(&distil(&network, "2", &shape)).contains("held out, after: relu1_1"));
    let weights = Weights::read(&std::fs::read(&network).unwrap(), "wide").unwrap();
    assert_eq!(weights.architecture.channels(Place::new(4, 1)), Some(272));
    let curves = std::fs::read_to_string(folder.path().join("wide.csv")).unwrap();
    let steps: Vec<_> = curves.lines().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(steps, ["step", "1", "2"]);
    assert_eq!(curves.lines().next(), Some("step,relu1_1,relu2_1,relu3_1,relu3_2,relu4_1"));

    // It is not done twice, and nothing else is done in its place.
    let written = std::fs::read(&network).unwrap();
    assert!(said(&distil(&network, "2", &shape)).starts_with("all 2 steps are done"));
    for (steps, other) in [("2", &["--rate", "1"]), ("9", &shape)] {
        let refused = distil(&network, steps, other);
        assert_eq!(refused.status.code(), Some(2), "{other:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("other settings"), "{other:?}");
    }
    assert!(std::fs::read(&network).unwrap() == written);
}

#[test]
fn a_distillation_that_was_killed_goes_on() {
    const STEPS: &str = "40";
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    said(&distil(&place("whole.safetensors"), STEPS, &[]));
    let mut killed = command(&place("killed.safetensors"), STEPS, &["--save-every", "0"]).stdout(Stdio::null()).spawn().unwrap();
    while !place("killed.checkpoint.safetensors").exists() {
        assert!(killed.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let other = distil(&place("killed.safetensors"), STEPS, &["--shape", "32,32/64,64/128,128,128/272"]);
    assert!(
        String::from_utf8_lossy(&other.stderr).contains("other start, teacher or pictures"),
        "{}",
        String::from_utf8_lossy(&other.stderr)
    );
    let told = said(&distil(&place("killed.safetensors"), STEPS, &[]));
    assert!(told.contains("goes on after step"), "{told}");
    for ending in ["safetensors", "f32.safetensors", "csv"] {
        let read = |name: &str| std::fs::read(place(&format!("{name}.{ending}"))).unwrap();
        assert!(read("whole") == read("killed"), "{ending} is not what it would have been");
    }
}

#[test]
fn shapes_that_cannot_be_had_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (shape, why) in [
        ("32,32/64,64/128,128,128/128", "as wide or wider"),
        ("32,32/64,64/128,128/256", "as wide or wider"),
        ("32,wide/64,64/128,128,128/256", "1 to 1024"),
        ("32,32/64,64/128,128,128/4096", "1 to 1024"),
    ] {
        let refused = distil(&folder.path().join("wide.safetensors"), "2", &["--shape", shape]);
        assert_eq!(refused.status.code(), Some(2), "{shape}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains(why), "{shape}: {}", String::from_utf8_lossy(&refused.stderr));
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}
