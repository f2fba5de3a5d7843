//! A whole run, small.

use std::sync::Arc;

use atelier::error::Error;
use atelier::job::Event;
use atelier::optimize::{Colors, Inputs, Method, Optimization, Settings, Start, Style};
use atelier::picture::{Mask, Picture, resize};
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

fn byte(value: f32) -> u8 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to a byte")]
    let byte = value.clamp(0.0, 255.0) as u8;
    byte
}

fn weights() -> Arc<Weights> {
    Arc::new(Golden::network().weights())
}

fn start(device: &Device, content: &Picture, settings: Settings) -> Result<Optimization, Error> {
    start_with(device, &Inputs::new(content.clone(), style()), settings)
}

fn start_with(device: &Device, inputs: &Inputs, settings: Settings) -> Result<Optimization, Error> {
    let weights = weights();
    let network = Vgg::new(&weights, device);
    Optimization::new(&network, &weights, device, inputs, settings)
}

/// The result of a run of the shipped network on the processor: a random one knows nothing of colours.
async fn result(inputs: &Inputs, settings: Settings) -> Picture {
    let device = atelier::backend::cpu();
    let weights = Weights::read(include_bytes!("../../models/vgg-lite.safetensors"), "vgg-lite.safetensors").unwrap();
    let network = Vgg::new(&weights, &device);
    let events = finish(Optimization::new(&network, &Arc::new(weights), &device, inputs, settings).unwrap()).await;
    last(events)
}

/// The result at the end of a run's story.
#[track_caller]
fn last(events: Vec<Event>) -> Picture {
    match events.into_iter().last() {
        Some(Event::Done(result)) => result,
        other => unreachable!("the last event is not the result but {other:?}"),
    }
}

/// White where `inside` says.
fn mask(inside: impl Fn(f32, f32) -> bool) -> Mask {
    Mask::from_picture(&draw(96, 64, |x, y| [if inside(x, y) { 255 } else { 0 }; 3]))
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
    let settings = Settings { size: 181, iterations: 12, ..Settings::default() };
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
    let code = |result: Result<Optimization, Error>| result.map(|_| ()).map_err(|error| error.code());
    let size = |size| Settings { size, ..Settings::default() };
    assert_eq!(code(start(&device, &content(), size(0))), Err("settings-size"));
    assert_eq!(code(start(&device, &content(), size(100_000))), Err("settings-size"));
    let thread = draw(500, 2, |_, _| [9, 9, 9]);
    assert_eq!(code(start(&device, &thread, size(256))), Err("picture-too-thin"));
    let pixel = draw(1, 1, |_, _| [9, 9, 9]);
    assert_eq!(code(start(&device, &pixel, small(Method::Lbfgs, 1))), Ok(()));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn what_is_left_alone_stays_as_it_was_on_the_cpu() {
    let inputs = Inputs { keep: Some(mask(|x, _| x < 48.0)), ..Inputs::new(content(), style()) };
    for start in [Start::Content, Start::Noise] {
        let result = result(&inputs, Settings { start, ..small(Method::Lbfgs, 4) }).await;
        let before = resize(&content(), result.width(), result.height());
        let at = |picture: &Picture, x: usize| picture.rgb()[(20 * 64 + x) * 3..][..3].to_vec();
        assert_eq!(at(&result, 10), at(&before, 10), "{start:?}");
        assert_ne!(at(&result, 50), at(&before, 50), "{start:?}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn each_region_takes_its_own_style_on_the_cpu() {
    let flat = |rgb| Style { weight: 1.0, ..Style::new(draw(40, 40, move |_, _| rgb)) };
    let (red, blue) = (flat([220, 20, 20]), flat([20, 20, 220]));
    let left = Style { region: Some(mask(|x, _| x < 48.0)), ..red };
    let inputs = Inputs { styles: vec![left, blue], ..Inputs::new(draw(96, 64, |_, _| [128; 3]), style()) };
    // Shallow taps alone: the deep ones see across half of so small a picture.
    // From noise: a photo would start in each style's colours.
    let settings = Settings { strength: 1.0, layers: [1.0, 1.0, 0.0, 0.0, 0.0], start: Start::Noise, ..small(Method::Lbfgs, 30) };
    let result = result(&inputs, settings).await;
    let mean = |from: usize, to: usize, channel: usize| {
        let columns = (0..43).flat_map(|y| (from..to).map(move |x| (y * 64 + x) * 3 + channel));
        columns.map(|at| f64::from(result.rgb()[at])).sum::<f64>()
    };
    // Well inside each half; a region without a mask takes the rest.
    assert!(mean(2, 26, 0) > mean(2, 26, 2), "left is red");
    assert!(mean(38, 62, 2) > mean(38, 62, 0), "right is blue");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_region_too_small_to_be_seen_does_no_harm_on_the_cpu() {
    let speck =
        Style { region: Some(Mask::from_picture(&draw(96, 64, |x, y| [if x + y < 0.5 { 2 } else { 0 }; 3]))), ..Style::new(style()) };
    // Nowhere flat: there pools have ties, and which of four equal numbers a gradient goes to would hang on the last bit of a colour.
    let content = draw(96, 64, |x, y| {
        [(x * 0.31).sin() + (y * 0.17).cos(), (x * 0.11 + y * 0.23).sin(), (x * y * 0.01).cos()].map(|wave| byte(130.0 + 50.0 * wave))
    });
    let inputs = Inputs { styles: vec![speck.clone(), Style::new(style())], ..Inputs::new(content.clone(), style()) };
    let both = result(&inputs, small(Method::Lbfgs, 3)).await;
    let plain = result(&Inputs::new(content.clone(), style()), small(Method::Lbfgs, 3)).await;
    // Sums over counted pixels are grouped otherwise than over all, so a value on the edge of two bytes may fall to the other side. The speck itself starts by 1/255 in colours of its
    // own, which those see that are beside it.
    let beside = |index: usize| index / 3 % 64 < 8 && index / 3 / 64 < 8;
    let apart = both.rgb().iter().zip(plain.rgb()).enumerate().filter(|(index, _)| !beside(*index));
    assert!(apart.into_iter().all(|(_, (both, plain))| both.abs_diff(*plain) <= 1));
    // Alone it leaves nothing to paint, and nothing to break.
    result(&Inputs { styles: vec![speck], ..Inputs::new(content, style()) }, small(Method::Lbfgs, 3)).await;
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_style_mask_limits_what_is_learnt_on_the_cpu() {
    // Half stripes, half flat green: with the green masked away the result is as if it were not there.
    let halves = draw(160, 80, |x, y| {
        if x >= 80.0 {
            [20, 200, 40]
        } else if (x + y) % 8.0 < 4.0 {
            [200, 40, 30]
        } else {
            [240, 200, 60]
        }
    });
    let masked = Style { mask: Some(mask(|x, _| x < 46.0)), ..Style::new(halves.clone()) };
    let settings = Settings { strength: 1.0, ..small(Method::Lbfgs, 15) };
    let green = |picture: &Picture| picture.rgb().chunks(3).filter(|rgb| rgb[1] > rgb[0]).count();
    let whole = result(&Inputs { styles: vec![Style::new(halves)], ..Inputs::new(content(), style()) }, settings.clone()).await;
    let part = result(&Inputs { styles: vec![masked], ..Inputs::new(content(), style()) }, settings).await;
    assert!(green(&part) < green(&whole), "{} of {}", green(&part), green(&whole));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn colours_can_be_kept_on_the_cpu() {
    let inputs = Inputs::new(content(), style());
    let settings = |colors| Settings { colors, strength: 0.9, ..small(Method::Lbfgs, 10) };
    // How far the mean colour is from the content's.
    let shift = |picture: &Picture| {
        let before = resize(&content(), picture.width(), picture.height());
        let mean = |picture: &Picture, channel: usize| picture.rgb().iter().skip(channel).step_by(3).map(|v| f64::from(*v)).sum::<f64>();
        let chroma = |picture: &Picture| [mean(picture, 0) - mean(picture, 1), mean(picture, 2) - mean(picture, 1)];
        chroma(picture).iter().zip(chroma(&before)).map(|(a, b)| (a - b).abs()).sum::<f64>()
    };
    let styled = shift(&result(&inputs, settings(Colors::Style)).await);
    for colors in [Colors::Luma, Colors::MatchBefore, Colors::MatchAfter] {
        let kept = shift(&result(&inputs, settings(colors)).await);
        assert!(kept < 0.5 * styled, "{colors:?}: {kept} of {styled}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn noise_follows_its_seed_on_the_cpu() {
    let inputs = Inputs::new(content(), style());
    let settings = |seed| Settings { start: Start::Noise, seed, ..small(Method::Lbfgs, 1) };
    let (first, again, other) =
        (result(&inputs, settings(1)).await, result(&inputs, settings(1)).await, result(&inputs, settings(2)).await);
    assert!(first == again && first != other);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_finished_result_can_be_gone_on_from_on_the_cpu() {
    let losses = async |inputs: &Inputs, settings| {
        let events = finish(start_with(&atelier::backend::cpu(), inputs, settings).unwrap()).await;
        let losses: Vec<f32> =
            events.iter().filter_map(|event| if let Event::Iteration { terms, .. } = event { Some(terms.loss) } else { None }).collect();
        (losses, last(events))
    };
    let inputs = Inputs::new(content(), style());
    let (first, result) = losses(&inputs, Settings { size: 181, ..small(Method::Lbfgs, 16) }).await;
    let more = Inputs { start: Some(result), ..inputs };
    let settings = Settings { size: 181, start: Start::Picture, ..small(Method::Lbfgs, 3) };
    let (second, _) = losses(&more, settings).await;
    // The result was rounded to bytes in between.
    assert!(second[0] < 1.05 * first[15], "{} after {}", second[0], first[15]);
    let nothing = start(&atelier::backend::cpu(), &content(), Settings { start: Start::Picture, ..small(Method::Lbfgs, 1) });
    assert_eq!(nothing.map(|_| ()).map_err(|error| error.code()), Err("settings-no-start"));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_run_can_be_adjusted_on_its_way_on_the_cpu() {
    let mut run = start(&atelier::backend::cpu(), &content(), small(Method::Lbfgs, 12)).unwrap();
    let mut losses = Vec::new();
    while let Some(event) = run.next().await.unwrap() {
        if let Event::Iteration { iteration, terms, .. } = event {
            losses.push(terms.loss);
            if iteration == 6 {
                run.adjust(&Settings { strength: 1.0, ..small(Method::Lbfgs, 12) }).unwrap();
                let refused = run.adjust(&Settings { strength: 2.0, ..Settings::default() });
                assert_eq!(refused.map_err(|error| error.code()), Err("settings-strength"));
            }
        }
    }
    assert_eq!(losses.len(), 12);
    assert!(losses[6] > 3.0 * losses[5], "sixteen times the style weight: {losses:?}");
    assert!(losses[11] < losses[6], "{losses:?}");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn inputs_that_say_nothing_are_refused_on_the_cpu() {
    let code = |inputs: Inputs| {
        let run = start_with(&atelier::backend::cpu(), &inputs, Settings::default());
        run.map(|_| ()).map_err(|error| error.code())
    };
    let plain = || Inputs::new(content(), style());
    let weighed = |weight| Style { weight, ..Style::new(style()) };
    let nothing = || Some(mask(|_, _| false));
    assert_eq!(code(plain()), Ok(()));
    assert_eq!(code(Inputs { styles: Vec::new(), ..plain() }), Err("settings-no-styles"));
    assert_eq!(code(Inputs { styles: vec![weighed(0.0), weighed(0.0)], ..plain() }), Err("settings-no-styles"));
    assert_eq!(code(Inputs { styles: vec![weighed(-1.0)], ..plain() }), Err("settings-weight"));
    assert_eq!(code(Inputs { styles: vec![weighed(1.0), weighed(-1.0)], ..plain() }), Err("settings-weight"), "they add up to nothing");
    assert_eq!(code(Inputs { styles: vec![weighed(f32::NAN)], ..plain() }), Err("settings-weight"));
    assert_eq!(code(Inputs { keep: nothing(), ..plain() }), Err("settings-empty-mask"));
    assert_eq!(code(Inputs { styles: vec![Style { mask: nothing(), ..weighed(1.0) }], ..plain() }), Err("settings-empty-mask"));
    assert_eq!(code(Inputs { styles: vec![Style { region: nothing(), ..weighed(1.0) }], ..plain() }), Err("settings-empty-mask"));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_seamless_result_meets_itself_on_the_cpu() {
    // A ramp has the worst of seams. Its sides are brought to multiples of 16.
    let pixels: Vec<u8> = (0..100_u8).flat_map(|y| (0..96_u8).flat_map(move |x| [2 * x, 2 * y, 90, 255])).collect();
    let ramp = Picture::from_rgba8(96, 100, &pixels).unwrap();
    let result = result(&Inputs::new(ramp, style()), Settings { size: 100, seamless: true, ..small(Method::Lbfgs, 12) }).await;
    assert_eq!((result.width(), result.height()), (96, 96));
    let column = |x: usize| (0..96).flat_map(|y| result.rgb()[(y * 96 + x) * 3..][..3].to_vec()).collect::<Vec<u8>>();
    let step = |a: usize, b: usize| column(a).iter().zip(column(b)).map(|(a, b)| f64::from(a.abs_diff(b))).sum::<f64>();
    let inside = (0..95).map(|x| step(x, x + 1)).sum::<f64>() / 95.0;
    assert!(step(95, 0) < 1.5 * inside, "across the border {}, inside {inside}", step(95, 0));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn masks_of_another_size_are_brought_to_the_pictures_on_the_cpu() {
    let half = |width, height, middle| Mask::from_picture(&draw(width, height, |x, _| [if x < middle { 255 } else { 0 }; 3]));
    let painted = async |keep: Mask| result(&Inputs { keep: Some(keep), ..Inputs::new(content(), style()) }, small(Method::Lbfgs, 3)).await;
    let (fitting, other) = (painted(half(96, 64, 48.0)).await, painted(half(10, 300, 5.0)).await);
    let before = resize(&content(), 64, 43);
    for result in [&fitting, &other] {
        let at = |picture: &Picture, x: usize| picture.rgb()[(20 * 64 + x) * 3..][..3].to_vec();
        assert_eq!(at(result, 10), at(&before, 10));
        assert_ne!(at(result, 50), at(&before, 50));
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_run_whose_numbers_lose_their_meaning_ends_with_a_code_on_the_cpu() {
    let mut run = start(&atelier::backend::cpu(), &content(), small(Method::Lbfgs, 12)).unwrap();
    let mut preview = None;
    let error = loop {
        match run.next().await {
            Ok(Some(Event::Preview(picture))) => {
                preview = Some(picture);
                // Its square is more than f32 holds.
                run.adjust(&Settings { smoothness: 3e38, ..small(Method::Lbfgs, 12) }).unwrap();
            }
            Ok(Some(_)) => {}
            Ok(None) => unreachable!("the run has come to a result"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "not-finite");
    // Whoever listened has the last good picture, and there is nothing to go on from.
    assert!(preview.is_some_and(|picture| (picture.width(), picture.height()) == (64, 43)));
    assert!(run.next().await.unwrap().is_none());
}
