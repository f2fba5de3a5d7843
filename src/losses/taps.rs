//! Where a network is looked at unless layers are named: the first layer of each block for style, and for content the paper's (Gatys et al. 2016), as far as the network measures there.

use crate::vgg::{Tap, Weights};

/// For style.
pub(crate) fn style_taps(network: &Weights) -> impl Iterator<Item = Tap> {
    [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU4_1, Tap::RELU5_1].into_iter().filter(|tap| network.measures_at(tap.place))
}

/// For content: relu4_2, or the nearest at which a narrow network measures.
pub(crate) fn content_tap(network: &Weights) -> Option<Tap> {
    [Tap::RELU4_2, Tap::RELU3_2].into_iter().find(|tap| network.measures_at(tap.place))
}

/// Whether this network has only a distant idea of what the true one sees there: a narrow one of relu5_1, of which it is right by half.
///
/// When optimising it counts [`DISTANT`]; a training of a generator leaves it out, since on patches all of it is of the border: trained by it too, pictures were further from their
/// style at every layer (docs/quality.md, "Training a generator by it").
pub(crate) fn is_distant(network: &Weights, tap: Tap) -> bool {
    network.is_narrow() && tap.place.block == 5
}

/// What such a layer counts of what the others do when optimising. At a full share it holds back the others: with less, a picture as far from its photo is nearer to its style (docs/quality.md,
/// "The network that is optimised against").
pub(crate) const DISTANT: f32 = 0.3;
