//! How near a result is to a style and to its content, as the true VGG sees it.

use atelier::error::Error;
use atelier::losses::gram;
use atelier::picture::{Fit, Picture, fit, resize};
use atelier::upload::tensor;
use atelier::vgg::{Features, Tap, Vgg, Weights};
use burn::tensor::{Device, Tensor};

use crate::failure::Failure;

/// The network that judges.
pub struct Judge {
    vgg: Vgg,
    device: Device,
}

/// Relative squared distances: 0 is the target, 1 a picture without features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Of Gram matrices, mean over relu1_1 … relu5_1.
    pub style: f32,
    /// Of features at relu4_2.
    pub content: f32,
}

const STYLE: [Tap; 5] = [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU4_1, Tap::RELU5_1];
const CONTENT: Tap = Tap::RELU4_2;

impl Judge {
    /// The least side of a picture that is judged: by four pools it is one.
    pub const LEAST: u32 = 16;

    /// With a network that sees every tap that is judged by as a true VGG does: a narrow one has layers of these names that nothing leads from to the true ones.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self, Failure> {
        let lacks = |tap: &Tap| !weights.measures_at(tap.place);
        match STYLE.iter().chain([&CONTENT]).find(|tap| lacks(tap)) {
            Some(tap) => Err(Failure::usage(format!("the judging network has no {tap}: give a VGG-19"))),
            None => Ok(Self { vgg: Vgg::new(weights, device), device: device.clone() }),
        }
    }

    /// Content and style are brought to the result's size: the style to its long side.
    pub async fn judge(&self, result: &Picture, content: &Picture, style: &Picture) -> Result<Verdict, Failure> {
        let (width, height) = (result.width(), result.height());
        let features = |picture: &Picture| self.vgg.features(tensor(&picture.bled(), &self.device), &[&STYLE[..], &[CONTENT]].concat());
        let of_result = features(result);
        let of_content = features(&resize(content, width, height));
        let of_style = features(&fit(style, Fit::Exactly(width.max(height))));
        let mut sum = 0.0;
        for tap in STYLE {
            let (have, want) = (statistic(&of_result, tap), statistic(&of_style, tap));
            sum += relative(have, want).await?;
        }
        let flat = |features: &Features| features.get(&CONTENT).cloned().map(|map| map.flatten::<2>(1, 3));
        Ok(Verdict { style: sum / 5.0, content: relative(flat(&of_result), flat(&of_content)).await? })
    }
}

fn statistic(features: &Features, tap: Tap) -> Option<Tensor<2>> {
    let map = features.get(&tap)?.clone();
    let [_, _, height, width] = map.dims();
    Some(gram(map, None, height * width))
}

/// `‖have − want‖² / ‖want‖²`
async fn relative(have: Option<Tensor<2>>, want: Option<Tensor<2>>) -> Result<f32, Failure> {
    let (Some(have), Some(want)) = (have, want) else { return Err(Failure::defect("a tap was not computed")) };
    let square = |tensor: Tensor<2>| (tensor.clone() * tensor).sum();
    let quotient = square(have - want.clone()) / square(want);
    let data = quotient.into_data_async().await.map_err(|error| Failure::defect(error.to_string()))?;
    let values = data.try_into_vec::<f32>().map_err(|error| Failure::defect(format!("{error:?}")))?;
    values.first().copied().ok_or_else(|| Error::from(atelier::optimize::RunError::NotFinite).into())
}
