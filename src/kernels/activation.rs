//! What is done to each sum of a convolution.

/// An activation whose derivative its own output tells, so that nothing else need be kept for going back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// `max(0, x)`.
    Relu,
    /// `x` where it is positive, elsewhere this small positive fraction of it.
    LeakyRelu(f32),
}

impl Activation {
    /// The factor on what is not positive; 1 means that there is no activation.
    #[must_use]
    pub fn slope(self) -> f32 {
        match self {
            Self::None => 1.0,
            Self::Relu => 0.0,
            Self::LeakyRelu(slope) => slope,
        }
    }
}
