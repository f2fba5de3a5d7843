//! From canvas to site: JPEG files within a size budget, thumbnails, and `samples.json`.

use std::path::Path;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use serde::Serialize;

use crate::catalogue::{CONTENTS, Picture, STYLES};
use crate::tools::canvas::Canvas;
use crate::tools::vector::Vec3;

/// Long side of a thumbnail, in pixels.
const THUMB: usize = 160;
/// What a file should have at most, in bytes: the quality goes down for it, as far as to [`WORST`].
const BUDGET: usize = 128_000;
/// The largest file a visitor should wait for, in bytes: what a picture that is all edges may have at [`WORST`].
pub const LARGEST: usize = 128 * 1024;
/// Nobody sees the difference above this JPEG quality.
const BEST: u8 = 90;
/// Below this quality the texture a style is made of starts to go.
const WORST: u8 = 62;

/// What can go wrong while writing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or a file could not be written.
    #[error("cannot write: {0}")]
    File(#[from] std::io::Error),
    /// The encoder refused the picture.
    #[error("cannot encode: {0}")]
    Encode(#[from] jpeg_encoder::EncodingError),
    /// The list could not be put into words.
    #[error("cannot list: {0}")]
    List(#[from] serde_json::Error),
    /// No picture has this name.
    #[error("there is no picture `{0}`")]
    Unknown(String),
    /// The picture is too large a file at the worst quality.
    #[error("{0} takes {1} bytes at quality {WORST}, of {LARGEST} at most: draw it with less detail")]
    TooLarge(&'static str, usize),
    /// A drawing thread panicked.
    #[error("a picture could not be drawn")]
    Panicked,
}

#[derive(Serialize)]
struct Title {
    en: &'static str,
    #[serde(rename = "zh-CN")]
    zh: &'static str,
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    file: String,
    thumb: String,
    width: u32,
    height: u32,
    title: Title,
}

#[derive(Serialize)]
struct List {
    contents: Vec<Entry>,
    styles: Vec<Entry>,
}

fn file(p: &Picture) -> String {
    format!("{}.jpg", p.id)
}

fn thumb(p: &Picture) -> String {
    format!("{}-thumb.jpg", p.id)
}

/// Draws a picture and writes it and its thumbnail; returns the picture's size in bytes.
///
/// # Errors
/// When it would take more than [`LARGEST`], in which case nothing is written; and where nothing can be.
pub fn picture(folder: &Path, p: &Picture) -> Result<usize, Error> {
    let mut canvas = Canvas::new(p.width, p.height, 1.0);
    (p.draw)(&mut canvas);
    let mut quality = BEST;
    let mut jpeg = encode(&canvas, quality)?;
    while jpeg.len() > BUDGET && quality > WORST {
        quality -= 2;
        jpeg = encode(&canvas, quality)?;
    }
    if jpeg.len() > LARGEST {
        return Err(Error::TooLarge(p.id, jpeg.len()));
    }
    std::fs::write(folder.join(file(p)), &jpeg)?;
    std::fs::write(folder.join(thumb(p)), encode(&reduced(&canvas), 72)?)?;
    Ok(jpeg.len())
}

/// The list the page reads.
pub fn list() -> Result<String, Error> {
    let entry = |p: &Picture| Entry {
        id: p.id,
        file: file(p),
        thumb: thumb(p),
        width: p.width,
        height: p.height,
        title: Title { en: p.en, zh: p.zh },
    };
    let list = List { contents: CONTENTS.iter().map(entry).collect(), styles: STYLES.iter().map(entry).collect() };
    let mut text = serde_json::to_string_pretty(&list)?;
    text.push('\n');
    Ok(text)
}

fn encode(canvas: &Canvas, quality: u8) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    encoder.encode(&canvas.bytes(), canvas.width as u16, canvas.height as u16, ColorType::Rgb)?;
    Ok(out)
}

/// The canvas shrunk so that its long side is `THUMB`, each pixel the mean of those it covers.
fn reduced(canvas: &Canvas) -> Canvas {
    let step = canvas.width.max(canvas.height) as f32 / THUMB as f32;
    let mut small = Canvas::new(canvas.width as u32, canvas.height as u32, 1.0 / step);
    let range = |i: usize, end: usize| (i as f32 * step) as usize..(((i + 1) as f32 * step).ceil() as usize).min(end);
    for y in 0..small.height {
        for x in 0..small.width {
            let (mut sum, mut count) = (Vec3::default(), 0.0);
            for sy in range(y, canvas.height) {
                for sx in range(x, canvas.width) {
                    sum += canvas.pixels[sy * canvas.width + sx];
                    count += 1.0;
                }
            }
            small.pixels[y * small.width + x] = sum * (1.0 / f32::max(count, 1.0));
        }
    }
    small
}
