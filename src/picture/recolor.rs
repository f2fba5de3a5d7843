//! Whose colours a picture has.

use super::pixels::{Picture, to_byte};

/// Weights of red, green and blue in luma (ITU-R BT.601), on sRGB values as the papers do it.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];
/// Added to each variance, so that a flat picture's covariance can be inverted: half a byte's.
const LEAST_VARIANCE: f64 = 4e-6;

type Matrix = [[f64; 3]; 3];

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

    /// This picture with the mean and covariance of `other`'s colours, by a linear map (Gatys et al. 2017, section 5.1, with Cholesky
    /// factors). Transparent pixels count in neither.
    #[must_use]
    pub fn with_colors_like(&self, other: &Self) -> Self {
        let ((own_mean, own), (mean, covariance)) = (self.color_statistics(), other.color_statistics());
        let (Some(own_factor), Some(factor)) = (cholesky(own), cholesky(covariance)) else { return self.clone() };
        let map = product(factor, lower_inverse(own_factor));
        let rgb = self.rgb().as_chunks::<3>().0.iter().flat_map(|rgb| {
            let centred: [f64; 3] = std::array::from_fn(|i| f64::from(rgb[i]) / 255.0 - own_mean[i]);
            map.iter()
                .zip(mean)
                .map(|(row, mean)| byte(row.iter().zip(centred).map(|(a, b)| a * b).sum::<f64>() + mean))
                .collect::<Vec<_>>()
        });
        self.repainted(rgb.collect())
    }

    fn repainted(&self, rgb: Vec<u8>) -> Self {
        Self::new(self.width(), self.height(), rgb, self.alpha().map(<[u8]>::to_vec)).unwrap_or_else(|_| self.clone())
    }

    /// Mean and covariance of red, green and blue in 0…1, weighed by alpha.
    fn color_statistics(&self) -> ([f64; 3], Matrix) {
        let (mut weight, mut sum, mut products) = (0.0, [0.0; 3], [[0.0; 3]; 3]);
        for (index, rgb) in self.rgb().as_chunks::<3>().0.iter().enumerate() {
            let alpha = f64::from(self.alpha_at(index)) / 255.0;
            let rgb = rgb.map(|value| f64::from(value) / 255.0);
            weight += alpha;
            for (i, (sum, row)) in sum.iter_mut().zip(&mut products).enumerate() {
                *sum += alpha * rgb[i];
                for (product, value) in row.iter_mut().zip(rgb) {
                    *product += alpha * rgb[i] * value;
                }
            }
        }
        let weight = f64::max(weight, f64::MIN_POSITIVE);
        let mean = sum.map(|value| value / weight);
        let covariance = std::array::from_fn(|i| {
            std::array::from_fn(|j| products[i][j] / weight - mean[i] * mean[j] + if i == j { LEAST_VARIANCE } else { 0.0 })
        });
        (mean, covariance)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a colour needs no more than an f32 has")]
fn byte(value: f64) -> u8 {
    to_byte(value as f32)
}

/// The lower triangular `L` with `L Lᵀ` = `a`; `None` if `a` is not positive definite.
fn cholesky(a: Matrix) -> Option<Matrix> {
    let mut l: Matrix = [[0.0; 3]; 3];
    for i in 0..3 {
        for j in 0..=i {
            let rest = a[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
            if i == j && (l[i][j].is_nan() || l[i][j] <= 0.0) {
                return None;
            }
        }
    }
    Some(l)
}

/// By forward substitution, a column of the unit matrix at a time.
fn lower_inverse(l: Matrix) -> Matrix {
    let columns: Matrix = std::array::from_fn(|unit| {
        let mut column = [0.0; 3];
        for row in unit..3 {
            let rest = f64::from(u8::from(row == unit)) - (unit..row).map(|k| l[row][k] * column[k]).sum::<f64>();
            column[row] = rest / l[row][row];
        }
        column
    });
    std::array::from_fn(|row| std::array::from_fn(|column| columns[column][row]))
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
        let (mean, covariance) = own.with_colors_like(&other).color_statistics();
        let (wanted_mean, wanted) = other.color_statistics();
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

    #[test]
    fn transparent_pixels_have_no_say() {
        let rgba: Vec<u8> = (0..64_u8).flat_map(|i| if i < 32 { [200, 100, 50, 255] } else { [0, 255, 0, 0] }).collect();
        let other = Picture::from_rgba8(8, 8, &rgba).unwrap();
        assert_eq!(picture(|_| [10, 20, 30]).with_colors_like(&other).rgb()[..3], [200, 100, 50]);
    }
}
