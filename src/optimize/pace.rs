//! How long the rest of a run will take.

use std::time::Duration;

use super::Scale;

/// Seconds per pixel and evaluation, averaged with more weight on what is recent.
#[derive(Debug, Default)]
pub(super) struct Pace {
    seconds_per_pixel: Option<f64>,
}

impl Pace {
    /// Weight of the newest measurement.
    const NEWEST: f64 = 0.2;

    pub(super) fn note(&mut self, scale: Scale, elapsed: Duration) {
        let now = elapsed.as_secs_f64() / pixels(scale).max(1.0);
        self.seconds_per_pixel = Some(self.seconds_per_pixel.map_or(now, |before| before + Self::NEWEST * (now - before)));
    }

    /// For so many evaluations at a scale.
    pub(super) fn seconds(&self, scale: Scale, iterations: f64) -> f64 {
        self.seconds_per_pixel.unwrap_or(0.0) * pixels(scale) * iterations
    }
}

fn pixels(scale: Scale) -> f64 {
    f64::from(scale.width) * f64::from(scale.height)
}
