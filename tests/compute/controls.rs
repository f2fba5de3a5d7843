//! What masks, regions, several styles, seamless tiles and the detail term do to the objective, by what must hold of each.

use atelier::job::Checkpoints;
use atelier::losses::{Evaluation, Objective, Region, StylePicture, StyleTransfer, Subject, Tiles, Weighting};
use atelier::optimize::Settings;
use atelier::vgg::{Padding, Vgg, Weights};
use burn::tensor::{Device, Tensor, TensorData};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, assert_close, assert_gradient, devices, read};

/// Two orders of summation in f32, through eight layers.
const TOLERANCE: f64 = 1e-5;

/// A network, its pictures and the settings' weighting on a device.
struct Setting {
    device: Device,
    weights: Weights,
    golden: Golden,
}

impl Setting {
    fn new(device: Device) -> Self {
        let golden = Golden::network();
        Self { device, weights: golden.weights(), golden }
    }

    fn weighting(&self, settings: &Settings) -> Weighting {
        settings.weighting(&self.weights).unwrap()
    }

    fn picture(&self, name: &str) -> Tensor<4> {
        self.golden.picture(name, &self.device)
    }

    /// A plain subject.
    fn subject(&self) -> Subject {
        Subject { picture: self.picture("content"), counts: None, keep: None }
    }

    fn style(&self) -> StylePicture {
        StylePicture { picture: self.picture("style"), counts: None, weight: 1.0 }
    }

    fn everywhere(&self) -> Region {
        Region { mask: None, styles: vec![self.style()] }
    }

    async fn objective(&self, weighting: Weighting, subject: &Subject, regions: &[Region]) -> StyleTransfer {
        StyleTransfer::new(
            &Vgg::new(&self.weights, &self.device),
            &self.weights,
            weighting,
            subject,
            regions,
            &self.device,
            &Checkpoints::default(),
        )
        .await
        .unwrap()
    }

    async fn evaluate(&self, weighting: Weighting, subject: &Subject, regions: &[Region], picture: Tensor<4>) -> (Vec<f32>, Vec<f32>) {
        let Evaluation { terms, gradient } = self.objective(weighting, subject, regions).await.evaluate(picture).await.unwrap();
        (read(terms).await, read(gradient).await)
    }

    /// A mask of the content's size: 1 in the columns that `inside` names.
    fn columns(&self, inside: impl Fn(usize) -> bool) -> Tensor<4> {
        let [_, _, height, width] = self.picture("content").dims();
        let row: Vec<f32> = (0..width).map(|x| f32::from(u8::from(inside(x)))).collect();
        Tensor::from_data(TensorData::new(row.repeat(height), [1, 1, height, width]), &self.device)
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_mask_that_is_full_changes_nothing() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        let weighting = setting.weighting(&Settings::default());
        let full = || Some(setting.columns(|_| true));
        let plain = setting.evaluate(weighting.clone(), &setting.subject(), &[setting.everywhere()], setting.picture("input")).await;
        let subject = Subject { counts: full(), ..setting.subject() };
        let regions = [Region { mask: full(), ..setting.everywhere() }];
        let masked = setting.evaluate(weighting, &subject, &regions, setting.picture("input")).await;
        assert_close(&format!("{name} terms"), &masked.0, &plain.0, TOLERANCE);
        assert_close(&format!("{name} gradient"), &masked.1, &plain.1, 10.0 * TOLERANCE);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn what_does_not_count_does_not_matter() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        let weighting = Weighting { variation: 0.0, ..setting.weighting(&Settings::default()) };
        // Deep taps see far across the mask's border; the first one sees a pixel.
        let shallow = Weighting { style_taps: weighting.style_taps[..1].to_vec(), content: 0.0, ..weighting };
        let subject = Subject { counts: Some(setting.columns(|x| x < 12)), ..setting.subject() };
        let changed = setting.picture("input") + setting.columns(|x| x > 15) * 0.4;
        let before = setting.evaluate(shallow.clone(), &subject, &[setting.everywhere()], setting.picture("input")).await;
        let after = setting.evaluate(shallow, &subject, &[setting.everywhere()], changed).await;
        assert_close(name, &after.0[..1], &before.0[..1], TOLERANCE);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn what_is_left_alone_has_no_gradient() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        let subject = Subject { keep: Some(setting.columns(|x| x < 10)), ..setting.subject() };
        let weighting = setting.weighting(&Settings { detail: 0.5, ..Settings::default() });
        let (_, gradient) = setting.evaluate(weighting, &subject, &[setting.everywhere()], setting.picture("input")).await;
        let [_, _, _, width] = setting.picture("content").dims();
        for (index, value) in gradient.iter().enumerate() {
            assert!(index % width >= 10 || *value == 0.0, "{name}: {value} at {index}");
        }
        assert!(gradient.iter().any(|value| *value != 0.0));
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn equal_styles_are_as_one_and_their_weights_are_shares() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        let weighting = setting.weighting(&Settings::default());
        let one = setting.evaluate(weighting.clone(), &setting.subject(), &[setting.everywhere()], setting.picture("input")).await;
        let weighed = |weight: f32| StylePicture { weight, ..setting.style() };
        let together = [Region { mask: None, styles: vec![weighed(0.3), weighed(1.2)] }];
        let two = setting.evaluate(weighting.clone(), &setting.subject(), &together, setting.picture("input")).await;
        assert_close(&format!("{name} styles"), &two.1, &one.1, 10.0 * TOLERANCE);
        let apart = [0.3, 1.2].map(|weight| Region { mask: None, styles: vec![weighed(weight)] });
        let two = setting.evaluate(weighting, &setting.subject(), &apart, setting.picture("input")).await;
        assert_close(&format!("{name} regions"), &two.1, &one.1, 10.0 * TOLERANCE);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_seamless_picture_is_the_same_wherever_it_is_cut() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        // The pools divide by 8 until relu4_1, so rolling by 8 on sides that 8 divides moves every map by whole pixels.
        let square = |name: &str| setting.picture(name).slice([0..1, 0..3, 0..32, 0..24]);
        let rolled = |picture: Tensor<4>| {
            let down = Tensor::cat(vec![picture.clone().narrow(2, 8, 24), picture.narrow(2, 0, 8)], 2);
            Tensor::cat(vec![down.clone().narrow(3, 16, 8), down.narrow(3, 0, 16)], 3)
        };
        let weighting = setting.weighting(&Settings { seamless: true, ..Settings::default() });
        assert_eq!(weighting.padding, Some(Padding::Wrap));
        let subject = |picture| Subject { picture, counts: None, keep: None };
        let here = setting.evaluate(weighting.clone(), &subject(square("content")), &[setting.everywhere()], square("input")).await;
        let there =
            setting.evaluate(weighting, &subject(rolled(square("content"))), &[setting.everywhere()], rolled(square("input"))).await;
        // Style, content and variation; all see no border.
        assert_close(name, &there.0, &here.0, TOLERANCE);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_detail_term_is_nothing_at_the_content_and_one_for_a_flat_picture() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        let weighting = setting.weighting(&Settings { detail: 1.0, ..Settings::default() });
        let at = async |picture| setting.evaluate(weighting.clone(), &setting.subject(), &[setting.everywhere()], picture).await.0[4];
        assert!(at(setting.picture("content")).await.abs() < 1e-9, "{name}");
        let flat = setting.picture("content").full_like(0.4);
        // The Laplacian of a flat picture is zero but for f32's grain.
        assert!((at(flat).await - 1.0).abs() < 1e-5, "{name}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_detail_term_holds_the_border_as_it_holds_the_middle() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        for seamless in [false, true] {
            let settings = Settings { detail: 1.0, smoothness: 0.0, seamless, ..Settings::default() };
            let weighting = Weighting { content: 0.0, style: 0.0, ..setting.weighting(&settings) };
            let [_, _, height, width] = setting.picture("content").dims();
            // A dot at a place: how far the term is raised by it.
            let raised = async |x: usize, y: usize| {
                let mut dot = vec![0.0_f32; height * width];
                dot[y * width + x] = 0.5;
                let dot = Tensor::<4>::from_data(TensorData::new(dot, [1, 1, height, width]), &setting.device);
                let picture = setting.picture("content") + dot;
                setting.evaluate(weighting.clone(), &setting.subject(), &[setting.everywhere()], picture).await.0[4]
            };
            let middle = raised(width / 2, height / 2).await;
            // A dot's own Laplacian and its four neighbours': 16 + 4 in the middle, 9 + 3 at a border that is continued, 4 + 2 in its corner.
            let (border, corner) = if seamless { (1.0, 1.0) } else { (12.0 / 20.0, 6.0 / 20.0) };
            let (found_border, found_corner) = (raised(width / 2, 0).await / middle, raised(0, 0).await / middle);
            // At half size the same holds of a quarter of the dot.
            assert!((found_border - border).abs() < 1e-3, "{name} seamless {seamless}: {found_border}");
            assert!((found_corner - corner).abs() < 1e-3, "{name} seamless {seamless}: {found_corner}");
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_gradient_of_all_terms_together_is_their_finite_difference_on_the_cpu() {
    let setting = Setting::new(atelier::backend::cpu());
    let settings = Settings { detail: 0.3, seamless: true, smoothness: 5.0, ..Settings::default() };
    let subject = Subject { counts: Some(setting.columns(|x| x > 2)), ..setting.subject() };
    let regions = [Region { mask: Some(setting.columns(|x| x < 14)), ..setting.everywhere() }, setting.everywhere()];
    let objective = setting.objective(setting.weighting(&settings), &subject, &regions).await;
    let picture = setting.picture("input");
    assert_gradient(&objective, picture).await;
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn new_weights_are_as_if_they_had_been_there_from_the_start() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        let changed = setting.weighting(&Settings { strength: 0.9, layers: [2.0, 0.0, 1.0, 1.0, 1.0], detail: 0.2, ..Settings::default() });
        let mut objective = setting.objective(setting.weighting(&Settings::default()), &setting.subject(), &[setting.everywhere()]).await;
        objective.reweigh(&changed);
        let adjusted = read(objective.evaluate(setting.picture("input")).await.unwrap().gradient).await;
        let fresh = setting.evaluate(changed, &setting.subject(), &[setting.everywhere()], setting.picture("input")).await;
        assert_close(name, &adjusted, &fresh.1, TOLERANCE);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn tiles_add_up_to_the_whole() {
    for (name, device) in devices().await {
        let setting = Setting::new(device);
        // Three times as wide and high as the golden pictures, less what a seamless pyramid of two levels has no use for.
        let large = |name: &str| {
            let picture = setting.picture(name);
            let row = Tensor::cat(vec![picture.clone().flip([3]), picture.clone(), picture.flip([2])], 3);
            Tensor::cat(vec![row.clone(), row.clone().flip([3]), row], 2).slice([0..1, 0..3, 0..96, 0..80])
        };
        let mask = |inside: fn(usize) -> bool| {
            let row: Vec<f32> = (0..80).map(|x| f32::from(u8::from(inside(x)))).collect();
            Some(Tensor::<4>::from_data(TensorData::new(row.repeat(96), [1, 1, 96, 80]), &setting.device))
        };
        let plain = Subject { picture: large("content"), counts: None, keep: None };
        let masked = Subject { counts: mask(|x| x != 3), keep: mask(|x| x > 70), ..plain.clone() };
        let style = || StylePicture { picture: large("style"), ..setting.style() };
        let everywhere = || Region { mask: None, styles: vec![style()] };
        let region = Region { mask: mask(|x| x < 50), styles: vec![style(), setting.style()] };
        let cases = [
            (Settings::default(), &plain, vec![everywhere()]),
            (Settings { pyramid: 2, detail: 0.5, ..Settings::default() }, &masked, vec![region, everywhere()]),
            (Settings { seamless: true, ..Settings::default() }, &plain, vec![everywhere()]),
            (Settings { seamless: true, pyramid: 2, ..Settings::default() }, &plain, vec![everywhere()]),
        ];
        for (case, (settings, subject, regions)) in cases.into_iter().enumerate() {
            let weighting = |side, kept| Weighting { tiles: Some(Tiles { side, kept }), ..setting.weighting(&settings) };
            let whole = setting.evaluate(weighting(200, 0), subject, &regions, large("input")).await;
            // None, some and all of the nine tiles keep their way back.
            for kept in [0, 2, 9] {
                let tiled = setting.evaluate(weighting(32, kept), subject, &regions, large("input")).await;
                // The same sums in another order.
                assert_close(&format!("{name} {case} {kept} terms"), &tiled.0, &whole.0, 1e-5);
                assert_close(&format!("{name} {case} {kept} gradient"), &tiled.1, &whole.1, 1e-4);
            }
        }
    }
}
