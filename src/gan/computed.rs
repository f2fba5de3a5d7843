//! What a step computes before anything moves, and what is read of it by a single wait.

use burn::tensor::Tensor;

use super::Settings;
use super::event::Losses;
use crate::error::Error;
use crate::readback::{each_scalar, squared};

/// The identity loss is a squared difference of colours, hundredths of the relative losses.
const IDENTITY_SCALE: f32 = 50.0;

/// A weave that is plainly seen, of five steps of 255, has this part of a relative loss of 1.
const LATTICE_SCALE: f32 = 1000.0;

/// The generator's losses but for the adversarial one, `[1]` each, with a way back to it.
#[derive(Debug)]
pub(super) struct Terms {
    pub content: Tensor<1>,
    pub style: Tensor<1>,
    pub identity: Tensor<1>,
    pub variation: Tensor<1>,
    pub lattice: Tensor<1>,
}

impl Terms {
    /// Their sum by the weights that are chosen.
    pub fn weighed(&self, settings: &Settings) -> Tensor<1> {
        self.content.clone() * settings.content
            + self.style.clone() * settings.style
            + self.identity.clone() * (settings.identity * IDENTITY_SCALE)
            + self.variation.clone() * settings.variation
            + self.lattice.clone() * (settings.lattice * LATTICE_SCALE)
    }
}

/// All that a step computes before anything moves, on the device. Scalars are `[1]`, gradients as long as the parameters.
#[derive(Debug)]
pub(super) struct Computed {
    /// The generator's loss, without what the discriminator costs it.
    pub loss: Tensor<1>,
    pub terms: Terms,
    /// What the discriminator costs the generator, where the two play.
    pub adversarial: Option<Tensor<1>>,
    /// The discriminator's own loss and how often it is right, where the two play.
    pub judged: Option<(Tensor<1>, Tensor<1>)>,
    /// How much the pictures that are told alike differ, as made and before, and patches of what they are told of, where the two play and there are any.
    pub variances: Option<[Tensor<1>; 3]>,
    /// The gradients on whoever learns.
    pub of_generator: Option<Tensor<1>>,
    pub of_discriminator: Option<Tensor<1>>,
}

/// What is read of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalars {
    pub loss: f32,
    pub losses: Losses,
    pub success: f32,
    /// Of what was made, of the contents and of the styles' patches; 0 where they are not known.
    pub variances: [f32; 3],
    /// Lengths of the gradients; 0 for who does not learn.
    pub gradient: f32,
    pub of_discriminator: f32,
}

/// Pictures that differ by less, as a mean square, are alike themselves: by a hundredth of what lies between black and white.
const ALIKE: f32 = 1e-4;

impl Scalars {
    /// How much of the contents' differences is left in what was made of them, where there are any. In a style that is plain all pictures are to be alike.
    pub fn variety(&self) -> Option<f32> {
        let [of_made, of_contents, of_styles] = self.variances;
        (of_contents > ALIKE && of_styles > ALIKE).then(|| of_made / of_contents)
    }
}

impl Computed {
    /// Its scalars, by a single wait, and the gradients on the generator and on the discriminator.
    pub async fn read(self) -> Result<(Scalars, [Option<Tensor<1>>; 2]), Error> {
        let zero = self.loss.zeros_like();
        let length = |gradient: &Option<Tensor<1>>| gradient.as_ref().map_or(zero.clone(), |gradient| squared(gradient).sqrt());
        let (of_game, right) = self.judged.unwrap_or_else(|| (zero.clone(), zero.clone()));
        let [of_made, of_contents, of_styles] = self.variances.unwrap_or_else(|| [zero.clone(), zero.clone(), zero.clone()]);
        let Terms { content, style, identity, variation, lattice } = self.terms;
        let [
            loss,
            content,
            style,
            identity,
            variation,
            lattice,
            adversarial,
            discriminator,
            success,
            of_made,
            of_contents,
            of_styles,
            gradient,
            of_discriminator,
        ] = each_scalar([
            self.loss,
            content.inner(),
            style.inner(),
            identity.inner(),
            variation.inner(),
            lattice.inner(),
            self.adversarial.unwrap_or_else(|| zero.clone()),
            of_game,
            right,
            of_made,
            of_contents,
            of_styles,
            length(&self.of_generator),
            length(&self.of_discriminator),
        ])
        .await?;
        let losses = Losses { content, style, identity, variation, lattice, adversarial, discriminator };
        let scalars = Scalars { loss, losses, success, variances: [of_made, of_contents, of_styles], gradient, of_discriminator };
        Ok((scalars, [self.of_generator, self.of_discriminator]))
    }
}
