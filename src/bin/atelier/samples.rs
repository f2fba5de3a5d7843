//! Sheets of samples: some photos down, some styles across.

use atelier::error::Error;
use atelier::gan::Examples;
use atelier::generator::{Painter, Settings, StyleStatistics, Weights};
use atelier::picture::{Fit, Picture, fit, resize};
use atelier::vgg::{Vgg, Weights as VggWeights};
use burn::tensor::Device;

use crate::failure::Failure;
use crate::generate::finish;

/// What is painted on a sheet.
pub struct Samples {
    contents: Vec<Picture>,
    styles: Vec<Picture>,
    vgg: Vgg,
    device: Device,
}

/// Pictures of each kind on a sheet, and their long side.
const SHOWN: usize = 5;
const SHOWN_SIDE: u32 = 384;
/// Side of a sheet's cells in pixels.
const CELL: u32 = 192;

impl Samples {
    /// Of some of the pictures that are learnt on.
    pub fn new(examples: &Examples, vgg: &VggWeights, device: &Device) -> Result<Self, Failure> {
        let (contents, styles) = examples.some(SHOWN).map_err(Error::from)?;
        let small = |pictures: Vec<Picture>| pictures.iter().map(|picture| fit(picture, Fit::Within(SHOWN_SIDE))).collect();
        Ok(Self { contents: small(contents), styles: small(styles), vgg: Vgg::new(vgg, device), device: device.clone() })
    }

    /// Styles in the first row, photos in the first column, and each photo in each style.
    pub fn sheet(&self, generator: &Weights) -> Result<Picture, Failure> {
        pollster::block_on(self.painted(generator))
    }

    async fn painted(&self, generator: &Weights) -> Result<Picture, Failure> {
        let painter = Painter::new(generator, &self.device);
        let mut described: Vec<StyleStatistics> = Vec::new();
        for style in &self.styles {
            described.push(painter.describe(&self.vgg, style, SHOWN_SIDE).await?);
        }
        let white = Picture::new(1, 1, vec![255; 3], None).map_err(Error::from)?;
        let mut cells = vec![vec![white]];
        cells[0].extend(self.styles.iter().cloned());
        for content in &self.contents {
            let settings = Settings { size: content.width().max(content.height()).max(64), ..Settings::default() };
            let mut painting = painter.paint(content, &settings)?;
            let mut row = vec![content.clone()];
            for style in &described {
                painting.begin(style);
                row.push(finish(&mut painting).await?);
            }
            cells.push(row);
        }
        let cells: Vec<Vec<Picture>> = cells.iter().map(|row| row.iter().map(cell).collect()).collect();
        grid(&cells)
    }
}

/// A picture as a sheet shows it: its middle square.
pub fn cell(picture: &Picture) -> Picture {
    resize(&picture.middle(1), CELL, CELL)
}

/// Cells side by side.
pub fn grid(cells: &[Vec<Picture>]) -> Result<Picture, Failure> {
    let side = CELL as usize;
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let (width, height) = (columns * side, cells.len() * side);
    let mut rgb = vec![255; 3 * width * height];
    for (row, line) in cells.iter().enumerate() {
        for (column, picture) in line.iter().enumerate() {
            for (y, pixels) in picture.rgb().chunks_exact(3 * side).enumerate() {
                let from = 3 * ((row * side + y) * width + column * side);
                if let Some(place) = rgb.get_mut(from..from + pixels.len()) {
                    place.copy_from_slice(pixels);
                }
            }
        }
    }
    let sides = [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    Picture::new(sides[0], sides[1], rgb, None).map_err(|error| Error::from(error).into())
}
