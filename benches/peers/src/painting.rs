//! What is timed of a generator: from a photo to its picture.

use atelier::error::Error;
use atelier::generator::{Event, Painter, Settings, StyleStatistics, Weights};
use atelier::picture::Picture;
use burn::tensor::Device;

/// A generator on one device, and the photo and style that it is given.
#[derive(Debug)]
pub struct Painting {
    painter: Painter,
    given: Option<(Picture, StyleStatistics)>,
}

impl Painting {
    /// Puts a generator on a device.
    #[must_use]
    pub fn new(weights: &Weights, device: &Device) -> Self {
        Self { painter: Painter::new(weights, device), given: None }
    }

    /// Takes a photo of `side × side`, RGB in 0…1 by planes, of which each value is that of a byte, and what the generator is told of a style.
    ///
    /// # Errors
    /// Another number of values.
    pub fn set(&mut self, photo: &[f32], side: u32, style: Vec<f32>) -> Result<(), Error> {
        let plane = (side * side) as usize;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "of 0…1")]
        let rgb = (0..3 * plane).map(|at| (photo.get(at % 3 * plane + at / 3).unwrap_or(&0.0) * 255.0).round() as u8).collect();
        self.given = Some((Picture::new(side, side, rgb, None)?, StyleStatistics(style)));
        Ok(())
    }

    /// The picture, RGB in 0…1 by planes; none before there is a photo. The way in is gone anew each time.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn paint(&self) -> Result<Vec<f32>, Error> {
        let Some((photo, style)) = &self.given else { return Ok(Vec::new()) };
        let mut painting = self.painter.paint(photo, &Settings { size: photo.width(), ..Settings::default() })?;
        painting.begin(style);
        while let Some(event) = painting.next().await? {
            if let Event::Done(picture) = event {
                return Ok((0..3)
                    .flat_map(|channel| picture.rgb().iter().skip(channel).step_by(3).map(|byte| f32::from(*byte) / 255.0))
                    .collect());
            }
        }
        Ok(Vec::new())
    }
}
