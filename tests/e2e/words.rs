//! The sentences of the page, and what makes one fit to be shown.

use std::collections::HashMap;
use std::sync::LazyLock;

type Table = HashMap<String, String>;

static ENGLISH: LazyLock<Table> = LazyLock::new(|| table(include_str!("../../www/app/text/en.json")));
static CHINESE: LazyLock<Table> = LazyLock::new(|| table(include_str!("../../www/app/text/zh-CN.json")));

fn table(json: &str) -> Table {
    serde_json::from_str(json).unwrap()
}

/// A sentence without numbers in it, in English.
pub fn english(key: &str) -> &'static str {
    &ENGLISH[key]
}

/// The same in Chinese.
pub fn chinese(key: &str) -> &'static str {
    &CHINESE[key]
}

/// Fails unless `text` can be shown to an English reader: a whole sentence, every number in its place.
#[track_caller]
pub fn assert_english(what: &str, text: &str) {
    assert_filled(what, text);
    assert!(text.len() > 15 && !text.contains(is_chinese), "{what}: not a sentence in English: {text:?}");
}

/// The same for a Chinese reader.
#[track_caller]
pub fn assert_chinese(what: &str, text: &str) {
    assert_filled(what, text);
    assert!(text.chars().filter(|letter| is_chinese(*letter)).count() > 5, "{what}: not a sentence in Chinese: {text:?}");
}

#[track_caller]
fn assert_filled(what: &str, text: &str) {
    // A number that is missing shows as a question mark.
    let holes = ["{", "}", "undefined", "NaN", "?"].iter().any(|hole| text.contains(hole));
    assert!(!text.is_empty() && !holes, "{what}: {text:?}");
}

/// Whether a letter is Chinese.
pub fn is_chinese(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}
