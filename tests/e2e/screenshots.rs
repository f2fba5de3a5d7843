//! Screenshots for people to look at, in `target/screenshots/`.

use std::path::Path;

use serde_json::json;

use crate::browser::{Browser, Kind};
use crate::pictures;
use crate::studio::Studio;

/// Keeps what is in the window.
pub async fn save(browser: &Browser, name: &str) {
    keep(&format!("{name}.png"), &browser.screenshot().await);
}

/// Keeps a file beside the screenshots.
pub fn keep(name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

/// Makes the window a phone's, or as tall as the whole page.
async fn phone(browser: &Browser, height: u64) {
    let metrics = json!({ "width": 390, "height": height, "deviceScaleFactor": 2, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
}

async fn save_whole_page(studio: &Studio, name: &str) {
    let height = studio.browser.run("return document.documentElement.scrollHeight").await.as_u64().unwrap();
    phone(&studio.browser, height).await;
    save(&studio.browser, name).await;
    phone(&studio.browser, 844).await;
}

#[tokio::test]
async fn on_a_phone_nothing_sticks_out() {
    let studio = Studio::start(crate::browser::Kind::default()).await;
    phone(&studio.browser, 844).await;
    studio.visit("?backend=cpu").await;
    studio.ready().await;
    studio.browser.wait("the shelves", "document.querySelectorAll('#style-shelf [data-sample] img').length", 20).await;
    for language in ["en", "zh-CN"] {
        studio.speak(language).await;
        save(&studio.browser, &format!("phone-{language}")).await;
        save_whole_page(&studio, &format!("phone-{language}-whole")).await;
        assert_fits(&studio, language).await;
    }
    for mode in ["generate", "train", "optimise"] {
        studio.browser.run_with("document.querySelector(`[name=mode][value=${arguments[0]}]`).click()", vec![json!(mode)]).await;
        save_whole_page(&studio, &format!("phone-{mode}-whole")).await;
        assert_fits(&studio, mode).await;
    }
    studio.fill().await;
    studio.set(10).await;
    studio.press_start().await;
    studio.reaches("done", 180).await;
    save(&studio.browser, "phone-done").await;
    save_whole_page(&studio, "phone-done-whole").await;
    assert_fits(&studio, "done").await;
}

async fn assert_fits(studio: &Studio, what: &str) {
    let widths = studio.browser.run("return [document.documentElement.scrollWidth, innerWidth]").await;
    assert_eq!(widths, json!([390, 390]), "{what}: the page is as wide as the phone");
}

#[tokio::test]
async fn a_desktop_in_chinese_and_in_trouble() {
    let studio = Studio::start(Kind::default()).await;
    studio.server.break_file(".safetensors", crate::server::Fault::OneByte);
    studio.visit("?backend=cpu&lang=zh-CN").await;
    studio.ready().await;
    studio.fill().await;
    save(&studio.browser, "desktop-zh-CN").await;
    studio.speak("en").await;
    studio.choose("content", "half.jpg", &pictures::half_jpeg()).await;
    assert_eq!(studio.refused("content").await, "picture-truncated");
    studio.set(10).await;
    studio.press_start().await;
    assert_eq!(studio.fails().await, "model-damaged");
    studio.choose("style", "words.png", pictures::WORDS).await;
    assert_eq!(studio.refused("style").await, "picture-unrecognised");
    save(&studio.browser, "desktop-errors").await;
}
