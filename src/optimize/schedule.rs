//! Coarse to fine: large strokes are laid down on a small picture, where they are cheap and within the
//! network's sight, and refined on larger ones.
//!
//! After crowsonkb/style-transfer-pytorch: sizes grow by √2 from 128 px.

/// One size of a run and its share of the evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Evaluations of the loss.
    pub iterations: u32,
}

/// Long side at which a run starts, where the result is larger.
const COARSEST: f64 = 128.0;
/// Least short side of a coarse scale; a thin picture starts larger.
const LEAST_SHORT_SIDE: u32 = 24;

/// Least evaluations of a scale: one to look around, and a few to move.
const LEAST_EVALUATIONS: u32 = 6;

/// The scales of a run whose result has `width × height` pixels, coarse to fine, with `iterations` shared evenly
/// and any remainder given to the coarse end, where it is cheapest. With few iterations the coarsest scales are left
/// out, so that each has some; the result's own size is always there.
#[must_use]
pub fn coarse_to_fine(width: u32, height: u32, iterations: u32) -> Vec<Scale> {
    let long = f64::from(width.max(height));
    let sizes = std::iter::successors(Some(1.0_f64), |factor| Some(factor / std::f64::consts::SQRT_2))
        // Half a pixel below 128: 256 halved by two factors of √2 may land a hair under.
        .take_while(|factor| *factor >= 1.0 || long * factor >= COARSEST - 0.5)
        .map(|factor| (scaled(width, factor), scaled(height, factor)))
        .take_while(|size| *size == (width, height) || size.0.min(size.1) >= LEAST_SHORT_SIDE.min(width.min(height)));
    let mut sizes: Vec<_> = sizes.take((iterations / LEAST_EVALUATIONS).max(1) as usize).collect();
    sizes.reverse();
    let count = u32::try_from(sizes.len()).unwrap_or(1).max(1);
    let (share, remainder) = (iterations.max(1) / count, iterations.max(1) % count);
    sizes
        .into_iter()
        .zip(0_u32..)
        .map(|((width, height), index)| Scale { width, height, iterations: share + u32::from(index < remainder) })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the factor is at most two and positive")]
pub(super) fn scaled(side: u32, factor: f64) -> u32 {
    ((f64::from(side) * factor).round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long_sides(width: u32, height: u32, iterations: u32) -> Vec<u32> {
        coarse_to_fine(width, height, iterations).iter().map(|scale| scale.width.max(scale.height)).collect()
    }

    #[test]
    fn grows_by_the_square_root_of_two_from_128() {
        assert_eq!(long_sides(256, 192, 100), [128, 181, 256]);
        assert_eq!(long_sides(512, 512, 100), [128, 181, 256, 362, 512]);
        assert_eq!(long_sides(100, 60, 100), [100]);
    }

    #[test]
    fn ends_at_the_size_asked_for_with_all_iterations_spent() {
        for (width, height, iterations) in [(384, 256, 100), (2048, 3, 50), (64, 64, 1), (1024, 700, 3), (1, 1, 5)] {
            let scales = coarse_to_fine(width, height, iterations);
            let last = scales.last().unwrap();
            assert_eq!((last.width, last.height), (width, height));
            assert_eq!(scales.iter().map(|scale| scale.iterations).sum::<u32>(), iterations);
            assert!(scales.iter().all(|scale| scale.iterations > 0));
        }
    }

    #[test]
    fn few_iterations_are_spent_where_they_move_something() {
        assert_eq!(long_sides(384, 384, 4), [384]);
        assert_eq!(long_sides(384, 384, 13), [272, 384]);
    }

    #[test]
    fn a_thin_picture_starts_where_its_short_side_suffices() {
        let scales = coarse_to_fine(1024, 48, 100);
        assert!(scales[0].height >= LEAST_SHORT_SIDE);
    }
}
