//! What each picture of a batch is to become.

use burn::tensor::{Device, Tensor, TensorData};

use super::batch::{Batch, Target};
use super::perceptual::Targets;
use super::styles::Styles;
use crate::generator::{StyleStatistics, Weights};
use crate::parameters::vector;

/// What a batch is to become.
#[derive(Debug)]
pub(super) struct Aim {
    /// What the generator is told, `[n, statistics]`, of size 1.
    pub told: Tensor<2>,
    /// What its pictures are measured by.
    pub targets: Targets,
    /// `[n, 1, 1, 1]`: 1 where a picture is to stay as it is.
    pub own: Tensor<4>,
}

impl Aim {
    /// The aim of a batch of which every style has been looked at. `own` is what is told of those contents as styles that are to stay as they are, in their order, and their targets, where there
    /// are such.
    pub fn of(batch: &Batch, styles: &Styles, generator: &Weights, own: Option<&(Tensor<2>, Targets)>, device: &Device) -> Self {
        let length = generator.architecture.statistics();
        let known = |(statistics, seen): (&StyleStatistics, &Targets)| {
            (Tensor::from_data(TensorData::new(statistics.0.clone(), [1, length]), device), seen.clone())
        };
        let mut owns = 0..;
        let aims = batch.styles.iter().filter_map(|target| match *target {
            Target::Own => own.zip(owns.next()).map(|((told, seen), index)| (told.clone().narrow(0, index, 1), seen.of(index))),
            Target::Style(at) => styles.told(at).zip(styles.targets(at)).map(known),
            Target::Mean(size) => styles.mean(size).map(known),
        });
        let (told, targets): (Vec<_>, Vec<_>) = aims.unzip();
        let own: Vec<f32> = batch.styles.iter().map(|target| f32::from(u8::from(*target == Target::Own))).collect();
        let count = own.len();
        Self {
            told: generator.style_scale.apply(Tensor::cat(told, 0)),
            targets: Targets::together(&targets),
            own: vector(own, device).reshape([count, 1, 1, 1]),
        }
    }
}
