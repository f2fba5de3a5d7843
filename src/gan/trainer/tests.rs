//! What a training does and when, on networks of a few channels.

use super::*;
use crate::backend::cpu;
use crate::generator::Architecture;
use crate::picture::Picture;
use crate::vgg::{LinearMap, Place};

fn untrained_vgg() -> vgg::Weights {
    vgg::Weights::untrained(vgg::Architecture { blocks: vec![vec![2], vec![2], vec![2, 2], vec![2]], ..vgg::Architecture::lite() }, 1)
}

fn picture(seed: u8) -> Picture {
    Picture::new(40, 40, (0..4800_u32).map(|at| (at % 251) as u8 ^ seed).collect(), None).unwrap()
}

/// Of a short training with so many pictures in a step.
fn settings(batch: usize) -> Settings {
    Settings { steps: 9, patch: 32, batch, style_sides: vec![32], ..Settings::default() }
}

/// A trainer that has learnt for two steps, what its parameters were before, and what is needed to go on from its checkpoint.
fn begun() -> (Trainer, Vec<f32>, Examples, vgg::Weights) {
    let (vgg, settings) = (untrained_vgg(), settings(1));
    let examples = examples(&settings, 1);
    let start = Weights::untrained(&vgg.architecture, 1);
    let mut trainer = Trainer::new(start, examples.clone(), &vgg, settings, &cpu()).unwrap();
    let before = parameters(&trainer);
    advance(&mut trainer, 3);
    (trainer, before, examples, vgg)
}

/// One content picture, and so many styles.
fn examples(settings: &Settings, styles: u8) -> Examples {
    let mut examples = Examples::new(settings);
    examples.add_content(&picture(0)).unwrap();
    (0..styles).for_each(|style| examples.add_style(&picture(90 + 40 * style)).unwrap());
    examples
}

/// A style at the only size.
fn at(style: usize) -> StyleAt {
    StyleAt { style, size: 0 }
}

fn parameters(trainer: &Trainer) -> Vec<f32> {
    pollster::block_on(values(trainer.state.generator.clone())).unwrap()
}

fn advance(trainer: &mut Trainer, events: usize) {
    for _ in 0..events {
        pollster::block_on(trainer.next()).unwrap();
    }
}

#[test]
fn a_network_by_which_nothing_can_be_measured_describes_styles_at_most() {
    let shallow = vgg::Architecture { blocks: vec![vec![2], vec![2]], ..vgg::Architecture::lite() };
    let (shallow, measures) = (vgg::Weights::untrained(shallow, 1), untrained_vgg());
    let settings = settings(1);
    let trainer = |vgg: &vgg::Weights| {
        let start = Weights::untrained(&vgg.architecture, 1);
        Trainer::new(start, examples(&settings, 1), vgg, settings.clone(), &cpu()).unwrap()
    };
    let begins = |mut trainer: Trainer| pollster::block_on(trainer.next()).map_err(|error| error.code());
    assert_eq!(begins(trainer(&shallow)), Err("weights-layer-missing"));
    assert_eq!(begins(trainer(&measures).with_loss_network(&shallow)), Err("weights-layer-missing"));
    assert_eq!(begins(trainer(&shallow).with_loss_network(&measures)), Ok(Some(Event::Style { done: 1, of: 1 })));
}

/// Of the same convolutions.
#[test]
fn a_network_that_measures_by_other_maps_is_another() {
    let by_maps = |weight: f32| {
        let map = |layer: (usize, usize)| (Place::new(layer.0, layer.1), LinearMap { narrow: 2, weight: vec![weight; 2], bias: vec![0.0] });
        vgg::Weights { maps: [(1, 1), (3, 2)].map(map).into(), ..untrained_vgg() }
    };
    let (maps, others) = (by_maps(1.0), by_maps(0.5));
    let settings = settings(1);
    let examples = examples(&settings, 1);
    for loss_network in [None, Some(&maps)] {
        let measured = |trainer: Trainer, by: &vgg::Weights| if loss_network.is_some() { trainer.with_loss_network(by) } else { trainer };
        let start = Weights::untrained(&maps.architecture, 1);
        let mut trainer = measured(Trainer::new(start, examples.clone(), &maps, settings.clone(), &cpu()).unwrap(), &maps);
        advance(&mut trainer, 3);
        let checkpoint = pollster::block_on(trainer.checkpoint()).unwrap().write().unwrap();
        let checkpoint = Checkpoint::read(&checkpoint, "checkpoint").unwrap();
        assert_eq!([&maps, &others].map(|maps| checkpoint.is_measured_by(maps)), [true, false].map(|is| loss_network.map(|_| is)));
        let mut earlier = checkpoint.clone();
        earlier.head.measured_in = 0;
        assert_eq!(earlier.is_measured_by(&others), loss_network.map(|_| true));
        for (checkpoint, by, goes_on) in [(checkpoint.clone(), &maps, true), (checkpoint, &others, false), (earlier, &others, true)] {
            let resumed = measured(Trainer::resume(checkpoint, examples.clone(), by, &cpu()).unwrap(), by);
            assert_eq!(resumed.state.balance == trainer.state.balance, goes_on);
            assert_eq!(resumed.measured_in, by.fingerprint_of_maps());
        }
    }
}

#[test]
fn the_mean_is_told_where_it_is_drawn_and_is_what_is_compared_with() {
    let (vgg, settings) = (untrained_vgg(), settings(2));
    let start = Weights::untrained(&vgg.architecture, 1);
    let mut trainer = Trainer::new(start, examples(&settings, 3), &vgg, settings.clone(), &cpu()).unwrap();
    advance(&mut trainer, 3);
    let batch = Batch::draw(&trainer.examples, &settings, 0).unwrap();
    let aim = Aim::of(
        &Batch { styles: vec![Target::Mean(0), Target::Style(at(1))], ..batch },
        &trainer.styles,
        &trainer.weights,
        None,
        &trainer.device,
    );
    let (mean, one) = (&trainer.weights.about.style.as_ref().unwrap().at(64), trainer.styles.told(at(1)).unwrap());
    assert_ne!(mean, one);
    let read = |tensor: Tensor<2>| pollster::block_on(values(tensor)).unwrap();
    let told = [&mean.0[..], &one.0[..]].concat();
    let told = Tensor::from_data(TensorData::new(told, [2, mean.0.len()]), &trainer.device);
    assert_eq!(read(aim.told), read(trainer.weights.style_scale.apply(told)));
    let lengths = |targets: &Targets| pollster::block_on(values(Tensor::cat(targets.lengths.clone(), 0))).unwrap();
    let [of_mean, of_one] = [trainer.styles.mean(0).unwrap().1, trainer.styles.targets(at(1)).unwrap()].map(lengths);
    assert_ne!(of_mean, of_one);
    assert_eq!([0, 1].map(|lane| lengths(&aim.targets.of(lane))), [of_mean, of_one]);
}

#[test]
fn a_style_of_two_sizes_is_looked_at_and_told_at_both() {
    let (vgg, settings) = (untrained_vgg(), Settings { style_sides: vec![32, 40], ..settings(2) });
    let start = Weights::untrained(&vgg.architecture, 1);
    let mut trainer = Trainer::new(start, examples(&settings, 1), &vgg, settings, &cpu()).unwrap();
    for done in 0..2 {
        assert_eq!(pollster::block_on(trainer.next()).unwrap(), Some(Event::Style { done, of: 1 }));
    }
    // One picture says nothing of how styles differ.
    assert_eq!(trainer.weights.style_scale.deviation, vec![1.0; trainer.weights.architecture.statistics()]);
    let [small, large] = [0, 1].map(|size| trainer.styles.told(StyleAt { style: 0, size }).unwrap().clone());
    assert_ne!(small, large);
    // The whole picture is 40 px.
    let own = pollster::block_on(trainer.generator()).unwrap().about.style.unwrap();
    assert_eq!([own.at(32), own.at(40)], [small, large]);
    // Both are drawn, and the discriminator has to be told which.
    let targets: Vec<Target> = (0..9).flat_map(|step| Batch::draw(&trainer.examples, &trainer.settings, step).unwrap().styles).collect();
    assert!([0, 1].iter().all(|size| targets.contains(&Target::Style(StyleAt { style: 0, size: *size }))), "{targets:?}");
    assert_ne!(told_to_discriminator(&trainer.examples, &trainer.weights), 0);
    advance(&mut trainer, 9);
    assert_eq!(trainer.state.step, 9);
}

/// What is not needed is not looked at, and what is needed is what a look at all would see.
#[test]
fn as_styles_are_seen_those_pictures_alone_that_stay_as_they_are() {
    let (vgg, settings) = (untrained_vgg(), settings(4));
    let start = Weights::untrained(&vgg.architecture, 1);
    let blocks = vec![vec![3], vec![4], vec![5, 5], vec![6, 6], vec![7]];
    let measures = vgg::Weights::untrained(vgg::Architecture { blocks, ..vgg::Architecture::lite() }, 2);
    let trainer = Trainer::new(start, examples(&settings, 3), &vgg, settings.clone(), &cpu()).unwrap();
    let mut trainer = trainer.with_loss_network(&measures);
    advance(&mut trainer, 3);
    let read = |tensor: Tensor<1>| pollster::block_on(values(tensor)).unwrap();
    let assert_near = |found: Tensor<1>, expected: Tensor<1>| {
        let (found, expected) = (read(found), read(expected));
        assert_eq!(found.len(), expected.len());
        // A batch of another size may be summed up in another order.
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-4 * (1.0 + b.abs())), "{found:?} and {expected:?}");
    };
    for styles in [[Target::Style(at(0)), Target::Own, Target::Mean(0), Target::Own], [Target::Own; 4]] {
        let batch = Batch { styles: styles.to_vec(), ..Batch::draw(&trainer.examples, &settings, 0).unwrap() };
        let contents = trainer.patches(batch.contents.clone()).autodiff();
        let (seen, aim) = trainer.looked_at(&batch, contents.clone());
        let (all, told) = trainer.perceptual.see_styles(contents, &trainer.weights.architecture);
        let (targets, told) = (trainer.perceptual.targets(&all), trainer.weights.style_scale.apply(told.inner()));
        assert_near(seen.content.inner().flatten(0, 3), all.content.inner().flatten(0, 3));
        for lane in batch.lanes(true) {
            assert_near(aim.told.clone().narrow(0, lane, 1).flatten(0, 1), told.clone().narrow(0, lane, 1).flatten(0, 1));
            let [found, expected] = [&aim.targets, &targets].map(|targets| targets.of(lane));
            for (found, expected) in found.lengths.into_iter().zip(expected.lengths) {
                assert_near(found, expected);
            }
            for (found, expected) in found.statistics.into_iter().zip(expected.statistics) {
                assert_near(found.flatten(0, 2), expected.flatten(0, 2));
            }
        }
    }
}

/// Of more styles than there is room for, the training is the same.
#[test]
fn styles_without_room_are_looked_at_again() {
    let (vgg, settings) = (untrained_vgg(), settings(2));
    let trained = |room_for: usize| {
        let start = Weights::untrained(&vgg.architecture, 1);
        let mut trainer = Trainer::new(start, examples(&settings, 3), &vgg, settings.clone(), &cpu()).unwrap();
        advance(&mut trainer, 3);
        let one = trainer.styles.targets(at(0)).unwrap().bytes();
        trainer.styles = Styles::new(3, 1, room_for * one);
        for _ in 0..3 {
            advance(&mut trainer, 1);
            let at_hand = (0..3).filter(|index| trainer.styles.targets(at(*index)).is_some()).count();
            assert!(at_hand <= room_for + 1, "{at_hand} where there is room for {room_for}");
        }
        advance(&mut trainer, 6);
        let at_hand = (0..3).filter(|index| trainer.styles.targets(at(*index)).is_some()).count();
        trainer.styles.pass();
        let kept = (0..3).filter(|index| trainer.styles.targets(at(*index)).is_some()).count();
        assert!(kept == room_for && at_hand <= room_for + settings.batch, "{kept} and {at_hand} where there is room for {room_for}");
        parameters(&trainer)
    };
    let with_room = trained(3);
    assert_eq!(trained(1), with_room);
    assert_eq!(trained(0), with_room);
}

/// The picture may well be another for each style, as for the own style of each picture that is to stay as it is.
#[test]
fn a_generator_that_paints_one_picture_whatever_it_is_shown_is_called_back() {
    let vgg = untrained_vgg();
    // Nothing moves at this rate.
    let settings =
        Settings { steps: 200, patch: 32, batch: 4, style_sides: vec![32], rate: 0.0, adversarial: 0.1, warm_up: 0, ..Settings::default() };
    let architecture =
        Architecture { entrance: 4, width: 8, blocks: 1, deep: 1, exit: [8, 4], code: 8, ..Architecture::new(&vgg.architecture) };
    let sees = Weights::start(architecture.clone(), StyleScale::of(&[], architecture.statistics()), 1);
    let mut blind = sees.clone();
    for (entry, range) in Weights::layout(&architecture).ranges() {
        if entry.name.starts_with("entrance") {
            blind.values[range].fill(0.0);
        }
    }
    for styles in [1, 3] {
        let alarm = |start: &Weights| {
            let mut trainer = Trainer::new(start.clone(), examples(&settings, styles), &vgg, settings.clone(), &cpu()).unwrap();
            let mut events = std::iter::from_fn(|| pollster::block_on(trainer.next()).unwrap()).take(120);
            events.find_map(|event| if let Event::Alarm { alarm, .. } = event { Some(alarm) } else { None })
        };
        assert_eq!([alarm(&blind), alarm(&sees)], [Some(Alarm::Collapsed), None], "{styles} styles");
    }
    // A plain style asks for just that.
    let mut plain = Examples::new(&settings);
    plain.add_style(&Picture::new(48, 48, vec![30; 48 * 48 * 3], None).unwrap()).unwrap();
    for index in 0..4 {
        plain.add_content(&picture(index)).unwrap();
    }
    let mut trainer = Trainer::new(blind.clone(), plain, &vgg, settings.clone(), &cpu()).unwrap();
    let events = std::iter::from_fn(|| pollster::block_on(trainer.next()).unwrap()).take(120);
    assert_eq!(events.filter(|event| matches!(event, Event::Alarm { .. })).count(), 0);
}

#[test]
fn a_step_that_is_not_finite_is_left_out_and_the_third_in_a_row_leads_back() {
    let (mut trainer, good, examples, vgg) = begun();
    let learnt = parameters(&trainer);
    assert_ne!(learnt, good);
    let breaks = |trainer: &mut Trainer| {
        let weight = std::mem::replace(&mut trainer.settings.style, f32::INFINITY);
        let step = trainer.state.step + 1;
        assert_eq!(pollster::block_on(trainer.next()).unwrap(), Some(Event::Alarm { alarm: Alarm::NotFinite, step }));
        trainer.settings.style = weight;
    };
    (0..2).for_each(|_| breaks(&mut trainer));
    assert_eq!((parameters(&trainer), trainer.state.step), (learnt, 4));
    // What was counted goes on after a cut.
    let checkpoint = pollster::block_on(trainer.checkpoint()).unwrap().write().unwrap();
    let checkpoint = Checkpoint::read(&checkpoint, "checkpoint").unwrap();
    let mut resumed = Trainer::resume(checkpoint, examples, &vgg, &cpu()).unwrap();
    advance(&mut resumed, 1);
    for trainer in [&mut trainer, &mut resumed] {
        assert!((trainer.state.balance.rate - 1.0).abs() < 1e-6);
        breaks(trainer);
        assert!((trainer.state.balance.rate - 0.5).abs() < 1e-6);
        assert_eq!(parameters(trainer), good);
    }
}

/// A training that is cut off while its loss rises goes back to where it was good, as it would have without that.
#[test]
fn a_checkpoint_has_what_an_alarm_goes_back_to() {
    let (mut trainer, good, examples, vgg) = begun();
    let measures = Measures { loss: 1.0, gradient: 1.0, of_discriminator: 0.0, success: None, variety: None };
    for loss in [1.0, 2.0] {
        (0..100).for_each(|_| assert_eq!(trainer.state.balance.measure(Measures { loss, ..measures }), None));
    }
    let file = pollster::block_on(trainer.checkpoint()).unwrap().write().unwrap();
    let resumed = Checkpoint::read(&file, "checkpoint").unwrap();
    let mut resumed = Trainer::resume(resumed, examples.clone(), &vgg, &cpu()).unwrap();
    assert_eq!(parameters(&resumed), parameters(&trainer));
    assert_ne!(parameters(&resumed), good);
    assert!(pollster::block_on(resumed.checkpoint()).unwrap().good.is_some(), "one that is put away again at once has it too");
    resumed.go_back();
    assert_eq!(parameters(&resumed), good);
    let unbegun = Trainer::new(Weights::untrained(&vgg.architecture, 1), examples, &vgg, settings(1), &cpu()).unwrap();
    assert_eq!(pollster::block_on(unbegun.checkpoint()).unwrap().good, None, "it is this very state");
}
