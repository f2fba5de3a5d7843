//! What a run will cost, before it starts.

use super::lbfgs::most_pairs;
use super::{LineSearch, Method, Settings};
use crate::losses::held_pixels;
use crate::vgg::Architecture;

/// Memory and work of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Bytes at the largest size, on top of what the engine holds anyway.
    pub bytes: f64,
    /// Pixels times evaluations over all sizes: times a device's pace, which a short run tells, this is the time.
    pub work: f64,
}

/// Copies of each activation that are alive at the worst moment of going back: what each layer has made, and the gradient on its way. Measured
/// natively as the peak of resident memory over that of a run at 64 px, with a full history: 64 MB at 256 px, 252 MB at 512 px and 477 MB at 704 px.
const COPIES: f64 = 1.25;
/// Pictures of the result's size that a run holds beside the minimiser's: content, gradient, a trial, what is shown.
const PICTURES: f64 = 8.0;
/// What a pixel costs in tiles over one in a whole picture: a pass forward more, the content's features anew, and the halos.
const TILED: f64 = 2.0;
/// Bytes of a value.
const VALUE: f64 = 4.0;

impl Prediction {
    /// For a result of `width × height` pixels.
    #[must_use]
    pub fn new(architecture: &Architecture, width: u32, height: u32, settings: &Settings) -> Self {
        let work = settings.scales(width, height).into_iter().map(|scale| {
            let pixels = f64::from(scale.width) * f64::from(scale.height);
            let tiled = if held_pixels(architecture, pixels) < pixels { TILED } else { 1.0 };
            // Each level of the pyramid has a quarter of the pixels of the one before.
            let levels: f64 = (0..settings.pyramid).map(|level| 0.25_f64.powi(i32::try_from(level).unwrap_or(i32::MAX))).sum();
            pixels * f64::from(scale.iterations) * tiled * levels
        });
        let work = work.sum();
        let pixels = f64::from(width) * f64::from(height);
        let activations: f64 = (0_i32..)
            .zip(&architecture.blocks)
            .map(|(block, widths)| {
                widths.iter().map(|&width| f64::from(u32::try_from(width).unwrap_or(u32::MAX))).sum::<f64>() / 4_f64.powi(block)
            })
            .sum();
        let seen = held_pixels(architecture, pixels);
        let values = usize::try_from(u64::from(width) * u64::from(height) * 3).unwrap_or(usize::MAX);
        let minimiser = match settings.method {
            // A strong Wolfe search holds three trials of four pictures.
            Method::Lbfgs => 2 * most_pairs(values) + if settings.line_search == LineSearch::StrongWolfe { 12 } else { 0 },
            Method::Adam => 3,
        };
        let pictures = PICTURES + f64::from(u32::try_from(minimiser).unwrap_or(u32::MAX));
        let bytes = VALUE * (COPIES * activations * seen + 3.0 * pixels * pictures);
        Self { bytes, work }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vgg::Input;

    fn megabytes(architecture: &Architecture, side: u32) -> f64 {
        Prediction::new(architecture, side, side, &Settings::default()).bytes / 1e6
    }

    #[test]
    fn memory_grows_with_the_picture_until_it_is_cut_into_tiles() {
        let lite = Architecture::lite();
        let growth = megabytes(&lite, 512) - megabytes(&lite, 256);
        // 188 MB were measured between these two.
        assert!((160.0..240.0).contains(&growth), "{growth}");
        // Sixteen times the pixels of 512: the pictures grow, the activations do not.
        assert!(megabytes(&lite, 2048) < 5.0 * megabytes(&lite, 512), "{}", megabytes(&lite, 2048));
    }

    #[test]
    fn the_true_network_needs_more() {
        let (lite, vgg19) = (Architecture::lite(), Architecture::vgg19(Input::TORCHVISION));
        assert!(megabytes(&vgg19, 384) > 1.5 * megabytes(&lite, 384));
    }

    #[test]
    fn work_counts_every_size() {
        let prediction = Prediction::new(&Architecture::lite(), 256, 256, &Settings { iterations: 18, ..Settings::default() });
        assert!((prediction.work - 6.0 * f64::from(128 * 128 + 181 * 181 + 256 * 256)).abs() < 1.0);
    }
}
