//! Which input a network was trained on.

use crate::vgg::Input;

/// How a picture must enter the network.
///
/// The two known trainings of VGG-19 differ in it. Wherever these weights are used, the input's channels are red, green,
/// blue: a file that wants another order is reordered as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// RGB in 0…1, less the mean (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225).
    /// Source: <https://pytorch.org/vision/stable/models/generated/torchvision.models.vgg19.html>.
    Torchvision,
    /// RGB in 0…255, less the mean (123.68, 116.779, 103.939). The original weights of Simonyan & Zisserman (2014), which
    /// in the file read blue, green, red. Source: <https://gist.github.com/ksimonyan/3785162f95cd2d5fee77>.
    Caffe,
}

/// The first biases of conv1_1 in the original VGG-19.
const ORIGINAL: [f32; 4] = [0.730_177_6, 0.064_936_29, 0.034_288_47, 0.826_038_6];
/// Room for weights that were stored as bf16.
const TOLERANCE: f32 = 4e-3;

impl Convention {
    /// The preprocessing that goes with it.
    #[must_use]
    pub fn input(self) -> Input {
        match self {
            Self::Torchvision => Input::TORCHVISION,
            Self::Caffe => Input::CAFFE,
        }
    }

    /// Whether these are the original weights, whatever their keys say.
    ///
    /// There are files that hold them under torchvision's keys, such as `vgg19-d01eb7cb.pth`, which neural-style-pt uses
    /// (<https://github.com/ProGamerGov/neural-style-pt>).
    /// Read as torchvision's they would see colours swapped and contrast lost, and nothing else would tell.
    pub(super) fn is_original(first_bias: &[f32]) -> bool {
        first_bias.len() == 64 && first_bias.iter().zip(ORIGINAL).all(|(found, original)| (found - original).abs() <= TOLERANCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_picture_becomes_zero() {
        let cases = [(Convention::Torchvision, [0.485, 0.456, 0.406], 1.0), (Convention::Caffe, [123.68, 116.779, 103.939], 255.0)];
        for (convention, mean, range) in cases {
            let Input { scale, shift } = convention.input();
            for channel in 0..3 {
                // The products are of the size of 100, and rounded once each.
                assert!((mean[channel] / range * scale[channel] + shift[channel]).abs() < 1e-4_f32);
            }
        }
        // One deviation above the mean becomes one.
        let Input { scale, shift } = Convention::Torchvision.input();
        assert!((scale[2].mul_add(0.406 + 0.225, shift[2]) - 1.0).abs() < 1e-5);
    }
}
