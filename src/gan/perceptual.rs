//! Content and style losses over a batch of pictures, each with a style of its own (Johnson et al. 2016), in the true VGG's metric.

use burn::tensor::{Device, Tensor};

use crate::generator::{Architecture, described};
use crate::losses::{EPSILON, Metric, StyleStatistic, content_tap, is_distant, real, style_taps};
use crate::vgg::{Features, ImportError, Tap, Vgg, Weights};

/// The loss network, which sees, and how what it sees is compared.
#[derive(Debug)]
pub(super) struct Perceptual {
    vgg: Vgg,
    /// The network that describes styles to the generator, where that is another.
    describer: Option<Vgg>,
    style: Vec<(Tap, Metric)>,
    content: (Tap, Metric),
}

/// What is seen of a batch.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// For each style tap, `[n, c + 1, c + 1]`.
    pub statistics: Vec<Tensor<3>>,
    /// `[n, c, h, w]` at the content tap.
    pub content: Tensor<4>,
}

/// What a batch's statistics are compared with.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    /// For each style tap, `[n, c + 1, c + 1]`.
    pub statistics: Vec<Tensor<3>>,
    /// Their squared lengths, `[n]` for each tap.
    pub lengths: Vec<Tensor<1>>,
}

impl Targets {
    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        let values: usize = self.statistics.iter().map(|tap| tap.dims().iter().product::<usize>()).sum();
        values * size_of::<f32>()
    }

    /// Those of one picture of a batch.
    pub fn of(&self, index: usize) -> Self {
        let statistics = self.statistics.iter().map(|tap| tap.clone().narrow(0, index, 1)).collect();
        Self { statistics, lengths: self.lengths.iter().map(|tap| tap.clone().narrow(0, index, 1)).collect() }
    }

    /// Those of several pictures as one batch.
    pub fn together(parts: &[Self]) -> Self {
        let taps = parts.first().map_or(0, |part| part.lengths.len());
        let statistics = (0..taps).map(|tap| Tensor::cat(parts.iter().filter_map(|part| part.statistics.get(tap).cloned()).collect(), 0));
        let lengths = (0..taps).map(|tap| Tensor::cat(parts.iter().filter_map(|part| part.lengths.get(tap).cloned()).collect(), 0));
        Self { statistics: statistics.collect(), lengths: lengths.collect() }
    }
}

/// What stands for many targets, each as likely.
///
/// A style loss `‖A(G − Gₖ)Aᵀ‖² / Lₖ` is quadratic in the Gram matrix `G`, so that its mean over the targets `Gₖ` of lengths `Lₖ` is `W ‖A(G − Ḡ)Aᵀ‖²` and a constant, with `W` the mean of
/// `1/Lₖ` and `Ḡ` that of the targets by the weights `1/Lₖ`. To be compared with `Ḡ`, of length `1/W`, has the gradient that is to be expected where one target is drawn, without the noise of
/// the draw.
#[derive(Clone, Debug, Default)]
pub(super) struct MeanTarget {
    /// For each tap the sums of `Gₖ/Lₖ` and of `1/Lₖ`, each `Lₖ` with what keeps a loss finite.
    sums: Vec<(Tensor<3>, Tensor<1>)>,
    count: usize,
}

impl MeanTarget {
    /// Takes in the targets of one picture.
    pub fn take(&mut self, targets: &Targets) {
        let weights = targets.lengths.iter().map(|length| (length.clone() + EPSILON).recip());
        let taken = targets.statistics.iter().zip(weights);
        let taken = taken.map(|(statistics, weight)| (statistics.clone() * weight.clone().reshape([1, 1, 1]), weight));
        self.sums = if self.count == 0 {
            taken.collect()
        } else {
            taken
                .zip(&self.sums)
                .map(|((statistics, weight), (sum, weights))| (sum.clone() + statistics, weights.clone() + weight))
                .collect()
        };
        self.count += 1;
    }

    /// What stands for those that were taken in.
    pub fn targets(&self) -> Targets {
        let statistics = self.sums.iter().map(|(sum, weights)| sum.clone() / weights.clone().reshape([1, 1, 1]));
        let lengths = self.sums.iter().map(|(_, weights)| weights.clone().recip() * real(self.count) - EPSILON);
        Targets { statistics: statistics.collect(), lengths: lengths.collect() }
    }
}

/// Where style is measured by a network.
fn style_taps_of(network: &Weights) -> impl Iterator<Item = Tap> {
    style_taps(network).filter(|tap| !is_distant(network, *tap))
}

impl Perceptual {
    /// Checks that a network has a layer where content is measured and one at least where style is, and if it is a narrow one, maps there.
    ///
    /// # Errors
    /// [`ImportError::LayerMissing`]
    pub fn require_taps(network: &Weights) -> Result<(), ImportError> {
        let lacks = if content_tap(network).is_none() {
            Tap::RELU3_2.place
        } else if style_taps_of(network).next().is_none() {
            Tap::RELU1_1.place
        } else {
            return Ok(());
        };
        let what = if network.architecture.channels(lacks).is_some() { "map" } else { "conv" };
        Err(ImportError::LayerMissing { layer: format!("conv{lacks}"), key: format!("{what}{lacks}.weight") })
    }

    /// With the losses' constants on `device`, which has autodiff. A network without the [taps](Self::require_taps) can describe styles, and not measure.
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let metric = |tap: Tap| (tap, Metric::new(weights.maps.get(&tap.place), StyleStatistic::Gram, device));
        let style = style_taps_of(weights).map(metric);
        let content = content_tap(weights).unwrap_or(Tap::RELU3_2);
        let vgg = Vgg::new(weights, device).with_padding(crate::kernels::Padding::Replicate);
        Self { vgg, describer: None, style: style.collect(), content: metric(content) }
    }

    /// Another loss network, on `device` with autodiff; the one there was goes on describing styles.
    pub fn with_loss_network(self, weights: &Weights, device: &Device) -> Self {
        Self { describer: Some(self.describer.unwrap_or(self.vgg)), ..Self::new(weights, device) }
    }

    /// Whether another network than the one that describes styles measures.
    pub fn has_loss_network(&self) -> bool {
        self.describer.is_some()
    }

    /// # Shapes
    /// `[n, 3, h, w]` in 0…1
    pub fn see(&self, pictures: Tensor<4>) -> Seen {
        let features = self.features(&pictures, &[]);
        Seen { statistics: self.statistics(&features), content: self.content_of(&features, pictures) }
    }

    /// What is seen of pictures that may be styles themselves, and what a generator is told of each, `[n, statistics]`.
    ///
    /// # Shapes
    /// `[n, 3, h, w]` in 0…1
    pub fn see_styles(&self, pictures: Tensor<4>, architecture: &Architecture) -> (Seen, Tensor<2>) {
        let told_of: Vec<Tap> = architecture.taps.iter().map(|(tap, _)| *tap).collect();
        // A network that does both need not measure wherever a generator is told of what it sees.
        let features = self.features(&pictures, if self.describer.is_none() { &told_of } else { &[] });
        let told = match &self.describer {
            Some(describer) => described(&describer.features(pictures.clone(), &told_of), architecture),
            None => described(&features, architecture),
        };
        (Seen { statistics: self.statistics(&features), content: self.content_of(&features, pictures) }, told)
    }

    /// What is seen of pictures whose content alone is compared: no deeper than the content tap, and no statistics.
    ///
    /// # Shapes
    /// `[n, 3, h, w]` in 0…1
    pub fn see_content(&self, pictures: Tensor<4>) -> Seen {
        let features = self.vgg.features(pictures.clone(), &[self.content.0]);
        Seen { statistics: Vec::new(), content: self.content_of(&features, pictures) }
    }

    /// At the taps of the losses and at others.
    fn features(&self, pictures: &Tensor<4>, others: &[Tap]) -> Features {
        let of_losses = self.style.iter().chain([&self.content]).map(|(tap, _)| *tap);
        let taps: Vec<Tap> = of_losses.chain(others.iter().copied()).collect();
        self.vgg.features(pictures.clone(), &taps)
    }

    fn statistics(&self, features: &Features) -> Vec<Tensor<3>> {
        let maps = self.style.iter().filter_map(|(tap, _)| features.get(tap));
        maps.map(|map| Metric::statistics_of_batch(map.clone())).collect()
    }

    fn content_of(&self, features: &Features, pictures: Tensor<4>) -> Tensor<4> {
        features.get(&self.content.0).cloned().unwrap_or(pictures)
    }

    /// Statistics that have been seen as what others are compared with, on the device without autodiff.
    pub fn targets(&self, seen: &Seen) -> Targets {
        let taps = self.style.iter().zip(&seen.statistics);
        let lengths = taps.map(|((_, metric), statistic)| metric.of_statistics_in_batch(statistic.clone()).inner());
        Targets { lengths: lengths.collect(), statistics: seen.statistics.iter().map(|statistic| statistic.clone().inner()).collect() }
    }

    /// The relative distance of each picture's statistics from its targets', mean over taps.
    ///
    /// # Shapes
    /// → `[n]`
    pub fn style(&self, seen: &Seen, targets: &Targets) -> Tensor<1> {
        let taps = self.style.iter().zip(&seen.statistics).zip(targets.statistics.iter().zip(&targets.lengths));
        let losses = taps.map(|(((_, metric), statistic), (target, length))| {
            metric.of_statistics_in_batch(statistic.clone() - target.clone().autodiff()) / (length.clone() + EPSILON).autodiff()
        });
        let losses: Vec<Tensor<2>> = losses.map(Tensor::unsqueeze).collect();
        let [.., n] = losses.first().map_or([1, 1], Tensor::dims);
        Tensor::cat(losses, 0).mean_dim(0).reshape([n])
    }

    /// The relative distance of each picture's features from its content's.
    ///
    /// # Shapes
    /// → `[n]`
    pub fn content(&self, seen: &Seen, content: &Seen) -> Tensor<1> {
        let (_, metric) = &self.content;
        let length = metric.of_features_in_batch(content.content.clone()) + EPSILON;
        metric.of_features_in_batch(seen.content.clone() - content.content.clone()) / length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::parameters::vector;
    use crate::vgg::{self, LinearMap, Place};

    /// As the mean of the losses, but for a constant.
    #[test]
    fn a_mean_target_draws_as_all_targets_do_in_turn() {
        let blocks = vec![vec![2, 2], vec![2, 2], vec![2, 2], vec![2]];
        let mut network = Weights::untrained(vgg::Architecture { blocks, ..vgg::Architecture::lite() }, 1);
        for (place, bias) in [(Place::new(1, 1), 0.5), (Place::new(3, 1), -0.25), (Place::new(3, 2), 0.0)] {
            network.maps.insert(place, LinearMap { narrow: 2, weight: vec![1.0, 0.5, -0.75, 2.0], bias: vec![bias; 2] });
        }
        let perceptual = Perceptual::new(&network, &cpu().autodiff());
        // Some darker than others, so that their lengths differ.
        let seen = |seed: u16, light: f32| {
            let values = (0..3 * 32 * 32_u16).map(|at| light * f32::from(at * seed % 97) / 97.0);
            perceptual.see(vector(values.collect(), &cpu()).reshape([1, 3, 32, 32]).autodiff())
        };
        let members = [(7, 1.0), (11, 0.7), (13, 0.4)].map(|(seed, light)| perceptual.targets(&seen(seed, light)));
        let mut mean = MeanTarget::default();
        for member in &members {
            mean.take(member);
        }
        let loss = |seen: &Seen, targets: &Targets| perceptual.style(seen, targets).into_data().try_into_vec::<f32>().unwrap()[0];
        let both = [seen(3, 0.9), seen(5, 0.3)].map(|seen| {
            let of_members: f32 = members.iter().map(|member| loss(&seen, member)).sum();
            (of_members / 3.0, loss(&seen, &mean.targets()))
        });
        let [(a, of_a), (b, of_b)] = both;
        assert!(of_a < a && of_b < b && (a - b).abs() > 0.01 * a, "{both:?}");
        // Differences of sums of hundreds of products in f32.
        assert!(((a - b) - (of_a - of_b)).abs() < 1e-4 * a, "{both:?}");
    }

    #[test]
    fn a_network_measures_that_has_layers_for_content_and_for_style() {
        let network =
            |blocks: &[Vec<usize>]| Weights::untrained(vgg::Architecture { blocks: blocks.to_vec(), ..vgg::Architecture::lite() }, 1);
        let mapped = |places: &[Place]| {
            let mut network = network(&[vec![2, 2], vec![2, 2], vec![2, 2], vec![2, 2], vec![2]]);
            let map = |place: &Place| (*place, LinearMap { narrow: 2, weight: vec![1.0; 2], bias: vec![0.0] });
            network.maps = places.iter().map(map).collect();
            network
        };
        let (first, content, distant) = (Place::new(1, 1), Place::new(3, 2), Place::new(5, 1));
        for whole in
            [network(&[vec![2], vec![2], vec![2, 2]]), network(&[vec![2], vec![2], vec![2], vec![2, 2]]), mapped(&[first, content])]
        {
            assert_eq!(Perceptual::require_taps(&whole), Ok(()));
        }
        let lacks = |layer: &str, key: &str| Err(ImportError::LayerMissing { layer: layer.to_owned(), key: key.to_owned() });
        let shallow = network(&[vec![2], vec![2], vec![2], vec![2]]);
        assert_eq!(Perceptual::require_taps(&shallow), lacks("conv3_2", "conv3_2.weight"));
        assert_eq!(Perceptual::require_taps(&mapped(&[first])), lacks("conv3_2", "map3_2.weight"));
        assert_eq!(Perceptual::require_taps(&mapped(&[content, distant])), lacks("conv1_1", "map1_1.weight"));
    }

    #[test]
    fn a_narrow_network_is_looked_at_where_it_was_taught() {
        let blocks = vec![vec![2, 2], vec![2, 2], vec![2, 2], vec![2, 2], vec![2]];
        let mut network = Weights::untrained(vgg::Architecture { blocks, ..vgg::Architecture::lite() }, 1);
        let taps = |network: &Weights| {
            let Perceptual { style, content, .. } = Perceptual::new(network, &cpu().autodiff());
            (style.iter().map(|(tap, _)| *tap).collect::<Vec<_>>(), content.0)
        };
        let firsts = [Tap::RELU1_1, Tap::RELU2_1, Tap::RELU3_1, Tap::RELU4_1, Tap::RELU5_1];
        assert_eq!(taps(&network), (firsts.to_vec(), Tap::RELU4_2), "a true one everywhere");
        for place in [Place::new(1, 1), Place::new(3, 2), Place::new(5, 1)] {
            network.maps.insert(place, LinearMap { narrow: 2, weight: vec![1.0; 2], bias: vec![0.0] });
        }
        assert_eq!(taps(&network), (vec![Tap::RELU1_1], Tap::RELU3_2), "a narrow one where it was taught, relu5_1 left out");
    }
}
