//! The training itself: one step after another.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

use std::time::Duration;

use burn::tensor::{Device, Tensor, TensorData};
use web_time::Instant;

use super::aim::Aim;
use super::balance::{Balance, Measures};
use super::batch::{Batch, Target, lanes_of};
use super::checkpoint::{Checkpoint, Head, Photos};
use super::computed::{Computed, Terms};
use super::discriminator::Discriminator;
use super::event::{Alarm, Event, Losses, Progress};
use super::examples::StyleAt;
use super::game::Game;
use super::lattice::lattice_energy;
use super::perceptual::{Perceptual, Seen, Targets};
use super::spectral_norm::SpectralNorm;
use super::state::State;
use super::styles::{ROOM, Styles};
use super::{Examples, Players, Settings, TrainingError};
use crate::adam::Adam;
use crate::catalog::ModelError;
use crate::error::{DeviceError, Error};
use crate::generator::network::Network;
use crate::generator::normalisation::Normaliser;
use crate::generator::{About, OwnStyle, StyleScale, StyleStatistics, Weights};
use crate::kernels::Padding;
use crate::losses::{real, total_variation};
use crate::parameters::{learning, vector};
use crate::readback::values;
use crate::upload::tensor;
use crate::vgg::{self, ImportError};

/// Decay of the averaged weights; less at first, so that the average forgets how it began.
const AVERAGE: f32 = 0.998;
/// Adam's means for the generator, as Kingma & Ba suggest; against a discriminator the first is short (Radford et al. 2016).
const BETAS: [f32; 2] = [0.9, 0.99];
const BETAS_OF_PLAYERS: [f32; 2] = [0.5, 0.99];
/// The discriminator's rate over the generator's (two time-scale update rule, Heusel et al. 2017).
const TIME_SCALES: f32 = 2.0;
/// Steps between states that can be gone back to.
const KEEP_EVERY: u64 = 100;

/// A training in progress.
#[derive(Debug)]
pub struct Trainer {
    settings: Settings,
    examples: Examples,
    perceptual: Perceptual,
    /// The loss network's fingerprint; 0 where the one that describes styles measures.
    measured_by: u64,
    /// That of the maps by which the network measures that does, 0 where there are none.
    measured_in: u64,
    /// Why the network that measures cannot, where it cannot.
    unmeasured: Option<ImportError>,
    /// That of the one that describes styles.
    described_by: u64,
    /// From which generator this training was begun; 0 where an earlier version did not say.
    begun_from: u64,
    device: Device,
    weights: Weights,
    before: u64,
    styles: Styles,
    state: State,
    /// What is gone back to when something goes wrong.
    good: Box<State>,
    /// Time that steps have taken, and how many: what passes between two of them is nobody's business.
    spent: (Duration, u32),
    done: bool,
}

/// A step's scalars.
#[derive(Clone, Copy, Debug)]
struct Measured {
    losses: Losses,
    gradient: f32,
    judged: bool,
}

impl Trainer {
    /// A training of `start`, which may be new or trained already, on these examples. `vgg` describes styles to it and, unless there is [another](Self::with_loss_network), measures the
    /// losses.
    ///
    /// # Errors
    /// [`TrainingError`] where there is nothing to train on or a setting is out of range; [`ModelError::OtherNetwork`] where `start` learnt to be
    /// told of styles by another network than `vgg`.
    pub fn new(start: Weights, examples: Examples, vgg: &vgg::Weights, settings: Settings, device: &Device) -> Result<Self, Error> {
        settings.check()?;
        examples.require_both()?;
        start.architecture.require_told_by(&vgg.architecture, "generator")?;
        let told = told_to_discriminator(&examples, &start);
        let generator = vector(start.values.clone(), device);
        let discriminator = vector(Discriminator::layout(told).start(settings.seed ^ 0xD15C), device);
        let betas = if settings.adversarial > 0.0 { BETAS_OF_PLAYERS } else { BETAS };
        let norms = Discriminator::outputs().map(|outputs| {
            // Any vector with a part along the singular one will do.
            let left = (0..outputs).map(|index| 1.0 + 0.1 * real(index % 7)).collect();
            SpectralNorm { left: vector(left, device).reshape([outputs, 1]) }
        });
        let state = State {
            step: 0,
            generator_adam: Adam::new(&generator, betas),
            average: generator.clone(),
            generator,
            discriminator_adam: Adam::new(&discriminator, BETAS_OF_PLAYERS),
            discriminator,
            norms: norms.into(),
            balance: Balance::default(),
        };
        Ok(Self {
            perceptual: Perceptual::new(vgg, &device.clone().autodiff()),
            measured_by: 0,
            measured_in: vgg.fingerprint_of_maps(),
            unmeasured: Self::require_measuring(vgg).err(),
            described_by: vgg.fingerprint(),
            begun_from: start.fingerprint(),
            device: device.clone(),
            before: start.about.steps,
            styles: Styles::new(examples.styles.len(), examples.sizes.count(), ROOM),
            // Whose style it is from now on is known when the pictures have been looked at.
            weights: Weights { about: About { style: None, ..start.about }, ..start },
            good: Box::new(state.clone()),
            state,
            spent: (Duration::ZERO, 0),
            done: false,
            settings,
            examples,
        })
    }

    /// Checks that content and style can be measured by a network: that it has layers for both, and if it is a narrow one, maps there.
    ///
    /// # Errors
    /// [`ImportError::LayerMissing`]
    pub fn require_measuring(network: &vgg::Weights) -> Result<(), ImportError> {
        Perceptual::require_taps(network)
    }

    /// Measures content and style by a loss network (Johnson et al. 2016, section 3) that is not the one which describes styles to the generator: by the true
    /// VGG-19, say, instead of the narrow one that a page has at hand. To be called before the first step, after [`resume`](Self::resume) too: a checkpoint
    /// holds no network.
    #[must_use]
    pub fn with_loss_network(mut self, weights: &vgg::Weights) -> Self {
        self.perceptual = self.perceptual.with_loss_network(weights, &self.device.clone().autodiff());
        self.unmeasured = Self::require_measuring(weights).err();
        let before = std::mem::replace(&mut self.measured_by, weights.fingerprint());
        let is_metric = self.measures_in(weights.fingerprint_of_maps());
        if before != self.measured_by || !is_metric {
            // Another network's losses are other numbers; which one it was an earlier version did not say.
            self.state.balance.forget_best();
        }
        self
    }

    /// Measures by these maps from now on, and says whether it did before, as far as is known.
    fn measures_in(&mut self, maps: u64) -> bool {
        let before = std::mem::replace(&mut self.measured_in, maps);
        before == 0 || before == maps
    }

    /// Goes on from a checkpoint, on the examples that it was made with.
    ///
    /// # Errors
    /// As [`new`](Self::new), also where another network described styles before, and [`TrainingError::OtherStyles`] where the discriminator was told of
    /// styles and is not to be now, or the reverse: where one picture at one size, or more, was learnt from.
    pub fn resume(checkpoint: Checkpoint, examples: Examples, vgg: &vgg::Weights, device: &Device) -> Result<Self, Error> {
        let Checkpoint { head, networks, good } = checkpoint;
        let about = About { steps: head.before, ..About::default() };
        let values = networks.generator.parameters.clone();
        let start = Weights { architecture: head.architecture, style_scale: head.style_scale, about, values };
        let single = told_to_discriminator(&examples, &start) == 0;
        let mut trainer = Self::new(start, examples, vgg, head.settings, device)?;
        if head.described_by != 0 && head.described_by != trainer.described_by {
            return Err(ModelError::OtherNetwork { file: "checkpoint".to_owned() }.into());
        }
        let maps = std::mem::replace(&mut trainer.measured_in, head.measured_in);
        trainer.measured_by = head.measured_by;
        trainer.begun_from = head.begun_from;
        if single != head.single {
            return Err(TrainingError::OtherStyles { single: head.single }.into());
        }
        trainer.state.restore(networks, device);
        (trainer.state.step, trainer.state.balance) = (head.step, head.balance);
        // Where the same network describes and measures, it may do so by other maps than before.
        let is_metric = head.loss_network || trainer.measures_in(maps);
        // It is of a version that told none of the mean: with that, losses are larger.
        let is_told_more = head.contents == 0 && trainer.examples.have_a_mean();
        if !is_metric || is_told_more || head.photos != Photos::AtAnyScale {
            trainer.state.balance.forget_best();
        }
        trainer.good = Box::new(trainer.state.clone());
        if let Some(good) = good {
            trainer.good.restore(good, device);
            trainer.good.step = head.good;
        }
        Ok(trainer)
    }

    /// Does the next piece of work: takes a step, or looks at a style picture where all of them have to be known before the first. `None` after [`Event::Done`].
    ///
    /// # Errors
    /// A device that fails, and [`TrainingError::Unreadable`] for a [`Pack`](super::Pack) that can no longer be read. The training can go on from its last
    /// [`Checkpoint`]. At once, [`ImportError::LayerMissing`] where the losses [cannot be measured](Self::require_measuring).
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        if let Some(error) = &self.unmeasured {
            return Err(error.clone().into());
        }
        if self.looks_first()
            && let Some(at) = self.styles.unseen()
        {
            return self.look_first(at).await.map(Some);
        }
        if self.state.step >= self.settings.steps {
            return Ok(if std::mem::replace(&mut self.done, true) { None } else { Some(Event::Done) });
        }
        self.step().await.map(Some)
    }

    /// What is chosen.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who learns from the next step on.
    pub fn set_players(&mut self, players: Players) {
        self.settings.players = players;
    }

    /// Whether all styles are looked at before the first step. Of many, each is looked at when it is first drawn: a pass over hundreds of pictures would
    /// keep the first step waiting for minutes.
    fn looks_first(&self) -> bool {
        self.examples.are_family() || self.begins_from_nothing()
    }

    fn begins_from_nothing(&self) -> bool {
        self.before == 0 && self.state.step == 0
    }

    async fn look_first(&mut self, at: StyleAt) -> Result<Event, Error> {
        self.styles.pass();
        self.look_at(at).await?;
        if self.styles.unseen().is_none() {
            self.looked_at_all();
        }
        let sizes = self.examples.sizes.count();
        let looks = at.style * sizes + at.size + 1;
        Ok(Event::Style { done: looks / sizes, of: self.examples.styles.len() })
    }

    /// Looks at a style picture whose targets are not at hand.
    async fn look_at(&mut self, at: StyleAt) -> Result<(), Error> {
        if self.styles.targets(at).is_none()
            && let Some(picture) = self.examples.style(at)?
        {
            let picture = tensor(&picture, &self.device).autodiff();
            let (seen, told) = if let Some(told) = self.styles.told(at) {
                (self.perceptual.see(picture), told.clone())
            } else {
                let (seen, told) = self.perceptual.see_styles(picture, &self.weights.architecture);
                (seen, StyleStatistics(values(told.inner()).await?))
            };
            self.styles.keep(at, told, self.perceptual.targets(&seen));
        }
        Ok(())
    }

    /// A generator that has learnt nothing yet takes its scale from the styles at hand; one that has keeps the scale it learnt with.
    fn looked_at_all(&mut self) {
        if self.begins_from_nothing() {
            let statistics: Vec<StyleStatistics> = if self.examples.styles.len() == 1 {
                // There is nothing to compare: at two sizes it differs so little that any other would be beyond all that is told.
                let each: Vec<(&StyleStatistics, f32)> = self.styles.all_told().map(|told| (told, 1.0)).collect();
                StyleStatistics::mixed(&each).into_iter().collect()
            } else {
                self.styles.all_told().cloned().collect()
            };
            self.weights.style_scale = StyleScale::of(&statistics, self.weights.architecture.statistics());
        }
        if self.examples.are_family() {
            let mean = |size| Some((self.examples.long_side(size), self.styles.mean(size)?.0.clone()));
            self.weights.about.style = OwnStyle::by_size((0..self.examples.sizes.count()).filter_map(mean));
        }
    }

    async fn step(&mut self) -> Result<Event, Error> {
        let begun = Instant::now();
        if self.settings.adversarial > 0.0 && self.state.step == self.settings.warm_up {
            self.state.balance.forget_best();
        }
        let (Measured { losses, gradient, judged }, alarm) = self.advance().await?;
        if let Some(alarm) = alarm {
            if let Some(steps) = self.state.balance.beyond_help() {
                return Err(TrainingError::Overflow { steps }.into());
            }
            if self.state.balance.leads_back(alarm) {
                self.go_back();
            }
            return Ok(Event::Alarm { alarm, step: self.state.step });
        }
        let (time, steps) = &mut self.spent;
        (*time, *steps) = (*time + begun.elapsed(), *steps + 1);
        let left = self.settings.steps.saturating_sub(self.state.step);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let seconds_left = time.as_secs_f64() / f64::from(*steps) * left as f64;
        Ok(Event::Step(Progress {
            step: self.state.step,
            steps: self.settings.steps,
            losses,
            success: self.state.balance.success,
            judged,
            gradient,
            seconds_left,
        }))
    }

    /// To the last good state, at the rate that alarms have led to. The step goes on counting, so that other patches are drawn.
    fn go_back(&mut self) {
        let (step, balance) = (self.state.step, self.state.balance);
        self.state = State { step, balance, ..self.good.as_ref().clone() };
    }

    /// What this step is to show, with every style of it looked at.
    async fn drawn(&mut self) -> Result<Batch, Error> {
        let batch = Batch::draw(&self.examples, &self.settings, self.state.step)?;
        self.styles.pass();
        for target in &batch.styles {
            if let Target::Style(at) = *target {
                self.look_at(at).await?;
            }
        }
        Ok(batch)
    }

    /// Computes gradients, reads what they are like, and moves both networks.
    async fn advance(&mut self) -> Result<(Measured, Option<Alarm>), Error> {
        let batch = self.drawn().await?;
        let plays = batch.plays(&self.settings, self.state.step);
        let waits = self.settings.generator_waits();
        let judges = plays && self.settings.discriminator_learns(self.state.balance.judges());
        let computed = self.computed(&batch, plays, judges);
        let (scalars, [of_generator, of_discriminator]) = computed.read().await?;
        let measures = Measures {
            loss: scalars.loss,
            gradient: scalars.gradient,
            of_discriminator: scalars.of_discriminator,
            success: plays.then_some(scalars.success),
            variety: scalars.variety(),
        };
        // By what was usual before they are taken in.
        let shortening = self.state.balance.shortening(measures.gradient);
        let shortening_of_discriminator = self.state.balance.shortening_of_discriminator(measures.of_discriminator);
        let measured = Measured { losses: scalars.losses, gradient: measures.gradient, judged: judges };
        let alarm = if !waits {
            self.state.balance.measure(measures)
        } else if judges {
            self.state.balance.measure_discriminator(scalars.losses.discriminator, measures.of_discriminator, scalars.success)
        } else {
            None
        };
        if alarm != Some(Alarm::NotFinite) {
            // What was measured is the state before it moves.
            if alarm.is_none() && self.state.step.is_multiple_of(KEEP_EVERY) && self.state.balance.is_good() {
                *self.good = self.state.clone();
            }
            let rate = self.settings.rate_at(self.state.step) * self.state.balance.rate;
            if let Some(gradient) = of_generator {
                self.move_generator(gradient * shortening, rate);
            }
            if let Some(gradient) = of_discriminator {
                self.move_discriminator(gradient * shortening_of_discriminator, rate * TIME_SCALES);
            }
        }
        self.state.step += 1;
        Ok((measured, alarm))
    }

    /// Paints a batch, has it judged where the two play, and goes back to whoever is to learn.
    fn computed(&mut self, batch: &Batch, plays: bool, judges: bool) -> Computed {
        let contents = self.patches(batch.contents.clone());
        let (seen_content, aim) = self.looked_at(batch, contents.clone().autodiff());
        let build = |source: &mut crate::parameters::Source<'_>| Network::new(&self.weights.architecture, source);
        let (network, leaves) = learning(&self.state.generator, build);
        let made = generate(&network, contents.clone().autodiff(), aim.told.clone().autodiff());
        let terms = self.terms(&made, contents.clone(), &seen_content, &aim);
        let mut loss = terms.weighed(&self.settings);
        let watched = loss.clone().inner();
        let game = plays.then(|| self.game(batch, &made, &aim));
        let adversarial = game.as_ref().map(|game| -game.of_made.clone());
        if let Some(adversarial) = &adversarial {
            loss = loss + adversarial.clone() * (self.settings.adversarial * self.state.balance.adversarial);
        }
        let of_generator = (!self.settings.generator_waits()).then(|| leaves.gradient(&mut loss.backward()));
        let alike = if plays { batch.told_alike() } else { Vec::new() };
        let variances = (!alike.is_empty())
            .then(|| [made.inner(), contents, self.patches(batch.patches.clone())].map(|pictures| variance_within(&pictures, &alike)));
        let judged = game.as_ref().map(|game| (game.loss.clone().inner(), game.success.clone()));
        let of_discriminator = game.filter(|_| judges).map(|game| game.leaves.gradient(&mut game.loss.backward()));
        Computed { loss: watched, terms, adversarial: adversarial.map(Tensor::inner), judged, variances, of_generator, of_discriminator }
    }

    /// What a step's pictures `made` of these contents are measured by.
    fn terms(&self, made: &Tensor<4>, contents: Tensor<4>, seen_content: &Seen, aim: &Aim) -> Terms {
        let seen = self.perceptual.see(made.clone());
        let differences = made.clone() - contents.autodiff();
        Terms {
            content: self.perceptual.content(&seen, seen_content).mean(),
            style: self.perceptual.style(&seen, &aim.targets).mean(),
            identity: (differences.clone() * differences * aim.own.clone().autodiff()).mean(),
            variation: total_variation(made.clone(), false),
            lattice: lattice_energy(made.clone()),
        }
    }

    /// What is seen of the contents, and what each of them is to become. Statistics are taken, and the deepest layers and the network that describes styles asked, of those alone that are their
    /// own style.
    fn looked_at(&self, batch: &Batch, contents: Tensor<4>) -> (Seen, Aim) {
        let aim = |own: Option<&(Tensor<2>, Targets)>| Aim::of(batch, &self.styles, &self.weights, own, &self.device);
        let [own, others] = [true, false].map(|own| batch.lanes(own));
        if own.is_empty() {
            return (self.perceptual.see_content(contents), aim(None));
        }
        let (seen, told) = self.perceptual.see_styles(lanes_of(&contents, &own), &self.weights.architecture);
        let aim = aim(Some(&(told.inner(), self.perceptual.targets(&seen))));
        if others.is_empty() {
            return (seen, aim);
        }
        let of_others = self.perceptual.see_content(lanes_of(&contents, &others));
        let content = Tensor::cat(vec![seen.content, of_others.content], 0);
        // As they stand in the batch.
        let order = (0..batch.styles.len()).filter_map(|lane| own.iter().chain(&others).position(|other| *other == lane));
        (Seen { content: lanes_of(&content, &order.collect::<Vec<_>>()), ..of_others }, aim)
    }

    fn patches(&self, values: Vec<f32>) -> Tensor<4> {
        let side = self.settings.patch;
        Tensor::from_data(TensorData::new(values, [self.settings.batch, 3, side, side]), &self.device)
    }

    fn game(&mut self, batch: &Batch, made: &Tensor<4>, aim: &Aim) -> Game {
        let statistics = told_to_discriminator(&self.examples, &self.weights);
        let real = self.patches(batch.patches.clone());
        Game::play(&mut self.state, statistics, aim, real, made, &batch.augmentations)
    }

    fn move_discriminator(&mut self, gradient: Tensor<1>, rate: f32) {
        let state = &mut self.state;
        state.discriminator = state.discriminator_adam.step(state.discriminator.clone(), gradient, rate);
    }

    fn move_generator(&mut self, gradient: Tensor<1>, rate: f32) {
        let state = &mut self.state;
        state.generator = state.generator_adam.step(state.generator.clone(), gradient, rate);
        let count = real(usize::try_from(state.step).unwrap_or(usize::MAX));
        let decay = AVERAGE.min((1.0 + count) / (10.0 + count));
        state.average = state.average.clone() * decay + state.generator.clone() * (1.0 - decay);
    }

    /// The generator as it stands: its averaged weights.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn generator(&self) -> Result<Weights, DeviceError> {
        let values = values(self.state.average.clone()).await?;
        let about = About { steps: self.before + self.state.step, ..self.weights.about.clone() };
        Ok(Weights { about, values, ..self.weights.clone() })
    }

    /// All that is needed to go on from here.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn checkpoint(&self) -> Result<Checkpoint, DeviceError> {
        let state = &self.state;
        // What is gone back to is left out while it is this very state, and not because this one seems good: nobody knows what the last move has led to before the next step.
        let good = if self.good.step == state.step { None } else { Some(self.good.networks().await?) };
        Ok(Checkpoint {
            head: Head {
                settings: self.settings.clone(),
                architecture: self.weights.architecture.clone(),
                style_scale: self.weights.style_scale.clone(),
                single: told_to_discriminator(&self.examples, &self.weights) == 0,
                step: state.step,
                good: self.good.step,
                before: self.before,
                balance: state.balance,
                styles: self.examples.fingerprint_of_styles(),
                contents: self.examples.fingerprint(),
                loss_network: self.perceptual.has_loss_network(),
                measured_by: self.measured_by,
                measured_in: self.measured_in,
                described_by: self.described_by,
                begun_from: self.begun_from,
                variation_is_mean: true,
                photos: Photos::AtAnyScale,
            },
            networks: state.networks().await?,
            good,
        })
    }
}

/// Values by which the discriminator is told the style that is meant: none where there is one only, at one size.
fn told_to_discriminator(examples: &Examples, weights: &Weights) -> usize {
    if examples.are_one() { 0 } else { weights.architecture.statistics() }
}

/// # Shapes
/// `[n, 3, h, w]` in 0…1, `[n, statistics]` → `[n, 3, h, w]`
fn generate(network: &Network, contents: Tensor<4>, told: Tensor<2>) -> Tensor<4> {
    let mut normaliser = Normaliser::Own;
    let encoded = network.encode(contents, Padding::Replicate, &mut normaliser);
    let modulations = network.modulations(network.code(told));
    network.decode(encoded, &modulations, Padding::Replicate, &mut normaliser)
}

/// How much the pictures of each group differ, mean over all of them and their pixels.
///
/// # Shapes
/// `[n, 3, h, w]` → `[1]`
fn variance_within(pictures: &Tensor<4>, groups: &[Vec<usize>]) -> Tensor<1> {
    let differences = groups.iter().map(|group| {
        let group = lanes_of(pictures, group);
        let mean = group.clone().mean_dim(0);
        group - mean
    });
    let differences = Tensor::cat(differences.collect(), 0);
    (differences.clone() * differences).mean()
}
