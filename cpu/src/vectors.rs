//! Inner products and sums of many long vectors: what is limited by memory, so that every vector is read once.

use crate::parallel::{each_chunk, vectorised};
use crate::sums::sums;

/// Values of each vector that are worked on at a time: those of two dozen vectors stay in a cache of half a megabyte.
const BLOCK: usize = 4096;
/// Blocks that a thread does at a time.
const BLOCKS: usize = 16;

/// Of each of `left` with each of `right`, row by row. The order of the sums depends on the vectors' length alone.
#[must_use]
pub fn inner_products(left: &[&[f32]], right: &[&[f32]]) -> Vec<f32> {
    let products = left.len() * right.len();
    let length = left.iter().chain(right).map(|vector| vector.len()).min().unwrap_or_default();
    let mut partial = vec![0.0_f64; products * length.div_ceil(BLOCK * BLOCKS)];
    each_chunk(&mut partial, products, |chunk, totals| {
        let end = length.min((chunk + 1) * BLOCK * BLOCKS);
        for start in (chunk * BLOCK * BLOCKS..end).step_by(BLOCK) {
            let range = start..end.min(start + BLOCK);
            let pairs = left.iter().flat_map(|left| right.iter().map(move |right| [*left, *right]));
            for (total, pair) in totals.iter_mut().zip(pairs) {
                *total += vectorised(|| sums(pair.map(|vector| &vector[range.clone()]), |[a, b]| [a * b]))[0];
            }
        }
    });
    let of_all = |product: usize| partial.iter().skip(product).step_by(products.max(1)).sum::<f64>();
    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32")]
    (0..products).map(|product| of_all(product) as f32).collect()
}

/// `Σ factor · vector`, of as many values as the shortest vector has.
#[must_use]
pub fn combination(vectors: &[&[f32]], factors: &[f32]) -> Vec<f32> {
    let length = vectors.iter().map(|vector| vector.len()).min().unwrap_or_default();
    let mut sum = vec![0.0; length];
    each_chunk(&mut sum, BLOCK, |chunk, sum| {
        vectorised(|| {
            for (vector, factor) in vectors.iter().zip(factors) {
                let part = &vector[chunk * BLOCK..];
                sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += factor * value);
            }
        });
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(length: usize, seed: usize) -> Vec<f32> {
        (0..length).map(|index| f32::from(u8::try_from((index * 31 + seed * 57) % 251).unwrap_or(0)) / 125.0 - 1.0).collect()
    }

    #[test]
    fn long_vectors_are_multiplied_and_added_up_like_short_ones() {
        for length in [1, 17, BLOCK, 3 * BLOCK * BLOCKS + 5] {
            let vectors: Vec<Vec<f32>> = (0..4).map(|seed| vector(length, seed)).collect();
            let all: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
            let found = inner_products(&all[..2], &all[1..]);
            for (index, found) in found.iter().enumerate() {
                let (left, right) = (&vectors[index / 3], &vectors[1 + index % 3]);
                let expected: f64 = left.iter().zip(right).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                let scale: f64 = left.iter().map(|value| f64::from(value.abs())).sum();
                // Lanes of 256 f32 additions.
                assert!((f64::from(*found) - expected).abs() <= 1e-6 * scale, "{length}, {index}: {found}, {expected}");
            }
            let sum = combination(&all, &[0.5, -1.0, 2.0, 0.25]);
            let expected = |at: usize| 0.5 * vectors[0][at] - vectors[1][at] + 2.0 * vectors[2][at] + 0.25 * vectors[3][at];
            assert!(sum.len() == length && sum.iter().enumerate().all(|(at, value)| (value - expected(at)).abs() < 1e-6), "{length}");
        }
    }

    #[test]
    fn of_nothing_comes_nothing() {
        assert_eq!(inner_products(&[], &[&[1.0]]), Vec::<f32>::new());
        assert_eq!(inner_products(&[&[]], &[&[]]), [0.0]);
        assert_eq!(combination(&[], &[]), Vec::<f32>::new());
    }
}
