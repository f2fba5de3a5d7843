//! Sums of many values, in an order that depends on their number alone.

/// Values that are added up side by side, in as many lanes as the widest vectors have.
const LANES: usize = 16;
/// Values whose sum is left to f32: rounding adds up to no more than that of a few hundred additions in each lane.
const BLOCK: usize = 4096;

/// Sums of `terms` over arrays of equal length.
#[inline(always)]
pub fn sums<const N: usize, const S: usize>(arrays: [&[f32]; N], terms: impl Fn([f32; N]) -> [f32; S]) -> [f64; S] {
    let length = arrays.iter().map(|values| values.len()).min().unwrap_or_default();
    let mut totals = [0.0; S];
    for start in (0..length).step_by(BLOCK) {
        let parts = arrays.map(|values| values[start..length.min(start + BLOCK)].as_chunks::<LANES>());
        let mut lanes = [[0.0_f32; LANES]; S];
        let chunks = parts.iter().map(|(chunks, _)| chunks.len()).min().unwrap_or_default();
        for at in 0..chunks {
            let values = parts.map(|(chunks, _)| &chunks[at]);
            for lane in 0..LANES {
                for (lanes, term) in lanes.iter_mut().zip(terms(values.map(|values| values[lane]))) {
                    lanes[lane] += term;
                }
            }
        }
        let rest = parts.iter().map(|(_, rest)| rest.len()).min().unwrap_or_default();
        for at in 0..rest {
            for (lanes, term) in lanes.iter_mut().zip(terms(parts.map(|(_, rest)| rest[at]))) {
                lanes[at] += term;
            }
        }
        for (total, lanes) in totals.iter_mut().zip(lanes) {
            *total += lanes.into_iter().map(f64::from).sum::<f64>();
        }
    }
    totals
}

/// Adds to each of `totals` the sum of a range of its row, rows being `stride` apart.
pub fn add_sums(values: &[f32], stride: usize, range: std::ops::Range<usize>, totals: &mut [f32]) {
    for (total, row) in totals.iter_mut().zip(values.chunks(stride.max(1))) {
        let [sum] = sums([row.get(range.clone()).unwrap_or_default()], |value| value);
        *total += single(sum);
    }
}

/// The nearest f32.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
pub fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "sums of small whole numbers are exact")]
    fn every_value_is_added_once() {
        let values: Vec<f32> = (0..10_007_u16).map(f32::from).collect();
        assert_eq!(sums([&values, &values], |[a, b]| [a, b - 1.0, 1.0]), [50_065_021.0, 50_055_014.0, 10_007.0]);
        let mut totals = [1.0, 2.0];
        add_sums(&values, 50, 10..30, &mut totals);
        assert_eq!(totals, [391.0, 1392.0]);
    }
}
