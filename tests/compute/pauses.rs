//! Between the tiles of a large picture a run can be paused, changed and dropped.

use std::sync::Arc;

use atelier::job::Event;
use atelier::optimize::{Inputs, Optimization, Settings, Start};
use atelier::picture::Picture;
use atelier::vgg::{Architecture, Vgg, Weights};
use burn::tensor::Device;
use wasm_bindgen_test::wasm_bindgen_test;

/// Just too many pixels for one piece of [`weights`] (652², in a browser 645²): four tiles.
const SIDE: u32 = 664;
/// Channels of the first layer: a browser's memory is less.
const WIDTH: usize = if cfg!(target_family = "wasm") { 128 } else { 500 };
/// Each tile once for the sums and once for the gradient.
const PASSES: u32 = 8;

/// Wide at first, so that little of a picture is seen at a time, and narrow then, so that it is soon seen.
fn weights() -> Arc<Weights> {
    let blocks = vec![vec![WIDTH, 8], vec![8], vec![8, 8], vec![8]];
    Arc::new(Weights::untrained(Architecture { blocks, ..Architecture::lite() }, 1))
}

fn ramp(side: u32) -> Picture {
    let byte = |at: u32| u8::try_from(at % 256).unwrap();
    let pixels: Vec<u8> = (0..side * side).flat_map(|i| [byte(i % side), byte(i / side), byte(i / 7), 255]).collect();
    Picture::from_rgba8(side, side, &pixels).unwrap()
}

fn settings(iterations: u32) -> Settings {
    // A run that goes on from a picture has one size.
    Settings { size: SIDE, iterations, start: Start::Picture, ..Settings::default() }
}

/// A run at one size, of four tiles.
fn run(device: &Device, settings: Settings) -> Optimization {
    let weights = weights();
    let network = Vgg::new(&weights, device);
    let inputs = Inputs { start: Some(ramp(64)), ..Inputs::new(ramp(SIDE), ramp(96)) };
    Optimization::new(&network, &weights, device, &inputs, settings).unwrap()
}

async fn next(run: &mut Optimization) -> Event {
    run.next().await.unwrap().unwrap()
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn every_picture_and_every_tile_is_told_of_on_the_cpu() {
    let mut run = run(&atelier::backend::cpu(), settings(1));
    assert!(matches!(next(&mut run).await, Event::Scale { .. }));
    // Four tiles of the content and one small style.
    for expected in 1..=5 {
        let event = next(&mut run).await;
        assert!(matches!(event, Event::Targets { done, of: 5 } if done == expected), "{event:?}");
    }
    for expected in 1..=PASSES {
        let event = next(&mut run).await;
        assert!(matches!(event, Event::Tile { done, of: PASSES, .. } if done == expected), "{event:?}");
    }
    assert!(matches!(next(&mut run).await, Event::Iteration { iteration: 1, .. }));
    assert!(matches!(next(&mut run).await, Event::Done(_)));
    assert!(run.next().await.unwrap().is_none());
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_run_dropped_amid_an_evaluation_frees_what_it_held_on_the_cpu() {
    let weights = weights();
    let device = atelier::backend::cpu();
    let network = Vgg::new(&weights, &device);
    let inputs = Inputs { start: Some(ramp(64)), ..Inputs::new(ramp(SIDE), ramp(96)) };
    let mut run = Optimization::new(&network, &weights, &device, &inputs, settings(2)).unwrap();
    while !matches!(next(&mut run).await, Event::Tile { done: 3, .. }) {}
    assert!(Arc::strong_count(&weights) > 1);
    drop(run);
    assert_eq!(Arc::strong_count(&weights), 1);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn new_weights_amid_an_evaluation_count_from_the_next_one_on_the_cpu() {
    let device = atelier::backend::cpu();
    let losses = async |adjust: bool| {
        let mut run = run(&device, settings(2));
        let mut losses = Vec::new();
        loop {
            match next(&mut run).await {
                Event::Tile { done: 3, .. } if adjust && losses.is_empty() => {
                    run.adjust(&Settings { strength: 1.0, ..settings(2) }).unwrap();
                }
                Event::Iteration { terms, .. } => losses.push(terms.loss),
                Event::Done(_) => break losses,
                _ => {}
            }
        }
    };
    let (plain, adjusted) = (losses(false).await, losses(true).await);
    // The processor repeats itself to the bit.
    assert_eq!(adjusted[0].to_bits(), plain[0].to_bits());
    assert!(adjusted[1] > 2.0 * plain[1], "sixteen times the style weight: {adjusted:?}, {plain:?}");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_picture_in_one_piece_is_evaluated_in_one_go_on_the_cpu() {
    let device = atelier::backend::cpu();
    let mut run = run(&device, Settings { size: 64, iterations: 2, ..Settings::default() });
    while let Some(event) = run.next().await.unwrap() {
        assert!(!matches!(event, Event::Tile { .. }));
    }
}
