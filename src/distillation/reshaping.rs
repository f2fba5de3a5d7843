//! A narrow network in another shape that keeps what it has learnt. Where it becomes wider or deeper it answers as before (the idea of Net2Net, Chen et al. 2016; their
//! new channels are copies of old ones, these begin at random and count for nothing until they have learnt to). Where it becomes narrower the channels go that say least, by the
//! squared length of their weights (Li et al. 2017, "Pruning filters for efficient ConvNets"; theirs is the sum of the magnitudes of those coming in, these are both those coming in and those
//! by which a channel is listened to).

use crate::vgg::{Architecture, ConvolutionWeights, Layer, LinearMap, Weights};

/// `weights` with as many channels as `blocks` says in each layer. Layers may be added behind its last; `None` where one of its own is missing, or would come elsewhere.
#[must_use]
pub fn reshaped(weights: &Weights, blocks: &[Vec<usize>], seed: u64) -> Option<Weights> {
    let old: Vec<Layer> = weights.architecture.layers().collect();
    let mut new = Weights::untrained(Architecture { blocks: blocks.to_vec(), ..weights.architecture.clone() }, seed);
    let layers: Vec<Layer> = new.architecture.layers().take(old.len()).collect();
    if !layers.iter().map(|layer| layer.place).eq(old.iter().map(|layer| layer.place)) {
        return None;
    }
    // The picture's three channels stay.
    let mut inputs: Vec<usize> = (0..3).collect();
    for (index, (to, from)) in layers.iter().zip(&old).enumerate() {
        let outputs = most_telling(weights, &old, index, to.output);
        let convolution = new.convolutions.get_mut(index)?;
        *convolution = cut(weights.convolutions.get(index)?, from, (&outputs, &inputs), convolution, to);
        if let Some(map) = weights.maps.get(&from.place) {
            new.maps.insert(from.place, linear(map, &outputs, to.output));
        }
        inputs = outputs;
    }
    Some(new)
}

/// The channels of a layer that are kept where there is room for so many, in order.
fn most_telling(weights: &Weights, layers: &[Layer], index: usize, room: usize) -> Vec<usize> {
    let square = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>();
    let Some((layer, convolution)) = layers.get(index).zip(weights.convolutions.get(index)) else { return Vec::new() };
    let incoming = convolution
        .floats(layer)
        .chunks_exact(9 * layer.input)
        .zip(&convolution.bias)
        .map(|(row, bias)| square(row) + bias * bias)
        .collect::<Vec<_>>();
    // What listens to a channel does so with a share of its weights.
    let mut outgoing = vec![0.0; layer.output];
    let mut heard = |rows: &[f32], each: usize| {
        let all = square(rows).max(f32::MIN_POSITIVE);
        for row in rows.chunks_exact(each * layer.output) {
            for (share, part) in outgoing.iter_mut().zip(row.chunks_exact(each)) {
                *share += square(part) / all;
            }
        }
    };
    if let Some(map) = weights.maps.get(&layer.place) {
        heard(&map.weight, 1);
    }
    if let Some((next, convolution)) = layers.get(index + 1).zip(weights.convolutions.get(index + 1)) {
        heard(&convolution.floats(next), 9);
    }
    let telling =
        |channel: &usize| incoming.get(*channel).zip(outgoing.get(*channel)).map_or(0.0, |(incoming, outgoing)| incoming * outgoing);
    let mut channels: Vec<usize> = (0..layer.output).collect();
    channels.sort_by(|a, b| telling(b).total_cmp(&telling(a)));
    channels.truncate(room);
    channels.sort_unstable();
    channels
}

/// A convolution of which `kept` outputs and inputs stay as they were, in front. Old outputs do not look at new inputs; new outputs are as they were drawn.
fn cut(old: &ConvolutionWeights, from: &Layer, kept: (&[usize], &[usize]), drawn: &ConvolutionWeights, to: &Layer) -> ConvolutionWeights {
    let (outputs, inputs) = kept;
    let (mut weight, mut bias) = (drawn.floats(to).into_owned(), drawn.bias.clone());
    let floats = old.floats(from);
    let rows: Vec<&[f32]> = floats.chunks_exact(9 * from.input).collect();
    for (row, output) in weight.chunks_exact_mut(9 * to.input).zip(outputs) {
        row.fill(0.0);
        let Some(learnt) = rows.get(*output) else { continue };
        for (kernel, input) in row.chunks_exact_mut(9).zip(inputs) {
            kernel.copy_from_slice(learnt.get(9 * input..9 * input + 9).unwrap_or(&[0.0; 9]));
        }
    }
    for (value, output) in bias.iter_mut().zip(outputs) {
        *value = old.bias.get(*output).copied().unwrap_or_default();
    }
    ConvolutionWeights { weight: weight.into(), bias }
}

/// A map from `narrow` channels, the first of which are those that were kept. New channels say nothing of the true ones yet.
fn linear(map: &LinearMap, kept: &[usize], narrow: usize) -> LinearMap {
    let mut weight = vec![0.0; map.bias.len() * narrow];
    for (row, learnt) in weight.chunks_exact_mut(narrow.max(1)).zip(map.weight.chunks_exact(map.narrow.max(1))) {
        for (value, channel) in row.iter_mut().zip(kept) {
            *value = learnt.get(*channel).copied().unwrap_or_default();
        }
    }
    LinearMap { narrow, weight, bias: map.bias.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::vgg::{Padding, Place, Pooling, Tap, Vgg};
    use burn::tensor::{Tensor, TensorData};

    fn narrow() -> Weights {
        let architecture = Architecture {
            blocks: vec![vec![2, 3], vec![4]],
            padding: Padding::Replicate,
            pooling: Pooling::Max,
            input: crate::vgg::Input { scale: [4.0; 3], shift: [-1.8; 3] },
        };
        let map = LinearMap { narrow: 4, weight: (0..20_u8).map(|i| f32::from(i) / 7.0 - 1.0).collect(), bias: vec![0.5; 5] };
        Weights { maps: [(Place::new(2, 1), map)].into(), ..Weights::untrained(architecture, 3) }
    }

    fn answer(weights: &Weights) -> Vec<f32> {
        let picture = (0..3 * 64_u8).map(|i| f32::from(i % 23) / 22.0).collect::<Vec<_>>();
        let picture = Tensor::<4>::from_data(TensorData::new(picture, [1, 3, 8, 8]), &cpu());
        let tap = Tap::relu(2, 1);
        let features = Vgg::new(weights, &cpu()).features(picture, &[tap]).remove(&tap).unwrap();
        let map = &weights.maps[&tap.place];
        let weight = Tensor::<2>::from_data(TensorData::new(map.weight.clone(), [5, map.narrow]), &cpu());
        crate::kernels::product(weight, features.flatten::<3>(2, 3).squeeze_dim(0)).into_data().try_to_vec().unwrap()
    }

    #[test]
    fn a_wider_network_answers_as_before() {
        let wide = reshaped(&narrow(), &[vec![4, 3], vec![7]], 9).unwrap();
        assert_eq!(wide.architecture.channels(Place::new(1, 1)), Some(4));
        assert!(wide.convolutions[0].bias.len() == 4 && wide.maps[&Place::new(2, 1)].narrow == 7);
        let (before, after) = (answer(&narrow()), answer(&wide));
        // Zeros are added to the same products, in another order.
        assert!(before.iter().zip(&after).all(|(before, after)| (before - after).abs() < 1e-5), "{before:?} {after:?}");
        assert!(before.iter().any(|value| value.abs() > 0.1));
    }

    #[test]
    fn new_channels_can_learn() {
        // They answer with something, so what listens to them has a gradient.
        let wide = reshaped(&narrow(), &[vec![4, 3], vec![7]], 9).unwrap();
        let layer = wide.architecture.layers().next().unwrap();
        assert!(wide.convolutions[0].floats(&layer)[2 * 27..].iter().all(|weight| *weight != 0.0));
    }

    #[test]
    fn a_deeper_network_answers_as_before() {
        let deep = reshaped(&narrow(), &[vec![2, 3], vec![4, 5], vec![6]], 9).unwrap();
        assert_eq!(deep.convolutions.len(), 5);
        assert_eq!((&deep.convolutions[..3], &deep.maps), (&narrow().convolutions[..], &narrow().maps));
        let layers: Vec<_> = deep.architecture.layers().collect();
        for (layer, drawn) in layers.iter().zip(&deep.convolutions).skip(3) {
            assert!(drawn.floats(layer).iter().all(|weight| *weight != 0.0), "{}", layer.place);
        }
    }

    #[test]
    fn a_narrower_network_keeps_the_channels_that_say_most() {
        // Of the second layer's three channels nothing listens to the first, and of the last layer's four the third says nothing.
        let mut whole = narrow();
        let layers: Vec<_> = whole.architecture.layers().collect();
        let mut last = whole.convolutions[2].floats(&layers[2]).into_owned();
        for row in last.chunks_exact_mut(27) {
            row[..9].fill(0.0);
        }
        last[2 * 27..3 * 27].fill(0.0);
        whole.convolutions[2].weight = last.into();
        let cut = reshaped(&whole, &[vec![2, 2], vec![3]], 9).unwrap();
        assert_eq!(cut.architecture.layers().map(|layer| layer.output).collect::<Vec<_>>(), [2, 2, 3]);
        let (before, after) = (answer(&whole), answer(&cut));
        // The same products in another order, without the zeros.
        assert!(before.iter().zip(&after).all(|(before, after)| (before - after).abs() < 1e-5), "{before:?} {after:?}");
    }

    #[test]
    fn other_layers_are_refused() {
        for blocks in [vec![vec![2, 3]], vec![vec![2, 3, 3], vec![4]], vec![vec![2], vec![3, 4]], vec![vec![2, 3, 4]]] {
            assert_eq!(reshaped(&narrow(), &blocks, 0), None, "{blocks:?}");
        }
    }
}
