//! Runs WGSL on the tensors of burn's CubeCL backend.

use burn::tensor::Shape;
use burn_cubecl::cubecl::ir::attributes::BufferIOAttr;
use burn_cubecl::cubecl::ir::metadata::Info;
use burn_cubecl::cubecl::ir::settings::{Dim3, KernelSettings};
use burn_cubecl::cubecl::ir::{AddressType, ElemType, Scope, UIntKind};
use burn_cubecl::cubecl::prelude::{KernelDefinition, KernelId, KernelMetadata};
use burn_cubecl::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn_cubecl::cubecl::{CubeCount, CubeKernel, ExecutionMode, PrecompiledSource};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

use super::template::{Constant, expand};

/// A program and the constants that specialise it. It is compiled once for each combination.
pub(super) struct Program {
    /// Says, with the constants, which program it is.
    pub name: &'static str,
    /// Texts that follow one another.
    pub sources: &'static [&'static str],
    /// What the text is filled with; `THREADS` is the size of a workgroup.
    pub constants: Vec<Constant<'static>>,
}

impl Program {
    fn threads(&self) -> Dim3 {
        Dim3::new_1d(self.constants.iter().find(|(name, _)| *name == "THREADS").map_or(1, |found| found.1))
    }

    /// Runs `workgroups` of the program.
    ///
    /// Bindings are numbered in order: `inputs`, then `output`, then a buffer that holds `shape`.
    pub(super) fn launch(self, workgroups: [u32; 3], inputs: &[&CubeTensor], output: &CubeTensor, shape: &[u32]) {
        let mut arguments = KernelArguments::new();
        for input in inputs {
            arguments = arguments.with_buffer_io(input.handle.clone().binding(), BufferIOAttr::ReadOnly);
        }
        let words = shape.chunks(2).map(|pair| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32);
        let arguments = arguments
            .with_buffer_io(output.handle.clone().binding(), BufferIOAttr::WriteOnly)
            .with_info(MetadataBindingInfo::custom(words.collect()));
        let [x, y, z] = workgroups;
        output.client.launch(Box::new(self), CubeCount::Static(x, y, z), arguments);
    }
}

impl KernelMetadata for Program {
    fn id(&self) -> KernelId {
        // Every index is checked in the text, and every loop ends.
        KernelId::new::<Self>().cube_dim(self.threads()).mode(ExecutionMode::Unchecked).info((self.name, self.constants.clone()))
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Program {
    /// Nothing: the text is the kernel.
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(self.threads(), ExecutionMode::Unchecked, AddressType::U32);
        KernelDefinition { body: Scope::root(settings.clone()), settings, info: Info::default() }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        let mut source = expand(&self.sources.concat(), &self.constants);
        // Natively, tensors share buffers, and a buffer that one binding writes must not be read-only for another. In a browser each
        // has a buffer of its own, where the same tensor may be read twice only if neither binding may write.
        if cfg!(not(target_family = "wasm")) {
            source = source.replace("var<storage, read>", "var<storage, read_write>").replace("read_write> shape", "read> shape");
        }
        Some(PrecompiledSource { source, entrypoint_name: "main".to_owned(), lang: "wgsl" })
    }
}

/// The first `D` sides of a tensor.
pub(super) fn dimensions<const D: usize>(tensor: &CubeTensor) -> [usize; D] {
    let shape = tensor.meta.shape();
    std::array::from_fn(|axis| shape[axis])
}

/// A tensor of `shape` beside `like`, with whatever its memory held before.
pub(super) fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape, like.dtype)
}

/// The same memory by other sides.
pub(super) fn reshaped(tensor: CubeTensor, sides: impl Into<Shape>) -> CubeTensor {
    let CubeTensor { client, handle, device, dtype, .. } = tensor;
    CubeTensor::new_contiguous(client, device, sides.into(), handle, dtype)
}

/// Workgroups of `threads` for a program of one invocation an element, in as many rows as the adapter asks for.
pub(super) fn spread(elements: usize, threads: u32, like: &CubeTensor) -> [u32; 3] {
    let count = narrow(elements).div_ceil(threads);
    let most = like.client.properties().hardware.max_cube_count.0;
    [count.min(most), count.div_ceil(most), 1]
}

/// A size as the device counts. Tensors that a device can hold have sides far below 2³².
pub(super) fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
