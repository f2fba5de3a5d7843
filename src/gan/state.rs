//! What a step changes, and how it is taken to a checkpoint and back.

use burn::tensor::{Device, Tensor};

use super::balance::Balance;
use super::checkpoint::{Networks, Player};
use super::discriminator::Discriminator;
use super::spectral_norm::SpectralNorm;
use crate::adam::Adam;
use crate::error::DeviceError;
use crate::parameters::vector;
use crate::readback::values;

/// Everything that a step changes.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub step: u64,
    pub generator: Tensor<1>,
    pub generator_adam: Adam<1>,
    pub average: Tensor<1>,
    pub discriminator: Tensor<1>,
    pub discriminator_adam: Adam<1>,
    pub norms: Vec<SpectralNorm>,
    pub balance: Balance,
}

impl State {
    /// Both networks, on the host.
    pub async fn networks(&self) -> Result<Networks, DeviceError> {
        let player = async |parameters: &Tensor<1>, adam: &Adam<1>| -> Result<Player, DeviceError> {
            Ok(Player {
                parameters: values(parameters.clone()).await?,
                mean: values(adam.mean.clone()).await?,
                square: values(adam.square.clone()).await?,
                count: adam.count,
            })
        };
        let singular = self.norms.iter().map(|norm| norm.left.clone().flatten::<1>(0, 1)).collect();
        Ok(Networks {
            generator: player(&self.generator, &self.generator_adam).await?,
            average: values(self.average.clone()).await?,
            discriminator: player(&self.discriminator, &self.discriminator_adam).await?,
            singular: values(Tensor::cat(singular, 0)).await?,
        })
    }

    /// Takes both networks as they were.
    pub fn restore(&mut self, networks: Networks, device: &Device) {
        let Networks { generator, average, discriminator, singular } = networks;
        let restore = |parameters: &mut Tensor<1>, adam: &mut Adam<1>, player: Player| {
            *parameters = vector(player.parameters, device);
            (adam.mean, adam.square) = (vector(player.mean, device), vector(player.square, device));
            adam.count = player.count;
        };
        restore(&mut self.generator, &mut self.generator_adam, generator);
        restore(&mut self.discriminator, &mut self.discriminator_adam, discriminator);
        self.average = vector(average, device);
        let mut singular = singular.into_iter();
        for (norm, outputs) in self.norms.iter_mut().zip(Discriminator::outputs()) {
            norm.left = vector(singular.by_ref().take(outputs).collect(), device).reshape([outputs, 1]);
        }
    }
}
