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
    wraps: bool,
    /// The factor of each level.
    scales: Vec<Tensor<1>>,
}

/// Sizes at which the Laplacian is taken: 1 and ½.
const LEVELS: usize = 2;
/// Mean squared Laplacian below which a content has no detail to keep: less than a byte's grain.
const LEAST_DETAIL: f32 = 1e-6;

impl DetailLoss {
    /// Takes the Laplacian of the content picture, `[1, 3, h, w]`, as the target. `counts`, `[1, 1, h, w]` in 0…1, says how much each pixel
    /// counts. With `wraps`, opposite borders are neighbours.
    #[must_use]
    pub fn new(content: Tensor<4>, counts: Option<Tensor<4>>, wraps: bool) -> Self {
        let mut loss = Self { content, counts, wraps, scales: Vec::new() };
        for level in 0..LEVELS {
            let target = loss.laplacian(&loss.content, level);
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
            // The Laplacian is linear.
            let difference = self.laplacian(&(picture.clone() - self.content.clone()), level);
            sum = sum + self.weighed(difference, level) * scale.clone();
        }
        sum / real(self.scales.len().max(1))
    }

    /// The squared length of what counts.
    ///
    /// # Shapes
    /// `[1, 3, h, w]` → `[1]`
    fn weighed(&self, difference: Tensor<4>, level: usize) -> Tensor<1> {
        let squares = difference.clone() * difference;
        match &self.counts {
            Some(counts) => (squares * halved(counts.clone(), level)).sum(),
            None => squares.sum(),
        }
    }

    /// The four-neighbour Laplacian of a picture after `level` halvings. The border is continued by its own pixels: left out, it would be free to
    /// take any value that serves its inner neighbours, and come out dotted.
    ///
    /// # Shapes
    /// `[n, c, h, w]` → `[n, c, h / 2^level, w / 2^level]`
    fn laplacian(&self, picture: &Tensor<4>, level: usize) -> Tensor<4> {
        let picture = halved(picture.clone(), level);
        let [_, _, height, width] = picture.dims();
        let continued = bordered(bordered(picture.clone(), 2, self.wraps), 3, self.wraps);
        let at = |y: usize, x: usize| continued.clone().narrow(2, y, height).narrow(3, x, width);
        picture * 4.0 - at(0, 1) - at(2, 1) - at(1, 0) - at(1, 2)
    }
}

/// One more row or column at either end of an axis: of the same border, or with `wraps` of the opposite one.
fn bordered(picture: Tensor<4>, axis: usize, wraps: bool) -> Tensor<4> {
    let length = picture.dims()[axis];
    let (first, last) = (picture.clone().narrow(axis, 0, 1), picture.clone().narrow(axis, length - 1, 1));
    let (before, after) = if wraps { (last, first) } else { (first, last) };
    Tensor::cat(vec![before, picture, after], axis)
}
