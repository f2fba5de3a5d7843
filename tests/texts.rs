//! The two files of sentences: equal in keys and numbers, and with a sentence for everything that can be said.
//!
//! What can be said is read from the sources, so that a new code without its sentences fails here and not before a visitor.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use atelier::catalog::ModelError;
use atelier::error::{DeviceError, Error};
use atelier::gan::{Alarm, Note as SetNote, TrainingError};
use atelier::optimize::{RunError, SettingsError};
use atelier::picture::{Note, PictureError, PixelError};
use atelier::vgg::ImportError;

type Texts = BTreeMap<String, String>;

fn texts(language: &str) -> Texts {
    serde_json::from_str(&read(&format!("www/app/text/{language}.json"))).unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// All files below `folder` with this ending, in one.
fn sources(folder: &str, ending: &str) -> String {
    fn collect(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, ending, into);
            } else if path.extension().is_some_and(|found| found == ending) {
                into.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut files);
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// Every `"word"` that directly follows `before`.
fn words_after(source: &str, before: &str) -> BTreeSet<String> {
    let rests = source.split(before).skip(1);
    rests.filter_map(|rest| Some(rest.trim_start().strip_prefix('"')?.split('"').next()?.to_owned())).collect()
}

/// Every string in the bodies of functions named `code`, which translate an error or a note into its code.
fn codes_of_the_core() -> BTreeSet<String> {
    let source = sources("src", "rs");
    let bodies = source.split("fn code(").skip(1).filter_map(|rest| rest.split("\n    }").next());
    bodies.flat_map(|body| words_after(body, "=>")).collect()
}

/// The names in braces.
fn holes(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

/// One of each error of the core.
fn errors() -> Vec<Error> {
    let file = || "vgg-lite.safetensors".to_owned();
    let pictures = [
        PictureError::Empty,
        PictureError::Unrecognised,
        PictureError::Truncated { format: "jpeg" },
        PictureError::Damaged { format: "png" },
        PictureError::TooLarge { megapixels: 3600.0, limit: 100.0 },
        PictureError::Svg,
        PictureError::Depth { format: "tiff", bits: 12 },
        PictureError::Unsupported { format: "psd" },
        PictureError::NeedsBrowser { format: "avif" },
        PictureError::UndecodableHere { format: "avif" },
        PictureError::TooThin { width: 500, height: 2 },
    ];
    let settings = [
        SettingsError::Malformed,
        SettingsError::Size { min: 64, max: 2048 },
        SettingsError::Iterations { min: 1, max: 2000 },
        SettingsError::Strength { min: 0.0, max: 1.0 },
        SettingsError::Detail { min: 0.0, max: 1.0 },
        SettingsError::Pyramid { min: 1, max: 4 },
        SettingsError::Stroke { min: 0.25, max: 2.0 },
        SettingsError::Weight,
        SettingsError::NoLayers,
        SettingsError::NoStyles,
        SettingsError::EmptyMask,
        SettingsError::NoStart,
    ];
    let models = [
        ModelError::ManifestUnreachable { status: 404 },
        ModelError::ManifestInvalid,
        ModelError::Missing { file: file(), status: 404 },
        ModelError::NetworkLost { file: file() },
        ModelError::OtherVersion { file: file() },
        ModelError::OtherNetwork { file: file() },
        ModelError::Damaged { file: file() },
    ];
    let (layer, key, text) = (|| "conv3_1".to_owned(), "features.10.weight".to_owned(), || "1×2".to_owned());
    let imports = [
        ImportError::Unrecognised,
        ImportError::Truncated,
        ImportError::Damaged { what: "a loop".into() },
        ImportError::Unsafe { global: "os.system".to_owned() },
        ImportError::Unsupported { what: "a tar file".into() },
        ImportError::LayerMissing { layer: layer(), key },
        ImportError::Shape { layer: layer(), found: text(), expected: text() },
        ImportError::NotFinite { layer: layer() },
        ImportError::Unreadable { message: "gone".to_owned() },
    ];
    let devices = [DeviceError::WebGpuUnavailable { reason: "no-adapter" }, DeviceError::Read { message: "lost".to_owned() }];
    let trainings = [
        TrainingError::NoContents,
        TrainingError::NoStyles,
        TrainingError::Patch { min: 32, max: 512 },
        TrainingError::Batch { min: 1, max: 64 },
        TrainingError::StyleSide { min: 16, max: 2048 },
        TrainingError::StyleSides { most: 8 },
        TrainingError::OtherStyles { single: true },
        TrainingError::OtherStyles { single: false },
        TrainingError::Unreadable { file: file(), reason: "gone".to_owned() },
        TrainingError::Overflow { steps: 20 },
        TrainingError::Weight,
    ];
    let pixels = [PixelError::NotFinite, PixelError::Encode("no".to_owned())];
    let all = pictures.into_iter().map(Error::from).chain(settings.into_iter().map(Error::from));
    let all = all.chain(imports.into_iter().map(Error::from)).chain(trainings.into_iter().map(Error::from));
    let all = all.chain(models.into_iter().map(Error::from)).chain(devices.into_iter().map(Error::from));
    all.chain(pixels.into_iter().map(Error::from)).chain([RunError::NotFinite.into()]).collect()
}

/// The codes of all that is remarkable: in a picture, in a set of them, in a training.
fn notes() -> BTreeSet<&'static str> {
    let pictures = [Note::AnimationFirstFrame, Note::ColorProfileConverted, Note::ColorProfileIgnored, Note::DepthReduced].map(Note::code);
    let sets = [SetNote::FewContents(1), SetNote::SameStyles(2), SetNote::RepeatedStyle(0, 2), SetNote::Repeated(0, 2)].map(SetNote::code);
    let alarms = [Alarm::NotFinite, Alarm::Diverged, Alarm::Collapsed].map(Alarm::code);
    pictures.into_iter().chain(sets).chain(alarms).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_numbers() {
    let (english, chinese) = (texts("en"), texts("zh-CN"));
    assert_eq!(english.keys().collect::<Vec<_>>(), chinese.keys().collect::<Vec<_>>());
    for (key, sentence) in &english {
        let other = &chinese[key];
        assert!(!sentence.trim().is_empty() && !other.trim().is_empty(), "{key} is empty");
        assert_eq!(holes(sentence), holes(other), "{key}");
        let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
        assert!(!sentence.contains(is_chinese), "{key}: {sentence}");
        assert!(other.contains(is_chinese) || sentence == other, "{key} is not translated: {other}");
    }
}

#[test]
fn every_error_and_note_of_the_core_has_its_sentence_and_the_numbers_for_it() {
    let english = texts("en");
    for error in errors() {
        let code = error.code();
        let sentence = english.get(&format!("error.{code}")).unwrap_or_else(|| panic!("no sentence for {code}"));
        let names: BTreeSet<&str> = error.details().iter().map(|(name, _)| *name).collect();
        assert!(holes(sentence).is_subset(&names), "{code}: {sentence:?} from {names:?}");
    }
    for note in notes() {
        assert!(english.contains_key(&format!("note.{note}")), "no sentence for {note}");
    }
    let listed: BTreeSet<String> = errors().iter().map(Error::code).chain(notes()).map(str::to_owned).collect();
    assert_eq!(listed, codes_of_the_core(), "this test lists every code that the sources have");
}

#[test]
fn every_error_of_the_browsers_side_has_a_sentence_and_no_sentence_is_left_over() {
    let english = texts("en");
    let (rust, scripts) = (sources("src/web", "rs"), sources("www/app", "js"));
    let mut codes: BTreeSet<String> = codes_of_the_core();
    codes.retain(|code| !notes().contains(code.as_str()));
    codes.extend(words_after(&rust, "report("));
    for before in ["failure(", "AtelierError(", "code:"] {
        codes.extend(words_after(&scripts, before));
    }
    let told: BTreeSet<String> = english.keys().filter_map(|key| key.strip_prefix("error.")).map(str::to_owned).collect();
    codes.insert("unknown".to_owned());
    assert_eq!(told, codes);
}

#[test]
fn every_reason_for_a_backend_has_a_sentence() {
    let rust = sources("src/web", "rs");
    let mut reasons = words_after(&rust, "none(");
    reasons.extend(words_after(&rust, "on_cpu("));
    let strings: BTreeSet<String> = rust.split('"').chain(sources("www/app", "js").split('"')).map(str::to_owned).collect();
    for reason in ["forced", "adapter-ok", "self-test-failed", "no-device", "after-loss"] {
        assert!(strings.contains(reason), "nothing gives the reason {reason} any more");
        reasons.insert(reason.to_owned());
    }
    let told: BTreeSet<String> = texts("en").keys().filter_map(|key| key.strip_prefix("reason.")).map(str::to_owned).collect();
    assert_eq!(told, reasons);
}

#[test]
fn the_page_uses_every_sentence_and_no_other() {
    let english = texts("en");
    let sections: BTreeSet<&str> = english.keys().filter_map(|key| key.split('.').next()).collect();
    let (html, scripts) = (read("www/index.html"), sources("www/app", "js"));
    let named = |key: &&str| key.split_once('.').is_some_and(|(section, rest)| sections.contains(section) && !rest.is_empty());
    let plain = |key: &&str| key.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter));
    let used: BTreeSet<&str> = html.split('"').chain(scripts.split('"')).filter(plain).filter(named).collect();
    for key in &used {
        assert!(english.contains_key(*key), "no sentence {key}");
    }
    for key in english.keys() {
        let section = key.split('.').next().unwrap_or_default();
        let composed = scripts.contains(&format!("`{section}.${{"));
        assert!(composed || used.contains(key.as_str()), "nobody says {key}");
    }
}

#[test]
fn the_page_without_scripts_already_speaks_the_same_english() {
    let english = texts("en");
    let html = read("www/index.html");
    for rest in html.split("data-text=\"").skip(1) {
        let (key, rest) = rest.split_once('"').unwrap();
        let shown = rest.split_once('>').and_then(|(_, text)| text.split_once('<')).map(|(text, _)| text);
        assert_eq!(shown, Some(english[key].as_str()), "{key}");
    }
}
