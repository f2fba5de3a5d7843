//! The kernels on WebGPU.

use burn_cubecl::CubeBackend;

use super::backend::Kernels;

impl Kernels for CubeBackend {}
