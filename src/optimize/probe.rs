//! How fast a device is: a short run of a small picture.

use std::sync::Arc;

use burn::tensor::Device;
use web_time::Instant;

use super::{Inputs, Optimization, Settings, Start};
use crate::error::Error;
use crate::job::Event;
use crate::kernels;
use crate::picture::Picture;
use crate::vgg::{Vgg, Weights};

/// Sides of the pictures that are tried, up to the first that takes long enough. A slow device should not be asked for more than a small one; of a fast one that tells
/// only how long it takes to be told what to do.
const SIDES: [u8; 3] = [96, 160, 255];
/// The first evaluations compile kernels and fill caches.
const WARM_UP: u32 = 2;
/// Evaluations that count.
const MEASURED: u32 = 3;
/// Seconds that they should take together, well above the grain of a clock.
const ENOUGH: f64 = 0.02;
/// What they take at least, where a browser's clock is too coarse to say (a hardened one's stands still for a tenth of a second).
const LEAST: f64 = 1e-3;

/// Seconds that the device takes for a pixel and an evaluation.
///
/// # Errors
/// As a run's.
pub async fn probe(network: &Vgg, weights: &Arc<Weights>, device: &Device) -> Result<f64, Error> {
    let mut pace = 0.0;
    for side in SIDES {
        let elapsed = evaluated(network, weights, device, side).await?;
        pace = elapsed.max(LEAST) / (f64::from(side).powi(2) * f64::from(MEASURED));
        if elapsed >= ENOUGH {
            break;
        }
    }
    // A multiplication and an addition each, forward and back.
    kernels::expect(device, 4.0 * weights.architecture.multiplications_per_pixel() / pace);
    Ok(pace)
}

/// Seconds that the evaluations that count take on a square picture, all at its own size.
async fn evaluated(network: &Vgg, weights: &Arc<Weights>, device: &Device, side: u8) -> Result<f64, Error> {
    // Any texture will do, so long as no feature is dead everywhere.
    let pixels: Vec<u8> =
        (0..side).flat_map(|y| (0..side).flat_map(move |x| [x.wrapping_mul(y), x.wrapping_mul(5), y.wrapping_mul(3)])).collect();
    let picture = Picture::new(u32::from(side), u32::from(side), pixels, None)?;
    let inputs = Inputs { start: Some(picture.clone()), ..Inputs::new(picture.clone(), picture) };
    // One more than is waited for: with the last a run also ends, which takes its own time.
    let settings = Settings { size: u32::from(side), iterations: WARM_UP + MEASURED + 1, start: Start::Picture, ..Settings::default() };
    let mut run = Optimization::new(network, weights, device, &inputs, settings)?;
    let mut began = Instant::now();
    while let Some(event) = run.next().await? {
        match event {
            Event::Iteration { iteration: WARM_UP, .. } => began = Instant::now(),
            Event::Iteration { iteration, .. } if iteration == WARM_UP + MEASURED => break,
            _ => {}
        }
    }
    Ok(began.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend;
    use crate::vgg::Architecture;

    #[test]
    fn the_processor_has_a_pace() {
        let (weights, device) = (Arc::new(Weights::untrained(Architecture::lite(), 1)), backend::cpu());
        let pace = pollster::block_on(probe(&Vgg::new(&weights, &device), &weights, &device)).unwrap();
        // Between a hundred gigapixels and ten kilopixels a second.
        assert!((1e-11..1e-4).contains(&pace), "{pace}");
    }
}
