//! The shelf of sample pictures.

use serde_json::Value;

use crate::studio::Studio;

#[tokio::test]
async fn every_sample_can_be_taken_from_the_shelf() {
    let studio = Studio::open("?backend=cpu").await;
    studio.browser.wait("the shelves", "document.querySelectorAll('#style-shelf [data-sample]').length", 20).await;
    for (well, least) in [("content", 3), ("style", 6)] {
        let list = format!("return [...document.querySelectorAll('#{well}-shelf [data-sample]')].map((button) => button.dataset.sample)");
        let samples: Vec<String> = serde_json::from_value::<Vec<String>>(studio.browser.run(&list).await).unwrap();
        assert!(samples.len() >= least, "{well}: {samples:?}");
        for sample in samples {
            let button = format!("#{well}-shelf [data-sample={sample}]");
            studio.browser.click(&button).await;
            studio.browser.wait(&sample, &format!("document.querySelector('{button}').ariaPressed === 'true'"), 20).await;
            studio.filled(well).await;
            let thumb = format!("return document.querySelector('{button} img').naturalWidth");
            assert_ne!(studio.browser.run(&thumb).await, Value::from(0), "{sample} has a thumbnail");
        }
    }
    assert_eq!(studio.browser.text("document.querySelector('#start').ariaDisabled").await, "false");
    assert_eq!(studio.server.refused(), [""; 0]);
}
