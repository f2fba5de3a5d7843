//! The network against PyTorch.

use std::collections::BTreeSet;

use atelier::losses::Weighting;
use atelier::optimize::Settings;
use atelier::vgg::{Tap, Vgg, Weights};
use burn::tensor::{Tensor, TensorData};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, TAPS, assert_close, devices, read};

/// f32 sums in another order than PyTorch's f64: 4e-7 was measured on Flex.
const TOLERANCE: f64 = 1e-5;

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn features_are_those_of_pytorch() {
    let golden = Golden::network();
    for (name, device) in devices().await {
        let network = Vgg::new(&golden.weights(), &device);
        let features = network.features(golden.picture("input", &device), &TAPS);
        for (tap, found) in features {
            let found = read(found).await;
            assert_close(&format!("{name} {tap}"), &found, golden.values(&tap.to_string()), TOLERANCE);
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_pass_stops_at_the_deepest_tap() {
    let golden = Golden::network();
    let device = atelier::backend::cpu();
    let network = Vgg::new(&golden.weights(), &device);
    // One pixel has no block 2 to go through: this would panic if the pass went on.
    let pixel = Tensor::<4>::zeros([1, 3, 1, 1], &device);
    let features = network.features(pixel, &[Tap::RELU1_1]);
    assert_eq!(features[&Tap::RELU1_1].dims(), [1, 4, 1, 1]);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_shipped_networks_are_those_that_were_measured() {
    let wide = [&TAPS[..], &[Tap::RELU5_1]].concat();
    let shipped: [(&[u8], &[u8], &[Tap]); 2] = [
        (include_bytes!("../../models/vgg-lite.safetensors"), include_bytes!("../goldens/vgg_lite_shipped.safetensors"), &TAPS),
        (include_bytes!("../../models/vgg-lite-wide.safetensors"), include_bytes!("../goldens/vgg_lite_wide_shipped.safetensors"), &wide),
    ];
    for (model, golden, taps) in shipped {
        let file = safetensors::SafeTensors::deserialize(golden).unwrap();
        let golden = Golden::new(golden);
        let bytes = file.tensor("input").unwrap();
        let &[height, width, 3] = bytes.shape() else { panic!("the golden input is height × width × RGB") };
        let planar: Vec<f32> = (0..3).flat_map(|c| bytes.data().iter().skip(c).step_by(3).map(|b| f32::from(*b) / 255.0)).collect();
        let weights = Weights::read(model, "shipped.safetensors").unwrap();
        let Weighting { style_taps, content_taps, .. } = Settings::default().weighting(&weights).unwrap();
        let read_by_default: BTreeSet<Tap> = style_taps.iter().map(|(tap, _)| *tap).chain(content_taps).collect();
        assert_eq!(read_by_default, taps.iter().copied().collect());
        for (name, device) in devices().await {
            let picture = Tensor::<4>::from_data(TensorData::new(planar.clone(), [1, 3, height, width]), &device);
            for (tap, found) in Vgg::new(&weights, &device).features(picture, taps) {
                let channels = weights.architecture.channels(tap.place).unwrap();
                let [_, _, height, width] = found.dims();
                let crop = read(found.slice([0..1, 0..channels, 1..height.min(5), 1..width.min(5)])).await;
                assert_close(&format!("{name} {tap} of {channels}"), &crop, golden.values(&format!("{tap}_crop")), TOLERANCE);
            }
        }
    }
}
