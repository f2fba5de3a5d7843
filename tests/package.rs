//! What the package's types and reference say, held against the core: defaults, ranges and codes.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use atelier::{generator, optimize};
use serde_json::Value;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What is said of each member of an interface, with its default if that is told.
fn members(types: &str, interface: &str) -> Vec<(String, String, Option<Value>)> {
    let body = types.split(&format!("export interface {interface}")).nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let mut members = Vec::new();
    for told in body.split("/**").skip(1) {
        let (comment, rest) = told.split_once("*/").unwrap();
        let name = rest.trim_start().split(['?', ':']).next().unwrap();
        let default = comment.split_once("@default ").map(|(_, value)| serde_json::from_str(value.trim()).unwrap());
        members.push((name.to_owned(), comment.to_owned(), default));
    }
    members
}

/// Numbers are compared as such: the core's are 32 bits wide.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-6,
        _ => match (one.as_array(), other.as_array()) {
            (Some(one), Some(other)) => one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other)),
            _ => one == other,
        },
    }
}

#[test]
fn every_setting_of_the_core_is_told_with_its_default() {
    let types = read("package/index.d.ts");
    for (interface, defaults) in [
        ("OptimizeSettings", serde_json::to_value(optimize::Settings::default()).unwrap()),
        ("StylizeOptions", serde_json::to_value(generator::Settings::default()).unwrap()),
    ] {
        let told = members(&types, interface);
        for (name, default) in defaults.as_object().unwrap() {
            let (.., said) = told.iter().find(|(found, ..)| found == name).unwrap_or_else(|| panic!("{interface} lacks {name}"));
            // What is null has no value by default, and none is told.
            let agrees = said.as_ref().map_or(default.is_null(), |said| same(said, default));
            assert!(agrees, "{interface}.{name} is {default} and not {said:?}");
        }
        for (name, ..) in &told {
            let of_the_package = ["generator", "onEvent"].contains(&name.as_str());
            assert!(of_the_package || defaults.get(name).is_some(), "{interface}.{name} is no setting of the core");
        }
    }
}

#[test]
fn ranges_are_those_of_the_core() {
    let types = read("package/index.d.ts");
    let (size, iterations, stroke) = (optimize::SIZE, optimize::ITERATIONS, optimize::STROKE);
    for (interface, name, range) in [
        ("OptimizeSettings", "size", format!("{}…{}", size.start(), size.end())),
        ("StylizeOptions", "size", format!("{}…{}", size.start(), size.end())),
        ("OptimizeSettings", "iterations", format!("{}…{}", iterations.start(), iterations.end())),
        ("OptimizeSettings", "stroke", format!("{}…{}", stroke.start(), stroke.end())),
    ] {
        let told = members(&types, interface);
        let (_, comment, _) = told.iter().find(|(found, ..)| found == name).unwrap();
        assert!(comment.contains(&range), "{interface}.{name}: {comment} has not {range}");
    }
}

/// Everything in double quotes in the files below a folder whose names begin so and end so.
fn words(folder: &str, (first, last): (&str, &str)) -> BTreeSet<String> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut words = BTreeSet::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                open.push(path);
            } else if name.starts_with(first) && name.ends_with(last) {
                words.extend(fs::read_to_string(path).unwrap().split('"').map(str::to_owned));
            }
        }
    }
    words
}

#[test]
fn every_code_that_the_package_can_report_is_listed_in_the_reference() {
    // What is stored on a device, and read from weight files of PyTorch's, is the page's alone.
    let of_the_page = |code: &str| {
        const KEPT: [&str; 8] = [
            "generator-foreign",
            "generator-lost",
            "picture-needs-browser",
            "run-in-progress",
            "training-elsewhere",
            "training-foreign",
            "training-lost",
            "weights-stored-gone",
        ];
        KEPT.contains(&code) || (code.starts_with("weights-") && code != "weights-stored-damaged")
    };
    let mut said = words("src", ("", ".rs"));
    for (folder, names) in [("www/app", ("worker", ".js")), ("www/app", ("engine", ".js")), ("package", ("", ".js"))] {
        said.extend(words(folder, names));
    }
    let texts: Value = serde_json::from_str(&read("www/app/text/en.json")).unwrap();
    let known: BTreeSet<&str> = texts.as_object().unwrap().keys().filter_map(|key| key.strip_prefix("error.")).collect();
    let reference = read("package/REFERENCE.md");
    let rows = reference.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeSet<&str> = rows.flat_map(|row| row.split(" | ").next().unwrap().split('`')).filter(|code| code.len() > 2).collect();
    let missing: Vec<&&str> = known.difference(&listed).filter(|code| said.contains(**code) && !of_the_page(code)).collect();
    assert!(missing.is_empty(), "the reference does not list {missing:?}");
    let invented: Vec<&&str> = listed.difference(&known).collect();
    assert!(invented.is_empty(), "the reference lists {invented:?}, which nothing reports");
}
