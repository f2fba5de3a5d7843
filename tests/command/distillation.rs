//! `atelier distill`, as a program that is called again.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use atelier::vgg::Weights;

use super::{assert_refused, told};

/// Distils the site's own network into a wider one, on its samples, small.
fn distil(output: &Path, steps: &str, more: &[&str]) -> Output {
    command(output, steps, more).output().unwrap()
}

fn command(output: &Path, steps: &str, more: &[&str]) -> Command {
    let mut command = super::command(["distill", "--teacher", "models/vgg-lite.safetensors"]);
    command
        .args(if more.contains(&"--start-from") { &[][..] } else { &["--start-from", "models/vgg-lite.safetensors"] })
        .args(["--pictures", "www/samples", "--hold-out", "9", "--steps", steps, "--batch", "2", "--patch", "32"])
        .args(more)
        .arg("--output")
        .arg(output);
    command
}

#[test]
fn a_distillation_leaves_a_network_its_curves_and_what_it_needs_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("wide.safetensors");
    let shape = ["--shape", "32,32/64,64/128,128,96/272/48"];
    assert!(told(&distil(&network, "2", &shape)).contains("held out, after: relu1_1"));
    let weights = Weights::read(&std::fs::read(&network).unwrap(), "wide").unwrap();
    assert_eq!(weights.architecture.blocks, [&[32, 32][..], &[64, 64], &[128, 128, 96], &[272], &[48]]);
    let curves = std::fs::read_to_string(folder.path().join("wide.csv")).unwrap();
    let steps: Vec<_> = curves.lines().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(steps, ["step", "1", "2"]);
    assert_eq!(curves.lines().next(), Some("step,relu1_1,relu2_1,relu3_1,relu3_2,relu4_1"));

    // What it began with is not written over.
    let start = folder.path().join("wide.f32.safetensors");
    let refused = distil(&network, "2", &["--start-from", start.to_str().unwrap()]);
    assert_refused(&refused, 2, &["would be written over"]);
    let teacher = folder.path().join("teacher.safetensors");
    std::fs::copy(&network, &teacher).unwrap();
    let start = ["--start-from", "models/vgg-lite.safetensors", "--pictures", "www/samples"];
    let refused = super::command([&["distill"][..], &start].concat()).arg("--teacher").arg(&teacher).arg("--output").arg(&teacher).output();
    assert_refused(&refused.unwrap(), 2, &["would be written over"]);

    // It is not done twice, and nothing else is done in its place.
    let written = std::fs::read(&network).unwrap();
    assert!(told(&distil(&network, "2", &shape)).starts_with("all 2 steps are done"));
    for (steps, other) in [("2", &["--rate", "1"]), ("9", &shape)] {
        assert_refused(&distil(&network, steps, other), 2, &["other settings"]);
    }
    assert!(std::fs::read(&network).unwrap() == written);
}

#[test]
fn a_distillation_that_was_killed_goes_on() {
    const STEPS: &str = "40";
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    told(&distil(&place("whole.safetensors"), STEPS, &[]));
    let mut killed = command(&place("killed.safetensors"), STEPS, &["--save-every", "0"]).stdout(Stdio::null()).spawn().unwrap();
    while !place("killed.checkpoint.safetensors").exists() {
        assert!(killed.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let other = distil(&place("killed.safetensors"), STEPS, &["--shape", "32,32/64,64/128,128,128/272"]);
    assert_refused(&other, 2, &["other start, teacher or pictures"]);
    let last = told(&distil(&place("killed.safetensors"), STEPS, &[]));
    assert!(last.contains("goes on after step"), "{last}");
    for ending in ["safetensors", "f32.safetensors", "csv"] {
        let read = |name: &str| std::fs::read(place(&format!("{name}.{ending}"))).unwrap();
        assert!(read("whole") == read("killed"), "{ending} is not what it would have been");
    }
}

#[test]
fn shapes_that_cannot_be_had_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (shape, why) in [
        ("32,32/64,64/128,128/256", "needs all layers"),
        ("32,32/64,64/128,128,128,128/256", "needs all layers"),
        ("32,wide/64,64/128,128,128/256", "1 to 1024"),
        ("32,32/64,64/128,128,128/4096", "1 to 1024"),
    ] {
        assert_refused(&distil(&folder.path().join("wide.safetensors"), "2", &["--shape", shape]), 2, &[why]);
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}
