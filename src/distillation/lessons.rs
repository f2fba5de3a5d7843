//! What a student is shown, and what its teacher sees there.

use std::collections::VecDeque;

use burn::tensor::{Device, Tensor, TensorData};

use super::exploits::exploited;
use super::student::Student;
use crate::gan::batch::content_patches;
use crate::gan::{Examples, TrainingError};
use crate::vgg::{Features, Tap, Vgg};

/// A batch of pictures.
#[derive(Clone, Debug)]
pub(super) struct Lesson {
    /// `[n, 3, h, w]` in 0…1
    pub pictures: Tensor<4>,
    /// The teacher's features of them.
    pub seen: Features,
}

/// Lessons without end. The teacher costs several times what the student does, so each lesson is given twice, with others between.
#[derive(Debug)]
pub(super) struct Lessons {
    examples: Examples,
    teacher: Vgg,
    taps: Vec<Tap>,
    batch: usize,
    patch: usize,
    seed: u64,
    device: Device,
    prepared: u64,
    given_once: VecDeque<Lesson>,
}

/// One lesson of so many shows pictures that were moved under the student itself, and one of so many noise.
const MOVED_EVERY: u64 = 3;
/// Most steps that they are moved.
const MOST_MOVES: usize = 3;
/// Standard deviation of the noise in the lessons between, at most.
const NOISE: f32 = 0.08;
/// New lessons between the two times that one is given. Each waits with all of its features: nine times 41 MB for eight patches of 96 px.
const BETWEEN: usize = 8;

impl Lessons {
    pub fn new(examples: Examples, teacher: Vgg, taps: Vec<Tap>, batch: usize, patch: usize, seed: u64, device: &Device) -> Self {
        Self { examples, teacher, taps, batch, patch, seed, device: device.clone(), prepared: 0, given_once: VecDeque::new() }
    }

    /// Goes on where other lessons stopped: so many were prepared, and of these pictures, `[lessons · batch, 3, patch, patch]`, lessons are to be given again.
    pub fn go_on(&mut self, prepared: u64, given_once: &[f32]) {
        self.prepared = prepared;
        let lessons = given_once.chunks_exact(self.samples());
        self.given_once = lessons.map(|pictures| self.look(self.pictures(pictures.to_vec()))).collect();
    }

    /// Whether these can be pictures of lessons that were given once.
    pub fn can_go_on(&self, given_once: &[f32]) -> bool {
        given_once.len().is_multiple_of(self.samples()) && given_once.len() / self.samples() <= BETWEEN + 1
    }

    /// Lessons that were prepared so far.
    pub fn prepared(&self) -> u64 {
        self.prepared
    }

    /// The pictures of the lessons that are to be given again.
    pub fn given_once(&self) -> impl Iterator<Item = &Tensor<4>> {
        self.given_once.iter().map(|lesson| &lesson.pictures)
    }

    /// The next lesson for a student who stands as `student`, on a device without autodiff, says.
    ///
    /// # Errors
    /// [`TrainingError::Unreadable`] for pictures that can no longer be read.
    pub fn next(&mut self, student: impl FnOnce() -> Student) -> Result<Lesson, TrainingError> {
        // New and old ones take turns, once there are old ones.
        if self.given_once.len() > BETWEEN
            && let Some(again) = self.given_once.pop_front()
        {
            return Ok(again);
        }
        let lesson = self.prepare(student)?;
        self.given_once.push_back(lesson.clone());
        Ok(lesson)
    }

    fn prepare(&mut self, student: impl FnOnce() -> Student) -> Result<Lesson, TrainingError> {
        let (mut patches, mut random) = content_patches(&self.examples, self.batch, self.patch, self.seed, self.prepared)?;
        disturb(&mut patches, 3 * self.patch * self.patch, self.prepared % MOVED_EVERY == 1, &mut random);
        let mut pictures = self.pictures(patches);
        if self.prepared % MOVED_EVERY == 2 {
            pictures = exploited(&student(), pictures, &self.taps, random.usize(1..=MOST_MOVES));
        }
        self.prepared += 1;
        Ok(self.look(pictures))
    }

    /// A lesson of other pictures: the `index`th batch of `examples`, as they are.
    ///
    /// # Errors
    /// [`TrainingError::Unreadable`] for pictures that can no longer be read.
    pub fn of(&self, examples: &Examples, index: u64) -> Result<Lesson, TrainingError> {
        let (patches, _) = content_patches(examples, self.batch, self.patch, self.seed, index)?;
        Ok(self.look(self.pictures(patches)))
    }

    fn shape(&self) -> [usize; 4] {
        [self.batch, 3, self.patch, self.patch]
    }

    /// Values of a lesson's pictures.
    fn samples(&self) -> usize {
        self.shape().iter().product()
    }

    fn pictures(&self, values: Vec<f32>) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values, self.shape()), &self.device)
    }

    fn look(&self, pictures: Tensor<4>) -> Lesson {
        Lesson { seen: self.teacher.features(pictures.clone(), &self.taps), pictures }
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
