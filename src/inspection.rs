//! What the network sees of a picture, for people to look at: the map of every channel, and which channels occur together.

use burn::tensor::Device;

use crate::error::DeviceError;
use crate::losses::gram;
use crate::picture::{Fit, Picture, fit};
use crate::readback::values;
use crate::upload::tensor;
use crate::vgg::{Tap, Vgg};

/// One tap's features of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedTap {
    /// Where they were read.
    pub tap: Tap,
    /// Of a map, in pixels.
    pub width: usize,
    /// Of a map, in pixels.
    pub height: usize,
    /// One map after the other, row by row, each relative to its channel's peak: 255 is the peak, 0 nothing.
    pub maps: Vec<u8>,
    /// The largest value of each channel, from 0.
    pub peaks: Vec<f32>,
    /// The Gram matrix, averaged over pixels, row by row; as many rows as there are channels.
    pub gram: Vec<f32>,
}

impl InspectedTap {
    /// The style loss of this tap, relative to the length of the style's Gram matrix: `‖G − G*‖² / ‖G*‖²`. 0 is the style itself.
    ///
    /// This is Gatys et al. (2016), eq. 4, without its constants, and on the narrow features themselves: the losses that a run
    /// minimises are measured in the true network's metric.
    #[must_use]
    pub fn style_loss(&self, style: &Self) -> f32 {
        let difference: f32 = self.gram.iter().zip(&style.gram).map(|(a, b)| (a - b).powi(2)).sum();
        let length: f32 = style.gram.iter().map(|value| value * value).sum();
        difference / length.max(f32::MIN_POSITIVE)
    }
}

/// Looks at a picture, made to fit in `side × side` pixels, at the first layer of each block, after its ReLU.
///
/// # Errors
/// [`DeviceError::Read`] if the device fails.
pub async fn inspect(vgg: &Vgg, picture: &Picture, side: u32, device: &Device) -> Result<Vec<InspectedTap>, DeviceError> {
    let picture = fit(picture, Fit::Within(side)).bled();
    let input = tensor(&picture, device);
    let [_, _, height, width] = input.dims();
    let places = vgg.architecture().layers().map(|layer| layer.place).filter(|place| place.layer == 1);
    // A pool of nothing is left out.
    let taps: Vec<Tap> =
        places.filter(|place| height.min(width) >> (place.block - 1) > 0).map(|place| Tap { place, rectified: true }).collect();
    let mut inspected = Vec::new();
    for (tap, map) in vgg.features(input, &taps) {
        let [_, channels, height, width] = map.dims();
        let pixels = height * width;
        let gram = values(gram(map.clone(), None, pixels)).await?;
        let map = values(map).await?;
        let peaks: Vec<f32> = map.chunks_exact(pixels).map(|map| map.iter().copied().fold(0.0, f32::max)).collect();
        let maps = map.chunks_exact(pixels).zip(&peaks).flat_map(|(map, peak)| map.iter().map(|value| relative(*value, *peak))).collect();
        debug_assert_eq!(peaks.len(), channels);
        inspected.push(InspectedTap { tap, width, height, maps, peaks, gram });
    }
    Ok(inspected)
}

/// As a byte; a channel that sees nothing is black.
fn relative(value: f32, peak: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
    let byte = (255.0 * value / peak.max(f32::MIN_POSITIVE)).round().clamp(0.0, 255.0) as u8;
    byte
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vgg::{Architecture, Weights};

    /// Stripes of this period.
    fn stripes(period: u32) -> Picture {
        let bytes: Vec<u8> = (0..48u32 * 64)
            .flat_map(|at| if (at % 64 / period).is_multiple_of(2) { [220, 60, 30, 255] } else { [10, 40, 90, 255] })
            .collect();
        Picture::from_rgba8(64, 48, &bytes).unwrap()
    }

    fn seen(picture: &Picture, side: u32) -> Vec<InspectedTap> {
        let device = crate::backend::cpu();
        let vgg = Vgg::new(&Weights::untrained(Architecture::lite(), 7), &device);
        pollster::block_on(inspect(&vgg, picture, side, &device)).unwrap()
    }

    #[test]
    fn every_block_is_seen_at_its_own_size() {
        let taps = seen(&stripes(4), 64);
        let shapes: Vec<_> = taps.iter().map(|one| (one.tap.to_string(), one.width, one.height, one.peaks.len())).collect();
        let expected = [("relu1_1", 64, 48, 32), ("relu2_1", 32, 24, 64), ("relu3_1", 16, 12, 128), ("relu4_1", 8, 6, 256)];
        assert_eq!(shapes, expected.map(|(tap, width, height, channels)| (tap.to_owned(), width, height, channels)));
        for one in &taps {
            let channels = one.peaks.len();
            assert_eq!((one.maps.len(), one.gram.len()), (channels * one.width * one.height, channels * channels));
            // Each map that sees anything reaches its own peak.
            for (map, peak) in one.maps.chunks_exact(one.width * one.height).zip(&one.peaks) {
                assert_eq!(map.iter().max().copied(), Some(if *peak > 0.0 { 255 } else { 0 }));
            }
            for row in 0..channels {
                for column in 0..row {
                    let [value, mirrored] = [row * channels + column, column * channels + row].map(|at| one.gram[at].to_bits());
                    assert_eq!(value, mirrored, "a Gram matrix is symmetric");
                }
            }
        }
    }

    #[test]
    fn a_picture_of_one_pixel_has_no_deeper_blocks() {
        let pixel = Picture::from_rgba8(1, 1, &[9, 9, 9, 255]).unwrap();
        assert_eq!(seen(&pixel, 64).iter().map(|one| one.tap).collect::<Vec<_>>(), [Tap::RELU1_1]);
    }

    #[test]
    fn the_style_loss_is_nothing_for_the_style_itself_and_grows_with_the_distance() {
        let (style, near, far) = (seen(&stripes(4), 64), seen(&stripes(5), 64), seen(&stripes(16), 64));
        for ((style, near), far) in style.iter().zip(&near).zip(&far) {
            assert_eq!(style.style_loss(style).to_bits(), 0.0_f32.to_bits());
            assert!(near.style_loss(style) < far.style_loss(style), "{}", style.tap);
        }
    }
}
