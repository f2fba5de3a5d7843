//! What is done to the sums of a convolution.

/// What is done to each sum.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// `[output]`
    pub bias: Option<&'a [f32]>,
    /// The factor on what is not positive.
    pub slope: f32,
}

impl Finish<'_> {
    /// The sums as they are.
    pub const NONE: Self = Self { bias: None, slope: 1.0 };

    /// Finishes sums of one output channel.
    #[inline(always)]
    pub fn apply(&self, channel: usize, sums: &[f32], values: &mut [f32]) {
        let bias = self.bias(channel);
        for (value, sum) in values.iter_mut().zip(sums) {
            *value = self.one(sum + bias);
        }
    }

    /// Finishes sums of one output channel where they lie.
    #[inline(always)]
    pub fn apply_in_place(&self, channel: usize, sums: &mut [f32]) {
        let bias = self.bias(channel);
        for sum in sums {
            *sum = self.one(*sum + bias);
        }
    }

    fn bias(&self, channel: usize) -> f32 {
        self.bias.and_then(|bias| bias.get(channel)).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn one(&self, sum: f32) -> f32 {
        // Not `max`: a sum that is no number stays none.
        if sum <= 0.0 { sum * self.slope } else { sum }
    }
}
