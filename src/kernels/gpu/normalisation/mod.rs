//! Normalisation over groups of channels, with scale, shift and activation.
//!
//! A group's values lie one after another.

use burn::backend::ops::FloatTensorOps;
use burn::tensor::{Shape, Slice};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cpu_kernels::normalisation::EPSILON;

use super::launch::{Program, dimensions, empty, narrow, reshaped, spread};
use super::reduce::reduce;
use super::sums::{Ranges, summing};
use crate::kernels::{Activation, Normalisation};

/// Invocations of a workgroup that goes through all values.
const THREADS: u32 = 64;
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

impl Run<'_> {
    /// The output, and mean and `1 / √(variance + ε)` of each group.
    ///
    /// # Shapes
    /// → `[n, c, h, w]`, `[n, c / group, 2]`
    pub(super) fn forward(&self) -> (CubeTensor, CubeTensor) {
        let [n, channels, height, width] = dimensions(self.x);
        let (groups, length) = (channels / self.group(), self.group() * height * width);
        let ranges = Ranges::new(n * groups, length, LEAST_RANGE, 1);
        let moments = empty(self.x, Shape::new([n * groups, ranges.count, 2]));
        let statistics = empty(self.x, Shape::new([n, groups, 2]));
        let output = empty(self.x, self.x.meta.shape().clone());
        let sizes = [length, ranges.range, ranges.count].map(narrow);
        summing("moments", &[include_str!("../total.wgsl"), include_str!("moments.wgsl")], false).launch(
            [sizes[2], narrow(n * groups), 1],
            &[self.x],
            &moments,
            &sizes[..2],
        );
        let shape = [sizes[0], sizes[1], sizes[2], EPSILON.to_bits()];
        summing("statistics", &[include_str!("../total.wgsl"), include_str!("statistics.wgsl")], false).launch(
            [narrow(n * groups), 1, 1],
            &[&moments],
            &statistics,
            &shape,
        );
        self.apply(&[self.x, &statistics, self.scale, self.shift], &output);
        (output, statistics)
    }

    /// The gradients on `x`, on the scale and on the shift, from that on the output and the groups' statistics.
    ///
    /// # Shapes
    /// `gradient [n, c, h, w]`, `statistics [n, c / group, 2]` → `[n, c, h, w]`, `[n, c]`, `[n, c]`
    pub(super) fn gradients(&self, gradient: &CubeTensor, statistics: &CubeTensor) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [n, channels, height, width] = dimensions(self.x);
        let (group, pixels) = (self.group(), height * width);
        let ranges = Ranges::new(n * channels, pixels, LEAST_RANGE, 1);
        let partial = empty(self.x, Shape::new([ranges.count, 2, n, channels]));
        let shares = empty(self.x, Shape::new([n, channels / group, 2]));
        let of_x = empty(self.x, self.x.meta.shape().clone());
        let mut shape = [n * channels, group, pixels, ranges.range].map(narrow).to_vec();
        shape.push(self.slope());
        summing("parameters", &[include_str!("../total.wgsl"), include_str!("parameters.wgsl")], self.activates()).launch(
            [narrow(ranges.count), narrow(n * channels), 1],
            &[self.x, gradient, statistics, self.scale, self.shift],
            &partial,
            &shape,
        );
        let parameters = reduce(partial, ranges.count, None, Shape::new([2, n, channels]));
        let shape = [n * channels, group, group * pixels].map(narrow);
        summing("shares", &[include_str!("../total.wgsl"), include_str!("shares.wgsl")], false).launch(
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
        (of_x, part(1), part(0))
    }

    /// The second pass either way: back where there are six inputs.
    fn apply(&self, inputs: &[&CubeTensor], output: &CubeTensor) {
        let [_, _, height, width] = dimensions(self.x);
        let values = output.meta.num_elements();
        let constants = vec![
            ("THREADS", THREADS),
            ("BACKWARD", u32::from(inputs.len() == 6)),
            ("ACTIVATE", u32::from(self.activates())),
            ("OUTPUT", narrow(inputs.len())),
        ];
        let mut shape = [values, height * width, self.group()].map(narrow).to_vec();
        shape.push(self.slope());
        let sources = &[include_str!("apply.wgsl")];
        Program { name: "normalise", sources, constants }.launch(spread(values, THREADS, output), inputs, output, &shape);
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
