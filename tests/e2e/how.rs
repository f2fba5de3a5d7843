//! "How it works": what is shown is computed from the pictures at hand.

use serde_json::json;

use crate::pictures;
use crate::screenshots;
use crate::studio::Studio;
use crate::words::english;

/// Opens the view and waits for its figures.
async fn look(studio: &Studio) {
    studio.browser.run("document.querySelector('#how-it-works').click()").await;
    studio
        .browser
        .wait("what the network sees", "document.querySelector('#how').open && !document.querySelector('#how-body').hidden", 60)
        .await;
}

/// Contrast of each map and matrix on show: 0 is a blank one.
const CONTRASTS: &str = "return [...document.querySelectorAll(arguments[0])].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let least = 255, most = 0; for (let i = 0; i < data.length; i += 4) { least = Math.min(least, data[i]); most = Math.max(most, data[i]) }
    return most - least })";

#[tokio::test]
async fn it_shows_what_the_network_sees_and_how_a_painting_came_to_its_style() {
    let studio = Studio::open("?backend=cpu").await;
    // Before there are pictures, samples stand in.
    studio.browser.wait("the shelves", "document.querySelectorAll('#style-shelf [data-sample] img').length", 20).await;
    look(&studio).await;
    assert_eq!(studio.browser.run("return document.querySelectorAll('#how-kinds input').length").await, json!(2), "there is no result yet");
    assert_eq!(studio.browser.run("return document.querySelector('#how-course').hidden").await, json!(true));
    studio.browser.click("#how-close").await;

    studio.fill().await;
    studio.set(30).await;
    studio.press_start().await;
    studio.reaches("done", 180).await;
    look(&studio).await;
    assert_eq!(
        studio.browser.run("return document.querySelectorAll('#how-layers input').length").await,
        json!(4),
        "the lite network has four blocks"
    );
    for (css, count) in [("#how-maps canvas", 12), ("#how-grams canvas", 3)] {
        let contrasts = studio.browser.run_with(CONTRASTS, vec![json!(css)]).await;
        let contrasts: Vec<f64> = contrasts.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        assert_eq!(contrasts.len(), count, "{css}");
        assert!(contrasts.iter().all(|contrast| *contrast > 30.0), "{css} are not blank: {contrasts:?}");
    }
    // The photo is further from the style than the result is.
    let percents = "return [...document.querySelectorAll('#how-grams figcaption')].map((c) => Number.parseFloat(c.textContent.replace(/[^0-9.]/g, '')))";
    let percents = studio.browser.run(percents).await;
    assert!(percents[2].as_f64().unwrap() < percents[0].as_f64().unwrap(), "{percents}");
    // One line a layer, each with a point for each frame that was noted.
    let lines = "return [...document.querySelectorAll('#how-chart path')].map((path) => path.getAttribute('d').split('L').length)";
    let lines: Vec<u64> = studio.browser.run(lines).await.as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).collect();
    assert!(lines.len() == 4 && lines.iter().all(|points| *points > 2 && *points == lines[0]), "{lines:?}");
    screenshots::save(&studio.browser, "how-it-works").await;

    // Another layer and another picture show something else.
    let first = "return document.querySelector('#how-maps canvas').toDataURL()";
    let before = studio.browser.run(first).await;
    studio.browser.click("#how-layers label:nth-child(1) input").await;
    let finer = studio.browser.run(first).await;
    assert_ne!(finer, before);
    studio.browser.click("#how-kinds label:nth-child(1) input").await;
    assert_ne!(studio.browser.run(first).await, finer);
    studio.browser.click("#how-close").await;

    // While something is painted the engine is not to be had, and says so.
    studio.choose("content", "other.jpg", &pictures::style_jpeg()).await;
    studio.set(200).await;
    studio.begin().await;
    studio.browser.run("document.querySelector('#how-it-works').click()").await;
    studio.browser.wait("a word about it", "!document.querySelector('#how-error').hidden", 20).await;
    assert_eq!(studio.browser.text("document.querySelector('#how-error').textContent").await, english("error.run-in-progress"));
    studio.browser.click("#how-close").await;
    studio.cancel().await;
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}
