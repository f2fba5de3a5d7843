//! How much of a picture the network sees at a time.

use burn::tensor::Device;

use super::{Weighting, real};
use crate::backend;
use crate::vgg::{Architecture, Pooling, Tap};

/// Bytes that an evaluation may hold beside its pictures: in a browser what a tab on a phone can spare, natively what any desktop can.
pub(super) const BUDGET: f64 = if cfg!(target_family = "wasm") { 512e6 } else { 2e9 };

/// Bytes of a value.
const VALUE: f32 = 4.0;
/// Maps of the first block that stand side by side on the processor: on the way back the gradients before and behind a convolution, or the gradient and
/// the first layer's activations, where style is compared; on the way forward these and the second layer's, with a pool's output a quarter as large.
const MAPS: f32 = 2.25;
/// Bytes of a layer's signs for each of its values.
const SIGN: f32 = 1.0 / 8.0;
/// Values for each pixel beside them: pictures, counts and the kernels' scratch.
const BESIDE: f32 = 7.0;
/// On a GPU each layer's activations are kept until the way back has passed them, and the gradient on its way stands beside them. Measured with kernels
/// that keep no less, as the peak of resident memory over that of a run at 64 px.
const COPIES: f32 = 1.25;

/// Bytes for each pixel that the network sees.
///
/// `tests/memory.rs` holds them against what is allocated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// What seeing it holds at most, on the way forward or back. On the processor going back needs no more of most layers than signs (see `kernels`), so
    /// it is the first block's maps that count.
    pub seen: f32,
    /// The same, if the first layer's features are made anew on the way back: they take the most memory and the least work.
    pub lean: f32,
    /// What is needed to go back later: the features that are compared, except those of the first layer, and what the kernels leave.
    pub kept: f32,
    /// The subject's features, where content is compared.
    pub content: f32,
}

impl Footprint {
    /// For a network that is read as a weighting says.
    #[must_use]
    pub fn new(architecture: &Architecture, weighting: &Weighting, device: &Device) -> Self {
        let (mut all, mut ends) = (0.0, 0.0);
        for (index, widths) in architecture.blocks.iter().enumerate() {
            all += real(widths.iter().sum()) / area(index);
            ends += real(widths.last().copied().unwrap_or_default()) / area(index);
        }
        let style = || weighting.style_taps.iter().map(|(tap, _)| *tap);
        let content = VALUE * features(architecture, weighting.content_taps.iter().copied());
        if !backend::is_cpu(device) {
            return Self { seen: VALUE * COPIES * all, lean: VALUE * COPIES * all, kept: VALUE * all, content };
        }
        let first = architecture.blocks.first().and_then(|widths| widths.iter().max()).copied().unwrap_or_default();
        let extra = weighting.content_taps.iter().copied().filter(|tap| style().all(|other| other != *tap));
        let read: Vec<Tap> = style().chain(extra).collect();
        let of = |counts: fn(&Tap) -> bool| features(architecture, read.iter().copied().filter(counts));
        let compared = of(|tap| !is_cheap(*tap));
        // A tap before its ReLU leaves a byte for each value that the ReLU takes away.
        let (masks, first_masks) = (of(|tap| !tap.rectified), of(|tap| !tap.rectified && tap.place.block == 1));
        let routes = if weighting.pooling == Pooling::Max { ends / 4.0 } else { 0.0 };
        let traces = SIGN * real(architecture.blocks.first().map_or(0, |widths| widths.iter().sum())) + real(first) / 4.0;
        let lean = VALUE * (MAPS * real(first) + BESIDE) + traces + first_masks;
        // What is made anew does not stand beside the two gradients, unless there is a third: that before the ReLU.
        let beside = if style().any(is_cheap) { VALUE * (3.0 - MAPS) * real(first) } else { 0.0 };
        let seen = lean + beside;
        let lean = if first_masks > 0.0 { seen } else { lean };
        Self { seen, lean, kept: VALUE * compared + masks + SIGN * all + routes, content }
    }
}

/// Whether features are those of the very first layer.
pub(super) fn is_cheap(tap: Tap) -> bool {
    tap.place.block == 1 && tap.place.layer == 1
}

/// Values at taps for each pixel of the picture.
fn features(architecture: &Architecture, taps: impl Iterator<Item = Tap>) -> f32 {
    taps.filter_map(|tap| Some(real(architecture.channels(tap.place)?) / area(tap.place.block - 1))).sum()
}

/// Pixels of the picture for each of a map after so many halvings.
fn area(halvings: usize) -> f32 {
    real(1 << (2 * halvings))
}

/// Whether so many bytes of a subject's features can stay from one evaluation to the next, beside the activations.
pub(super) fn can_stay(bytes: f64) -> bool {
    bytes <= BUDGET / 2.0
}
