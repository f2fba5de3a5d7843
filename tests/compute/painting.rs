//! What a generator paints, on every device: the picture itself, which no loss or self-test looks at.

use atelier::generator::{Architecture, Event, Painter, Settings, StyleScale, Weights};
use atelier::picture::Picture;
use atelier::vgg::Vgg;
use burn::tensor::Device;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, devices};

/// A picture of something at every place.
fn picture(width: u32, height: u32, seed: u32) -> Picture {
    let place = |index: u32| (index % width, index / width);
    let colour = |index: u32| {
        let (x, y) = place(index);
        [x * 3 + seed, y * 5 + x / 7, (x ^ y) * 2 + seed / 2].map(|value| u8::try_from(value % 256).unwrap())
    };
    Picture::new(width, height, (0..width * height).flat_map(colour).collect(), None).unwrap()
}

async fn painted(device: &Device, seamless: bool) -> Picture {
    let vgg = Golden::network().weights();
    let architecture =
        Architecture { entrance: 4, width: 8, blocks: 2, deep: 1, exit: [8, 4], code: 8, ..Architecture::new(&vgg.architecture) };
    let scale = StyleScale::of(&[], architecture.statistics());
    let painter = Painter::new(&Weights::start(architecture, scale, 5), device);
    let settings = Settings { size: 96, seamless, ..Settings::default() };
    let style = painter.describe(&Vgg::new(&vgg, device), &picture(80, 64, 90), settings.size).await.unwrap();
    let mut painting = painter.paint(&picture(120, 90, 7), &settings).unwrap();
    painting.begin(&style);
    while let Some(event) = painting.next().await.unwrap() {
        if let Event::Done(picture) = event {
            return picture;
        }
    }
    panic!("it ended without a picture");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn every_device_paints_the_same_picture() {
    for seamless in [false, true] {
        let expected = painted(&atelier::backend::cpu(), seamless).await;
        let colours: std::collections::BTreeSet<_> = expected.rgb().chunks_exact(3).collect();
        assert!(colours.len() > 256, "{} colours are no picture", colours.len());
        for (name, device) in devices().await {
            let found = painted(&device, seamless).await;
            assert_eq!((found.width(), found.height()), (expected.width(), expected.height()), "{name}");
            let furthest = found.rgb().iter().zip(expected.rgb()).map(|(a, b)| a.abs_diff(*b)).max();
            // Devices sum in other orders, and a value between two bytes may be rounded to either.
            assert!(furthest <= Some(2), "{name}, seamless {seamless}: {furthest:?}");
        }
    }
}
