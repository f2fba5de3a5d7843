//! Training: that it learns, repeats, goes on where it was cut off, and does not run away.

use atelier::backend::cpu;
use atelier::catalog::ModelError;
use atelier::error::Error;
use atelier::gan::{Alarm, Checkpoint, Event, Examples, Losses, Note, Players, Progress, Settings, Trainer, TrainingError};
use atelier::generator::{About, Architecture, Painter, StyleScale, StyleStatistics, Weights};
use atelier::generator::{Event as Painted, Settings as Painting};
use atelier::picture::Picture;
use atelier::vgg::{self, Vgg};
use burn::tensor::Device;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, devices};

/// A picture of smooth colours and stripes, different for each seed.
pub fn picture(seed: u32, width: u32, height: u32) -> Picture {
    let wave = |x: u32, y: u32, channel: u32| {
        let (a, b) = (3 + (seed + channel) % 5, 2 + (seed * 3 + channel) % 7);
        u8::try_from((x * a * 7 + y * b * 11 + seed * 53 + channel * 80) % 256).unwrap()
    };
    let rgb = (0..height).flat_map(|y| (0..width).flat_map(move |x| [0, 1, 2].map(|channel| wave(x, y, channel))));
    Picture::new(width, height, rgb.collect(), None).unwrap()
}

fn settings() -> Settings {
    Settings { steps: 8, batch: 2, patch: 32, style_sides: vec![48, 64], style: 40.0, rate: 3e-3, seed: 5, ..Settings::default() }
}

fn examples(settings: &Settings, styles: u32) -> Examples {
    let mut examples = Examples::new(settings);
    (0..4).for_each(|seed| examples.add_content(&picture(seed, 60, 52)).unwrap());
    (0..styles).for_each(|seed| examples.add_style(&picture(seed + 20, 50, 64)).unwrap());
    examples
}

/// A generator for the golden network, small enough for a browser's software adapter.
fn small() -> Weights {
    let architecture = Architecture {
        entrance: 4,
        width: 8,
        blocks: 1,
        deep: 1,
        exit: [8, 4],
        code: 8,
        ..Architecture::new(&Golden::network().weights().architecture)
    };
    let scale = StyleScale::of(&[], architecture.statistics());
    Weights::start(architecture, scale, 1)
}

fn trainer(settings: Settings, styles: u32, device: &Device) -> Trainer {
    let examples = examples(&settings, styles);
    Trainer::new(small(), examples, &Golden::network().weights(), settings, device).unwrap()
}

/// Steps until the trainer has done so many.
async fn steps(trainer: &mut Trainer, until: u64) -> Vec<Progress> {
    let mut steps = Vec::new();
    while let Some(event) = trainer.next().await.unwrap() {
        if let Event::Step(progress) = event {
            steps.push(progress);
            if progress.step >= until {
                break;
            }
        }
    }
    steps
}

/// All of a curve that the clock does not change.
fn curve(steps: &[Progress]) -> Vec<(u64, Losses, f32, f32)> {
    steps.iter().map(|step| (step.step, step.losses, step.success, step.gradient)).collect()
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn every_device_trains_alike() {
    let mut curves = Vec::new();
    for (name, device) in devices().await {
        let settings = Settings { steps: 3, adversarial: 0.2, warm_up: 1, ..settings() };
        let mut trainer = trainer(settings, 3, &device);
        let steps = steps(&mut trainer, 3).await;
        assert_eq!(steps.len(), 3, "{name}");
        assert!(steps.iter().all(|step| step.losses.style.is_finite() && step.gradient > 0.0), "{name}: {steps:?}");
        assert!(
            steps[0].losses.discriminator == 0.0 && steps[2].losses.discriminator > 0.0,
            "{name}: the discriminator plays after the warm-up"
        );
        curves.push((name, steps));
    }
    let (_, first) = &curves[0];
    for (name, steps) in &curves[1..] {
        for (a, b) in first.iter().zip(steps) {
            // Adam divides by the root of tiny squares: it turns a difference in the last bits into one in the third digit within steps.
            assert!((a.losses.style - b.losses.style).abs() < 0.02 * a.losses.style, "{name}: {a:?} and {b:?}");
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_style_is_learnt_on_the_cpu() {
    // A flat picture of the right colours is as far as so small a network comes in the first fifty to a hundred, by the order of its sums.
    let settings = Settings { steps: 160, identity: 0.0, content: 0.1, ..settings() };
    let mut trainer = trainer(settings, 1, &cpu());
    let steps = steps(&mut trainer, 160).await;
    let mean = |part: &[Progress]| part.iter().map(|step| step.losses.style).sum::<f32>() / 10.0;
    let (before, after) = (mean(&steps[..10]), mean(&steps[150..]));
    assert!(after < 0.7 * before, "style loss {before} became {after}");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn what_is_learnt_is_used_on_the_cpu() {
    let mut trainer = trainer(settings(), 1, &cpu());
    steps(&mut trainer, 8).await;
    let weights = trainer.generator().await.unwrap();
    assert_eq!(weights.about.steps, 8);
    let file = weights.write(atelier::vgg::Precision::Int8).unwrap();
    let weights = Weights::read(&file, "own").unwrap();
    let style = weights.about.style.clone().expect("a generator of one style knows it");
    let painter = Painter::new(&weights, &cpu());
    let photo = picture(9, 70, 66);
    let mut painting = painter.paint(&photo, &Painting { size: 70, ..Painting::default() }).unwrap();
    painting.begin(&style.at(70));
    let Some(Painted::Done(result)) = painting.next().await.unwrap() else { panic!("a small picture is painted at once") };
    assert_eq!((result.width(), result.height()), (70, 66));
    assert_ne!(result, photo);
    // Its own style as the network sees it, for a strength below 1.
    let own = painter.describe(&Vgg::new(&Golden::network().weights(), &cpu()), &photo, 70).await.unwrap();
    painting.begin(&own);
    let Some(Painted::Done(other)) = painting.next().await.unwrap() else { panic!("and again without being encoded again") };
    assert_ne!(result, other);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_seeded_training_repeats_on_the_cpu() {
    let run = async || {
        let mut trainer = trainer(Settings { adversarial: 0.2, warm_up: 2, ..settings() }, 3, &cpu());
        curve(&steps(&mut trainer, 8).await)
    };
    assert_eq!(run().await, run().await);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_training_that_was_cut_off_goes_on_as_if_it_had_not_been_on_the_cpu() {
    let settings = Settings { adversarial: 0.2, warm_up: 2, ..settings() };
    let mut whole = trainer(settings.clone(), 3, &cpu());
    let expected = curve(&steps(&mut whole, 8).await);
    let mut first = trainer(settings.clone(), 3, &cpu());
    let mut found = curve(&steps(&mut first, 5).await);
    let file = first.checkpoint().await.unwrap().write().unwrap();
    drop(first);
    let checkpoint = Checkpoint::read(&file, "checkpoint").unwrap();
    assert_eq!(checkpoint.step(), 5);
    let mut second = Trainer::resume(checkpoint, examples(&settings, 3), &Golden::network().weights(), &cpu()).unwrap();
    found.extend(curve(&steps(&mut second, 8).await));
    assert_eq!(found, expected);
    let [a, b] = [whole.generator().await.unwrap(), second.generator().await.unwrap()];
    assert_eq!(a, b);
}

/// Of many styles each is looked at when it is first drawn, except by a generator that has no scale yet; either way the curve is the same, also after it was cut off.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn many_styles_keep_no_step_waiting_on_the_cpu() {
    const MANY: u32 = 65;
    let settings = Settings { steps: 4, ..settings() };
    let begin = |about: About| {
        let start = Weights { about, ..small() };
        Trainer::new(start, examples(&settings, MANY), &Golden::network().weights(), settings.clone(), &cpu()).unwrap()
    };
    let of_one_style = StyleStatistics(vec![0.5; small().architecture.statistics()]);
    let mut learnt = begin(About { steps: 10, style: Some(of_one_style.into()), ..About::default() });
    let first = learnt.next().await.unwrap();
    assert!(matches!(first, Some(Event::Step(Progress { step: 1, .. }))), "{first:?}");
    assert_eq!(learnt.generator().await.unwrap().about.style, None, "it is of one style no longer");
    let checkpoint = learnt.checkpoint().await.unwrap();
    let expected = curve(&steps(&mut learnt, 4).await);
    let mut resumed = Trainer::resume(checkpoint, examples(&settings, MANY), &Golden::network().weights(), &cpu()).unwrap();
    assert_eq!(curve(&steps(&mut resumed, 4).await), expected);

    let mut new = begin(About::default());
    // At each of two sizes; told are pictures that have been looked at at both.
    let mut looks = 0;
    while let Some(Event::Style { done, of }) = new.next().await.unwrap() {
        looks += 1;
        assert_eq!((done, of), (looks / 2, MANY as usize));
    }
    assert_eq!(looks, 2 * MANY as usize);
    assert_ne!(new.generator().await.unwrap().style_scale, small().style_scale);
}

/// The loss network is told from the one that describes styles: the same one in its place changes no bit, and of another one only losses are heard.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn another_loss_network_measures_and_does_not_describe_on_the_cpu() {
    let run = async |loss_network: Option<&vgg::Weights>| {
        let trainer = trainer(settings(), 3, &cpu());
        let mut trainer = match loss_network {
            Some(weights) => trainer.with_loss_network(weights),
            None => trainer,
        };
        let losses = curve(&steps(&mut trainer, 3).await);
        (losses, trainer.generator().await.unwrap())
    };
    let (own, of_own) = run(None).await;
    let (same, of_same) = run(Some(&Golden::network().weights())).await;
    assert_eq!((&same, &of_same), (&own, &of_own));

    let blocks = vec![vec![6, 6], vec![6, 6], vec![6; 4], vec![6; 4], vec![6]];
    let other = vgg::Weights::untrained(vgg::Architecture { blocks, ..vgg::Architecture::vgg19(vgg::Input::TORCHVISION) }, 3);
    let (found, of_found) = run(Some(&other)).await;
    assert_ne!(found, own);
    assert!(found.iter().all(|(_, losses, ..)| losses.style > 0.0 && losses.content > 0.0), "{found:?}");
    // Its scale is that of the styles' descriptions.
    assert_eq!(of_found.style_scale, of_own.style_scale);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_generator_told_by_another_network_is_refused_on_the_cpu() {
    let other = vgg::Weights::untrained(vgg::Architecture { blocks: vec![vec![4, 4]; 4], ..vgg::Architecture::lite() }, 1);
    let trainer = Trainer::new(small(), examples(&settings(), 1), &other, settings(), &cpu());
    assert!(matches!(trainer, Err(Error::Model(ModelError::OtherNetwork { .. }))), "{trainer:?}");
    let described = Painter::new(&small(), &cpu()).describe(&Vgg::new(&other, &cpu()), &picture(1, 40, 40), 40).await;
    assert!(matches!(described, Err(Error::Model(ModelError::OtherNetwork { .. }))), "{described:?}");
}

/// One picture in a step is always alike itself, and that is no collapse.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn one_picture_a_step_raises_no_alarm_on_the_cpu() {
    let settings = Settings { steps: 60, batch: 1, adversarial: 0.1, warm_up: 0, ..settings() };
    let mut trainer = trainer(settings, 1, &cpu());
    while let Some(event) = trainer.next().await.unwrap() {
        assert!(!matches!(event, Event::Alarm { .. }), "{event:?}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn one_style_where_there_were_several_is_refused_and_the_reverse_on_the_cpu() {
    // At two sizes there is always something to be told of.
    let settings = Settings { style_sides: vec![48], ..settings() };
    for (begun, now) in [(1, 3), (3, 1)] {
        let mut trainer = trainer(settings.clone(), begun, &cpu());
        steps(&mut trainer, 1).await;
        let checkpoint = trainer.checkpoint().await.unwrap();
        let resumed = Trainer::resume(checkpoint, examples(&settings, now), &Golden::network().weights(), &cpu());
        let expected = TrainingError::OtherStyles { single: begun == 1 };
        assert!(matches!(resumed, Err(Error::Training(found)) if found == expected), "{begun} and then {now}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn only_who_is_to_learn_moves_on_the_cpu() {
    let settings = Settings { adversarial: 0.2, warm_up: 4, ..settings() };
    let mut trainer = trainer(settings.clone(), 3, &cpu());
    trainer.set_players(Players::Discriminator);
    let unmoved = trainer.generator().await.unwrap().values;
    let done = steps(&mut trainer, 2).await;
    assert!(
        done.iter().all(|step| step.judged && step.losses.discriminator > 0.0 && step.gradient == 0.0),
        "even in the warm-up: {done:?}"
    );
    assert_eq!(trainer.generator().await.unwrap().values, unmoved);

    // Kept in a checkpoint, and changed between steps.
    let discriminator = |file: &[u8]| {
        let tensors = safetensors::SafeTensors::deserialize(file).unwrap();
        tensors.tensor("discriminator.parameters").unwrap().data().to_vec()
    };
    let begun = self::trainer(settings.clone(), 3, &cpu()).checkpoint().await.unwrap().write().unwrap();
    let file = trainer.checkpoint().await.unwrap().write().unwrap();
    let taught = discriminator(&file);
    assert_ne!(taught, discriminator(&begun), "it learns");
    let checkpoint = Checkpoint::read(&file, "checkpoint").unwrap();
    assert_eq!(checkpoint.settings().players, Players::Discriminator);
    let mut trainer = Trainer::resume(checkpoint, examples(&settings, 3), &Golden::network().weights(), &cpu()).unwrap();
    trainer.set_players(Players::Generator);
    let done = steps(&mut trainer, 6).await;
    assert!(done.iter().all(|step| !step.judged && step.gradient > 0.0), "{done:?}");
    assert!(done[3].losses.discriminator > 0.0, "it judges all the same");
    assert_ne!(trainer.generator().await.unwrap().values, unmoved);
    assert_eq!(discriminator(&trainer.checkpoint().await.unwrap().write().unwrap()), taught, "and does not learn");

    // With nobody to play against, the generator learns.
    let mut alone = self::trainer(Settings { players: Players::Discriminator, ..self::settings() }, 1, &cpu());
    assert!(steps(&mut alone, 1).await[0].gradient > 0.0);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_training_that_runs_away_is_called_back_on_the_cpu() {
    let settings = Settings { steps: 40, rate: 1e30, ..settings() };
    let mut trainer = trainer(settings, 1, &cpu());
    let mut alarms = Vec::new();
    while let Some(event) = trainer.next().await.unwrap() {
        alarms.extend(if let Event::Alarm { alarm, .. } = event { Some(alarm) } else { None });
    }
    assert!(alarms.contains(&Alarm::NotFinite), "{alarms:?}");
}

/// Not where a smaller rate would help, but where every loss is beyond what a float holds.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_training_that_nothing_helps_ends_on_the_cpu() {
    let mut trainer = trainer(Settings { steps: 100, style: 1e38, content: 1e38, ..settings() }, 1, &cpu());
    let mut alarms = 0;
    let error = loop {
        match trainer.next().await {
            Ok(Some(event)) => alarms += u32::from(matches!(event, Event::Alarm { alarm: Alarm::NotFinite, .. })),
            Ok(None) => panic!("a training of which no step succeeded is not done"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Training(TrainingError::Overflow { steps: 20 })), "{error:?}");
    assert_eq!(alarms, 19);
}

/// What such a picture is told is its own style, and the real patch beside it is of another: it would teach a discriminator what is not so.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_picture_that_is_to_stay_as_it_is_has_no_part_in_the_game_on_the_cpu() {
    let settings = Settings { steps: 40, batch: 1, adversarial: 0.2, warm_up: 0, ..settings() };
    let done = steps(&mut trainer(settings, 3, &cpu()), 40).await;
    let (own, styled): (Vec<&Progress>, Vec<&Progress>) = done.iter().partition(|step| step.losses.identity > 0.0);
    assert!(!own.is_empty() && !styled.is_empty());
    assert!(own.iter().all(|step| !step.judged && step.losses.discriminator == 0.0 && step.losses.adversarial == 0.0), "{own:?}");
    // A hinge loss may be nothing; what the discriminator says of what it is shown is not.
    assert!(styled.iter().all(|step| step.losses.adversarial != 0.0), "{styled:?}");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_training_goes_on_told_by_the_network_that_it_was_begun_with_on_the_cpu() {
    let mut trainer = trainer(settings(), 1, &cpu());
    steps(&mut trainer, 1).await;
    let checkpoint = trainer.checkpoint().await.unwrap();
    let resume = |vgg: &vgg::Weights| Trainer::resume(checkpoint.clone(), examples(&settings(), 1), vgg, &cpu());
    assert!(resume(&Golden::network().weights()).is_ok());
    // As wide at each layer, and yet another.
    let other = vgg::Weights::untrained(Golden::network().weights().architecture, 5);
    let refused = resume(&other);
    assert!(matches!(refused, Err(Error::Model(ModelError::OtherNetwork { .. }))), "{refused:?}");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_checkpoint_cut_anywhere_is_damaged_on_the_cpu() {
    let mut trainer = trainer(settings(), 1, &cpu());
    steps(&mut trainer, 1).await;
    let file = trainer.checkpoint().await.unwrap().write().unwrap();
    assert!(Checkpoint::read(&file, "whole").is_ok());
    for length in (0..file.len()).step_by(file.len() / 40) {
        assert!(Checkpoint::read(&file[..length], "cut").is_err());
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn sets_that_teach_nothing_are_refused_or_remarked_upon() {
    let settings = settings();
    let vgg = Golden::network().weights();
    let begin = |examples: Examples, settings: &Settings| Trainer::new(small(), examples, &vgg, settings.clone(), &cpu()).err();
    let refused = |error: Option<Error>, expected: TrainingError| matches!(error, Some(Error::Training(found)) if found == expected);
    assert!(refused(begin(Examples::new(&settings), &settings), TrainingError::NoContents));
    assert!(refused(begin(examples(&settings, 0), &settings), TrainingError::NoStyles));
    let odd = Settings { patch: 40, ..settings.clone() };
    assert!(refused(begin(examples(&settings, 1), &odd), TrainingError::Patch { min: 32, max: 512 }));
    let none = Settings { batch: 0, ..settings.clone() };
    assert!(refused(begin(examples(&settings, 1), &none), TrainingError::Batch { min: 1, max: 64 }));
    let wrong = Settings { style: f32::NAN, ..settings.clone() };
    assert!(refused(begin(examples(&settings, 1), &wrong), TrainingError::Weight));

    let mut examples = Examples::new(&settings);
    let thin = examples.add_style(&picture(1, 300, 1)).unwrap_err();
    assert_eq!(thin.code(), "picture-too-thin");
    for _ in 0..3 {
        examples.add_style(&picture(1, 40, 40)).unwrap();
        examples.add_content(&picture(2, 40, 40)).unwrap();
    }
    assert_eq!(examples.notes(), [Note::FewContents(3), Note::SameStyles(3), Note::Repeated(0, 3)]);
    examples.add_style(&picture(3, 40, 40)).unwrap();
    assert_eq!(examples.notes(), [Note::FewContents(3), Note::RepeatedStyle(0, 3), Note::Repeated(0, 3)]);
    let thin = examples.add_content(&picture(1, 300, 1)).unwrap_err();
    assert_eq!(thin.code(), "picture-too-thin");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn grey_pictures_and_pictures_all_alike_train_on_the_cpu() {
    let settings = Settings { steps: 3, adversarial: 0.2, warm_up: 1, ..settings() };
    let grey = |value: u8| Picture::new(40, 40, vec![value; 4800], None).unwrap();
    let mut examples = Examples::new(&settings);
    (0..2).for_each(|_| examples.add_content(&grey(128)).unwrap());
    (0..2).for_each(|_| examples.add_style(&grey(0)).unwrap());
    let mut trainer = Trainer::new(small(), examples, &Golden::network().weights(), settings, &cpu()).unwrap();
    let steps = steps(&mut trainer, 3).await;
    assert!(steps.iter().all(|step| step.gradient.is_finite() && step.losses.style.is_finite()), "{steps:?}");
}
