//! One run: pictures and settings in, a stream of events out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};
use web_time::Instant;

use super::canvas::{Canvas, with_kept};
use super::minimiser::{Minimiser, Step};
use super::pace::Pace;
use super::task::{Advance, Task};
use super::{Inputs, Scale, Settings};
use crate::error::Error;
use crate::job::{Checkpoints, Event, Part};
use crate::losses::{StyleTransfer, Weighting};
use crate::vgg::{Vgg, Weights};

/// Least time between two previews: often enough to look alive, seldom enough not to slow the run.
const PREVIEW_INTERVAL: Duration = Duration::from_millis(500);

/// A style transfer by optimisation. Drop it to cancel; stop calling [`next`](Self::next) to pause.
#[derive(Debug)]
pub struct Optimization {
    network: Vgg,
    weights: Arc<Weights>,
    device: Device,
    canvas: Canvas,
    settings: Settings,
    weighting: Weighting,
    /// The objective has not heard of the newest weights yet.
    adjusted: bool,
    scales: Vec<Scale>,
    current: usize,
    /// The position of the scale before at the size of the current one, which starts there.
    enlarged: Option<Tensor<4>>,
    /// Evaluations left at the current scale.
    left: u32,
    stage: Stage,
    checkpoints: Checkpoints,
    pending: VecDeque<Event>,
    pace: Pace,
    last_preview: Option<Instant>,
}

/// Where a run stands. An error leaves it at [`Over`](Self::Over): there is no state to go on from.
#[derive(Debug)]
enum Stage {
    /// Before the current scale.
    Before,
    /// Looking at the pictures that the scale compares with.
    Preparing(Task<Box<Work>>),
    /// Between two evaluations.
    Between(Box<Work>),
    Evaluating(Task<(Box<Work>, Step)>),
    Over,
}

/// The scale being worked on.
#[derive(Debug)]
struct Work {
    objective: StyleTransfer,
    minimiser: Minimiser,
}

impl Optimization {
    /// Prepares a run. `network` holds `weights` on `device`.
    ///
    /// # Errors
    /// A setting out of range, an input that cannot be used, or a picture so thin that its short side would be under 16 pixels at
    /// the size asked for.
    pub fn new(network: &Vgg, weights: &Arc<Weights>, device: &Device, inputs: &Inputs, settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        inputs.check()?;
        let weighting = settings.weighting(weights)?;
        let canvas = Canvas::new(inputs, &settings, device)?;
        let (width, height) = canvas.sides();
        let scales = settings.scales(width, height);
        Ok(Self {
            network: network.clone(),
            weights: Arc::clone(weights),
            device: device.clone(),
            canvas,
            settings,
            weighting,
            adjusted: false,
            scales,
            current: 0,
            left: 0,
            enlarged: None,
            stage: Stage::Before,
            checkpoints: Checkpoints::default(),
            pending: VecDeque::new(),
            pace: Pace::default(),
            last_preview: None,
        })
    }

    /// Changes strength, layer weights, smoothness and detail from the next evaluation on; other settings stay as they were.
    ///
    /// # Errors
    /// A setting out of range; the run then goes on as before.
    pub fn adjust(&mut self, settings: &Settings) -> Result<(), Error> {
        settings.check()?;
        let Settings { strength, layers, smoothness, detail, .. } = *settings;
        let adjusted = Settings { strength, layers, smoothness, detail, ..self.settings.clone() };
        self.weighting = adjusted.weighting(&self.weights)?;
        self.settings = adjusted;
        self.adjusted = true;
        Ok(())
    }

    /// Works until there is something to tell, which is never longer than a tile of a large picture takes. `None` after
    /// [`Event::Done`].
    ///
    /// # Errors
    /// A loss that is not finite, or a device that failed. The run is then over.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(Some(event));
            }
            let Some(&scale) = self.scales.get(self.current) else { return Ok(None) };
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Over => return Ok(None),
                Stage::Before => self.prepare(scale),
                Stage::Preparing(mut task) => match task.advance().await? {
                    Advance::Done(work) => self.stage = Stage::Between(work),
                    Advance::Part(Part { done, of }) => {
                        self.stage = Stage::Preparing(task);
                        return Ok(Some(Event::Targets { done, of }));
                    }
                },
                Stage::Between(work) => self.stage = Stage::Evaluating(self.evaluation(work)),
                Stage::Evaluating(mut task) => match task.advance().await? {
                    Advance::Done((work, step)) => {
                        self.pace.note(scale, task.elapsed());
                        return self.stepped(scale, work, step).await.map(Some);
                    }
                    Advance::Part(Part { done, of }) => {
                        self.stage = Stage::Evaluating(task);
                        let left = f64::from(self.left) - f64::from(done) / f64::from(of);
                        return Ok(Some(Event::Tile { done, of, seconds_left: self.seconds_left(left) }));
                    }
                },
            }
        }
    }

    /// Sets up a scale.
    fn prepare(&mut self, scale: Scale) {
        self.canvas.enter(scale);
        let subject = self.canvas.subject(scale);
        let start = match self.enlarged.take() {
            Some(position) => with_kept(position, &subject),
            None => self.canvas.start(scale, &self.settings, &subject),
        };
        let minimiser = Minimiser::new(self.settings.method, self.settings.line_search, start);
        let regions = self.canvas.regions(scale);
        let (network, weights, weighting) = (self.network.clone(), Arc::clone(&self.weights), self.weighting.clone());
        let (device, checkpoints) = (self.device.clone(), self.checkpoints.clone());
        let work = async move {
            let objective = StyleTransfer::new(&network, &weights, weighting, &subject, &regions, &device, &checkpoints).await?;
            Ok(Box::new(Work { objective, minimiser }))
        };
        self.stage = Stage::Preparing(Task::new(work, &self.checkpoints));
        self.left = scale.iterations;
        let Scale { width, height, .. } = scale;
        self.pending.push_back(Event::Scale { index: self.current, count: self.scales.len(), width, height });
    }

    /// The next evaluation and the minimiser's move.
    fn evaluation(&mut self, mut work: Box<Work>) -> Task<(Box<Work>, Step)> {
        if std::mem::take(&mut self.adjusted) {
            work.objective.reweigh(&self.weighting);
            work.minimiser.restart();
        }
        let step = async move {
            let step = work.minimiser.step(&work.objective).await?;
            Ok((work, step))
        };
        Task::new(step, &self.checkpoints)
    }

    /// What follows an evaluation.
    async fn stepped(&mut self, scale: Scale, work: Box<Work>, step: Step) -> Result<Event, Error> {
        // Other weights that came meanwhile have not been tried yet.
        self.left = if step.converged && !self.adjusted { 0 } else { self.left.saturating_sub(1) };
        let iteration = self.scales.iter().take(self.current + 1).map(|scale| scale.iterations).sum::<u32>() - self.left;
        let seconds_left = self.seconds_left(f64::from(self.left));
        let event = Event::Iteration { iteration, total: self.settings.iterations, terms: step.terms, seconds_left };

        let position = work.minimiser.position();
        if self.left > 0 {
            if self.last_preview.is_none_or(|last| last.elapsed() >= PREVIEW_INTERVAL) {
                self.pending.push_back(Event::Preview(self.canvas.shown(position, scale).await?));
                self.last_preview = Some(Instant::now());
            }
            self.stage = Stage::Between(work);
            return Ok(event);
        }
        // Free this scale's targets and history before the next, larger one asks for memory.
        drop(work);
        self.device.memory_cleanup();
        let shown = self.canvas.shown(position.clone(), scale).await?;
        self.current += 1;
        match self.scales.get(self.current) {
            None => self.pending.push_back(Event::Done(shown)),
            Some(&next) => {
                self.pending.push_back(Event::Preview(shown));
                self.last_preview = Some(Instant::now());
                self.enlarged = Some(enlarge(position.clamp(0.0, 1.0), next, self.settings.seamless));
                self.stage = Stage::Before;
            }
        }
        Ok(event)
    }

    /// What `left` evaluations of the current scale and all of the later ones will take.
    fn seconds_left(&self, left: f64) -> f64 {
        let here = self.scales.get(self.current).map(|scale| (*scale, left));
        let later = self.scales.iter().skip(self.current + 1).map(|scale| (*scale, f64::from(scale.iterations)));
        here.into_iter().chain(later).map(|(scale, iterations)| self.pace.seconds(scale, iterations)).sum()
    }
}

/// Enlarges as the content is resized: by the areas of pixels, not by the centres of the outermost. A tile, whose sides are multiples of 8 pixels, is one among its copies.
///
/// # Shapes
/// `[1, 3, h, w]` → `[1, 3, scale.height, scale.width]`
fn enlarge(picture: Tensor<4>, scale: Scale, wraps: bool) -> Tensor<4> {
    let size = [scale.height as usize, scale.width as usize];
    let bicubic = |picture: Tensor<4>, size: [usize; 2]| {
        interpolate(picture, InterpolateOptions::new(InterpolateMode::Bicubic).with_output_size(size).with_align_corners(false))
    };
    if !wraps {
        return bicubic(picture, size);
    }
    let surrounded = [2, 3].into_iter().fold(picture, |picture, axis| {
        let (side, around) = (picture.dims()[axis], picture.dims()[axis] / 8);
        Tensor::cat(vec![picture.clone().narrow(axis, side - around, around), picture.clone(), picture.narrow(axis, 0, around)], axis)
    });
    let [top, left] = size.map(|side| side / 8);
    bicubic(surrounded, [size[0] + 2 * top, size[1] + 2 * left]).narrow(2, top, size[0]).narrow(3, left, size[1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::backend::cpu;

    /// A tile that begins elsewhere is the same tile.
    #[test]
    fn a_tile_is_enlarged_as_one_among_its_copies() {
        let values: Vec<f32> = (0..3 * 32 * 48_u32).map(|i| f32::from(u8::try_from(i * 37 % 251).unwrap()) / 250.0).collect();
        let tile = Tensor::<4>::from_data(TensorData::new(values, [1, 3, 32, 48]), &cpu());
        let turned = |tile: Tensor<4>, rows: usize, columns: usize| {
            let [_, _, height, width] = tile.dims();
            let tile = Tensor::cat(vec![tile.clone().narrow(2, rows, height - rows), tile.narrow(2, 0, rows)], 2);
            Tensor::cat(vec![tile.clone().narrow(3, columns, width - columns), tile.narrow(3, 0, columns)], 3)
        };
        let scale = Scale { width: 72, height: 64, iterations: 1 };
        let found = enlarge(turned(tile.clone(), 8, 16), scale, true);
        let expected = turned(enlarge(tile.clone(), scale, true), 16, 24);
        assert_eq!(found.dims(), [1, 3, 64, 72]);
        let furthest = |a: Tensor<4>, b: Tensor<4>| (a - b).abs().max().into_data().try_into_vec::<f32>().unwrap()[0];
        // Positions between pixels are rounded in f32.
        assert!(furthest(found, expected.clone()) < 1e-4);
        assert!(furthest(enlarge(turned(tile, 8, 16), scale, false), expected) > 0.01, "a picture that is no tile ends at its border");
    }
}
