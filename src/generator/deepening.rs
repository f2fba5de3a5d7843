//! A generator without deep blocks given some without a change in what it paints, so that what it has learnt is kept (the idea of Net2Net, Chen et al.
//! 2016).

use std::collections::HashMap;

use super::{Architecture, Weights};

impl Weights {
    /// With `deep` residual blocks at an eighth of the picture's size, which begin at random and count for nothing until they have learnt to; `None` where
    /// there are such blocks already, and where `deep` is none or more than a file may have.
    #[must_use]
    pub fn deepened(&self, deep: usize, seed: u64) -> Option<Self> {
        let architecture = Architecture { deep, ..self.architecture.clone() };
        if self.architecture.deep > 0 || deep == 0 || !architecture.is_sound() {
            return None;
        }
        let (before, after) = (Self::layout(&self.architecture), Self::layout(&architecture));
        let learnt: HashMap<&str, &[f32]> = before.parts(&self.values).map(|(entry, part)| (entry.name.as_str(), part)).collect();
        let mut values = after.start(seed);
        for (entry, range) in after.ranges() {
            let (Some(part), Some(learnt)) = (values.get_mut(range), learnt.get(entry.name.as_str())) else { continue };
            match entry.name.as_str() {
                "modulation.weight" | "modulation.bias" => {
                    let rows = part.chunks_exact_mut(columns(&architecture)).zip(learnt.chunks_exact(columns(&self.architecture)));
                    rows.for_each(|(row, learnt)| widen(&architecture, row, learnt));
                }
                _ => part.copy_from_slice(learnt),
            }
        }
        Some(Self { architecture, values, ..self.clone() })
    }
}

/// A row of the modulation: as it was `learnt` for the layers that there were, as drawn for the deep ones, and nothing for the last of these.
fn widen(architecture: &Architecture, row: &mut [f32], learnt: &[f32]) {
    let (of_blocks, others) = learnt.split_at(4 * architecture.blocks * architecture.width);
    let (first, rest) = row.split_at_mut(of_blocks.len());
    let (of_deep, last) = rest.split_at_mut(2 * architecture.deep_layers() * architecture.width);
    first.copy_from_slice(of_blocks);
    last.copy_from_slice(others);
    let closed = of_deep.len() - 2 * architecture.width;
    of_deep[closed..].fill(0.0);
}

/// Length of a row of the modulation.
fn columns(architecture: &Architecture) -> usize {
    2 * architecture.modulated().iter().map(|layer| layer.channels).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, TensorData};

    use super::*;
    use crate::backend::cpu;
    use crate::generator::network::Network;
    use crate::generator::normalisation::Normaliser;
    use crate::generator::{About, StyleScale};
    use crate::kernels::Padding;
    use crate::parameters::{learning, vector};
    use crate::vgg::Architecture as VggArchitecture;

    fn shallow() -> Weights {
        let vgg = VggArchitecture { blocks: vec![vec![2], vec![3]], ..VggArchitecture::lite() };
        let architecture = Architecture { entrance: 2, width: 4, blocks: 3, deep: 0, exit: [3, 2], code: 5, ..Architecture::new(&vgg) };
        let scale = StyleScale::of(&[], architecture.statistics());
        let mut weights = Weights::start(architecture, scale, 3);
        // Modulations are small at the start; here they should matter.
        weights.values.iter_mut().for_each(|value| *value *= 1.5);
        Weights { about: About { steps: 7, ..About::default() }, ..weights }
    }

    /// What a generator paints of two pictures in two styles, and the gradient of its first channel's mean.
    fn painted(weights: &Weights) -> (Vec<f32>, Vec<f32>) {
        let (network, leaves) = learning(&vector(weights.values.clone(), &cpu()), |source| Network::new(&weights.architecture, source));
        let picture = (0..2 * 3 * 256_u16).map(|i| f32::from(i * 37 % 101) / 100.0).collect::<Vec<_>>();
        let picture = Tensor::<4>::from_data(TensorData::new(picture, [2, 3, 16, 16]), &cpu()).autodiff();
        let told = (0..20_u8).map(|i| f32::from(i % 7) / 3.0 - 1.0).collect::<Vec<_>>();
        let told = Tensor::<2>::from_data(TensorData::new(told, [2, 10]), &cpu()).autodiff();
        let modulations = network.modulations(network.code(told));
        let encoded = network.encode(picture, Padding::Replicate, &mut Normaliser::Own);
        let made = network.decode(encoded, &modulations, Padding::Replicate, &mut Normaliser::Own);
        let gradient = leaves.gradient(&mut made.clone().narrow(1, 0, 1).mean().backward());
        (made.inner().into_data().try_into_vec().unwrap(), gradient.into_data().try_into_vec().unwrap())
    }

    #[test]
    fn a_deeper_generator_paints_as_before() {
        let (before, after) = (shallow(), shallow().deepened(2, 9).unwrap());
        assert_eq!((after.architecture.deep, &after.about), (2, &before.about));
        let ((before, _), (after, _)) = (painted(&before), painted(&after));
        assert_eq!(before, after);
        assert!(before.iter().any(|value| (value - before[0]).abs() > 0.1));
    }

    #[test]
    fn deep_blocks_can_learn() {
        let deep = shallow().deepened(2, 9).unwrap();
        let (_, gradient) = painted(&deep);
        let layout = Weights::layout(&deep.architecture);
        let (_, bias) = layout.parts(&gradient).find(|(entry, _)| entry.name == "modulation.bias").unwrap();
        // Scales and shifts of four channels in six layers of blocks, and in six deep ones, of which the last opens the way for the others.
        assert!(bias[2 * 4 * (6 + 5)..2 * 4 * (6 + 6)].iter().any(|value| *value != 0.0), "{bias:?}");
    }

    #[test]
    fn deep_blocks_are_not_given_twice() {
        assert_eq!(shallow().deepened(2, 9).unwrap().deepened(1, 9), None);
    }
}
