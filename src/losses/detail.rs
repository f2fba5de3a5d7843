//! Detail loss: keep text, eyes and thin lines where the photograph has them.

use burn::tensor::Tensor;

use super::coverage::halved;
use super::real;

/// Distance of a picture's Laplacian from the content's, at full and at half size, each over the content's own squared length.
///
/// After Li, Xu, Nie & Liu (2017), "Laplacian-Steered Neural Style Transfer", eq. 3 and 4. They pool by 4 and 16 at larger sizes; the thin
/// lines that are wanted here are gone by then.
#[derive(Debug)]
pub struct DetailLoss {
    /// Its Laplacians are taken anew each time: kept, they would be as large as the picture.
    content: Tensor<4>,
    counts: Option<Tensor<4>>,
    /// The factor of each level.
    scales: Vec<Tensor<1>>,
}

/// Sizes at which the Laplacian is taken: 1 and ½.
const LEVELS: usize = 2;
/// Mean squared Laplacian below which a content has no detail to keep: less than a byte's grain.
const LEAST_DETAIL: f32 = 1e-6;

impl DetailLoss {
    /// Takes the Laplacian of the content picture, `[1, 3, h, w]`, as the target. `counts`, `[1, 1, h, w]` in 0…1, says how much each pixel
    /// counts.
    #[must_use]
    pub fn new(content: Tensor<4>, counts: Option<Tensor<4>>) -> Self {
        let mut loss = Self { content, counts, scales: Vec::new() };
        for level in 0..LEVELS {
            let Some(target) = laplacian(halved(loss.content.clone(), level)) else { break };
            let grain = LEAST_DETAIL * real(target.dims().iter().product());
            let length = loss.weighed(target, level);
            loss.scales.push((length + grain).recip());
        }
        loss
    }

    /// # Shapes
    /// `[1, 3, h, w]`, as the content → `[1]`; 0 at the content, nearly 1 for a flat picture
    #[must_use]
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<1> {
        let mut sum = Tensor::zeros([1], &picture.device());
        for (level, scale) in self.scales.iter().enumerate() {
            let at = |picture: &Tensor<4>| laplacian(halved(picture.clone(), level));
            if let (Some(found), Some(target)) = (at(&picture), at(&self.content)) {
                sum = sum + self.weighed(found - target, level) * scale.clone();
            }
        }
        sum / real(self.scales.len().max(1))
    }

    /// The squared length of what counts.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`
    fn weighed(&self, difference: Tensor<4>, level: usize) -> Tensor<1> {
        let squares = difference.clone() * difference;
        let [_, _, height, width] = squares.dims();
        match &self.counts {
            Some(counts) => (squares * halved(counts.clone(), level).narrow(2, 1, height).narrow(3, 1, width)).sum(),
            None => squares.sum(),
        }
    }
}

/// The four-neighbour Laplacian of all inner pixels; `None` where there are none.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h − 2, w − 2]`
fn laplacian(picture: Tensor<4>) -> Option<Tensor<4>> {
    let [_, _, height, width] = picture.dims();
    if height < 3 || width < 3 {
        return None;
    }
    let at = |y: usize, x: usize| picture.clone().narrow(2, y, height - 2).narrow(3, x, width - 2);
    Some(at(1, 1) * 4.0 - at(0, 1) - at(2, 1) - at(1, 0) - at(1, 2))
}
