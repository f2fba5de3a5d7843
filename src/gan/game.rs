//! A step's game between generator and discriminator (Goodfellow et al. 2014).

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::aim::Aim;
use super::augmentation::Augmentation;
use super::discriminator::Discriminator;
use super::state::State;
use crate::parameters::{Leaves, Source, frozen, learning};

/// What the discriminator makes of a step.
#[derive(Debug)]
pub(super) struct Game {
    /// The mean verdict on what was made, with a way back to the generator.
    pub of_made: Tensor<1>,
    /// Its own loss, with a way back to its parameters.
    pub loss: Tensor<1>,
    /// Those parameters.
    pub leaves: Leaves,
    /// Share of its verdicts that are right.
    pub success: Tensor<1>,
}

impl Game {
    /// Shows real patches and made ones, as augmented, to the discriminator, which is told of styles by so many `statistics`. A picture that is to stay as it is takes no part: what
    /// it is told is its own style, and the real patch beside it is of another.
    ///
    /// # Shapes
    /// `real` and `made` are `[n, 3, h, w]` in 0…1, `made` with a way back to the generator
    pub fn play(
        state: &mut State,
        statistics: usize,
        aim: &Aim,
        real: Tensor<4>,
        made: &Tensor<4>,
        augmentations: &[Augmentation; 2],
    ) -> Self {
        let build = |source: &mut Source<'_>| Discriminator::new(statistics, source);
        frozen(&state.discriminator, build).iterate(&mut state.norms);
        let told = (statistics > 0).then(|| aim.told.clone().autodiff());
        let styled = -aim.own.clone() + 1.0;
        let share = styled.clone() / styled.mean().reshape([1, 1, 1, 1]);
        let mean = |verdicts: Tensor<4>| (verdicts * share.clone().autodiff()).mean();
        let [of_real, of_made] = augmentations;

        let still = frozen(&state.discriminator.clone().autodiff(), build).normalised(&state.norms);
        let shown = of_made.apply(made.clone());
        let of_made_now = mean(still.forward(shown.clone(), told.clone()));

        let (learner, leaves) = learning(&state.discriminator, build);
        let learner = learner.normalised(&state.norms);
        let reals = learner.forward(of_real.apply(real.autodiff()), told.clone());
        let fakes = learner.forward(shown.inner().autodiff(), told);
        // Hinge (Lim & Ye 2017).
        let loss = mean(relu(-reals.clone() + 1.0)) + mean(relu(fakes.clone() + 1.0));
        let right = |verdicts: Tensor<4>| (verdicts.inner().greater_elem(0.0).float() * share.clone()).mean();
        let success = (right(reals) - right(fakes) + 1.0) * 0.5;
        Self { of_made: of_made_now, loss, leaves, success }
    }
}
