//! Replicate and wrap-around padding as one gather per axis.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::Padding;

/// Pads height and width by one pixel on each side; [`Padding::Zero`] is left to the convolution.
///
/// A gather along each axis: one pass forward and one scatter-add back, where burn's `PadMode` takes a concatenation of
/// slices and twice as many passes.
///
/// # Shapes
/// `[n, c, h, w]` → `[n, c, h + 2, w + 2]`, or unchanged for zeros
pub(super) fn pad(x: Tensor<4>, padding: Padding) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let device = x.device();
    let (rows, columns) = match padding {
        Padding::Zero => return x,
        Padding::Replicate => (border(height, 0, height.saturating_sub(1)), border(width, 0, width.saturating_sub(1))),
        Padding::Wrap => (border(height, height.saturating_sub(1), 0), border(width, width.saturating_sub(1), 0)),
    };
    x.select(2, indices(&rows, &device)).select(3, indices(&columns, &device))
}

/// `before`, then all positions of an axis, then `after`.
fn border(length: usize, before: usize, after: usize) -> Vec<usize> {
    std::iter::once(before).chain(0..length).chain(std::iter::once(after)).collect()
}

fn indices(positions: &[usize], device: &Device) -> Tensor<1, Int> {
    let positions: Vec<i32> = positions.iter().map(|&at| i32::try_from(at).unwrap_or(i32::MAX)).collect();
    let count = positions.len();
    Tensor::from_data(TensorData::new(positions, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(padding: Padding) -> Vec<f32> {
        let values: Vec<f32> = (0..6_u8).map(f32::from).collect();
        let x = Tensor::<4>::from_data(TensorData::new(values, [1, 1, 2, 3]), &crate::backend::cpu());
        pad(x, padding).into_data().try_into_vec().unwrap()
    }

    #[test]
    fn replicate_repeats_the_border() {
        assert_eq!(
            padded(Padding::Replicate),
            [
                0.0, 0.0, 1.0, 2.0, 2.0, //
                0.0, 0.0, 1.0, 2.0, 2.0, //
                3.0, 3.0, 4.0, 5.0, 5.0, //
                3.0, 3.0, 4.0, 5.0, 5.0,
            ]
        );
    }

    #[test]
    fn wrap_brings_the_opposite_border() {
        assert_eq!(
            padded(Padding::Wrap),
            [
                5.0, 3.0, 4.0, 5.0, 3.0, //
                2.0, 0.0, 1.0, 2.0, 0.0, //
                5.0, 3.0, 4.0, 5.0, 3.0, //
                2.0, 0.0, 1.0, 2.0, 0.0,
            ]
        );
    }
}
