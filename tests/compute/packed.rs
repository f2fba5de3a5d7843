//! Networks that stay in the few bits of their files, against the floats that these stand for.

use atelier::job::Checkpoints;
use atelier::kernels::{Activation, Convolution, Packing, Padding, Weight, convolution_3x3, convolution_3x3_frozen};
use atelier::losses::{Objective, StyleTransfer, Weighting};
use atelier::vgg::{
    Architecture, ConvolutionWeights, INT4_BLOCK, Precision, Tap, Values, Vgg, Weights, dequantise_int4, dequantise_int8, quantise_int4,
    quantise_int8,
};
use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::kernels::{PADDINGS, tensor};
use crate::losses::{plain, weighting};
use crate::support::{assert_close, devices, read};

/// `[n, input, output, h, w]`: channels whose last word and last block are not full.
const SHAPES: [[usize; 5]; 6] =
    [[1, 1, 1, 1, 1], [2, 3, 5, 4, 7], [1, 17, 33, 9, 6], [1, 64, 64, 12, 20], [1, 7, 130, 5, 6], [3, 9, 4, 33, 21]];

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn packed_weights_are_the_floats_that_they_stand_for() {
    for (name, device) in devices().await {
        for (index, [n, input, output, height, width]) in SHAPES.into_iter().enumerate() {
            let (channels, taps) = ([output, input], 9 * input);
            let weights = read(tensor([output * taps], 2, &device)).await;
            for bits in [8, 4] {
                let (bytes, scales, floats, block) = if bits == 8 {
                    let stored = quantise_int8(&weights, output);
                    let floats = dequantise_int8(&stored.values, &stored.scales);
                    (stored.values.iter().map(|value| value.cast_unsigned()).collect::<Vec<u8>>(), stored.scales, floats, taps)
                } else {
                    let stored = quantise_int4(&weights, output);
                    let floats = dequantise_int4(&stored, output, taps);
                    let scales = stored.scales.iter().map(|&bits| f16::from_bits(bits).to_f32()).collect();
                    // Stored as q + 8; two's complement has the highest bit the other way.
                    (stored.packed.iter().map(|pair| pair ^ 0x88).collect(), scales, floats, INT4_BLOCK)
                };
                let packed = Weight::packed(&bytes, scales, Packing { channels, bits, block }, &device);
                let plain = Tensor::from_data(TensorData::new(floats, [output, input, 3, 3]), &device);
                let convolution = Convolution { padding: PADDINGS[index % 4], activation: Activation::Relu };
                let (x, bias) = (tensor([n, input, height, width], 1, &device), tensor([output], 3, &device));
                let found = read(convolution_3x3_frozen(x.clone(), &packed, bias.clone(), convolution)).await;
                let expected = read(convolution_3x3(x, plain, bias, convolution)).await;
                // The same products in the same order, but for one rounding of each scaled weight.
                assert_close(&format!("{name} {bits} bits, {channels:?}, {height} × {width}"), &found, &expected, 1e-6);
            }
        }
    }
}

/// Loss and gradient of a content loss behind two layers, of which the second has enough weights to stay packed on a GPU.
async fn outcome(weights: &Weights, device: &Device) -> [Vec<f32>; 2] {
    let tap: Tap = "relu1_2".parse().unwrap();
    let weighting = Weighting { content_taps: vec![tap], style_taps: vec![(Tap::RELU1_1, 1.0)], ..weighting(1.0, 0.0, 0.0) };
    let [content, style, picture] = [11, 12, 13].map(|seed| tensor([1, 3, 9, 14], seed, device));
    let (subject, regions) = plain(content, style);
    let network = Vgg::new(weights, device);
    let objective = StyleTransfer::new(&network, weights, weighting, &subject, &regions, device, &Checkpoints::default()).await.unwrap();
    let evaluation = objective.evaluate(picture).await.unwrap();
    [read(evaluation.terms).await, read(evaluation.gradient).await]
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_stored_network_sees_and_goes_back_as_its_floats_do() {
    let of = |padding| Weights::untrained(Architecture { blocks: vec![vec![256, 256]], padding, ..Architecture::lite() }, 3);
    let cases = [
        (Precision::Int8, Padding::Replicate),
        (Precision::Int8, Padding::Wrap),
        (Precision::Int4, Padding::Zero),
        (Precision::Int4, Padding::Reflect),
    ];
    for (precision, padding) in cases {
        let stored = Weights::read(&of(padding).write(precision).unwrap(), "stored").unwrap();
        let floats = stored.architecture.layers().zip(&stored.convolutions).map(|(layer, values)| {
            assert!(!matches!(values.weight, Values::Float32(_)), "it is read as it is stored");
            let weight = values.weight.floats(layer.output, 9 * layer.input).into_owned().into();
            ConvolutionWeights { weight, bias: values.bias.clone() }
        });
        let plain = Weights { convolutions: floats.collect(), ..stored.clone() };
        let expected = outcome(&plain, &atelier::backend::cpu()).await;
        for (name, device) in devices().await {
            let found = outcome(&stored, &device).await;
            for (what, (found, expected)) in ["loss", "gradient"].iter().zip(found.iter().zip(&expected)) {
                // Two layers of up to 2,304 products, summed in Winograd's domain on the one side.
                assert_close(&format!("{name} {precision:?} {padding:?} {what}"), found, expected, 2e-4);
            }
        }
    }
}
