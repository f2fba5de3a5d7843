//! Pictures so large that a piece of one takes seconds on the processor.

use std::time::Duration;

use crate::recovery;
use crate::studio::Studio;
use crate::words::english;

/// "Cancel" is heard, or the worker replaced, within a second; the rest is a busy machine's.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_large_painting_starts_tells_of_its_pieces_and_is_cancelled_at_once() {
    let studio = recovery::listening("?backend=cpu").await;
    studio.fill().await;
    studio.set(10).await;
    studio.press_start().await;
    studio.reaches("done", 180).await;

    // From a result there is one size alone: it need not be reached through the smaller ones.
    studio.browser.select("#from", "picture").await;
    studio.browser.select("#size", "2048").await;
    let hear =
        "globalThis.heard = []; workers.at(-1).addEventListener('message', ({ data }) => { if (data.event) heard.push(data.event.kind) })";
    studio.browser.run(hear).await;
    studio.press_start().await;
    studio.browser.wait("a piece of the pictures", "heard.includes('targets')", 120).await;
    assert_eq!(studio.phase().await, "running");
    let status = studio.browser.text("document.querySelector('#status').textContent").await;
    let (before, _) = english("status.looking").split_once('{').unwrap();
    assert!(status.starts_with(before), "{status}");
    let took = studio.cancel().await;
    println!("2048 px: cancelled within {:.2} s", took.as_secs_f64());
    assert!(took < SOON, "{took:?}");
    assert_eq!(studio.error().await, None);

    // What became of the worker is nobody's concern: the next painting is made.
    studio.browser.select("#from", "content").await;
    studio.set(10).await;
    studio.press_start().await;
    studio.reaches("done", 180).await;
    assert_eq!(studio.error().await, None);
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn the_largest_size_is_foretold() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    studio.browser.select("#size", "4096").await;
    let line = "document.querySelector('#forecast').textContent";
    studio.browser.wait("a forecast in gigabytes", &format!("{line}.includes('GB')"), 60).await;
    println!("{}", studio.browser.text(line).await);
    // 4096 × 3072 pixels: within what a tab's WebAssembly can hold.
    let (before, _) = english("forecast.takes").split_once('{').unwrap();
    assert!(studio.browser.text(line).await.starts_with(before));
}
