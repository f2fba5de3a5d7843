//! Where to compute.

use atelier::backend;
#[cfg(feature = "webgpu")]
use atelier::error::Error;
use burn::tensor::Device;
use clap::ValueEnum;

use crate::failure::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// The processor.
    Cpu,
    /// The GPU, in builds with the feature `webgpu`.
    Wgpu,
}

impl Backend {
    pub fn open(self) -> Result<Device, Failure> {
        match self {
            Self::Cpu => Ok(backend::cpu()),
            #[cfg(feature = "webgpu")]
            Self::Wgpu => backend::gpu().map_err(|error| Error::from(error).into()),
            #[cfg(not(feature = "webgpu"))]
            Self::Wgpu => Err(Failure::usage("this build has no GPU backend: build with `--features webgpu`")),
        }
    }
}
