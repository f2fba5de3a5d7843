//! Whose colours a picture has.

use super::mask::Mask;
use super::pixels::{Picture, to_byte};

/// Weights of red, green and blue in luma (ITU-R BT.601), on sRGB values as the papers do it.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];
/// Added to each variance, so that a flat picture's covariance can be inverted: that of half a byte.
const OF_ROUNDING: f64 = 4e-6;

type Matrix = [[f64; 3]; 3];

/// First and second moments of a picture's colours, red, green and blue in 0…1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ColorStatistics {
    mean: [f64; 3],
    /// Means of products of two channels.
    products: Matrix,
}

impl ColorStatistics {
    /// Those of what is mixed, each part by its weight. `None` where none has a weight.
    pub fn mixed(parts: impl IntoIterator<Item = (Self, f64)>) -> Option<Self> {
        let (mut sum, mut weights) = (Self::default(), 0.0);
        for (mut part, weight) in parts {
            weights += weight;
            sum.values().zip(part.values()).for_each(|(sum, value)| *sum += weight * *value);
        }
        sum.values().for_each(|sum| *sum /= weights);
        (weights > 0.0).then_some(sum)
    }

    /// Those of one colour.
    fn of(rgb: [u8; 3]) -> Self {
        let mean = rgb.map(|value| f64::from(value) / 255.0);
        Self { mean, products: mean.map(|a| mean.map(|b| a * b)) }
    }

    /// All moments.
    fn values(&mut self) -> impl Iterator<Item = &mut f64> {
        self.mean.iter_mut().chain(self.products.as_flattened_mut())
    }

    /// Of the linear maps that bring colours with these moments to those `wanted` the one that moves them least (Pitié & Kokaram 2007, "The linear Monge–Kantorovitch linear colour mapping
    /// for example-based colour transfer"): it is positive definite, so that light stays light. Before, `least` is added to the variances of both: what of the colours varies less than that is
    /// not blown up to what of the wanted ones varies more. `None` where no variance is left to go by.
    pub fn map_to(&self, wanted: &Self, least: f64) -> Option<ColorMap> {
        let [root, inverse_root] = square_roots(self.covariance(least))?;
        let [middle, _] = square_roots(product(product(root, wanted.covariance(least)), root))?;
        let matrix = product(product(inverse_root, middle), inverse_root);
        let offset = std::array::from_fn(|i| wanted.mean[i] - matrix[i].iter().zip(self.mean).map(|(a, mean)| a * mean).sum::<f64>());
        #[expect(clippy::cast_possible_truncation, reason = "a colour needs no more than an f32 has")]
        let single = |value: f64| value as f32;
        Some(ColorMap { matrix: matrix.map(|row| row.map(single)), offset: offset.map(single) })
    }

    fn covariance(&self, least: f64) -> Matrix {
        let Self { mean, products } = self;
        std::array::from_fn(|i| std::array::from_fn(|j| products[i][j] - mean[i] * mean[j] + if i == j { least } else { 0.0 }))
    }
}

/// A linear map of colours, and a shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ColorMap {
    /// For each channel of the result, the shares of red, green and blue.
    pub matrix: [[f32; 3]; 3],
    pub offset: [f32; 3],
}

impl ColorMap {
    /// Where it brings a colour of 0…1.
    pub fn apply(&self, rgb: [f32; 3]) -> [f32; 3] {
        std::array::from_fn(|i| self.matrix[i].iter().zip(rgb).map(|(a, value)| a * value).sum::<f32>() + self.offset[i])
    }
}

impl Picture {
    /// This picture's luma with the colours of `other`, which is as large (Gatys et al. 2017, "Controlling Perceptual Factors in Neural Style
    /// Transfer", section 5.2). Alpha stays this picture's. A picture of another size is left out.
    #[must_use]
    pub fn with_chroma_of(&self, other: &Self) -> Self {
        if (self.width(), self.height()) != (other.width(), other.height()) {
            return self.clone();
        }
        let luma = |rgb: &[u8; 3]| rgb.iter().zip(LUMA).map(|(&value, weight)| f32::from(value) * weight).sum::<f32>();
        let pairs = self.rgb().as_chunks::<3>().0.iter().zip(other.rgb().as_chunks::<3>().0);
        let rgb = pairs.flat_map(|(own, color)| {
            // Chroma is the difference from luma, so equal shifts of the three change luma alone.
            let shift = luma(own) - luma(color);
            color.map(|value| to_byte((f32::from(value) + shift) / 255.0))
        });
        self.repainted(rgb.collect())
    }

    /// This picture with the mean and covariance of `other`'s colours, by a linear map (Gatys et al. 2017, section 5.1, by another map than their two: the one that moves colours least). Of
    /// this picture and of the other only so much counts as the masks of their sizes say.
    pub(crate) fn with_colors_of(&self, other: &Self, [own, wanted]: [Option<&Mask>; 2]) -> Self {
        let (own, wanted) = (self.color_statistics(own), other.color_statistics(wanted));
        let map = own.zip(wanted).and_then(|(own, wanted)| own.map_to(&wanted, OF_ROUNDING));
        let Some(map) = map else { return self.clone() };
        let rgb = self.rgb().as_chunks::<3>().0.iter().flat_map(|rgb| map.apply(rgb.map(|value| f32::from(value) / 255.0)).map(to_byte));
        self.repainted(rgb.collect())
    }

    fn repainted(&self, rgb: Vec<u8>) -> Self {
        Self::new(self.width(), self.height(), rgb, self.alpha().map(<[u8]>::to_vec)).unwrap_or_else(|_| self.clone())
    }

    /// The moments of its colours, weighed by how much each pixel counts in a mask of its size. `None` where nothing counts.
    pub(crate) fn color_statistics(&self, counts: Option<&Mask>) -> Option<ColorStatistics> {
        let counts = counts.map(Mask::values);
        let weight = |index: usize| counts.as_ref().map_or(u8::MAX, |counts| counts.get(index).copied().unwrap_or(0));
        let pixels = self.rgb().as_chunks::<3>().0.iter().enumerate();
        ColorStatistics::mixed(pixels.map(|(index, &rgb)| (ColorStatistics::of(rgb), f64::from(weight(index)) / 255.0)))
    }
}

/// The symmetric square roots of `a` and of its inverse; `None` if `a` is not positive definite. By its eigenvectors and not by inverses, as where greys are to become greys the variances
/// differ by more than a determinant can tell.
fn square_roots(a: Matrix) -> Option<[Matrix; 2]> {
    let (values, vectors) = eigen(a);
    let of = |values: [f64; 3]| -> Matrix {
        std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| vectors[i][k] * values[k] * vectors[j][k]).sum()))
    };
    let roots = values.map(f64::sqrt);
    values.iter().all(|value| *value > 0.0).then(|| [of(roots), of(roots.map(f64::recip))])
}

/// Eigenvalues and, as columns, eigenvectors of a symmetric matrix, by Jacobi's rotations (Golub & Van Loan 2013, algorithm 8.5.3).
fn eigen(mut a: Matrix) -> ([f64; 3], Matrix) {
    /// Times that each pair is turned: it converges quadratically, and three by three are done in four or five.
    const SWEEPS: usize = 10;
    let mut vectors = UNIT;
    for (p, q) in [(0, 1), (0, 2), (1, 2)].repeat(SWEEPS) {
        if a[p][q] != 0.0 {
            let ratio = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
            let cosine = tangent.hypot(1.0).recip();
            let mut turn = UNIT;
            (turn[p][p], turn[q][q]) = (cosine, cosine);
            (turn[p][q], turn[q][p]) = (tangent * cosine, -tangent * cosine);
            a = product(transposed(turn), product(a, turn));
            vectors = product(vectors, turn);
        }
    }
    ([a[0][0], a[1][1], a[2][2]], vectors)
}

const UNIT: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

fn transposed(a: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| a[j][i]))
}

fn product(a: Matrix, b: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colour: impl Fn(u32) -> [u8; 3]) -> Picture {
        Picture::new(8, 8, (0..64).flat_map(colour).collect(), None).unwrap()
    }

    fn ramp(i: u32) -> u8 {
        u8::try_from(i * 4).unwrap()
    }

    impl Picture {
        /// With the colours of another, of both of which what is opaque counts.
        fn with_colors_like(&self, other: &Self) -> Self {
            self.with_colors_of(other, [self, other].map(Mask::of_alpha).each_ref().map(Option::as_ref))
        }
    }

    #[test]
    fn a_luma_swap_keeps_light_and_brings_colour() {
        let grey = picture(|i| [60 + ramp(i) / 2; 3]);
        let blue = picture(|_| [100, 110, 140]);
        let mixed = grey.with_chroma_of(&blue);
        let luma = |rgb: &[u8]| 0.299 * f32::from(rgb[0]) + 0.587 * f32::from(rgb[1]) + 0.114 * f32::from(rgb[2]);
        for (before, after) in grey.rgb().chunks(3).zip(mixed.rgb().chunks(3)) {
            // Each channel is rounded to a byte.
            assert!((luma(before) - luma(after)).abs() < 1.0);
            assert!(i16::from(after[2]) - i16::from(after[0]) == 40);
        }
    }

    #[test]
    fn matched_colours_have_the_others_mean_and_covariance() {
        let own = picture(|i| [ramp(i) / 2, ramp(i * 13 % 64) / 3, ramp(i * 7 % 64) / 4]);
        let other = picture(|i| [90 + ramp(i * 5 % 64) / 4, 100 + ramp(i) / 8, 120 + ramp(i * 11 % 64) / 5]);
        let moments =
            |picture: &Picture| picture.color_statistics(None).map(|colors| (colors.mean, colors.covariance(OF_ROUNDING))).unwrap();
        let (mean, covariance) = moments(&own.with_colors_like(&other));
        let (wanted_mean, wanted) = moments(&other);
        for i in 0..3 {
            // Rounding to bytes moves a mean of 64 pixels by less than half a byte, and a covariance of 5e-3 by about σ/255/√64.
            assert!((mean[i] - wanted_mean[i]).abs() < 0.5 / 255.0);
            assert!((0..3).all(|j| (covariance[i][j] - wanted[i][j]).abs() < 1e-4), "{covariance:?} {wanted:?}");
        }
    }

    #[test]
    fn flat_pictures_take_the_others_mean() {
        let (flat, other) = (picture(|_| [10, 20, 30]), picture(|_| [200, 100, 50]));
        assert_eq!(flat.with_colors_like(&other).rgb()[..3], [200, 100, 50]);
    }

    /// Red poppies in grass: where red grows, green falls.
    #[test]
    fn light_stays_light_where_a_styles_channels_run_against_each_other() {
        let poppies = picture(|i| if i % 5 == 0 { [200, 35, 30] } else { [60, 150, 60] });
        let grey = picture(|i| [40 + ramp(i) / 2; 3]);
        let colored = grey.with_colors_like(&poppies);
        let luma: Vec<f32> = colored
            .rgb()
            .as_chunks::<3>()
            .0
            .iter()
            .map(|rgb| rgb.iter().zip(LUMA).map(|(&value, weight)| f32::from(value) * weight).sum())
            .collect();
        // A byte may be rounded down where the one before was rounded up.
        assert!(luma.windows(2).all(|pair| pair[1] > pair[0] - 1.0) && luma[63] > luma[0] + 5.0, "{luma:?}");
    }

    #[test]
    fn greys_take_the_greys_of_others() {
        // The strongest contrasts there are: what varies besides is nothing but rounding.
        let own = picture(|i| [if i % 2 == 0 { 0 } else { 255 }; 3]);
        let other = picture(|i| [if i % 4 == 0 { 255 } else { ramp(i) / 4 }; 3]);
        let mean = |picture: &Picture| picture.color_statistics(None).unwrap().mean[1] * 255.0;
        let found = own.with_colors_like(&other);
        assert!((mean(&found) - mean(&other)).abs() < 8.0, "{} for {}", mean(&found), mean(&other));
        assert!(found.rgb().as_chunks::<3>().0.iter().all(|[red, green, blue]| red.abs_diff(*green) <= 1 && green.abs_diff(*blue) <= 1));
    }

    #[test]
    fn what_does_not_count_has_no_say() {
        let halves = picture(|i| if i < 32 { [200, 100, 50] } else { [0, 255, 0] });
        let counts = Mask::from_picture(&picture(|i| [if i < 32 { 255 } else { 0 }; 3]));
        let (mut found, mut wanted) =
            (halves.color_statistics(Some(&counts)).unwrap(), picture(|_| [200, 100, 50]).color_statistics(None).unwrap());
        // Sums of 32 and of 64 numbers of 0…1.
        assert!(found.values().zip(wanted.values()).all(|(found, wanted)| (*found - *wanted).abs() < 1e-12));
        let nothing = Mask::from_picture(&picture(|_| [0; 3]));
        assert_eq!(halves.color_statistics(Some(&nothing)), None);
    }

    #[test]
    fn mixed_colours_are_those_of_both_pictures_side_by_side() {
        let (a, b) = (picture(|i| [ramp(i) / 2, 40, ramp(i) / 3]), picture(|i| [200, ramp(i * 7 % 64) / 2, 90]));
        let of = |picture: &Picture| picture.color_statistics(None).unwrap();
        let together = Picture::new(8, 16, [a.rgb(), b.rgb()].concat(), None).unwrap();
        let (mut mixed, mut wanted) = (ColorStatistics::mixed([(of(&a), 3.0), (of(&b), 3.0)]).unwrap(), of(&together));
        // Sums of 128 numbers of 0…1, in another order.
        assert!(mixed.values().zip(wanted.values()).all(|(mixed, wanted)| (*mixed - *wanted).abs() < 1e-12));
        assert_eq!(ColorStatistics::mixed([(of(&a), 0.0)]), None);
    }

    #[test]
    fn transparent_pixels_have_no_say() {
        let rgba: Vec<u8> = (0..64_u8).flat_map(|i| if i < 32 { [200, 100, 50, 255] } else { [0, 255, 0, 0] }).collect();
        let other = Picture::from_rgba8(8, 8, &rgba).unwrap();
        assert_eq!(picture(|_| [10, 20, 30]).with_colors_like(&other).rgb()[..3], [200, 100, 50]);
    }
}
