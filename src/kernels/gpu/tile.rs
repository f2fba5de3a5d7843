//! How the work of a convolution is cut for an adapter.

use burn_cubecl::cubecl::ir::HardwareProperties;

/// What a workgroup computes at a time, and with how many invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    /// Columns of the output.
    pub width: u32,
    /// Rows of the output.
    pub height: u32,
    /// Neighbouring columns that one invocation computes, a multiple of four.
    pub pixels: u32,
    /// Fours of output channels that one invocation computes.
    pub vectors: u32,
    /// Invocations side by side in output channels.
    pub groups: u32,
    /// Input channels that are in workgroup memory at a time.
    pub depth: u32,
}

/// For layers of many channels: 64 sums in registers for 14 reads of workgroup memory at each row of taps.
const WIDE: Tile = Tile { width: 16, height: 8, pixels: 8, vectors: 2, groups: 8, depth: 4 };
/// The same for at most 32, 16 and 4 channels, with more pixels instead.
const HALF: Tile = Tile { width: 16, height: 16, pixels: 8, vectors: 2, groups: 4, depth: 4 };
const QUARTER: Tile = Tile { width: 32, height: 16, pixels: 8, vectors: 2, groups: 2, depth: 4 };
const PICTURE: Tile = Tile { width: 32, height: 32, pixels: 8, vectors: 1, groups: 1, depth: 2 };
/// For small pictures, so that there are workgroups for every core, of many, at most 16 and at most 4 channels.
const SMALL: Tile = Tile { width: 8, height: 8, pixels: 4, vectors: 1, groups: 8, depth: 4 };
const SMALL_QUARTER: Tile = Tile { width: 16, height: 8, pixels: 4, vectors: 1, groups: 4, depth: 4 };
const SMALL_PICTURE: Tile = Tile { width: 16, height: 16, pixels: 4, vectors: 1, groups: 1, depth: 4 };
/// For adapters that promise little, and for those that promise next to nothing: half a kilobyte and a single invocation.
const LEAST: Tile = Tile { width: 8, height: 8, pixels: 4, vectors: 1, groups: 4, depth: 2 };
const SINGLE: Tile = Tile { width: 4, height: 1, pixels: 4, vectors: 1, groups: 1, depth: 1 };

/// Workgroups that a large GPU needs to be busy: twice the multiprocessors of a common one.
const BUSY: u32 = 128;

/// What is to be computed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub kernel: u32,
    /// Whether rows at the border are folded onto their neighbours.
    pub fold: bool,
    pub batch: u32,
    pub input_channels: u32,
    pub output_channels: u32,
    pub height: u32,
    pub width: u32,
}

impl Work {
    /// Multiplications and additions.
    pub(super) fn operations(&self) -> u64 {
        let sides = [self.kernel, self.kernel, self.batch, self.input_channels, self.output_channels, self.height, self.width];
        sides.into_iter().map(u64::from).product::<u64>() * 2
    }
}

impl Tile {
    /// The best tile for `work` that fits the adapter.
    pub(super) fn choose(work: &Work, adapter: &HardwareProperties) -> Self {
        let (large, small) = match work.output_channels {
            0..=4 => (PICTURE, SMALL_PICTURE),
            5..=16 => (QUARTER, SMALL_QUARTER),
            17..=32 => (HALF, SMALL),
            _ => (WIDE, SMALL),
        };
        let busy = large.workgroups(work).iter().product::<u32>() >= BUSY;
        let order = if busy { [large, small, LEAST] } else { [small, large, LEAST] };
        order.into_iter().find_map(|tile| tile.fitted(work, adapter)).unwrap_or(SINGLE)
    }

    /// The same tile, as deep as workgroup memory allows, and in one line where there is no other.
    fn fitted(mut self, work: &Work, adapter: &HardwareProperties) -> Option<Self> {
        if work.height == 1 {
            (self.width, self.height) = (self.width * self.height, 1);
        }
        // One tap does a ninth of the work of nine, so there have to be more channels between two barriers.
        let deeper = if work.kernel == 1 { 4 } else { 1 };
        self.depth = (self.depth * deeper).min(work.input_channels).max(1);
        while self.depth > 1 && self.bytes(work) > adapter.max_shared_memory_size {
            self.depth /= 2;
        }
        let threads = self.threads();
        let fits = self.bytes(work) <= adapter.max_shared_memory_size
            && threads <= adapter.max_units_per_cube.min(adapter.max_cube_dim.0)
            && self.workgroups(work).iter().all(|&count| count <= adapter.max_cube_count.0);
        fits.then_some(self)
    }

    /// Invocations of a workgroup.
    pub(super) fn threads(&self) -> u32 {
        self.width / self.pixels * self.height * self.groups
    }

    /// Output channels of a workgroup.
    pub(super) fn channels(&self) -> u32 {
        4 * self.vectors * self.groups
    }

    /// Workgroups to run. Channels run fastest, so that those which read the same pixels run together.
    pub(super) fn workgroups(&self, work: &Work) -> [u32; 3] {
        let across = work.output_channels.div_ceil(self.channels()) * work.width.div_ceil(self.width);
        [across, work.height.div_ceil(self.height), work.batch]
    }

    /// Rows of input that a workgroup reads at a time.
    pub(super) fn window_height(&self, work: &Work) -> u32 {
        self.height - 1 + work.kernel
    }

    /// Vectors of four columns that it reads of each row.
    pub(super) fn window_width(&self, work: &Work) -> u32 {
        (self.width - 1 + work.kernel).div_ceil(4)
    }

    /// Vectors from one row to the next, odd so that rows start in different banks of memory.
    pub(super) fn window_stride(&self, work: &Work) -> u32 {
        self.window_width(work) | 1
    }

    /// Vectors from one tap to the next, odd for the same reason.
    pub(super) fn tap_stride(&self) -> u32 {
        self.vectors * self.groups + 1
    }

    /// Workgroup memory.
    fn bytes(&self, work: &Work) -> usize {
        let folded = if work.fold { 2 } else { 0 };
        let window = (self.window_height(work) + folded) * self.window_stride(work);
        let taps = work.kernel * work.kernel * self.tap_stride();
        (16 * self.depth * (window + taps)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: Work = Work { kernel: 3, fold: true, batch: 1, input_channels: 64, output_channels: 64, height: 512, width: 512 };

    fn adapter(bytes: usize, threads: u32) -> HardwareProperties {
        HardwareProperties {
            load_width: 128,
            vector_register_count: None,
            plane_size_min: 32,
            plane_size_max: 32,
            max_bindings: 8,
            max_shared_memory_size: bytes,
            max_cube_count: (65535, 65535, 65535),
            max_units_per_cube: threads,
            max_cube_dim: (threads, threads, 64),
            num_streaming_multiprocessors: None,
            num_cpu_cores: None,
            last_level_cache_size: None,
            num_tensor_cores: None,
            min_tensor_cores_dim: None,
            max_vector_size: 4,
            cube_mma_reserved_shared_memory: 0,
        }
    }

    /// WebGPU promises 16 KB and 256 invocations; compatibility mode 128.
    #[test]
    fn the_least_that_webgpu_promises_runs_the_best_tile() {
        for (channels, best) in [(3, PICTURE), (16, QUARTER), (32, HALF), (64, WIDE), (513, WIDE)] {
            let work = Work { output_channels: channels, ..WORK };
            assert_eq!(Tile::choose(&work, &adapter(16384, 128)), best);
        }
    }

    #[test]
    fn no_tile_outgrows_its_adapter() {
        for (bytes, threads) in [(16384, 128), (8192, 64), (4096, 64), (2048, 256), (16384, 16), (528, 1), (32768, 1024)] {
            for kernel in [1, 3] {
                for (output_channels, height, width) in
                    [(3, 1, 1), (3, 512, 512), (16, 257, 131), (32, 1, 999), (64, 512, 512), (513, 16, 16)]
                {
                    let work = Work { kernel, output_channels, height, width, ..WORK };
                    let tile = Tile::choose(&work, &adapter(bytes, threads));
                    assert!(tile.bytes(&work) <= bytes && tile.threads() <= threads, "{tile:?} for {work:?}");
                }
            }
        }
    }

    #[test]
    fn small_pictures_are_cut_finer() {
        for (output_channels, small) in [(3, SMALL_PICTURE), (16, SMALL_QUARTER), (64, SMALL)] {
            let work = Work { output_channels, height: 16, width: 16, ..WORK };
            assert_eq!(Tile::choose(&work, &adapter(16384, 128)), small);
        }
    }
}
