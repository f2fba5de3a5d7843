//! A narrow network made wider without a change in what it answers, so that what it has learnt is kept (the idea of Net2Net, Chen et al. 2016; their new
//! channels are copies of old ones, these begin at random and count for nothing until they have learnt to).

use crate::vgg::{Architecture, ConvolutionWeights, Layer, LinearMap, Weights};

/// `weights` with as many channels as `blocks` says in each layer; `None` where they are fewer somewhere, or where the layers are others.
#[must_use]
pub fn widened(weights: &Weights, blocks: &[Vec<usize>], seed: u64) -> Option<Weights> {
    let architecture = Architecture { blocks: blocks.to_vec(), ..weights.architecture.clone() };
    let lengths = |blocks: &[Vec<usize>]| blocks.iter().map(Vec::len).collect::<Vec<_>>();
    let wider = architecture.layers().zip(weights.architecture.layers()).all(|(new, old)| new.output >= old.output);
    if !wider || lengths(blocks) != lengths(&weights.architecture.blocks) {
        return None;
    }
    let mut new = Weights::untrained(architecture, seed);
    let layers: Vec<(Layer, Layer)> = new.architecture.layers().zip(weights.architecture.layers()).collect();
    for (((wide, narrow), to), from) in layers.into_iter().zip(&mut new.convolutions).zip(&weights.convolutions) {
        *to = convolution(&wide, to, &narrow, from);
    }
    new.maps = weights.maps.iter().filter_map(|(place, map)| Some((*place, linear(map, new.architecture.channels(*place)?)))).collect();
    Some(new)
}

/// Old outputs do not look at new inputs; new outputs are as they were drawn.
fn convolution(wide: &Layer, drawn: &ConvolutionWeights, narrow: &Layer, old: &ConvolutionWeights) -> ConvolutionWeights {
    let (mut weight, mut bias) = (drawn.floats(wide).into_owned(), drawn.bias.clone());
    for (to, from) in weight.chunks_exact_mut(9 * wide.input).zip(old.floats(narrow).chunks_exact(9 * narrow.input)) {
        to[..from.len()].copy_from_slice(from);
        to[from.len()..].fill(0.0);
    }
    bias[..old.bias.len()].copy_from_slice(&old.bias);
    ConvolutionWeights { weight: weight.into(), bias }
}

/// New channels say nothing of the true ones yet.
fn linear(map: &LinearMap, narrow: usize) -> LinearMap {
    let rows = map.weight.chunks_exact(map.narrow.max(1));
    let weight = rows.flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(0.0, narrow - map.narrow))).collect();
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
        let wide = widened(&narrow(), &[vec![4, 3], vec![7]], 9).unwrap();
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
        let wide = widened(&narrow(), &[vec![4, 3], vec![7]], 9).unwrap();
        let layer = wide.architecture.layers().next().unwrap();
        assert!(wide.convolutions[0].floats(&layer)[2 * 27..].iter().all(|weight| *weight != 0.0));
    }

    #[test]
    fn narrower_or_other_layers_are_refused() {
        for blocks in [vec![vec![2, 2], vec![4]], vec![vec![2, 3]], vec![vec![2, 3, 3], vec![4]], vec![vec![2, 3], vec![4], vec![4]]] {
            assert_eq!(widened(&narrow(), &blocks, 0), None, "{blocks:?}");
        }
    }
}
