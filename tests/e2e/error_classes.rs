//! Each class of error says what is wrong in words of its own, and offers what helps in this case.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::studio::Studio;
use crate::words::{assert_chinese, assert_english};

/// A class, an error of it, and the first action that its panel offers.
const CLASSES: [(&str, &str, &str); 7] = [
    ("no WebGPU", "webgpu-unavailable device {}", "use-cpu"),
    ("GPU lost", "device-lost device {}", "retry"),
    ("out of memory", "out-of-memory device {}", "smaller"),
    ("model damaged", r#"model-damaged host {"file":"vgg-lite.safetensors"}"#, "fetch-again"),
    ("network", r#"network-lost host {"file":"vgg-lite.safetensors"}"#, "reconnect"),
    ("storage full", "storage-full device {}", "storage"),
    ("our bug", "panic bug {}", "copy"),
];

/// Shows an error in a panel like the page's, and tells its sentence and what is on its buttons.
const SHOW: &str = "return (async ([code, party, details]) => {
    const app = new URL('.', document.querySelector('script[src]').src);
    const { AtelierError, ErrorPanel } = await import(new URL('errors.js', app));
    const none = () => {};
    const panel = new ErrorPanel(document.querySelector('#error'), { retry: none, useProcessor: none, onProcessor: () => false,
        smaller: () => 256, useSize: none, chooseModel: none, openStorage: none, focusBack: none, report: () => 'what a report says' });
    panel.show(new AtelierError(code, party, JSON.parse(details)));
    const buttons = [...document.querySelectorAll('#error [data-action]')].map(({ dataset }) => dataset.text.replace('action.', ''));
    return [document.querySelector('#error .error-text').textContent, buttons] })(arguments)";

async fn show(studio: &Studio, error: &str) -> (String, Vec<String>) {
    let arguments: Vec<Value> = error.splitn(3, ' ').map(|word| json!(word)).collect();
    serde_json::from_value(studio.browser.run_with(SHOW, arguments).await).unwrap()
}

#[tokio::test]
async fn each_class_of_error_has_words_and_a_way_out_of_its_own() {
    let studio = Studio::open("?backend=cpu").await;
    let (mut sentences, mut ways) = (BTreeSet::new(), BTreeSet::new());
    for (class, error, first) in CLASSES {
        studio.speak("en").await;
        let (sentence, buttons) = show(&studio, error).await;
        assert_english(class, &sentence);
        assert_eq!(buttons.first().map(String::as_str), Some(first), "{class}: {buttons:?}");
        assert_eq!(buttons.last().map(String::as_str), Some("dismiss"), "{class}: {buttons:?}");
        assert!(ways.insert(first) && sentences.insert(sentence), "{class} is told apart from the others");
        studio.speak("zh-CN").await;
        assert_chinese(class, &show(&studio, error).await.0);
    }
}

/// Where there is no clipboard the details are shown, to be selected by hand.
#[tokio::test]
async fn the_details_of_a_bug_of_ours_can_be_copied() {
    let studio = Studio::open("?backend=cpu").await;
    show(&studio, r#"internal bug {"message":"a test tripped it"}"#).await;
    studio.browser.run("Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject() } })").await;
    studio.answer_error("copy").await;
    studio.browser.wait("the details", "!document.querySelector('#error .error-details').hidden", 5).await;
    assert_eq!(studio.browser.text("document.querySelector('#error .error-details').textContent").await, "what a report says");
    assert_eq!(studio.browser.run("return document.activeElement.className").await, json!("error-details"));
}
