//! Detail loss: keep text, eyes and thin lines where the photograph has them.

use burn::tensor::Tensor;

use super::EPSILON;
use super::coverage::halved;

/// Distance of a picture's Laplacian from the content's, at full and at half size, each over the content's own squared length.
///
/// After Li, Xu, Nie & Liu (2017), "Laplacian-Steered Neural Style Transfer", eq. 3 and 4. They pool by 4 and 16 at larger sizes; the thin
/// lines that are wanted here are gone by then.
#[derive(Debug)]
pub struct DetailLoss {
    /// The content's Laplacian and the factor of its level.
    levels: Vec<(Tensor<4>, Tensor<1>)>,
}

/// Sizes at which the Laplacian is taken: 1 and ½.
const LEVELS: usize = 2;

impl DetailLoss {
    /// Takes the Laplacian of the content picture, `[1, 3, h, w]`, as the target.
    #[must_use]
    pub fn new(content: Tensor<4>) -> Self {
        let levels = (0..LEVELS).filter_map(|level| {
            let target = laplacian(halved(content.clone(), level))?;
            let scale = ((target.clone() * target.clone()).sum() + EPSILON).recip();
            Some((target, scale))
        });
        Self { levels: levels.collect() }
    }

    /// # Shapes
    /// `[1, 3, h, w]`, as the content → `[1]`; 0 at the content, 1 for a flat picture
    #[must_use]
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<1> {
        let mut sum = Tensor::zeros([1], &picture.device());
        for (level, (target, scale)) in self.levels.iter().enumerate() {
            if let Some(found) = laplacian(halved(picture.clone(), level)) {
                let difference = found - target.clone();
                sum = sum + (difference.clone() * difference).sum() * scale.clone();
            }
        }
        sum / super::real(self.levels.len().max(1))
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
