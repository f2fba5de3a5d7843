//! Normalisation over groups of channels, with scale, shift and activation.
//!
//! A group's values lie one after another. There may be few groups of many values, so ranges of them are summed apart, and their sums afterwards.

use burn::backend::ops::FloatTensorOps;
use burn::tensor::{Shape, Slice};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cpu_kernels::normalisation::EPSILON;

use super::launch::{Program, dimensions, empty, fits, narrow, reshaped, spread};
use super::reduce::reduce;
use crate::kernels::{Activation, Normalisation};

/// Invocations of a workgroup, by preference.
const THREADS: [u32; 2] = [128, 64];
/// Workgroups that keep a large GPU busy without many partial sums for each.
const WORKGROUPS: usize = 512;
/// Values that a partial sum is worth.
const LEAST_RANGE: usize = 1024;

/// What is normalised, and by what.
#[derive(Debug)]
pub(super) struct Run<'a> {
    /// `[n, c, h, w]`
    pub x: &'a CubeTensor,
    /// `[n, c]`
    pub scale: &'a CubeTensor,
    /// `[n, c]`
    pub shift: &'a CubeTensor,
    pub normalisation: Normalisation,
}

/// How sums over `length` values each are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ranges {
    /// Values of each.
    range: usize,
    count: usize,
}

impl Ranges {
    /// For `sums` of them.
    fn new(sums: usize, length: usize) -> Self {
        let wanted = WORKGROUPS.div_ceil(sums).min(length.div_ceil(LEAST_RANGE)).max(1);
        let range = length.div_ceil(wanted);
        Self { range, count: length.div_ceil(range) }
    }
}

impl Run<'_> {
    /// The output, and mean and `1 / √(variance + ε)` of each group; `None` where the adapter is too small.
    ///
    /// # Shapes
    /// → `[n, c, h, w]`, `[n, c / group, 2]`
    pub(super) fn forward(&self) -> Option<(CubeTensor, CubeTensor)> {
        let threads = self.threads()?;
        let [n, channels, height, width] = dimensions(self.x);
        let (groups, length) = (channels / self.group(), self.group() * height * width);
        let ranges = Ranges::new(n * groups, length);
        let moments = empty(self.x, Shape::new([n * groups, ranges.count, 2]));
        let statistics = empty(self.x, Shape::new([n, groups, 2]));
        let output = empty(self.x, self.x.meta.shape().clone());
        if !fits([self.x, self.scale, self.shift, &moments, &statistics, &output]) {
            return None;
        }
        let sizes = [length, ranges.range, ranges.count].map(narrow);
        summing("moments", &[include_str!("total.wgsl"), include_str!("moments.wgsl")], threads, false).launch(
            [sizes[2], narrow(n * groups), 1],
            &[self.x],
            &moments,
            &sizes[..2],
        );
        let shape = [sizes[0], sizes[1], sizes[2], EPSILON.to_bits()];
        summing("statistics", &[include_str!("total.wgsl"), include_str!("statistics.wgsl")], threads, false).launch(
            [narrow(n * groups), 1, 1],
            &[&moments],
            &statistics,
            &shape,
        );
        self.apply(&[self.x, &statistics, self.scale, self.shift], &output);
        Some((output, statistics))
    }

    /// The gradients on `x`, on the scale and on the shift, from that on the output and the groups' statistics.
    ///
    /// # Shapes
    /// `gradient [n, c, h, w]`, `statistics [n, c / group, 2]` → `[n, c, h, w]`, `[n, c]`, `[n, c]`
    pub(super) fn gradients(&self, gradient: &CubeTensor, statistics: &CubeTensor) -> Option<(CubeTensor, CubeTensor, CubeTensor)> {
        let threads = self.threads()?;
        let [n, channels, height, width] = dimensions(self.x);
        let (group, pixels) = (self.group(), height * width);
        let ranges = Ranges::new(n * channels, pixels);
        let partial = empty(self.x, Shape::new([ranges.count, 2, n, channels]));
        let shares = empty(self.x, Shape::new([n, channels / group, 2]));
        let of_x = empty(self.x, self.x.meta.shape().clone());
        if !fits([self.x, self.scale, self.shift, gradient, statistics, &partial, &shares, &of_x]) {
            return None;
        }
        let mut shape = [n * channels, group, pixels, ranges.range].map(narrow).to_vec();
        shape.push(self.slope());
        summing("parameters", &[include_str!("total.wgsl"), include_str!("parameters.wgsl")], threads, self.activates()).launch(
            [narrow(ranges.count), narrow(n * channels), 1],
            &[self.x, gradient, statistics, self.scale, self.shift],
            &partial,
            &shape,
        );
        let parameters = reduce(&partial, ranges.count, None, Shape::new([2, n, channels]));
        let shape = [n * channels, group, group * pixels].map(narrow);
        summing("shares", &[include_str!("total.wgsl"), include_str!("shares.wgsl")], threads, false).launch(
            [narrow(n * channels / group), 1, 1],
            &[&parameters, self.scale],
            &shares,
            &shape,
        );
        self.apply(&[self.x, statistics, self.scale, self.shift, gradient, &shares], &of_x);
        let part = |which: isize| {
            let part = CubeBackend::float_slice(parameters.clone(), &[Slice::new(which, Some(which + 1), 1)]);
            reshaped(into_contiguous(part), [n, channels])
        };
        Some((of_x, part(1), part(0)))
    }

    /// The second pass either way: back where there are six inputs.
    fn apply(&self, inputs: &[&CubeTensor], output: &CubeTensor) {
        let [_, _, height, width] = dimensions(self.x);
        let values = output.meta.num_elements();
        let constants = vec![
            ("THREADS", THREADS[1]),
            ("BACKWARD", u32::from(inputs.len() == 6)),
            ("ACTIVATE", u32::from(self.activates())),
            ("OUTPUT", narrow(inputs.len())),
        ];
        let mut shape = [values, height * width, self.group()].map(narrow).to_vec();
        shape.push(self.slope());
        let sources = &[include_str!("apply.wgsl")];
        Program { name: "normalise", sources, constants }.launch(spread(values, THREADS[1], output), inputs, output, &shape);
    }

    /// Invocations of a workgroup that the adapter has, where it also has as many workgroups as there are channels.
    fn threads(&self) -> Option<u32> {
        let hardware = &self.x.client.properties().hardware;
        let [n, channels] = dimensions(self.x);
        let most = hardware.max_cube_count.0.min(hardware.max_cube_count.1);
        let enough = narrow(n * channels) <= most && 4 * THREADS[0] as usize <= hardware.max_shared_memory_size;
        THREADS.into_iter().find(|&threads| enough && threads <= hardware.max_units_per_cube.min(hardware.max_cube_dim.0))
    }

    fn group(&self) -> usize {
        self.normalisation.group
    }

    fn activates(&self) -> bool {
        self.normalisation.activation != Activation::None
    }

    fn slope(&self) -> u32 {
        self.normalisation.activation.slope().to_bits()
    }
}

/// A program whose workgroups add up what their invocations have, by way of `total.wgsl`.
fn summing(name: &'static str, sources: &'static [&'static str; 2], threads: u32, activate: bool) -> Program {
    Program { name, sources, constants: vec![("THREADS", threads), ("ACTIVATE", u32::from(activate))] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_value_and_none_is_empty() {
        for sums in [1, 3, 511, 4096] {
            for length in [1, 1023, 1024, 1025, 262_144, 9_999_991] {
                let Ranges { range, count } = Ranges::new(sums, length);
                assert!((count - 1) * range < length && length <= count * range, "{sums} sums of {length}: {count} ranges of {range}");
            }
        }
    }
}
