//! Which values are positive, a bit each: all that an activation's gradient needs of its output, at a thirty-second of its size.

use crate::parallel::{each_chunk, vectorised};

/// Values that share a byte.
const PER_BYTE: usize = 8;
/// Each one's.
const BITS: [u8; PER_BYTE] = [1, 2, 4, 8, 16, 32, 64, 128];

/// Packs which values are positive, the first in the lowest bit of the first byte.
///
/// # Shapes
/// `[count]` → `[count / 8]`, rounded up
#[must_use]
pub fn packed(values: &[f32]) -> Vec<u8> {
    /// Values that a thread packs at a time.
    const PIECE: usize = 1 << 15;

    let mut bytes = vec![0; values.len().div_ceil(PER_BYTE)];
    each_chunk(&mut bytes, PIECE / PER_BYTE, |piece, bytes| {
        let (eights, rest) = values.get(piece * PIECE..).unwrap_or_default().as_chunks::<PER_BYTE>();
        vectorised(
            #[inline(always)]
            || {
                let (first, last) = bytes.split_at_mut(eights.len().min(bytes.len()));
                for (eight, byte) in eights.iter().zip(first) {
                    *byte = byte_of(eight);
                }
                if let Some(byte) = last.first_mut() {
                    *byte = byte_of(rest);
                }
            },
        );
    });
    bytes
}

#[inline(always)]
fn byte_of(values: &[f32]) -> u8 {
    values.iter().zip(BITS).fold(0, |byte, (&value, bit)| byte | if value > 0.0 { bit } else { 0 })
}

/// Packed signs, to be looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signs<'a>(pub &'a [u8]);

impl Signs<'_> {
    /// Whether the value at a place was positive.
    pub fn is_positive(self, at: usize) -> bool {
        self.from(at) & 1 == 1
    }

    /// Multiplies by `slope` those values that belong to what was not positive, from place `first` on.
    #[inline(always)]
    pub fn weaken(self, first: usize, values: &mut [f32], slope: f32) {
        let (eights, rest) = values.as_chunks_mut::<PER_BYTE>();
        let last = first + eights.len() * PER_BYTE;
        for (index, eight) in eights.iter_mut().enumerate() {
            weaken(self.from(first + index * PER_BYTE), eight, slope);
        }
        weaken(self.from(last), rest, slope);
    }

    /// The bits of the eight values from a place on.
    #[inline(always)]
    fn from(self, at: usize) -> u8 {
        let byte = |index: usize| self.0.get(index).copied().unwrap_or_default();
        let index = at / PER_BYTE;
        let [low, _] = (u16::from_le_bytes([byte(index), byte(index + 1)]) >> (at % PER_BYTE)).to_le_bytes();
        low
    }
}

#[inline(always)]
fn weaken(byte: u8, values: &mut [f32], slope: f32) {
    for (value, bit) in values.iter_mut().zip(BITS) {
        *value = if byte & bit == 0 { *value * slope } else { *value };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_found_again_from_any_place() {
        let values: Vec<f32> = (0..37_u16).map(|at| f32::from(at * 29 % 11) - 5.0).collect();
        let bytes = packed(&values);
        assert_eq!(bytes.len(), 5);
        let signs = Signs(&bytes);
        for first in 0..values.len() {
            assert_eq!(signs.is_positive(first), values[first] > 0.0);
            let mut ones = vec![1.0; values.len() - first];
            signs.weaken(first, &mut ones, 0.25);
            let expected: Vec<f32> = values[first..].iter().map(|&value| if value > 0.0 { 1.0 } else { 0.25 }).collect();
            assert_eq!(ones, expected, "from {first}");
        }
    }

    #[test]
    fn zero_and_what_is_no_number_are_not_positive() {
        assert_eq!(packed(&[0.0, -0.0, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE]), [0b1_1000]);
    }
}
