//! Differentiable augmentation (DiffAugment, Zhao et al. 2020): what the discriminator sees, of real patches and of made ones alike, is
//! changed at random, so that it cannot learn a handful of style pictures by heart.

use burn::tensor::{Tensor, TensorData};

/// Furthest that brightness moves; half of DiffAugment's, since colour is part of style.
const BRIGHTNESS: f32 = 0.25;
/// Furthest that contrast and saturation move from 1.
const CONTRAST: f32 = 0.25;
/// Eight pixels for each whole 64 of a side, and at least eight, are cut away, from either end or both: the translation, without a border that would tell of it. What is left can be halved
/// three times.
fn cut(side: usize) -> usize {
    (side / 64).max(1) * 8
}
/// A square of a quarter of the side is blanked.
const BLANK: usize = 4;

/// The random numbers of one augmentation of a batch, so that it can be replayed.
#[derive(Clone, Debug)]
pub(super) struct Augmentation {
    /// Per picture.
    draws: Vec<Draw>,
}

#[derive(Clone, Copy, Debug)]
struct Draw {
    brightness: f32,
    contrast: f32,
    saturation: f32,
    /// In 0…1, of the room that there is.
    offset: [f32; 2],
    blank: [f32; 2],
    mirrored: bool,
}

impl Augmentation {
    /// For a batch of `n` pictures.
    pub fn new(random: &mut fastrand::Rng, n: usize) -> Self {
        let mut signed = |most: f32| (2.0 * random.f32() - 1.0) * most;
        let draws = (0..n).map(|_| Draw {
            brightness: signed(BRIGHTNESS),
            contrast: 1.0 + signed(CONTRAST),
            saturation: 1.0 + signed(CONTRAST),
            offset: [signed(0.5) + 0.5, signed(0.5) + 0.5],
            blank: [signed(0.5) + 0.5, signed(0.5) + 0.5],
            mirrored: signed(1.0) > 0.0,
        });
        Self { draws: draws.collect() }
    }

    /// With these numbers of each picture: brightness, contrast, saturation, offset and blank (down, right); and whether it is mirrored.
    #[cfg(test)]
    pub fn of(draws: &[([f32; 7], bool)]) -> Self {
        let draws = draws.iter().map(|&([brightness, contrast, saturation, down, right, blank_down, blank_right], mirrored)| Draw {
            brightness,
            contrast,
            saturation,
            offset: [down, right],
            blank: [blank_down, blank_right],
            mirrored,
        });
        Self { draws: draws.collect() }
    }

    /// # Shapes
    /// `[n, 3, s, s]` → about `[n, 3, ⅞ s, ⅞ s]`
    pub fn apply(&self, pictures: Tensor<4>) -> Tensor<4> {
        let device = pictures.device();
        let [_, _, side, _] = pictures.dims();
        let (cut, blank) = (cut(side), side / BLANK);
        let kept = side - cut;
        let parts = self.draws.iter().enumerate().map(|(index, draw)| {
            let [top, left] = draw.offset.map(|offset| at_most(offset, cut));
            let part = pictures.clone().slice([index..index + 1, 0..3, top..top + kept, left..left + kept]);
            if draw.mirrored { part.flip([3]) } else { part }
        });
        let x = Tensor::cat(parts.collect(), 0);
        let column = |value: fn(&Draw) -> f32| {
            let values: Vec<f32> = self.draws.iter().map(value).collect();
            Tensor::<4>::from_data(TensorData::new(values, [self.draws.len(), 1, 1, 1]), &device)
        };
        let x = x + column(|draw| draw.brightness);
        let grey = x.clone().mean_dim(1);
        let x = (x - grey.clone()) * column(|draw| draw.saturation) + grey;
        let mean = x.clone().mean_dim(1).mean_dim(2).mean_dim(3);
        let x = (x - mean.clone()) * column(|draw| draw.contrast) + mean;
        x * self.blanks(kept, blank, &device)
    }

    /// 0 in each picture's blank, 1 elsewhere.
    fn blanks(&self, side: usize, blank: usize, device: &burn::tensor::Device) -> Tensor<4> {
        let mut values = Vec::with_capacity(self.draws.len() * side * side);
        for draw in &self.draws {
            let [top, left] = draw.blank.map(|offset| at_most(offset, side.saturating_sub(blank)));
            let inside = |at: usize, from: usize| at >= from && at < from + blank;
            values.extend((0..side * side).map(|pixel| if inside(pixel / side, top) && inside(pixel % side, left) { 0.0 } else { 1.0 }));
        }
        Tensor::from_data(TensorData::new(values, [self.draws.len(), 1, side, side]), device)
    }
}

/// `share` of `most`, rounded.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0…most")]
fn at_most(share: f32, most: usize) -> usize {
    ((share * crate::losses::real(most)).round() as usize).min(most)
}
