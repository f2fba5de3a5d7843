//! `atelier`, as a program that is given what people have: folders with something else in them, tiny pictures, places that are not there; and that is cut
//! off and called again. It runs from the repository's root, whose models are its defaults.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod distillation;
mod evaluation;
mod painting;
mod presets;
mod training;
mod weights;

use std::ffi::OsStr;
use std::process::{Command, Output};

use serde_json::Value;

/// The program with these arguments, not started yet.
fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command
}

/// The program, run to its end.
fn atelier<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    command(arguments).output().unwrap()
}

/// What it said to whoever sits there, as opposed to what it told other programs.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it told of a success.
fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The events that it told, one a line.
fn events(output: &Output) -> Vec<Value> {
    told(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Asserts that it ended with this exit code and a sentence that holds these words.
fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    assert!(!words.is_empty(), "clap refuses with 2 too: the reason is what tells them apart");
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} in {said}");
}
