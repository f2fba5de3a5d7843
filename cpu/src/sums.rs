//! Sums of many values.

/// Values that are added up side by side, in as many lanes as the widest vectors have.
const LANES: usize = 16;

/// The sum, in an order that depends on the length alone.
#[inline(always)]
pub fn sum(values: &[f32]) -> f32 {
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    let mut lanes = [0.0_f32; LANES];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Adds to each of `totals` the sum of a range of its row, rows being `stride` apart.
pub fn add_sums(values: &[f32], stride: usize, range: std::ops::Range<usize>, totals: &mut [f32]) {
    for (total, row) in totals.iter_mut().zip(values.chunks(stride.max(1))) {
        *total += sum(row.get(range.clone()).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "sums of small whole numbers are exact")]
    fn every_value_is_added_once() {
        let values: Vec<f32> = (0..101_u8).map(f32::from).collect();
        assert_eq!(sum(&values), 5050.0);
        let mut totals = [1.0, 2.0];
        add_sums(&values, 50, 10..30, &mut totals);
        assert_eq!(totals, [391.0, 1392.0]);
    }
}
