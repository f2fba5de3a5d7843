//! `cargo xtask bench visit`: what a visitor waits for, on wasm and one processor core, and what it takes of memory.

use std::fs;
use std::time::Instant;

use serde_json::json;

use crate::studio::Studio;
use crate::training::{prepare, steps};

/// Notes when each stage of a run is seen, in milliseconds of the page's own clock.
const CLOCK: &str = "globalThis.seen = {}; const note = (name) => { seen[name] ??= performance.now(); };
    const [body, picture] = [document.body, document.querySelector('#picture')];
    document.querySelector('#start').addEventListener('click', () => { globalThis.seen = {}; note('start'); }, { capture: true });
    document.querySelector('#cancel').addEventListener('click', () => { seen.cancel = performance.now(); }, { capture: true });
    new MutationObserver(() => note(body.dataset.phase)).observe(body, { attributes: true, attributeFilter: ['data-phase'] });
    new MutationObserver(() => note(picture.dataset.shown)).observe(picture, { attributes: true, attributeFilter: ['data-shown'] });";

const ITERATIONS: u32 = 100;
const CANCELS: usize = 5;

#[tokio::test]
#[ignore = "a benchmark: run it with `cargo xtask bench visit`"]
async fn bench_a_visit() {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    studio.browser.run(CLOCK).await;

    studio.set(ITERATIONS).await;
    studio.press_start().await;
    studio.reaches("done", 600).await;
    let preview = between(&studio, "start", "preview").await;
    let total = between(&studio, "start", "done").await;
    assert_eq!(studio.error().await, None);

    let mut slowest = 0.0_f64;
    for _ in 0..CANCELS {
        studio.begin().await;
        studio.cancel().await;
        slowest = slowest.max(between(&studio, "cancel", "cancelled").await);
    }
    let small = peak_memory(studio.browser.process());
    drop(studio);

    let large = peak_of_a_large_run().await;
    println!();
    println!("| headless Chromium, wasm CPU             | measured | ceiling |");
    println!("|-----------------------------------------|---------:|--------:|");
    println!("| 256 px: Start to first preview          | {preview:6.2} s |     5 s |");
    println!("| 256 px: {ITERATIONS} iterations of L-BFGS        | {total:6.2} s |    60 s |");
    println!("| 256 px: slowest of {CANCELS} cancels             | {slowest:6.2} s |     1 s |");
    println!("| 256 px: most memory of the tab          | {small:5.0} MB |         |");
    println!("| 512 px: most memory of the tab          | {large:5.0} MB | 1000 MB |");
}

/// Notes when the wall is painted.
const WALL: &str = "const put = CanvasRenderingContext2D.prototype.putImageData;
    CanvasRenderingContext2D.prototype.putImageData = function (...given) {
        put.apply(this, given);
        if (this.canvas.id === 'stage') seen.painted = performance.now();
    }";
/// Moves the strength slider.
const MOVE: &str = "globalThis.seen = { moved: performance.now() };
    const slider = document.querySelector('#generate-strength'); slider.value = arguments[0];
    slider.dispatchEvent(new Event('input', { bubbles: true }))";
/// Steps of a training that are timed on the processor and on a software adapter, and the steps that it has in all.
const TIMED: [u64; 2] = [50, 4];
const STEPS: u32 = 200;
/// Side of the patches, and how many in a step, for which there is an aim.
const SMALL: [u32; 2] = [64, 8];

#[tokio::test]
#[ignore = "a benchmark: run it with `cargo xtask bench visit`"]
async fn bench_generating_and_training() {
    let studio = Studio::open("?backend=cpu&mode=generate#generate-size=512").await;
    studio.fill().await;
    studio.browser.wait("the list of generators", "document.querySelector('#generator').value === 'any-style'", 20).await;
    studio.browser.run(CLOCK).await;
    studio.press_start().await;
    studio.reaches("done", 120).await;
    let first = between(&studio, "start", "done").await;
    studio.browser.run(WALL).await;
    let mut slowest = 0.0_f64;
    for strength in [80, 60, 40] {
        studio.browser.run_with(MOVE, vec![json!(strength)]).await;
        studio.browser.wait("the wall", "seen.painted", 30).await;
        slowest = slowest.max(between(&studio, "moved", "painted").await);
    }
    drop(studio);

    let alone = rate_of_training("cpu", SMALL, TIMED[0], 0, 5).await;
    // It plays from a fifth of the steps on.
    let against = rate_of_training("cpu", SMALL, TIMED[0], 50, STEPS / 5 + 3).await;
    let usual = rate_of_training("cpu", [128, 2], TIMED[0], 50, STEPS / 5 + 3).await;
    let software = rate_of_training("webgpu", SMALL, TIMED[1], 0, 2).await;
    println!();
    println!("| headless Chromium, wasm CPU             | measured | ceiling |");
    println!("|-----------------------------------------|---------:|--------:|");
    println!("| 512 px: Start to the generated picture  | {first:6.2} s |   1.5 s |");
    println!("| 512 px: slowest of 3 moves of strength  | {slowest:6.2} s |         |");
    println!("| training, 64 px × 8: steps a second     | {alone:8.2} |     1.0 |");
    println!("| … with the discriminator                | {against:8.2} |         |");
    println!("| … 128 px × 2, as the page trains        | {usual:8.2} |         |");
    println!("| … without it, on a software adapter     | {software:8.3} |         |");
}

/// Steps a second of a training with patches of this side and so many of them a step, over so many steps, its discriminator at so many hundredths, timed after so many steps.
async fn rate_of_training(backend: &str, [patch, batch]: [u32; 2], timed: u64, adversarial: u32, after: u32) -> f64 {
    let studio = Studio::open(&format!("?backend={backend}&mode=train")).await;
    prepare(&studio, "Loom", STEPS).await;
    let script = "for (const [id, value] of [['patch', arguments[0]], ['batch', arguments[1]], ['adversarial', arguments[2]]]) {
            const field = document.querySelector(`#train-${id}`); field.value = value;
            field.dispatchEvent(new Event('input', { bubbles: true })); field.dispatchEvent(new Event('change', { bubbles: true }));
        }";
    studio.browser.run_with(script, vec![json!(patch), json!(batch), json!(adversarial)]).await;
    studio.press_start().await;
    steps(&studio, after.into()).await;
    let (before, began) = (studio.progress().await, Instant::now());
    steps(&studio, before + timed).await;
    let done = u32::try_from(studio.progress().await - before).expect("a training goes forward");
    assert_eq!(studio.phase().await, "running", "it has enough steps to go");
    f64::from(done) / began.elapsed().as_secs_f64()
}

/// Memory of the whole tab, worker included, over a run that goes through all scales up to 512 px.
async fn peak_of_a_large_run() -> f64 {
    let studio = Studio::open("?backend=cpu").await;
    studio.fill().await;
    // Enough for L-BFGS to fill its history at every scale.
    studio.set(80).await;
    studio.browser.select("#size", "512").await;
    studio.press_start().await;
    studio.reaches("done", 900).await;
    assert_eq!(studio.error().await, None);
    peak_memory(studio.browser.process())
}

async fn between(studio: &Studio, from: &str, to: &str) -> f64 {
    let seconds = studio.browser.run(&format!("return (seen['{to}'] - seen['{from}']) / 1000")).await;
    seconds.as_f64().unwrap_or_else(|| panic!("{to} was not seen after {from}"))
}

/// The most that any renderer among the descendants of `driver` ever held, in megabytes. The wasm memory alone cannot be
/// asked for from outside its worker, so this is from above.
pub fn peak_memory(driver: u32) -> f64 {
    let processes: Vec<(u32, u32)> = fs::read_dir("/proc")
        .expect("/proc: this benchmark needs Linux")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, status(id, "PPid:")?)))
        .collect();
    let parent = |id: u32| processes.iter().find(|(process, _)| *process == id).map(|(_, parent)| *parent);
    let descends = |id: u32| std::iter::successors(Some(id), |id| parent(*id)).any(|id| id == driver);
    let renderer = |id: u32| fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.contains("--type=renderer"));
    let peaks = processes.iter().filter(|(id, _)| descends(*id) && renderer(*id)).filter_map(|(id, _)| status(*id, "VmHWM:"));
    f64::from(peaks.max().expect("a renderer process")) * 1024.0 / 1e6
}

/// A number from `/proc/…/status`.
fn status(id: u32, name: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
