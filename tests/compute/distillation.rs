//! Distilling a narrow VGG: that it begins where it is told to, learns, and keeps to its pictures.

use atelier::backend::cpu;
use atelier::catalog::ModelError;
use atelier::distillation::{Checkpoint, Distiller, Settings, reshaped};
use atelier::gan::{Examples, Settings as Sizes};
use atelier::vgg::{Architecture, Place, Tap, Weights};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, devices};
use crate::training::picture;

fn examples(settings: &Settings, from: u32) -> Examples {
    let mut examples = Examples::new(&Sizes { patch: settings.patch, ..Sizes::default() });
    (from..from + 4).for_each(|seed| examples.add_content(&picture(seed, 60, 52)).unwrap());
    examples
}

fn narrow() -> Architecture {
    Architecture { blocks: vec![vec![3, 3], vec![4, 4], vec![6, 6, 6], vec![8]], ..Golden::network().weights().architecture }
}

fn total(errors: &[(Tap, f32)]) -> f32 {
    errors.iter().map(|(_, error)| error).sum()
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_student_learns_to_see_on_the_cpu() {
    let settings = Settings { steps: 45, batch: 3, patch: 32, rate: 1e-2, seed: 2 };
    let teacher = Golden::network().weights();
    let start = Weights::untrained(narrow(), 4);
    let mut distiller = Distiller::new(&start, &teacher, examples(&settings, 0), settings.clone(), &cpu()).unwrap();
    let others = examples(&settings, 30);
    let before = total(&distiller.held_out(&others, 2).await.unwrap());
    while let Some(progress) = distiller.next().await.unwrap() {
        assert_eq!(progress.errors.len(), 5);
    }
    let after = total(&distiller.held_out(&others, 2).await.unwrap());
    assert!(after < 0.6 * before, "on other pictures: {before} became {after}");
    let weights = distiller.weights().await.unwrap();
    assert_eq!(weights.maps.len(), 5);
    let file = weights.write(atelier::vgg::Precision::Float32).unwrap();
    assert_eq!(Weights::read(&file, "student"), Ok(weights));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn every_device_takes_the_same_first_steps() {
    let settings = Settings { steps: 3, batch: 2, patch: 32, rate: 1e-3, seed: 2 };
    let mut all = Vec::new();
    for (_, device) in devices().await {
        let start = Weights::untrained(narrow(), 4);
        let teacher = Golden::network().weights();
        let mut distiller = Distiller::new(&start, &teacher, examples(&settings, 0), settings.clone(), &device).unwrap();
        let mut errors = Vec::new();
        while let Some(progress) = distiller.next().await.unwrap() {
            errors.push(total(&progress.errors));
        }
        assert_eq!(errors.len(), 3);
        all.push(errors);
    }
    for errors in &all {
        // The third batch was moved along gradients, whose signs at kinks differ from device to device.
        assert!(errors.iter().zip(&all[0]).all(|(a, b)| (a - b).abs() < 0.02 * b), "{all:?}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_network_with_its_maps_is_gone_on_with() {
    let settings = Settings { steps: 1, batch: 2, patch: 32, rate: 1e-3, seed: 2 };
    // The golden network's maps are to a teacher of other widths than its own: a teacher of those widths.
    let start = Golden::network().weights();
    let widths = Architecture { blocks: vec![vec![7, 5], vec![9, 5], vec![12, 12, 5], vec![15]], ..start.architecture.clone() };
    let teacher = Weights::untrained(widths, 9);
    let distiller = Distiller::new(&start, &teacher, examples(&settings, 0), settings, &cpu()).unwrap();
    assert_eq!(distiller.weights().await.unwrap(), start);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn layers_behind_the_last_are_taught_at_relu5_1_alone_and_the_rest_is_kept() {
    let settings = Settings { steps: 1, batch: 2, patch: 32, rate: 1e-3, seed: 2 };
    let known = Golden::network().weights();
    let widths =
        Architecture { blocks: vec![vec![7, 5], vec![9, 5], vec![12, 12, 5], vec![15, 4], vec![11]], ..known.architecture.clone() };
    let teacher = Weights::untrained(widths, 9);
    let mut blocks = known.architecture.blocks.clone();
    blocks[3].push(3);
    blocks.push(vec![6]);
    let mut start = reshaped(&known, &blocks, 1).unwrap();
    // One that has to be learnt anew, amid others.
    start.maps.remove(&Tap::RELU3_2.place);
    let mut distiller = Distiller::new(&start, &teacher, examples(&settings, 0), settings, &cpu()).unwrap();
    let begun = distiller.weights().await.unwrap();
    assert_eq!(begun.convolutions, start.convolutions);
    assert!(known.maps.iter().all(|(place, map)| (begun.maps[place] == *map) == (*place != Tap::RELU3_2.place)));
    assert_eq!(
        begun.maps.keys().copied().collect::<Vec<_>>(),
        [(1, 1), (2, 1), (3, 1), (3, 2), (4, 1), (5, 1)].map(|(b, l)| Place::new(b, l))
    );
    assert_eq!(distiller.next().await.unwrap().unwrap().errors.len(), 6);
    let learnt = distiller.weights().await.unwrap();
    assert!(learnt.convolutions.iter().zip(&begun.convolutions).all(|(after, before)| after != before), "the new layers too");
}

/// Steps and what they told, to the end.
async fn told(distiller: &mut Distiller) -> Vec<(u64, Vec<(Tap, f32)>)> {
    let mut steps = Vec::new();
    while let Some(progress) = distiller.next().await.unwrap() {
        steps.push((progress.step, progress.errors));
    }
    steps
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_distillation_that_was_cut_off_goes_on_as_if_it_had_not_been() {
    // By step 20 lessons are given again, some of which were moved by a student that is gone.
    let settings = Settings { steps: 26, batch: 2, patch: 32, rate: 3e-3, seed: 5 };
    let (teacher, start) = (Golden::network().weights(), Weights::untrained(narrow(), 4));
    let begin = || Distiller::new(&start, &teacher, examples(&settings, 0), settings.clone(), &cpu()).unwrap();
    let mut whole = begin();
    let curve = told(&mut whole).await;

    let mut first = begin();
    for _ in 0..20 {
        first.next().await.unwrap();
    }
    let file = first.checkpoint().await.unwrap().write().unwrap();
    drop(first);
    let checkpoint = Checkpoint::read(&file, "checkpoint").unwrap();
    assert_eq!((checkpoint.step(), checkpoint.settings()), (20, &settings));
    let mut second = begin();
    assert!(second.go_on_from(checkpoint.clone()));
    assert_eq!(told(&mut second).await, curve[20..], "the same to the last bit");
    assert_eq!(second.weights().await.unwrap(), whole.weights().await.unwrap());

    // Other settings, start, teacher or pictures are another distillation.
    let (steps, other) = (Settings { steps: 27, ..settings.clone() }, Weights::untrained(narrow(), 5));
    let wide = Weights::untrained(Architecture { blocks: vec![vec![3, 3], vec![4, 4], vec![6, 6, 6], vec![9]], ..narrow() }, 4);
    for (start, teacher, from, settings) in [
        (&start, &teacher, 0, steps),
        (&other, &teacher, 0, settings.clone()),
        (&start, &wide, 0, settings.clone()),
        (&start, &teacher, 9, settings),
    ] {
        let mut another = Distiller::new(start, teacher, examples(&settings, from), settings, &cpu()).unwrap();
        assert!(!another.go_on_from(checkpoint.clone()));
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_checkpoint_that_was_cut_off_is_damaged() {
    let settings = Settings { steps: 4, batch: 2, patch: 32, rate: 3e-3, seed: 5 };
    let (teacher, start) = (Golden::network().weights(), Weights::untrained(narrow(), 4));
    let distiller = Distiller::new(&start, &teacher, examples(&settings, 0), settings, &cpu()).unwrap();
    let file = distiller.checkpoint().await.unwrap().write().unwrap();
    let damaged = Err(ModelError::Damaged { file: "checkpoint".to_owned() });
    for length in [0, 7, file.len() / 2, file.len() - 1] {
        assert_eq!(Checkpoint::read(&file[..length], "checkpoint"), damaged, "{length} bytes");
    }
    assert!(Checkpoint::read(&file, "checkpoint").is_ok());
}
