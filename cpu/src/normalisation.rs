//! Normalisation over groups of channels, with a scale and a shift for each channel of each picture.

use crate::Shape;
use crate::parallel::{each_chunk, vectorised};
use crate::sums::{single, sums};

/// Keeps the deviation of what is constant from zero.
pub const EPSILON: f32 = 1e-5;

/// What is normalised together, and what is done to the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation<'a> {
    /// Channels that share their statistics, of which the channels are a multiple.
    pub group: usize,
    /// `[n, c]`
    pub scale: &'a [f32],
    /// `[n, c]`
    pub shift: &'a [f32],
    /// The factor on what is not positive: 1 without an activation, 0 for ReLU.
    pub slope: f32,
}

/// `activation(scale · (x − mean) / √(variance + ε) + shift)`, and mean and `1 / √(variance + ε)` of each group.
///
/// # Shapes
/// `x [n, c, h, w]` → `[n, c, h, w]`, `[n, c / group, 2]`
#[must_use]
pub fn forward(x: &[f32], [n, channels, height, width]: Shape, normalisation: Normalisation<'_>) -> (Vec<f32>, Vec<f32>) {
    let plane = height * width;
    let mut moments = vec![0.0; n * channels * 2];
    each_chunk(&mut moments, 2, |index, moments| {
        vectorised(
            #[inline(always)]
            || moments.copy_from_slice(&mean_and_variance(part(x, plane, index))),
        );
    });
    let statistics: Vec<f32> = moments.chunks(2 * normalisation.group.max(1)).flat_map(shared_statistics).collect();
    let mut output = vec![0.0; x.len()];
    each_chunk(&mut output, plane, |index, output| {
        let channel = normalisation.channel(index, &statistics);
        vectorised(
            #[inline(always)]
            || {
                for (output, x) in output.iter_mut().zip(part(x, plane, index)) {
                    let value = channel.scaled(channel.normal(*x));
                    // Not `max`: a value that is no number stays none.
                    *output = if value <= 0.0 { value * normalisation.slope } else { value };
                }
            },
        );
    });
    (output, statistics)
}

/// Gradients of a normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// `[n, c, h, w]`
    pub x: Vec<f32>,
    /// `[n, c]`
    pub scale: Vec<f32>,
    /// `[n, c]`
    pub shift: Vec<f32>,
}

/// The gradients, from that on the output, the input and its statistics.
///
/// # Shapes
/// `gradient`, `x`: `[n, c, h, w]`; `statistics [n, c / group, 2]`
#[must_use]
pub fn gradients(
    gradient: &[f32],
    x: &[f32],
    [n, channels, height, width]: Shape,
    statistics: &[f32],
    normalisation: Normalisation<'_>,
) -> Gradients {
    let (plane, group, slope) = (height * width, normalisation.group.max(1), normalisation.slope);
    // On the shift and on the scale of each channel.
    let mut parameters = vec![0.0; n * channels * 2];
    each_chunk(&mut parameters, 2, |index, parameters| {
        let channel = normalisation.channel(index, statistics);
        let sums = vectorised(
            #[inline(always)]
            || {
                sums([part(x, plane, index), part(gradient, plane, index)], |[x, gradient]| {
                    let normal = channel.normal(x);
                    let gradient = channel.masked(normal, gradient, slope);
                    [gradient, gradient * normal]
                })
            },
        );
        parameters.copy_from_slice(&sums.map(single));
    });
    // What the gradient on a group's normalised values has along the two directions that normalisation takes from it.
    let shares = parameters.chunks(2 * group).zip(normalisation.scale.chunks(group)).flat_map(|(parameters, scales)| {
        let along = |part: usize| -> f64 {
            parameters.iter().skip(part).step_by(2).zip(scales).map(|(gradient, scale)| f64::from(gradient * scale)).sum()
        };
        let pixels = count(scales.len() * plane);
        [0, 1].map(|part| single(along(part) / pixels))
    });
    let shares: Vec<f32> = shares.collect();
    let mut result = vec![0.0; x.len()];
    each_chunk(&mut result, plane, |index, result| {
        let channel = normalisation.channel(index, statistics);
        let &[constant, proportional] = pair(&shares, index / group);
        vectorised(
            #[inline(always)]
            || {
                for ((result, x), gradient) in result.iter_mut().zip(part(x, plane, index)).zip(part(gradient, plane, index)) {
                    let normal = channel.normal(*x);
                    let gradient = channel.masked(normal, *gradient, slope) * channel.scale;
                    *result = (gradient - constant - normal * proportional) * channel.inverse_deviation;
                }
            },
        );
    });
    let every_second = |first: usize| parameters.iter().skip(first).step_by(2).copied().collect();
    Gradients { x: result, scale: every_second(1), shift: every_second(0) }
}

/// What one channel of one picture is normalised by.
#[derive(Clone, Copy, Debug)]
struct Channel {
    mean: f32,
    inverse_deviation: f32,
    scale: f32,
    shift: f32,
}

impl Channel {
    #[inline(always)]
    fn normal(&self, x: f32) -> f32 {
        (x - self.mean) * self.inverse_deviation
    }

    #[inline(always)]
    fn scaled(&self, normal: f32) -> f32 {
        normal * self.scale + self.shift
    }

    /// The gradient on what was activated, from that on what became of it.
    #[inline(always)]
    fn masked(&self, normal: f32, gradient: f32, slope: f32) -> f32 {
        if self.scaled(normal) <= 0.0 { gradient * slope } else { gradient }
    }
}

impl Normalisation<'_> {
    /// The channel of a plane, planes being counted over all pictures. No group straddles two pictures.
    fn channel(&self, plane: usize, statistics: &[f32]) -> Channel {
        let &[mean, inverse_deviation] = pair(statistics, plane / self.group.max(1));
        let of = |values: &[f32]| values.get(plane).copied().unwrap_or_default();
        Channel { mean, inverse_deviation, scale: of(self.scale), shift: of(self.shift) }
    }
}

/// Mean and variance of a plane. The mean comes first: so values far from zero lose nothing.
#[inline(always)]
fn mean_and_variance(values: &[f32]) -> [f32; 2] {
    let pixels = count(values.len());
    let [sum] = sums([values], |value| value);
    let mean = single(sum / pixels);
    let [squares] = sums([values], |[value]| [(value - mean) * (value - mean)]);
    [mean, single(squares / pixels)]
}

/// Mean and `1 / √(variance + ε)` of planes of one size, from mean and variance of each.
fn shared_statistics(moments: &[f32]) -> [f32; 2] {
    let planes = count(moments.len() / 2);
    let pairs = || moments.chunks_exact(2).map(|pair| (f64::from(pair[0]), f64::from(pair[1])));
    let mean = pairs().map(|(mean, _)| mean).sum::<f64>() / planes;
    let variance = pairs().map(|(other, variance)| variance + (other - mean) * (other - mean)).sum::<f64>() / planes;
    [single(mean), single(1.0 / (variance + f64::from(EPSILON)).sqrt())]
}

/// Never zero, as it divides.
fn count(values: usize) -> f64 {
    f64::from(u32::try_from(values.max(1)).unwrap_or(u32::MAX))
}

/// A plane.
fn part(values: &[f32], length: usize, index: usize) -> &[f32] {
    values.get(index * length..(index + 1) * length).unwrap_or_default()
}

fn pair(values: &[f32], index: usize) -> &[f32; 2] {
    values.as_chunks().0.get(index).unwrap_or(&[0.0; 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 10,000 ± 1 the naive variance, mean of squares less square of mean, has no correct digit in f32.
    #[test]
    fn values_far_from_zero_lose_nothing() {
        let wave = |index: usize| if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        let x: Vec<f32> = (0..2 * 64 * 64).map(|index| 10_000.0 + wave(index)).collect();
        for group in [1, 2] {
            let normalisation = Normalisation { group, scale: &[1.0; 2], shift: &[0.0; 2], slope: 1.0 };
            let (output, _) = forward(&x, [1, 2, 64, 64], normalisation);
            for (index, value) in output.into_iter().enumerate() {
                // Of ε itself 5e-6 remain; inputs are exact.
                assert!((value - wave(index)).abs() < 1e-5, "{group}, {index}: {value}");
            }
        }
    }
}
