//! What a run will cost, before it starts.

use burn::tensor::Device;

use super::lbfgs::most_pairs;
use super::{LineSearch, Method, Settings, SettingsError};
use crate::losses::Outlay;
use crate::vgg::Weights;

/// Memory and work of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Bytes at the largest size, on top of what the engine holds anyway.
    pub bytes: f64,
    /// Pixels times evaluations over all sizes: times a device's pace, which a short run tells, this is the time.
    pub work: f64,
}

/// Pictures of the result's size that a run holds beside the minimiser's: content, gradient, a trial, what is shown.
const PICTURES: f64 = 8.0;
/// Bytes of a value.
const VALUE: f64 = 4.0;

impl Prediction {
    /// For a result of `width × height` pixels on a device.
    ///
    /// # Errors
    /// [`SettingsError::NoLayers`] if no layer that the network has is given a weight.
    pub fn new(network: &Weights, width: u32, height: u32, settings: &Settings, device: &Device) -> Result<Self, SettingsError> {
        let weighting = settings.weighting(network)?;
        let (width, height) = settings.whole(width, height);
        let outlay = |pixels: f64| Outlay::new(&network.architecture, &weighting, device, pixels);
        let work = settings.scales(width, height).into_iter().map(|scale| {
            let pixels = f64::from(scale.width) * f64::from(scale.height);
            // Each level of the pyramid has a quarter of the pixels of the one before.
            let levels: f64 = (0..settings.pyramid).map(|level| 0.25_f64.powi(i32::from(level))).sum();
            pixels * f64::from(scale.iterations) * outlay(pixels).work * levels
        });
        let work = work.sum();
        let pixels = f64::from(width) * f64::from(height);
        let values = usize::try_from(u64::from(width) * u64::from(height) * 3).unwrap_or(usize::MAX);
        let minimiser = match settings.method {
            // A strong Wolfe search holds three trials of four pictures.
            Method::Lbfgs => 2 * most_pairs(values) + if settings.line_search == LineSearch::StrongWolfe { 12 } else { 0 },
            Method::Adam => 3,
        };
        let pictures = PICTURES + f64::from(u32::try_from(minimiser).unwrap_or(u32::MAX));
        let bytes = outlay(pixels).bytes + VALUE * 3.0 * pixels * pictures;
        Ok(Self { bytes, work })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend;
    use crate::vgg::{Architecture, Input};

    fn predicted(architecture: &Architecture, side: u32, settings: &Settings) -> Prediction {
        Prediction::new(&Weights::untrained(architecture.clone(), 1), side, side, settings, &backend::cpu()).unwrap()
    }

    fn megabytes(architecture: &Architecture, side: u32) -> f64 {
        predicted(architecture, side, &Settings::default()).bytes / 1e6
    }

    #[test]
    fn memory_grows_with_the_picture_until_it_is_cut_into_tiles() {
        let lite = Architecture::lite();
        let growth = megabytes(&lite, 512) - megabytes(&lite, 256);
        // 126 MB of resident memory were measured between these two; the forecast is to be on the safe side.
        assert!((126.0..165.0).contains(&growth), "{growth}");
        // Four times the pixels: the pictures grow, what an evaluation holds no more.
        assert!(megabytes(&lite, 4096) < 2.0 * megabytes(&lite, 2048), "{}", megabytes(&lite, 4096));
    }

    #[test]
    fn a_tile_is_foretold_as_large_as_it_becomes() {
        let settings = Settings { seamless: true, pyramid: 4, ..Settings::default() };
        let [asked, made] = [200, 256].map(|side| predicted(&Architecture::lite(), side, &settings).bytes);
        assert!((asked - made).abs() < 1.0, "{asked} and {made}");
    }

    #[test]
    fn the_true_network_needs_more() {
        let (lite, vgg19) = (Architecture::lite(), Architecture::vgg19(Input::TORCHVISION));
        assert!(megabytes(&vgg19, 384) > 1.4 * megabytes(&lite, 384));
    }

    #[test]
    fn work_counts_every_size() {
        let prediction = predicted(&Architecture::lite(), 256, &Settings { iterations: 18, ..Settings::default() });
        assert!((prediction.work - 6.0 * f64::from(128 * 128 + 181 * 181 + 256 * 256)).abs() < 1.0);
    }
}
