//! A whole run, small.

use std::sync::Arc;

use atelier::job::Event;
use atelier::optimize::{Inputs, Method, Optimization, Settings};
use atelier::picture::Picture;
use atelier::vgg::{Vgg, Weights};
use burn::tensor::Device;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, devices};

/// Broad shapes: a bright disc on a dark ground.
fn content() -> Picture {
    draw(96, 64, |x, y| if (x - 48.0).hypot(y - 32.0) < 20.0 { [230, 220, 180] } else { [40, 60, 110] })
}

/// Fine diagonal stripes in red and yellow.
fn style() -> Picture {
    draw(80, 80, |x, y| if (x + y) % 8.0 < 4.0 { [200, 40, 30] } else { [240, 200, 60] })
}

fn draw(width: u32, height: u32, colour: impl Fn(f32, f32) -> [u8; 3]) -> Picture {
    let pixel = |i: u32| {
        #[allow(clippy::cast_precision_loss, reason = "small coordinates")]
        let [r, g, b] = colour((i % width) as f32, (i / width) as f32);
        [r, g, b, 255]
    };
    let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    Picture::from_rgba8(width, height, &pixels).unwrap()
}

fn weights() -> Arc<Weights> {
    Arc::new(Golden::network().weights())
}

fn start(device: &Device, content: &Picture, settings: Settings) -> Result<Optimization, atelier::error::Error> {
    let weights = weights();
    let network = Vgg::new(&weights, &device.clone().autodiff());
    Optimization::new(&network, &weights, device, &Inputs::new(content.clone(), style()), settings)
}

async fn finish(mut run: Optimization) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(event) = run.next().await.unwrap() {
        events.push(event);
    }
    events
}

fn small(method: Method, iterations: u32) -> Settings {
    Settings { size: 64, iterations, method, ..Settings::default() }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_run_tells_its_story_in_order_and_nears_the_style() {
    for (name, device) in devices().await {
        for method in [Method::Lbfgs, Method::Adam] {
            let events = finish(start(&device, &content(), small(method, 8)).unwrap()).await;
            assert!(matches!(events[0], Event::Scale { index: 0, count: 1, width: 64, height: 43 }), "{name}: {:?}", events[0]);
            let iterations: Vec<_> = events
                .iter()
                .filter_map(|event| match event {
                    Event::Iteration { iteration, total, terms, .. } => Some((*iteration, *total, terms.style)),
                    _ => None,
                })
                .collect();
            assert_eq!(iterations.iter().map(|(i, ..)| *i).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>(), "{name} {method:?}");
            assert!(iterations.iter().all(|(_, total, _)| *total == 8));
            assert!(iterations[7].2 < 0.9 * iterations[0].2, "{name} {method:?}: style {} from {}", iterations[7].2, iterations[0].2);
            let Some(Event::Done(result)) = events.last() else { panic!("{name}: the last event is not the result") };
            assert_eq!((result.width(), result.height()), (64, 43));
            assert!(events.iter().any(|event| matches!(event, Event::Preview(_))));
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_run_on_the_cpu_repeats_itself() {
    let device = atelier::backend::cpu();
    let mut results = Vec::new();
    for _ in 0..2 {
        let events = finish(start(&device, &content(), small(Method::Lbfgs, 5)).unwrap()).await;
        let Some(Event::Done(result)) = events.last() else { panic!("no result") };
        results.push(result.to_rgba8());
    }
    assert!(results[0] == results[1]);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn scales_follow_one_another_on_the_cpu() {
    let device = atelier::backend::cpu();
    let settings = Settings { size: 181, iterations: 4, ..Settings::default() };
    let events = finish(start(&device, &content(), settings).unwrap()).await;
    let sizes: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Scale { width, height, .. } => Some((*width, *height)),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [(128, 86), (181, 121)]);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn transparency_comes_back_on_the_result_on_the_cpu() {
    let opaque = content().to_rgba8();
    let pixels: Vec<u8> =
        opaque.chunks_exact(4).zip(0_u32..).flat_map(|(p, i)| [p[0], p[1], p[2], if i % 96 < 48 { 0 } else { 255 }]).collect();
    let content = Picture::from_rgba8(96, 64, &pixels).unwrap();
    let device = atelier::backend::cpu();
    let events = finish(start(&device, &content, small(Method::Lbfgs, 2)).unwrap()).await;
    let Some(Event::Done(result)) = events.last() else { panic!("no result") };
    let alpha = result.alpha().unwrap();
    assert_eq!((alpha[5], alpha[58]), (0, 255));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn what_cannot_be_run_is_refused_with_a_code_on_the_cpu() {
    let device = atelier::backend::cpu();
    let code = |result: Result<Optimization, atelier::error::Error>| result.map(|_| ()).map_err(|error| error.code());
    let size = |size| Settings { size, ..Settings::default() };
    assert_eq!(code(start(&device, &content(), size(0))), Err("settings-size"));
    assert_eq!(code(start(&device, &content(), size(100_000))), Err("settings-size"));
    let thread = draw(500, 2, |_, _| [9, 9, 9]);
    assert_eq!(code(start(&device, &thread, size(256))), Err("picture-too-thin"));
    let pixel = draw(1, 1, |_, _| [9, 9, 9]);
    assert_eq!(code(start(&device, &pixel, small(Method::Lbfgs, 1))), Ok(()));
}
