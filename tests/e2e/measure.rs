//! What a produced picture is worth, measured natively with another network than the one that the site optimises by, so that pleasing that one alone is not enough.

use atelier::job::Checkpoints;
use atelier::losses::{Objective, Region, StylePicture, StyleTransfer, Subject};
use atelier::optimize::Settings;
use atelier::picture::{Fit, Limits, Picture, decode, fit};
use atelier::vgg::{Vgg, Weights};
use burn::tensor::{Tensor, TensorData};

/// A file as a picture.
pub fn read(file: &[u8]) -> Picture {
    decode(file, &Limits::default()).unwrap().picture
}

/// Mean absolute difference of two pictures of one size, in 0…255.
pub fn difference(one: &Picture, other: &Picture) -> f64 {
    assert_eq!((one.width(), one.height()), (other.width(), other.height()));
    let sum: f64 = one.rgb().iter().zip(other.rgb()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / f64::from(one.width() * one.height() * 3)
}

/// What was painted is nearer to its style than this share of the photo's own distance. The style's colours alone, in which an optimisation starts, leave 0.67 of it for the garden in the
/// first style of the shelf, ten iterations 0.08 and a generator 0.26.
const MOST_DISTANCE: f32 = 0.5;

/// Asserts that `result` is nearer to `style` than `content` is, and not by colours alone.
#[track_caller]
pub fn assert_nears(what: &str, (of_content, of_result): (f32, f32)) {
    println!("{what}: Gram distance from the style {of_content:.4} → {of_result:.4}");
    // Written so that a NaN fails.
    assert!(of_result < MOST_DISTANCE * of_content, "{what}: {of_result} is not under {MOST_DISTANCE} × {of_content}");
}

/// Relative Gram distances from `style`: of `content`, and of `result`.
pub async fn style_distances(content: &Picture, style: &Picture, result: &Picture) -> (f32, f32) {
    let network = concat!(env!("CARGO_MANIFEST_DIR"), "/models/vgg-lite.safetensors");
    let weights = Weights::read(&std::fs::read(network).unwrap(), "vgg-lite").unwrap();

    let device = atelier::backend::cpu();
    let tensor = |picture: &Picture| {
        let shape = [1, 3, picture.height() as usize, picture.width() as usize];
        Tensor::<4>::from_data(TensorData::new(picture.to_planar(), shape), &device)
    };
    let network = Vgg::new(&weights, &device);
    let long_side = result.width().max(result.height());
    let style = fit(style, Fit::Within(long_side));
    let content = tensor(&fit(content, Fit::Exactly(long_side)));
    let weighting = Settings::default().weighting(&weights).unwrap();
    let subject = Subject { picture: content.clone(), counts: None, keep: None };
    let style = StylePicture { picture: tensor(&style), counts: None, weight: 1.0 };
    let regions = [Region { mask: None, styles: vec![style] }];
    let objective = StyleTransfer::new(&network, &weights, weighting, &subject, &regions, &device, &Checkpoints::default()).await.unwrap();
    let mut distances = Vec::new();
    for picture in [content, tensor(result)] {
        let terms: Vec<f32> = objective.evaluate(picture).await.unwrap().terms.into_data_async().await.unwrap().try_into_vec().unwrap();
        distances.push(terms[2]);
    }
    (distances[0], distances[1])
}
