//! The distillation itself.

use std::ops::RangeInclusive;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use web_time::Instant;

use super::checkpoint::{Checkpoint, Head};
use super::lessons::{Lesson, Lessons};
use super::muon::Muon;
use super::student::{Student, Taught, assembled, flattened, layout};
use crate::error::{DeviceError, Error};
use crate::fingerprint::Fingerprint;
use crate::gan::{Examples, Settings as Sizes, TrainingError};
use crate::losses::{EPSILON, real};
use crate::parameters::{Source, frozen, learning, vector};
use crate::readback::{scalars, squared, values};
use crate::vgg::{Architecture, Features, Tap, Vgg, Weights};

/// What is chosen before a distillation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Steps in all.
    pub steps: u64,
    /// Patches in a step, at least two.
    pub batch: usize,
    /// Side of the patches in pixels, as the [`Examples`] were prepared for.
    pub patch: usize,
    /// Muon's rate at first, in the units of Adam's; it falls to nothing along a cosine.
    pub rate: f32,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { steps: 13_000, batch: 8, patch: 96, rate: 3e-3, seed: 0 }
    }
}

impl Settings {
    /// Checks every range: before pictures are prepared for these settings.
    ///
    /// # Errors
    /// [`TrainingError`] for a setting out of range.
    pub fn check(&self) -> Result<(), TrainingError> {
        const BATCH: RangeInclusive<usize> = 2..=64;
        if !BATCH.contains(&self.batch) {
            return Err(TrainingError::Batch { min: *BATCH.start(), max: *BATCH.end() });
        }
        Sizes { patch: self.patch, batch: self.batch, rate: self.rate, ..Sizes::default() }.check()
    }
}

/// How a distillation stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Relative squared error of the mapped features at each tap.
    pub errors: Vec<(Tap, f32)>,
    /// Time that the rest will take at the pace so far.
    pub seconds_left: f64,
}

/// A distillation in progress.
#[derive(Debug)]
pub struct Distiller {
    settings: Settings,
    lessons: Lessons,
    architecture: Architecture,
    taught: Vec<Taught>,
    parameters: Tensor<1>,
    muon: Muon,
    /// What tells start, teacher and pictures from others.
    fingerprint: u64,
    step: u64,
    /// When it was begun or gone on with, and at which step.
    begun: Option<(Instant, u64)>,
    device: Device,
}

/// The taps of the losses.
const TAPS: [Tap; 6] = [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU3_2, Tap::RELU4_1, Tap::RELU5_1];

impl Distiller {
    /// A distillation of `teacher` into a network that starts as `start`. The taps are those of the losses.
    ///
    /// # Errors
    /// [`TrainingError`] where there is nothing to look at, or for a setting out of range.
    pub fn new(start: &Weights, teacher: &Weights, examples: Examples, settings: Settings, device: &Device) -> Result<Self, Error> {
        if examples.count().0 == 0 {
            return Err(TrainingError::NoContents.into());
        }
        settings.check()?;
        let architecture = start.architecture.clone();
        let both = |tap: Tap| architecture.channels(tap.place).and(teacher.architecture.channels(tap.place));
        let taught: Vec<Taught> = TAPS.into_iter().filter_map(|tap| Some((tap, both(tap)?))).collect();
        let parameters = vector(flattened(start, &taught, settings.seed), device);
        let mut fingerprint = Fingerprint::new();
        for part in [start.fingerprint(), teacher.fingerprint(), examples.fingerprint()] {
            fingerprint.take(&part.to_le_bytes());
        }
        let fingerprint = fingerprint.finish();
        let teacher = Vgg::new(teacher, device).with_padding(architecture.padding);
        Ok(Self {
            lessons: Lessons::new(examples, teacher, taps(&taught), settings.batch, settings.patch, settings.seed, device),
            muon: Muon::new(layout(&architecture, &taught), &parameters),
            architecture,
            taught,
            parameters,
            fingerprint,
            step: 0,
            begun: None,
            device: device.clone(),
            settings,
        })
    }

    /// The taps that are taught.
    #[must_use]
    pub fn taps(&self) -> Vec<Tap> {
        taps(&self.taught)
    }

    /// Goes on from a checkpoint, if it is of a distillation with the same settings, start, teacher and pictures as this one, and says whether it is.
    #[must_use]
    pub fn go_on_from(&mut self, checkpoint: Checkpoint) -> bool {
        let Head { settings, fingerprint, step, prepared } = &checkpoint.head;
        let [length] = self.parameters.dims();
        let [vectors] = self.muon.vectors.mean.dims();
        let of_all = [&checkpoint.parameters, &checkpoint.mean];
        let fits = of_all.iter().all(|array| array.len() == length) && checkpoint.adam.iter().all(|array| array.len() == vectors);
        // A lesson is prepared in a step, or in fewer.
        let stands = *step <= settings.steps && prepared <= step && self.lessons.can_go_on(&checkpoint.given_once);
        if *settings != self.settings || *fingerprint != self.fingerprint || !fits || !stands {
            return false;
        }
        let Checkpoint { head, parameters, mean, adam: [first, second], given_once } = checkpoint;
        let on_device = |values| vector(values, &self.device);
        self.parameters = on_device(parameters);
        self.muon.mean = on_device(mean);
        (self.muon.vectors.mean, self.muon.vectors.square) = (on_device(first), on_device(second));
        self.muon.vectors.count = u32::try_from(head.step).unwrap_or(u32::MAX);
        self.lessons.go_on(head.prepared, &given_once);
        self.step = head.step;
        true
    }

    /// All that is needed to go on from here.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn checkpoint(&self) -> Result<Checkpoint, DeviceError> {
        let mut given_once = Vec::new();
        for pictures in self.lessons.given_once() {
            given_once.extend(values(pictures.clone().flatten::<1>(0, 3)).await?);
        }
        let vectors = &self.muon.vectors;
        Ok(Checkpoint {
            head: Head {
                settings: self.settings.clone(),
                fingerprint: self.fingerprint,
                step: self.step,
                prepared: self.lessons.prepared(),
            },
            parameters: values(self.parameters.clone()).await?,
            mean: values(self.muon.mean.clone()).await?,
            adam: [values(vectors.mean.clone()).await?, values(vectors.square.clone()).await?],
            given_once,
        })
    }

    /// Takes a step; `None` after the last.
    ///
    /// # Errors
    /// A device that fails, and [`TrainingError::Unreadable`] for pictures that can no longer be read.
    pub async fn next(&mut self) -> Result<Option<Progress>, Error> {
        if self.step >= self.settings.steps {
            return Ok(None);
        }
        let (begun, from) = *self.begun.get_or_insert_with(|| (Instant::now(), self.step));
        let student = |source: &mut Source<'_>| Student::new(&self.architecture, &self.taught, source);
        let lesson = self.lessons.next(|| frozen(&self.parameters.clone().autodiff(), student))?;
        let (student, leaves) = learning(&self.parameters, student);
        let errors = errors(&student, &self.taught, lesson, Tensor::autodiff);
        let loss = errors.iter().fold(Tensor::zeros([1], &self.device.clone().autodiff()), |sum, (_, error)| sum + error.clone());
        let gradient = leaves.gradient(&mut loss.backward());
        // The gradient too: a step by one that is not finite would be the end of what was learnt.
        let of_errors = errors.iter().map(|(_, error)| error.clone().inner());
        let read = scalars(of_errors.chain([squared(&gradient)]).collect()).await?;
        if read.iter().any(|error| !error.is_finite()) {
            return Err(TrainingError::Overflow { steps: 1 }.into());
        }
        self.parameters = self.muon.step(self.parameters.clone(), gradient, self.rate());
        self.step += 1;
        let left = self.settings.steps - self.step;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let seconds_left = begun.elapsed().as_secs_f64() / (self.step - from) as f64 * left as f64;
        let errors = errors.iter().map(|(tap, _)| *tap).zip(read).collect();
        Ok(Some(Progress { step: self.step, errors, seconds_left }))
    }

    /// The errors on other pictures, over so many batches.
    ///
    /// # Errors
    /// A device that fails, and [`TrainingError::Unreadable`] for pictures that can no longer be read.
    pub async fn held_out(&self, examples: &Examples, batches: u64) -> Result<Vec<(Tap, f32)>, Error> {
        let student = frozen(&self.parameters, |source| Student::new(&self.architecture, &self.taught, source));
        let mut sums: Vec<(Tap, f32)> = self.taps().into_iter().map(|tap| (tap, 0.0)).collect();
        for index in 0..batches {
            let errors = errors(&student, &self.taught, self.lessons.of(examples, index)?, |pictures| pictures);
            let read = scalars(errors.into_iter().map(|(_, error)| error).collect()).await?;
            sums.iter_mut().zip(read).for_each(|((_, sum), error)| *sum += error / real(usize::try_from(batches).unwrap_or(1)));
        }
        Ok(sums)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a rate needs no more than an f32's precision")]
    fn rate(&self) -> f32 {
        let along = self.step as f64 / self.settings.steps.max(1) as f64;
        self.settings.rate * (0.5 * (1.0 + (std::f64::consts::PI * along).cos())) as f32
    }

    /// The student as it stands.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn weights(&self) -> Result<Weights, DeviceError> {
        let values = values(self.parameters.clone()).await?;
        Ok(assembled(&values, &self.architecture, &self.taught))
    }
}

fn taps(taught: &[Taught]) -> Vec<Tap> {
    taught.iter().map(|(tap, _)| *tap).collect()
}

/// The relative squared error at each tap, `[1]`; `lift` brings the lesson to where the student is.
fn errors(student: &Student, taught: &[Taught], lesson: Lesson, lift: fn(Tensor<4>) -> Tensor<4>) -> Vec<(Tap, Tensor<1>)> {
    let taps = taps(taught);
    let seen: Features = student.vgg.features(lift(lesson.pictures), &taps);
    let errors = taps.into_iter().filter_map(|tap| {
        let wanted = lift(lesson.seen.get(&tap)?.clone()).flatten::<3>(2, 3);
        let difference = student.mapped(tap, seen.get(&tap)?.clone())? - wanted.clone();
        Some((tap, (difference.clone() * difference).sum() / ((wanted.clone() * wanted).sum() + EPSILON)))
    });
    errors.collect()
}
