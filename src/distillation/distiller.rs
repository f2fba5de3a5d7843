//! The distillation itself.

use burn::tensor::{Device, Tensor, TensorData};
use web_time::Instant;

use super::exploits::exploited;
use super::student::{Student, Taught, assembled, flattened};
use crate::error::{DeviceError, Error};
use crate::gan::adam::Adam;
use crate::gan::batch::content_patches;
use crate::gan::{Examples, TrainingError};
use crate::losses::{EPSILON, real};
use crate::parameters::{frozen, learning, vector};
use crate::readback::{scalars, values};
use crate::vgg::{Architecture, Features, Tap, Vgg, Weights};

/// What is chosen before a distillation.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Steps in all.
    pub steps: u64,
    /// Patches in a step, at least two.
    pub batch: usize,
    /// Side of the patches in pixels, as the [`Examples`] were prepared for.
    pub patch: usize,
    /// Adam's rate at first; it falls to nothing along a cosine.
    pub rate: f32,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { steps: 4000, batch: 16, patch: 96, rate: 2.5e-3, seed: 0 }
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
    examples: Examples,
    teacher: Vgg,
    architecture: Architecture,
    taught: Vec<Taught>,
    parameters: Tensor<1>,
    adam: Adam,
    step: u64,
    begun: Option<Instant>,
    device: Device,
}

/// One step of so many shows pictures that were moved under the student itself, and one of so many noise.
const MOVED_EVERY: u64 = 3;
/// Most steps that they are moved.
const MOST_MOVES: usize = 3;
/// Standard deviation of the noise in the batches between, at most.
const NOISE: f32 = 0.08;

impl Distiller {
    /// A distillation of `teacher` into a network that starts as `start`. The taps are those of the losses.
    ///
    /// # Errors
    /// [`TrainingError`] where there is nothing to look at.
    pub fn new(start: &Weights, teacher: &Weights, examples: Examples, settings: Settings, device: &Device) -> Result<Self, Error> {
        if examples.count().0 == 0 {
            return Err(TrainingError::NoContents.into());
        }
        if settings.batch < 2 {
            return Err(TrainingError::Batch { min: 2, max: 64 }.into());
        }
        let taps = [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU3_2, Tap::RELU4_1];
        let both = |tap: Tap| start.architecture.channels(tap.place).and(teacher.architecture.channels(tap.place));
        let taught: Vec<Taught> = taps.into_iter().filter_map(|tap| Some((tap, both(tap)?))).collect();
        let parameters = vector(flattened(start, &taught, settings.seed), device);
        Ok(Self {
            teacher: Vgg::new(teacher, device).with_padding(start.architecture.padding),
            architecture: start.architecture.clone(),
            adam: Adam::new(&parameters, [0.9, 0.99]),
            taught,
            parameters,
            step: 0,
            begun: None,
            device: device.clone(),
            settings,
            examples,
        })
    }

    fn taps(&self) -> Vec<Tap> {
        self.taught.iter().map(|(tap, _)| *tap).collect()
    }

    /// Takes a step; `None` after the last.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn next(&mut self) -> Result<Option<Progress>, Error> {
        if self.step >= self.settings.steps {
            return Ok(None);
        }
        let begun = *self.begun.get_or_insert_with(Instant::now);
        let Settings { batch, patch, seed, .. } = self.settings;
        let (mut patches, mut random) = content_patches(&self.examples, batch, patch, seed, self.step);
        disturb(&mut patches, 3 * patch * patch, self.step % MOVED_EVERY == 1, &mut random);
        let mut pictures = Tensor::<4>::from_data(TensorData::new(patches, [batch, 3, patch, patch]), &self.device);
        if self.step % MOVED_EVERY == 2 {
            let still = frozen(&self.parameters.clone().autodiff(), |source| Student::new(&self.architecture, &self.taught, source));
            pictures = exploited(&still, pictures, &self.taps(), random.usize(1..=MOST_MOVES));
        }
        let (student, leaves) = learning(&self.parameters, |source| Student::new(&self.architecture, &self.taught, source));
        let errors = self.errors(&student, pictures, Tensor::autodiff);
        let loss = errors.iter().fold(Tensor::zeros([1], &self.device.clone().autodiff()), |sum, (_, error)| sum + error.clone());
        let gradient = leaves.gradient(&mut loss.backward());
        let read = scalars(errors.iter().map(|(_, error)| error.clone().inner()).collect()).await?;
        if read.iter().any(|error| !error.is_finite()) {
            return Err(crate::optimize::RunError::NotFinite.into());
        }
        self.parameters = self.adam.step(self.parameters.clone(), gradient, self.rate());
        self.step += 1;
        let left = self.settings.steps - self.step;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let seconds_left = begun.elapsed().as_secs_f64() / self.step as f64 * left as f64;
        let errors = errors.iter().map(|(tap, _)| *tap).zip(read).collect();
        Ok(Some(Progress { step: self.step, errors, seconds_left }))
    }

    /// The errors on other pictures, over so many batches.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn held_out(&self, examples: &Examples, batches: u64) -> Result<Vec<(Tap, f32)>, Error> {
        let Settings { batch, patch, seed, .. } = self.settings;
        let student = frozen(&self.parameters, |source| Student::new(&self.architecture, &self.taught, source));
        let mut sums: Vec<(Tap, f32)> = self.taps().into_iter().map(|tap| (tap, 0.0)).collect();
        for index in 0..batches {
            let (patches, _) = content_patches(examples, batch, patch, seed, index);
            let pictures = Tensor::<4>::from_data(TensorData::new(patches, [batch, 3, patch, patch]), &self.device);
            let errors = self.errors(&student, pictures, |pictures| pictures);
            let read = scalars(errors.into_iter().map(|(_, error)| error).collect()).await?;
            sums.iter_mut().zip(read).for_each(|((_, sum), error)| *sum += error / real(usize::try_from(batches).unwrap_or(1)));
        }
        Ok(sums)
    }

    /// The relative squared error at each tap, `[1]`; `lift` brings what the teacher sees to where the student is.
    fn errors(&self, student: &Student, pictures: Tensor<4>, lift: fn(Tensor<4>) -> Tensor<4>) -> Vec<(Tap, Tensor<1>)> {
        let taps = self.taps();
        let wanted = self.teacher.features(pictures.clone(), &taps);
        let seen: Features = student.vgg.features(lift(pictures), &taps);
        let errors = taps.into_iter().filter_map(|tap| {
            let wanted = lift(wanted.get(&tap)?.clone()).flatten::<3>(2, 3);
            let difference = student.mapped(tap, seen.get(&tap)?.clone())? - wanted.clone();
            Some((tap, (difference.clone() * difference).sum() / ((wanted.clone() * wanted).sum() + EPSILON)))
        });
        errors.collect()
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

/// Shuffles the channels of every fourth picture, so that colours are not learnt by heart, and adds noise.
fn disturb(patches: &mut [f32], length: usize, noisy: bool, random: &mut fastrand::Rng) {
    for picture in patches.chunks_exact_mut(length.max(1)) {
        if random.u8(0..4) == 0 {
            picture.rotate_left(length / 3 * random.usize(1..3));
        }
        if noisy {
            let most = NOISE * random.f32();
            // The sum of three uniform numbers is bell-shaped enough.
            for value in picture {
                let bell = random.f32() + random.f32() + random.f32() - 1.5;
                *value = (*value + 2.0 * most * bell).clamp(0.0, 1.0);
            }
        }
    }
}
