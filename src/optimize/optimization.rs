//! One run: two pictures and settings in, a stream of events out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor, TensorData};
use web_time::Instant;

use super::minimiser::Minimiser;
use super::readback::values;
use super::{Scale, Settings, coarse_to_fine};
use crate::error::Error;
use crate::job::Event;
use crate::losses::StyleTransfer;
use crate::picture::{Fit, Picture, fit, resize};
use crate::vgg::{Vgg, Weights};

/// Least short side of a picture at its working size: relu4_1 sees an eighth of it.
const LEAST_SIDE: u32 = 16;
/// Least time between two previews: often enough to look alive, seldom enough not to slow the run.
const PREVIEW_INTERVAL: Duration = Duration::from_millis(500);

/// A style transfer by optimisation. Drop it to cancel; stop calling [`next`](Self::next) to pause.
#[derive(Debug)]
pub struct Optimization {
    network: Vgg,
    weights: Arc<Weights>,
    device: Device,
    /// At the result's size, with its transparency.
    content: Picture,
    /// At most the result's size, its transparent parts filled with the colours around them.
    style: Picture,
    settings: Settings,
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
    /// A setting out of range, or a picture so thin that its short side would be under 16 pixels at the size asked for.
    pub fn new(
        network: &Vgg,
        weights: &Arc<Weights>,
        device: &Device,
        content: &Picture,
        style: &Picture,
        settings: Settings,
    ) -> Result<Self, Error> {
        settings.check()?;
        let content = fit(content, Fit::Exactly(settings.size));
        // A style smaller than the result is left at its size: enlarged, it would teach blur.
        let style = fit(style, Fit::Within(settings.size)).bled();
        for picture in [&content, &style] {
            picture.require_sides(LEAST_SIDE)?;
        }
        let scales = coarse_to_fine(content.width(), content.height(), settings.iterations);
        Ok(Self {
            network: network.clone(),
            weights: Arc::clone(weights),
            device: device.clone(),
            content,
            style,
            settings,
            scales,
            current: 0,
            work: None,
            pending: VecDeque::new(),
            pace: Pace::default(),
            last_preview: None,
        })
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
            Some(work) => self.advance(scale, work).await.map(Some),
        }
    }

    /// Sets up a scale, starting from `start` or else from the content picture.
    fn begin(&mut self, scale: Scale, start: Option<Tensor<4>>) -> Event {
        let style_side = |side: u32| {
            let long = u64::from(self.content.width().max(self.content.height()));
            let here = u64::from(scale.width.max(scale.height));
            u32::try_from(u64::from(side) * here / long.max(1)).unwrap_or(side).max(LEAST_SIDE)
        };
        let style = resize(&self.style, style_side(self.style.width()), style_side(self.style.height()));
        let content = self.content_at(scale);
        let start = start.unwrap_or_else(|| content.clone());
        let objective = StyleTransfer::new(
            &self.network,
            &self.weights,
            self.settings.weighting(),
            content,
            tensor(&style, &self.device),
            &self.device.clone().autodiff(),
        );
        self.work = Some(Work { objective, minimiser: Minimiser::new(self.settings.method, start), left: scale.iterations });
        Event::Scale { index: self.current, count: self.scales.len(), width: scale.width, height: scale.height }
    }

    async fn advance(&mut self, scale: Scale, mut work: Work) -> Result<Event, Error> {
        let began = Instant::now();
        let step = work.minimiser.step(&work.objective).await?;
        self.pace.note(scale, began.elapsed());
        work.left = if step.converged { 0 } else { work.left.saturating_sub(1) };
        let iteration = self.scales.iter().take(self.current + 1).map(|scale| scale.iterations).sum::<u32>() - work.left;
        let event = Event::Iteration {
            iteration,
            total: self.settings.iterations,
            terms: step.terms,
            seconds_left: self.seconds_left(scale, work.left),
        };

        let position = work.minimiser.position();
        if work.left > 0 {
            if self.last_preview.is_none_or(|last| last.elapsed() >= PREVIEW_INTERVAL) {
                self.pending.push_back(Event::Preview(self.picture(position, scale).await?));
                self.last_preview = Some(Instant::now());
            }
            self.work = Some(work);
            return Ok(event);
        }
        // Free this scale's targets and history before the next, larger one asks for memory.
        drop(work);
        self.device.memory_cleanup();
        self.current += 1;
        match self.scales.get(self.current).copied() {
            None => self.pending.push_back(Event::Done(self.picture(position, scale).await?)),
            Some(next) => {
                self.pending.push_back(Event::Preview(self.picture(position.clone(), scale).await?));
                self.last_preview = Some(Instant::now());
                let enlarged = enlarge(position.clamp(0.0, 1.0), next);
                let begun = self.begin(next, Some(enlarged));
                self.pending.push_back(begun);
            }
        }
        Ok(event)
    }

    fn seconds_left(&self, scale: Scale, left: u32) -> f64 {
        let later = self.scales.iter().skip(self.current + 1).map(|scale| (*scale, scale.iterations));
        std::iter::once((scale, left)).chain(later).map(|(scale, iterations)| self.pace.seconds(scale, iterations)).sum()
    }

    /// The content picture at a scale, `[1, 3, h, w]`.
    fn content_at(&self, scale: Scale) -> Tensor<4> {
        tensor(&resize(&self.content, scale.width, scale.height).bled(), &self.device)
    }

    /// Reads a position back as a picture, with the content's transparency.
    async fn picture(&self, position: Tensor<4>, scale: Scale) -> Result<Picture, Error> {
        let planar = values(position.clamp(0.0, 1.0)).await?;
        let alpha = self.content.alpha().and_then(|_| resize(&self.content, scale.width, scale.height).alpha().map(<[u8]>::to_vec));
        Ok(Picture::from_planar(scale.width, scale.height, &planar, alpha)?)
    }
}

/// Seconds per pixel and evaluation, averaged with more weight on what is recent.
#[derive(Debug, Default)]
struct Pace {
    seconds_per_pixel: Option<f64>,
}

impl Pace {
    /// Weight of the newest measurement.
    const NEWEST: f64 = 0.2;

    fn note(&mut self, scale: Scale, elapsed: Duration) {
        let now = elapsed.as_secs_f64() / pixels(scale).max(1.0);
        self.seconds_per_pixel = Some(self.seconds_per_pixel.map_or(now, |before| before + Self::NEWEST * (now - before)));
    }

    fn seconds(&self, scale: Scale, iterations: u32) -> f64 {
        self.seconds_per_pixel.unwrap_or(0.0) * pixels(scale) * f64::from(iterations)
    }
}

fn pixels(scale: Scale) -> f64 {
    f64::from(scale.width) * f64::from(scale.height)
}

/// # Shapes
/// → `[1, 3, h, w]` in 0…1
fn tensor(picture: &Picture, device: &Device) -> Tensor<4> {
    let shape = [1, 3, picture.height() as usize, picture.width() as usize];
    Tensor::from_data(TensorData::new(picture.to_planar(), shape), device)
}

/// # Shapes
/// `[1, 3, h, w]` → `[1, 3, scale.height, scale.width]`
fn enlarge(picture: Tensor<4>, scale: Scale) -> Tensor<4> {
    let size = [scale.height as usize, scale.width as usize];
    interpolate(picture, InterpolateOptions::new(InterpolateMode::Bicubic).with_output_size(size))
}
