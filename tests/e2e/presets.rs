//! Settings as a file: written by the page, read by it and by the command line (`src/bin/atelier/preset.rs`).

use serde_json::{Value, json};

use crate::drops;
use crate::recovery;
use crate::studio::Studio;

const FIXTURE: &[u8] = include_bytes!("../fixtures/brushwork.atelier.json");

/// Waits for a sentence below the buttons, and answers with its key.
async fn told(studio: &Studio) -> String {
    let line = "document.querySelector('#preset-status')";
    studio.browser.wait("a sentence", &format!("{line}.textContent || !document.querySelector('#preset-error').hidden"), 20).await;
    studio.browser.text(&format!("{line}.textContent && {line}.dataset.text")).await
}

async fn refused(studio: &Studio, name: &str, json: &str) -> String {
    studio.browser.choose_file("#preset-file", name, json.as_bytes()).await;
    studio.browser.wait("an error", "!document.querySelector('#preset-error').hidden", 20).await;
    let code = studio.browser.text("document.querySelector('#preset-error').dataset.code").await;
    studio.browser.run("document.querySelector('#preset-error').hidden = true").await;
    code
}

#[tokio::test]
async fn a_preset_comes_back_as_it_was() {
    let studio = Studio::open("?backend=cpu").await;
    drops::files(&studio, "content", &[("brushwork.atelier.json", FIXTURE)]).await;
    assert_eq!(told(&studio).await, "preset.loaded");
    assert_eq!(studio.browser.text("document.body.dataset.mode").await, "generate");
    assert_eq!(studio.browser.text("document.querySelector('#generate-strength-value').textContent").await, "80");
    studio.browser.click("#preset-save").await;
    let saved = studio.browser.downloaded("style-wheat-field.atelier.json").await;
    assert_eq!(serde_json::from_slice::<Value>(&saved).unwrap(), serde_json::from_slice::<Value>(FIXTURE).unwrap());
    assert_eq!(studio.browser.text("document.querySelector('#content-well').dataset.state").await, "empty", "it is no picture");
}

#[tokio::test]
async fn a_painting_is_asked_for_with_the_settings_that_a_preset_has() {
    let studio = recovery::listening("?backend=cpu&mode=optimise").await;
    studio.fill().await;
    drops::files(&studio, "content", &[("brushwork.atelier.json", FIXTURE)]).await;
    assert_eq!(told(&studio).await, "preset.loaded");
    studio.browser.run("document.querySelector('[name=mode][value=optimise]').click()").await;
    studio.press_start().await;
    studio.browser.wait("the question", "asked.some(({ op }) => op === 'optimise')", 60).await;
    let found = studio.browser.run("return asked.findLast(({ op }) => op === 'optimise').settings").await;
    let expected = &serde_json::from_slice::<Value>(FIXTURE).unwrap()["optimise"];
    // The network and the shape go beside the settings.
    for (name, value) in expected.as_object().unwrap().iter().filter(|(name, _)| !["model", "powerOfTwo"].contains(&name.as_str())) {
        assert_eq!(&found[name], value, "{name}: {found}");
    }
    studio.cancel().await;
}

#[tokio::test]
async fn what_the_page_does_not_offer_is_named_and_what_is_no_preset_changes_nothing() {
    let studio = Studio::open("?backend=cpu").await;
    let before = studio.belongings().await;
    let newer = json!({ "format": "atelier-preset", "version": 2, "optimise": { "size": 512 } });
    for (name, json, code) in [
        ("half.json", "{".to_owned(), "preset-unreadable"),
        ("package.json", json!({ "name": "x", "version": 1 }).to_string(), "preset-unreadable"),
        ("list.json", json!({ "format": "atelier-preset", "version": 1, "optimise": [] }).to_string(), "preset-unreadable"),
        ("newer.atelier.json", newer.to_string(), "preset-newer"),
    ] {
        assert_eq!(refused(&studio, name, &json).await, code, "{name}");
    }
    assert_eq!(studio.belongings().await, before);

    let odd = json!({ "format": "atelier-preset", "version": 1, "varnish": 1,
        "optimise": { "size": 500, "strength": 7, "start": "picture", "model": "vgg19", "pyramid": 2, "iterations": 60 },
        "generate": { "generator": "own-gone", "size": 256 } });
    studio.browser.choose_file("#preset-file", "odd.atelier.json", odd.to_string().as_bytes()).await;
    assert_eq!(told(&studio).await, "preset.partly");
    let sentence = studio.browser.text("document.querySelector('#preset-status').textContent").await;
    for name in
        ["varnish", "optimise.size", "optimise.strength", "optimise.start", "optimise.model", "optimise.pyramid", "generate.generator"]
    {
        assert!(sentence.contains(name), "{name}: {sentence}");
    }
    let now = studio
        .browser
        .run("return ['size', 'iterations', 'strength', 'generate-size'].map((id) => document.querySelector(`#${id}`).value)")
        .await;
    assert_eq!(now, json!(["384", "60", "50", "256"]), "what can be set is");
}
