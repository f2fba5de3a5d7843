//! How fast a device is: a short run of a small picture.

use std::sync::Arc;

use burn::tensor::Device;
use web_time::Instant;

use super::{Inputs, Optimization, Settings};
use crate::error::Error;
use crate::job::Event;
use crate::kernels;
use crate::picture::Picture;
use crate::vgg::{Vgg, Weights};

/// Long enough that starting up does not show, short enough that nobody waits.
const SIDE: u8 = 96;
/// The first evaluations compile kernels and fill caches.
const WARM_UP: u32 = 2;
/// Evaluations that count.
const MEASURED: u32 = 3;

/// Seconds that the device takes for a pixel and an evaluation.
///
/// # Errors
/// As a run's.
pub async fn probe(network: &Vgg, weights: &Arc<Weights>, device: &Device) -> Result<f64, Error> {
    // Any texture will do, so long as no feature is dead everywhere.
    let pixels: Vec<u8> =
        (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| [x.wrapping_mul(y), x.wrapping_mul(5), y.wrapping_mul(3)])).collect();
    let picture = Picture::new(u32::from(SIDE), u32::from(SIDE), pixels, None)?;
    let settings = Settings { size: u32::from(SIDE), iterations: WARM_UP + MEASURED, ..Settings::default() };
    let mut run = Optimization::new(network, weights, device, &Inputs::new(picture.clone(), picture), settings)?;
    let mut began = Instant::now();
    let mut count = 0;
    while let Some(event) = run.next().await? {
        if let Event::Iteration { iteration, .. } = event {
            if iteration == WARM_UP {
                began = Instant::now();
            }
            count = iteration.saturating_sub(WARM_UP);
            if count == MEASURED {
                break;
            }
        }
    }
    let work = f64::from(SIDE).powi(2) * f64::from(count.max(1));
    let pace = began.elapsed().as_secs_f64() / work;
    // A multiplication and an addition each, forward and back.
    kernels::expect(device, 4.0 * weights.architecture.multiplications_per_pixel() / pace);
    Ok(pace)
}
