//! What a normalisation is.

use super::Activation;

/// Which channels are normalised together, and what is done to the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Channels that share their statistics: 1 is instance normalisation (Ulyanov et al. 2016), all of them layer normalisation (Ba et al. 2016),
    /// a divisor of them group normalisation (Wu & He 2018).
    pub group: usize,
    /// What is done to each scaled and shifted value.
    pub activation: Activation,
}
