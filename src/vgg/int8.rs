//! Eight-bit weights: symmetric, one scale for each output channel. The form in which weights are shipped.
//!
//! `w ≈ q · s` with `s = max|w| / 127` over one output channel and `q` an integer in −127…127, rounded
//! half to even. Symmetric, so zero stays zero; per channel, since a VGG's channels differ tenfold in
//! range and a shared scale would cost the quiet ones most of their bits.

/// A weight tensor in int8, one scale for each output channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Int8 {
    /// Values in −127…127, in the order of the weights.
    pub values: Vec<i8>,
    /// One positive scale for each output channel.
    pub scales: Vec<f32>,
}

/// Quantises weights laid out with the output channel first.
///
/// A channel of zeros gets scale 1. `weights.len()` must be a multiple of `channels`; a remainder is ignored.
#[must_use]
pub fn quantise_int8(weights: &[f32], channels: usize) -> Int8 {
    let stride = weights.len().checked_div(channels).unwrap_or(0).max(1);
    let mut values = Vec::with_capacity(weights.len());
    let mut scales = Vec::with_capacity(channels);
    for channel in weights.chunks_exact(stride) {
        let peak = channel.iter().fold(0.0_f32, |peak, w| peak.max(w.abs()));
        let scale = if peak > 0.0 { peak / 127.0 } else { 1.0 };
        scales.push(scale);
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of an i8")]
        values.extend(channel.iter().map(|w| (w / scale).round_ties_even().clamp(-127.0, 127.0) as i8));
    }
    Int8 { values, scales }
}

/// The weights that `values · scales` stands for.
#[must_use]
pub fn dequantise_int8(values: &[i8], scales: &[f32]) -> Vec<f32> {
    let stride = values.len().checked_div(scales.len()).unwrap_or(0).max(1);
    values.chunks(stride).zip(scales).flat_map(|(channel, &scale)| channel.iter().map(move |&q| f32::from(q) * scale)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_at_most_half_a_step() {
        let weights: Vec<f32> = (0..270_i16).map(|i| f32::from(i * 37 % 101) / 50.0 - 1.0).collect();
        let Int8 { values, scales } = quantise_int8(&weights, 10);
        let back = dequantise_int8(&values, &scales);
        for (channel, scale) in scales.iter().enumerate() {
            for i in channel * 27..(channel + 1) * 27 {
                // A hair over one half: the division and product each round once.
                assert!((weights[i] - back[i]).abs() <= scale * 0.501);
            }
        }
    }

    #[test]
    fn zeros_stay_zeros() {
        let quantised = quantise_int8(&[0.0; 18], 2);
        assert_eq!(quantised, Int8 { values: vec![0; 18], scales: vec![1.0; 2] });
        assert_eq!(dequantise_int8(&quantised.values, &quantised.scales), vec![0.0; 18]);
    }

    #[test]
    fn the_peak_maps_to_127() {
        assert_eq!(quantise_int8(&[-2.0, 1.0, 0.5, 0.25], 2).values, vec![-127, 64, 127, 64]);
    }
}
