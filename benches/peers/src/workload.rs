//! What is timed: a network's forward pass, and one step of style transfer.

use atelier::error::DeviceError;
use atelier::job::Checkpoints;
use atelier::losses::{Normalisation, Objective, Region, StylePicture, StyleStatistic, StyleTransfer, Subject, Weighting};
use atelier::vgg::{Architecture, Place, Pooling, Tap, Vgg, Weights};
use burn::tensor::{Device, Tensor, TensorData};

/// Weight of the style loss. With random weights it brings both losses to one order of magnitude, so that a mistake in either shows.
pub const STYLE_WEIGHT: f32 = 1e6;

/// One network on one device, and the pictures that it is given.
#[derive(Debug)]
pub struct Workload {
    network: Vgg,
    weights: Weights,
    device: Device,
    deepest: Tap,
    pictures: Option<Pictures>,
}

/// Three pictures of one size, the objective made of the latter two.
#[derive(Debug)]
struct Pictures {
    /// What is looked at, `[1, 3, side, side]`.
    picture: Tensor<4>,
    objective: StyleTransfer,
}

/// What one step gives.
#[derive(Debug)]
pub struct Step {
    /// The weighted sum, `[1]`.
    pub loss: Tensor<1>,
    /// On the picture, `[1, 3, side, side]`.
    pub gradient: Tensor<4>,
}

impl Workload {
    /// Puts a network on a device.
    #[must_use]
    pub fn new(weights: Weights, device: Device) -> Self {
        let network = Vgg::new(&weights, &device);
        let deepest = style_taps(&weights.architecture).last().copied().unwrap_or(Tap::RELU1_1);
        Self { network, weights, device, deepest, pictures: None }
    }

    /// Takes three pictures of `side × side`, one after the other in `values`: the one to look at, the content, the style. Each is
    /// RGB in 0…1 by planes. Returns whether there were as many values as that takes.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn set_pictures(&mut self, values: &[f32], side: usize) -> Result<bool, DeviceError> {
        let length = 3 * side * side;
        if length == 0 || values.len() != 3 * length {
            return Ok(false);
        }
        let mut pictures = values
            .chunks_exact(length)
            .map(|values| Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 3, side, side]), &self.device));
        let (Some(picture), Some(content), Some(style)) = (pictures.next(), pictures.next(), pictures.next()) else { return Ok(false) };
        let subject = Subject { picture: content, counts: None, keep: None };
        let regions = [Region { mask: None, styles: vec![StylePicture { picture: style, counts: None, weight: 1.0 }] }];
        // What was there before need not stay in memory while its successor is made.
        self.pictures = None;
        self.device.memory_cleanup();
        let weighting = weighting(&self.weights.architecture);
        let objective =
            StyleTransfer::new(&self.network, &self.weights, weighting, &subject, &regions, &self.device, &Checkpoints::default()).await?;
        self.pictures = Some(Pictures { picture, objective });
        Ok(true)
    }

    /// The network alone, to its deepest tap; `None` before there are pictures.
    ///
    /// # Shapes
    /// → `[1, c, side / 2^(b−1), side / 2^(b−1)]`
    #[must_use]
    pub fn forward(&self) -> Option<Tensor<4>> {
        let picture = self.pictures.as_ref()?.picture.clone();
        self.network.features(picture, &[self.deepest]).remove(&self.deepest)
    }

    /// Loss and gradient; `None` before there are pictures.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn step(&self) -> Result<Option<Step>, DeviceError> {
        let Some(Pictures { picture, objective }) = &self.pictures else { return Ok(None) };
        let evaluation = objective.evaluate(picture.clone()).await?;
        Ok(Some(Step { loss: evaluation.terms.narrow(0, 0, 1), gradient: evaluation.gradient }))
    }
}

/// The first layer of each block, after its ReLU.
fn style_taps(architecture: &Architecture) -> Vec<Tap> {
    (1..=architecture.blocks.len()).map(|block| Tap::relu(block, 1)).collect()
}

/// The losses of Gatys et al. (2016), eqs. 1 and 4, with equal shares: any library can be asked for them in a few lines.
fn weighting(architecture: &Architecture) -> Weighting {
    let has = |tap: &Tap| architecture.channels(tap.place).is_some();
    let content = [Place::new(4, 2), Place::new(3, 2)].map(|place| Tap::relu(place.block, place.layer)).into_iter().find(has);
    Weighting {
        content: 1.0,
        style: STYLE_WEIGHT,
        variation: 0.0,
        detail: 0.0,
        content_taps: content.into_iter().collect(),
        style_taps: style_taps(architecture).into_iter().map(|tap| (tap, 1.0)).collect(),
        normalisation: Normalisation::Paper,
        statistic: StyleStatistic::Gram,
        pyramid: 1,
        pooling: Pooling::Max,
        padding: None,
        tiles: None,
    }
}
