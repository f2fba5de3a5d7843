//! English and simplified Chinese, from the first word to the last.

use std::collections::BTreeMap;

use crate::browser::Kind;
use crate::studio::Studio;
use crate::words::{chinese, is_chinese};

/// Every text on the page that comes from a key, by key.
async fn texts(studio: &Studio) -> BTreeMap<String, String> {
    let script = "const pairs = [...document.querySelectorAll('[data-text]')].filter((e) => e.dataset.text).map((e) => [e.dataset.text, e.textContent]);
        const labels = [...document.querySelectorAll('[data-text-label]')].map((e) => [e.dataset.textLabel, e.getAttribute('aria-label')]);
        return Object.fromEntries([...pairs, ...labels])";
    serde_json::from_value(studio.browser.run(script).await).unwrap()
}

fn assert_all_chinese(texts: &BTreeMap<String, String>, english: &BTreeMap<String, String>) {
    assert!(texts.len() > 30, "{} texts", texts.len());
    assert_eq!(texts.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>());
    for (key, text) in texts {
        assert!(!text.trim().is_empty(), "{key}");
        // Sizes in pixels are the same in both.
        if key != "run.scale-px" {
            assert!(text.contains(is_chinese) && text != &english[key], "{key}: {text}");
        }
    }
}

#[tokio::test]
async fn the_address_chooses_the_language_and_the_buttons_change_it() {
    let studio = Studio::open("?backend=cpu").await;
    assert_eq!(studio.browser.text("document.documentElement.lang").await, "en");
    let english = texts(&studio).await;
    assert!(english.values().all(|text| !text.is_empty() && !text.contains(is_chinese)), "{english:?}");

    studio.visit("?backend=cpu&lang=zh-CN").await;
    studio.ready().await;
    assert_eq!(studio.browser.text("document.documentElement.lang").await, "zh-CN");
    assert_all_chinese(&texts(&studio).await, &english);

    studio.browser.click("button[data-lang=en]").await;
    studio.browser.wait("English", "document.documentElement.lang === 'en'", 5).await;
    assert_eq!(texts(&studio).await, english);
    studio.browser.click("button[data-lang='zh-CN']").await;
    studio.browser.wait("Chinese", "document.documentElement.lang === 'zh-CN'", 5).await;
    assert_all_chinese(&texts(&studio).await, &english);

    // Whoever pressed a button is not asked again.
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    assert_eq!(studio.browser.text("document.documentElement.lang").await, "zh-CN");
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn the_browsers_own_language_is_taken_where_nothing_was_said() {
    for (languages, expected) in [("zh-TW,zh", "zh-CN"), ("de,fr,zh-Hans", "zh-CN"), ("fr,en-GB", "en"), ("fr,de", "en")] {
        let studio = Studio::start(Kind { languages, ..Kind::default() }).await;
        studio.visit("?backend=cpu").await;
        studio.ready().await;
        assert_eq!(studio.browser.text("document.documentElement.lang").await, expected, "{languages}");
        if expected == "zh-CN" {
            assert_eq!(studio.browser.text("document.querySelector('#start').textContent").await, chinese("action.start"));
        }
    }
}
