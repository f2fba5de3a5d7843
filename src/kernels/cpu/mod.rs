//! The kernels on the processor, for burn's Flex backend.

use burn::backend::Flex;

use super::backend::Kernels;

impl Kernels for Flex {}
