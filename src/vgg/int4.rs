//! Four-bit weights: symmetric, in blocks of 32 along each output channel, one scale a block.
//!
//! A block holds `q ∈ −7…7` and a scale in half precision; the weight is `q · scale`. That makes 4.5 bits a weight.
//! Blocks restart at each output channel, so a channel's last block may be short.

use half::f16;

/// Weights that share a scale.
pub const INT4_BLOCK: usize = 32;

/// The largest magnitude of a stored value. −8 is not used, so that the range is symmetric.
const PEAK: f32 = 7.0;

/// Quantised weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Int4 {
    /// Two values a byte, the earlier one in the low four bits, each stored as `q + 8`. Channels follow each other without gaps;
    /// where their total count is odd, the last high four bits are 8, which is zero.
    pub packed: Vec<u8>,
    /// The bits of each block's scale in IEEE half precision, channel by channel.
    pub scales: Vec<u16>,
}

impl Int4 {
    /// The scales as numbers.
    pub(super) fn scales(&self) -> impl Iterator<Item = f32> {
        self.scales.iter().map(|&bits| f16::from_bits(bits).to_f32())
    }
}

/// Quantises weights of `channels` output channels, `[channels, …]` row-major. Weights beyond a whole number of channels are left out.
///
/// The error of a weight is at most half its block's scale, and a block's scale is its largest magnitude over 7, rounded to half
/// precision. A block whose scale half precision cannot hold (beyond 458 000) is clipped to what it can.
#[must_use]
pub fn quantise_int4(weights: &[f32], channels: usize) -> Int4 {
    let stride = weights.len().checked_div(channels).unwrap_or(0).max(1);
    let mut scales = Vec::with_capacity(weights.len().div_ceil(INT4_BLOCK));
    let mut values = Vec::with_capacity(weights.len());
    for block in weights.chunks_exact(stride).flat_map(|channel| channel.chunks(INT4_BLOCK)) {
        let peak = block.iter().fold(0.0_f32, |peak, weight| peak.max(weight.abs()));
        let scale = f16::from_f32(peak / PEAK).min(f16::MAX);
        scales.push(scale.to_bits());
        // Values are rounded by the scale that the reader will have, not by the exact one.
        let scale = scale.to_f32();
        values.extend(block.iter().map(|weight| if scale > 0.0 { nibble(weight / scale) } else { ZERO }));
    }
    let packed = values.chunks(2).map(|pair| pair[0] | pair.get(1).unwrap_or(&ZERO) << 4).collect();
    Int4 { packed, scales }
}

/// The weights that a quantised tensor stands for: `channels` of `stride` weights each. Values or scales that are missing read as zero.
#[must_use]
pub fn dequantise_int4(quantised: &Int4, channels: usize, stride: usize) -> Vec<f32> {
    let mut values = quantised.packed.iter().flat_map(|byte| [byte & 0x0f, byte >> 4]);
    let mut scales = quantised.scales();
    let mut weights = Vec::with_capacity(channels.saturating_mul(stride).min(quantised.packed.len().saturating_mul(2)));
    for _ in 0..channels {
        let mut left = stride;
        while left > 0 {
            let length = left.min(INT4_BLOCK);
            let scale = scales.next().unwrap_or(0.0);
            weights.extend((0..length).map(|_| (f32::from(values.next().unwrap_or(ZERO)) - f32::from(ZERO)) * scale));
            left -= length;
        }
    }
    weights
}

/// How a zero is stored.
const ZERO: u8 = 8;

fn nibble(value: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1…15")]
    let stored = (value.round_ties_even().clamp(-PEAK, PEAK) + f32::from(ZERO)) as u8;
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights between −1 and 1 without any pattern of length 32.
    fn weights(count: u16) -> Vec<f32> {
        (0..count).map(|i| f32::from(i % 409 * 37 % 101) / 50.0 - 1.0).collect()
    }

    #[test]
    fn the_error_is_at_most_half_a_step_and_blocks_restart_at_each_channel() {
        // 3 input channels: 27 weights, one short block. 8: 72 weights, two blocks and a short one.
        for (channels, stride, blocks) in [(10, 27, 1), (5, 72, 3), (2, 64, 2), (3, 33, 2)] {
            let weights = weights(u16::try_from(channels * stride).unwrap());
            let quantised = quantise_int4(&weights, channels);
            assert_eq!(quantised.scales.len(), channels * blocks);
            assert_eq!(quantised.packed.len(), (channels * stride).div_ceil(2));
            let back = dequantise_int4(&quantised, channels, stride);
            assert_eq!(back.len(), weights.len());
            for (i, (weight, back)) in weights.iter().zip(&back).enumerate() {
                let scale = f16::from_bits(quantised.scales[i / stride * blocks + i % stride / INT4_BLOCK]).to_f32();
                // A scale rounded down leaves the peak a little beyond 7 steps; 1/2048 is half precision's rounding.
                assert!((weight - back).abs() <= scale * (0.5 + 7.0 / 2048.0), "{weight} {back} {scale}");
            }
        }
    }

    #[test]
    fn zeros_stay_zeros() {
        let quantised = quantise_int4(&[0.0; 66], 2);
        assert_eq!(quantised, Int4 { packed: vec![0x88; 33], scales: vec![0; 4] });
        assert_eq!(dequantise_int4(&quantised, 2, 33), vec![0.0; 66]);
    }

    #[test]
    fn the_peak_maps_to_seven_and_the_odd_last_value_is_padded() {
        let quantised = quantise_int4(&[-7.0, 3.0, 1.0], 1);
        assert_eq!(quantised, Int4 { packed: vec![0xb1, 0x89], scales: vec![f16::ONE.to_bits()] });
        assert_eq!(dequantise_int4(&quantised, 1, 3), vec![-7.0, 3.0, 1.0]);
    }

    #[test]
    fn a_block_too_small_or_too_large_for_half_precision_stays_finite() {
        assert_eq!(dequantise_int4(&quantise_int4(&[1e-9, -1e-9], 1), 1, 2), vec![0.0; 2]);
        assert!(dequantise_int4(&quantise_int4(&[1e9, -1e9], 1), 1, 2).iter().all(|weight| weight.is_finite()));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(quantise_int4(&[], 0), Int4 { packed: Vec::new(), scales: Vec::new() });
        assert_eq!(dequantise_int4(&quantise_int4(&[], 4), 4, 0), Vec::<f32>::new());
    }
}
