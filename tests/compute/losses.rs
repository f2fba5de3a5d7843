//! Losses and their gradients against PyTorch, finite differences and what must hold without either.

use atelier::job::Checkpoints;
use atelier::losses::{
    Normalisation, Objective, Region, StylePicture, StyleStatistic, StyleTransfer, Subject, Weighting, moments, total_variation,
};
use atelier::vgg::{Pooling, Tap, Vgg, Weights};
use burn::tensor::{Device, Tensor};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, TAPS, assert_close, assert_gradient, devices, read};

/// f32 against PyTorch's f64; a loss is a quotient of sums of squares, so it doubles the features' error.
const LOSS_TOLERANCE: f64 = 1e-4;
/// The gradient goes through eight layers forward and back. No value of the golden input lies near a kink of a ReLU or
/// a pool, so every branch is PyTorch's.
const GRADIENT_TOLERANCE: f64 = 2e-4;

/// All of the network's taps, with these weights.
pub fn weighting(content: f32, style: f32, variation: f32) -> Weighting {
    Weighting {
        content,
        style,
        variation,
        detail: 0.0,
        content_taps: vec![Tap::RELU3_2],
        style_taps: vec![(Tap::RELU1_1, 1.0), (Tap::RELU2_1, 1.0), (Tap::RELU3_1, 1.0), (Tap::RELU4_1, 1.0)],
        normalisation: Normalisation::Relative,
        statistic: StyleStatistic::Gram,
        pyramid: 1,
        pooling: Pooling::Max,
        padding: None,
        tiles: None,
    }
}

/// Content and style without masks.
pub fn plain(content: Tensor<4>, style: Tensor<4>) -> (Subject, [Region; 1]) {
    let style = StylePicture { picture: style, counts: None, weight: 1.0 };
    (Subject { picture: content, counts: None, keep: None }, [Region { mask: None, styles: vec![style] }])
}

async fn objective(golden: &Golden, weights: &Weights, weighting: Weighting, device: &Device) -> StyleTransfer {
    let network = Vgg::new(weights, device);
    let (subject, regions) = plain(golden.picture("content", device), golden.picture("style", device));
    StyleTransfer::new(&network, weights, weighting, &subject, &regions, device, &Checkpoints::default()).await.unwrap()
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn gram_matrices_are_those_of_pytorch() {
    let golden = Golden::network();
    for (name, device) in devices().await {
        let features = Vgg::new(&golden.weights(), &device).features(golden.picture("input", &device), &TAPS);
        for (tap, features) in features {
            let [_, _, height, width] = features.dims();
            let found = read(moments(features, None, height * width)).await;
            assert_close(&format!("{name} Gram {tap}"), &found, golden.values(&format!("gram_aug_{}", tap.place)), 1e-5);
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn losses_are_those_of_pytorch() {
    let golden = Golden::network();
    for (name, device) in devices().await {
        let objective = objective(&golden, &golden.weights(), weighting(1.0, 3.0, 0.1), &device).await;
        let terms = read(objective.evaluate(golden.picture("input", &device)).await.unwrap().terms).await;
        let [content, style, variation] = ["content_loss", "style_loss_aug", "tv_loss"].map(|name| golden.scalar(name));
        let expected = [content + 3.0 * style + 0.1 * variation, content, style, variation, 0.0];
        assert_close(&format!("{name} losses"), &terms, &expected, LOSS_TOLERANCE);
        for tap in [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU4_1] {
            let found = read(objective.style_at(golden.picture("input", &device), tap).unwrap()).await;
            assert_close(&format!("{name} {tap}"), &found, golden.values(&format!("style_loss_aug_{}", tap.place)), LOSS_TOLERANCE);
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn gradients_are_those_of_pytorch() {
    let golden = Golden::network();
    for (name, device) in devices().await {
        for (golden_name, weights) in [("content_grad", (1.0, 0.0, 0.0)), ("style_grad_aug", (0.0, 1.0, 0.0)), ("tv_grad", (0.0, 0.0, 1.0))]
        {
            let objective = objective(&golden, &golden.weights(), weighting(weights.0, weights.1, weights.2), &device).await;
            let found = read(objective.evaluate(golden.picture("input", &device)).await.unwrap().gradient).await;
            assert_close(&format!("{name} {golden_name}"), &found, golden.values(golden_name), GRADIENT_TOLERANCE);
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_gradient_of_the_pyramid_is_its_finite_difference() {
    let golden = Golden::network();
    let device = atelier::backend::cpu();
    let mut weighting = weighting(1.0, 3.0, 0.1);
    weighting.pyramid = 2;
    // Style alone decides the size of the pyramid's levels; 64 pixels give it two.
    let large = |name: &str| {
        let picture = golden.picture(name, &device);
        Tensor::cat(vec![picture.clone(), picture], 2)
    };
    let weights = golden.weights();
    let network = Vgg::new(&weights, &device);
    let style = Tensor::cat(vec![large("style"), large("style")], 3);
    let content = Tensor::cat(vec![large("content"), large("content")], 3);
    let picture = Tensor::cat(vec![large("input"), large("input")], 3);
    let (subject, regions) = plain(content, style);
    let objective = StyleTransfer::new(&network, &weights, weighting, &subject, &regions, &device, &Checkpoints::default()).await.unwrap();
    assert_gradient(&objective, picture).await;
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn style_forgets_where_things_are() {
    let golden = Golden::network();
    for (name, device) in devices().await {
        let features = golden.picture("relu3_1", &device);
        let [_, _, height, width] = features.dims();
        let (plain, flipped) =
            (read(moments(features.clone(), None, height * width)).await, read(moments(features.flip([2, 3]), None, height * width)).await);
        // The same products, summed in another order.
        assert_close(name, &flipped, &plain, 1e-6);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_picture_is_at_no_distance_from_itself() {
    let golden = Golden::network();
    for (name, device) in devices().await {
        let weights = golden.weights();
        let network = Vgg::new(&weights, &device);
        let content = golden.picture("content", &device);
        let (subject, regions) = plain(content.clone(), content.clone());
        let objective =
            StyleTransfer::new(&network, &weights, weighting(1.0, 1.0, 0.0), &subject, &regions, &device, &Checkpoints::default())
                .await
                .unwrap();
        let terms = read(objective.evaluate(content).await.unwrap().terms).await;
        // Zero but for the grain of f32 in two equal passes.
        assert!(terms[1].abs() < 1e-9 && terms[2].abs() < 1e-9, "{name}: {terms:?}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_flat_picture_has_no_variation() {
    for (name, device) in devices().await {
        assert_eq!(read(total_variation(Tensor::full([1, 3, 5, 7], 0.3, &device), false)).await, [0.0], "{name}");
        assert_eq!(read(total_variation(Tensor::full([1, 3, 1, 1], 0.3, &device), true)).await, [0.0], "{name}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn means_and_covariances_are_compared_behind_the_map() {
    let golden = Golden::network();
    let tap = Tap::RELU2_1;
    for (name, device) in devices().await {
        let weights = golden.weights();
        let weighting = Weighting { statistic: StyleStatistic::MeanCovariance, ..weighting(0.0, 1.0, 0.0) };
        let objective = objective(&golden, &weights, weighting, &device).await;
        let found = read(objective.style_at(golden.picture("input", &device), tap).unwrap()).await;
        // By the definition: the true network's features, pixel by pixel, then their mean and covariance.
        let network = Vgg::new(&weights, &device);
        let map = &weights.maps[&tap.place];
        let statistics = async |name: &str| {
            let features = network.features(golden.picture(name, &device), &[tap]).remove(&tap).unwrap();
            let [_, channels, height, width] = features.dims();
            let values = read(features).await;
            let pixels = height * width;
            let mapped: Vec<Vec<f64>> = (0..pixels)
                .map(|p| {
                    let narrow: Vec<f64> = (0..channels).map(|c| f64::from(values[c * pixels + p])).collect();
                    let row = |(row, bias): (&[f32], &f32)| {
                        row.iter().zip(&narrow).map(|(w, f)| f64::from(*w) * f).sum::<f64>() + f64::from(*bias)
                    };
                    map.weight.chunks(channels).zip(&map.bias).map(row).collect()
                })
                .collect();
            let count = f64::from(u32::try_from(pixels).unwrap());
            let true_channels = map.bias.len();
            let mean: Vec<f64> = (0..true_channels).map(|c| mapped.iter().map(|f| f[c]).sum::<f64>() / count).collect();
            let covariance = |a: usize, b: usize| mapped.iter().map(|f| (f[a] - mean[a]) * (f[b] - mean[b])).sum::<f64>() / count;
            let covariances: Vec<f64> =
                (0..true_channels).flat_map(|a| (0..true_channels).map(move |b| (a, b))).map(|(a, b)| covariance(a, b)).collect();
            // Without the map's constant, which moves both pictures' means alike.
            let free: Vec<f64> = mean.iter().zip(&map.bias).map(|(mean, bias)| mean - f64::from(*bias)).collect();
            (free, covariances)
        };
        let (now, style) = (statistics("input").await, statistics("style").await);
        let squared = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let nothing = (vec![0.0; style.0.len()], vec![0.0; style.1.len()]);
        let distance = |a: &(Vec<f64>, Vec<f64>), b: &(Vec<f64>, Vec<f64>)| squared(&a.1, &b.1) + 2.0 * squared(&a.0, &b.0);
        let expected = distance(&now, &style) / distance(&style, &nothing);
        #[allow(clippy::cast_possible_truncation, reason = "compared in f32's precision")]
        let expected = expected as f32;
        // f32 against f64; a covariance is a difference of two means.
        assert_close(name, &found, &[expected], 1e-3);
    }
}
