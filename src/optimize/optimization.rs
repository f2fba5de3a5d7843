//! One run: pictures and settings in, a stream of events out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};
use web_time::Instant;

use super::canvas::{Canvas, with_kept};
use super::minimiser::Minimiser;
use super::pace::Pace;
use super::{Inputs, Scale, Settings};
use crate::error::Error;
use crate::job::Event;
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
    scales: Vec<Scale>,
    current: usize,
    work: Option<Work>,
    pending: VecDeque<Event>,
    pace: Pace,
    last_preview: Option<Instant>,
}

/// The scale being worked on.
#[derive(Debug)]
struct Work {
    objective: StyleTransfer,
    minimiser: Minimiser,
    left: u32,
}

impl Optimization {
    /// Prepares a run. `network` holds `weights` on `device.autodiff()`.
    ///
    /// # Errors
    /// A setting out of range, an input that cannot be used, or a picture so thin that its short side would be under 16 pixels at
    /// the size asked for.
    pub fn new(network: &Vgg, weights: &Arc<Weights>, device: &Device, inputs: &Inputs, settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        inputs.check()?;
        let weighting = settings.weighting(&weights.architecture)?;
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
            scales,
            current: 0,
            work: None,
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
        self.weighting = adjusted.weighting(&self.weights.architecture)?;
        self.settings = adjusted;
        if let Some(work) = &mut self.work {
            work.objective.reweigh(&self.weighting);
            work.minimiser.restart();
        }
        Ok(())
    }

    /// Works until there is something to tell. `None` after [`Event::Done`].
    ///
    /// # Errors
    /// A loss that is not finite, or a device that failed. The run is then over.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        if let Some(event) = self.pending.pop_front() {
            return Ok(Some(event));
        }
        let Some(&scale) = self.scales.get(self.current) else { return Ok(None) };
        match self.work.take() {
            None => Ok(Some(self.begin(scale, None))),
            Some(work) => {
                // Over, unless the step comes back: what an error or a dropped future leaves is no state to go on from.
                let current = std::mem::replace(&mut self.current, self.scales.len());
                self.advance(current, scale, work).await.map(Some)
            }
        }
    }

    /// Sets up a scale, from the position of the one before or else from where the settings say.
    fn begin(&mut self, scale: Scale, position: Option<Tensor<4>>) -> Event {
        let subject = self.canvas.subject(scale);
        let start = match position {
            Some(position) => with_kept(position, &subject),
            None => self.canvas.start(scale, &self.settings, &subject),
        };
        let regions = self.canvas.regions(scale);
        let device = self.device.clone().autodiff();
        let objective = StyleTransfer::new(&self.network, &self.weights, self.weighting.clone(), &subject, &regions, &device);
        let minimiser = Minimiser::new(self.settings.method, self.settings.line_search, start);
        self.work = Some(Work { objective, minimiser, left: scale.iterations });
        Event::Scale { index: self.current, count: self.scales.len(), width: scale.width, height: scale.height }
    }

    async fn advance(&mut self, current: usize, scale: Scale, mut work: Work) -> Result<Event, Error> {
        let began = Instant::now();
        let step = work.minimiser.step(&work.objective).await?;
        self.pace.note(scale, began.elapsed());
        work.left = if step.converged { 0 } else { work.left.saturating_sub(1) };
        let iteration = self.scales.iter().take(current + 1).map(|scale| scale.iterations).sum::<u32>() - work.left;
        let event = Event::Iteration {
            iteration,
            total: self.settings.iterations,
            terms: step.terms,
            seconds_left: self.seconds_left(current, work.left),
        };

        let position = work.minimiser.position();
        let colors = self.settings.colors;
        if work.left > 0 {
            if self.last_preview.is_none_or(|last| last.elapsed() >= PREVIEW_INTERVAL) {
                self.pending.push_back(Event::Preview(self.canvas.shown(position, scale, colors).await?));
                self.last_preview = Some(Instant::now());
            }
            self.work = Some(work);
            self.current = current;
            return Ok(event);
        }
        // Free this scale's targets and history before the next, larger one asks for memory.
        drop(work);
        self.device.memory_cleanup();
        match self.scales.get(current + 1).copied() {
            None => self.pending.push_back(Event::Done(self.canvas.shown(position, scale, colors).await?)),
            Some(next) => {
                self.pending.push_back(Event::Preview(self.canvas.shown(position.clone(), scale, colors).await?));
                self.last_preview = Some(Instant::now());
                let enlarged = enlarge(position.clamp(0.0, 1.0), next);
                self.current = current + 1;
                let begun = self.begin(next, Some(enlarged));
                self.pending.push_back(begun);
            }
        }
        Ok(event)
    }

    /// What `left` evaluations of the scale at `current` and all of the later ones will take.
    fn seconds_left(&self, current: usize, left: u32) -> f64 {
        let here = self.scales.get(current).map(|scale| (*scale, left));
        let later = self.scales.iter().skip(current + 1).map(|scale| (*scale, scale.iterations));
        here.into_iter().chain(later).map(|(scale, iterations)| self.pace.seconds(scale, iterations)).sum()
    }
}

/// Enlarges as the content is resized: by the areas of pixels, not by the centres of the outermost.
///
/// # Shapes
/// `[1, 3, h, w]` → `[1, 3, scale.height, scale.width]`
fn enlarge(picture: Tensor<4>, scale: Scale) -> Tensor<4> {
    let size = [scale.height as usize, scale.width as usize];
    interpolate(picture, InterpolateOptions::new(InterpolateMode::Bicubic).with_output_size(size).with_align_corners(false))
}
