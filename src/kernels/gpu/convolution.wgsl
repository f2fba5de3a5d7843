// Convolution as a matrix product that is never laid out: a workgroup computes $(TILE_HEIGHT) × $(TILE_WIDTH) pixels of $(CHANNELS) output
// channels, going through the input channels $(DEPTH) at a time by way of workgroup memory. An invocation keeps $(PIXELS) pixels of a row
// × $(4*VECTORS) channels in registers. `convolution.rs` says what the constants are.

struct Shape {
    input_channels: u32,
    output_channels: u32,
    height: i32,
    width: i32,
    // The last row and column that a padding's border is folded onto by its adjoint.
    fold_row: i32,
    fold_column: i32,
    channel_tiles: u32,
    // What the activation multiplies negative values by.
    slope: f32,
    // Packed weights that share a scale, and scales of an output channel.
    block: u32,
    blocks: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
//if BITS
@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding($(SCALES)) var<storage, read> scales: array<f32>;
//else
@group(0) @binding(1) var<storage, read> weight: array<f32>;
//end
//if BIAS
@group(0) @binding($(BIAS)) var<storage, read> bias: array<f32>;
//end
//if MASK
@group(0) @binding($(MASK)) var<storage, read> activated: array<f32>;
//end
//if COUNTS
@group(0) @binding($(COUNTS)) var<storage, read> counts: array<f32>;
//end
//if ALIGNED
@group(0) @binding($(OUTPUT)) var<storage, read_write> output: array<vec4<f32>>;
//else
@group(0) @binding($(OUTPUT)) var<storage, read_write> output: array<f32>;
//end
@group(0) @binding($(OUTPUT+1)) var<storage, read> shape: Shape;

// Vectors never straddle invocations: two that wrote parts of one would race.
var<workgroup> window: array<vec4<f32>, $(DEPTH*WINDOW_HEIGHT*WINDOW_STRIDE+FOLD*DEPTH*2*WINDOW_STRIDE)>;
var<workgroup> taps: array<vec4<f32>, $(DEPTH*KERNEL*KERNEL*TAP_STRIDE)>;

// Four columns from `left` on of a row of the input; zeros where there is nothing.
fn four(image: u32, channel: u32, row: i32, left: i32) -> vec4<f32> {
    var values = vec4<f32>();
    let from_row = source(row, shape.height);
    if channel < shape.input_channels && from_row >= 0 {
        let start = ((image * shape.input_channels + channel) * u32(shape.height) + u32(from_row)) * u32(shape.width);
//for k in 4
        let from$(k) = source(left + $(k), shape.width);
        if from$(k) >= 0 {
            let at = start + u32(from$(k));
//if MASK
            values[$(k)] = select(input[at] * shape.slope, input[at], activated[at] > 0.0);
//else
            values[$(k)] = input[at];
//end
        }
//end
    }
    return values;
}

// One of the `count` weights of an output channel, in the order in which they are stored.
fn weight_at(channel: u32, index: u32, count: u32) -> f32 {
    let at = channel * count + index;
//if BITS
    let value = extractBits(i32(weight[at / $(32/BITS)u]), at % $(32/BITS)u * $(BITS)u, $(BITS)u);
    return f32(value) * scales[channel * shape.blocks + index / shape.block];
//else
    return weight[at];
//end
}

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let channel_tile = workgroup.x % shape.channel_tiles;
    let first_row = i32(workgroup.y * $(TILE_HEIGHT)u);
    let first_column = i32((workgroup.x / shape.channel_tiles) * $(TILE_WIDTH)u);
    let image = workgroup.z;
    let width = u32(shape.width);
    let plane = u32(shape.height) * width;

    // Neighbours in a subgroup take neighbouring rows: with an odd stride they read different banks.
    let row = local % $(TILE_HEIGHT)u;
    let segment = (local / $(TILE_HEIGHT)u) % $(TILE_WIDTH/PIXELS)u;
    let group = local / $(TILE_HEIGHT*TILE_WIDTH/PIXELS)u;
    let y = first_row + i32(row);
    let x = first_column + i32(segment * $(PIXELS)u);

//for p in PIXELS, c in VECTORS
    var sum$(p)_$(c) = vec4<f32>();
//end

//if FOLD
    // The forward pass read a border row instead of the row beyond it: the same tap of the rows next to it takes both. These pairs of rows
    // are added up behind the window, in the workgroups that need them.
    let upper = y == $(FOLD_ROW);
    let lower = y == shape.fold_row;
    let edge = first_row <= $(FOLD_ROW) || first_row + $(TILE_HEIGHT) > shape.fold_row;
    let vectors = $(DEPTH*WINDOW_WIDTH)u * select($(WINDOW_HEIGHT)u, $(WINDOW_HEIGHT+2)u, edge);
//else
    let vectors = $(DEPTH*WINDOW_HEIGHT*WINDOW_WIDTH)u;
//end

    for (var first = 0u; first < shape.input_channels; first += $(DEPTH)u) {
        workgroupBarrier();
        for (var i = local; i < vectors; i += $(THREADS)u) {
            let line = i / $(WINDOW_WIDTH)u;
            let column = i % $(WINDOW_WIDTH)u;
            let left = first_column - $(BORDER) + i32(column * 4u);
//if FOLD
            if line >= $(DEPTH*WINDOW_HEIGHT)u {
                let channel = first + (line - $(DEPTH*WINDOW_HEIGHT)u) / 2u;
                let upper = line % 2u == $(DEPTH*WINDOW_HEIGHT)u % 2u;
                let inner = select(shape.fold_row - 1, $(FOLD_ROW+1), upper);
                let outer = select(shape.height - 1, 0, upper);
                window[line * $(WINDOW_STRIDE)u + column] = four(image, channel, inner, left) + four(image, channel, outer, left);
                continue;
            }
//end
            let row = first_row - $(BORDER) + i32(line % $(WINDOW_HEIGHT)u);
            window[line * $(WINDOW_STRIDE)u + column] = four(image, first + line / $(WINDOW_HEIGHT)u, row, left);
        }
        for (var i = local; i < $(DEPTH*KERNEL*KERNEL*CHANNELS/4)u; i += $(THREADS)u) {
            let tap = i % $(DEPTH*KERNEL*KERNEL)u;
            let quad = i / $(DEPTH*KERNEL*KERNEL)u;
            let output_channel = channel_tile * $(CHANNELS)u + quad * 4u;
            var values = vec4<f32>();
            let input_channel = first + tap / $(KERNEL*KERNEL)u;
            if input_channel < shape.input_channels {
//for k in 4
                if output_channel + $(k)u < shape.output_channels {
//if ADJOINT
                    let turned = $(KERNEL*KERNEL-1)u - tap % $(KERNEL*KERNEL)u;
                    let index = (output_channel + $(k)u) * $(KERNEL*KERNEL)u + turned;
                    values[$(k)] = weight_at(input_channel, index, shape.output_channels * $(KERNEL*KERNEL)u);
//else
                    let index = first * $(KERNEL*KERNEL)u + tap;
                    values[$(k)] = weight_at(output_channel + $(k)u, index, shape.input_channels * $(KERNEL*KERNEL)u);
//end
                }
//end
            }
            taps[tap * $(TAP_STRIDE)u + quad] = values;
        }
        workgroupBarrier();

        for (var depth = 0u; depth < $(DEPTH)u; depth++) {
            for (var v = 0u; v < $(KERNEL)u; v++) {
                var line = depth * $(WINDOW_HEIGHT)u + row + v;
//if FOLD
                line = select(line, $(DEPTH*WINDOW_HEIGHT)u + depth * 2u, upper && v == 2u);
                line = select(line, $(DEPTH*WINDOW_HEIGHT+1)u + depth * 2u, lower && v == 0u);
//end
                let at = line * $(WINDOW_STRIDE)u + segment * $(PIXELS/4)u;
//for i in READS
                let read$(i) = window[at + $(i)u];
//end
//for i in READS, k in 4
                let value$(4*i+k) = read$(i)[$(k)];
//end
//for u in KERNEL, p in PIXELS
                var from$(u)_$(p) = value$(p+u);
//end
//if FOLD
                // And so with columns.
                if x == 0 { from2_$(FOLD_COLUMN) += value1; }
//for p in PIXELS
                if x + $(p) == shape.fold_column { from0_$(p) += value$(p+1+FOLD_COLUMN); }
//end
//end
                let tap = (depth * $(KERNEL)u + v) * $(KERNEL*TAP_STRIDE)u + group * $(VECTORS)u;
//for u in KERNEL
//for c in VECTORS
                let tap$(u)_$(c) = taps[tap + $(u*TAP_STRIDE+c)u];
//end
//for p in PIXELS, c in VECTORS
                sum$(p)_$(c) = fma(vec4<f32>(from$(u)_$(p)), tap$(u)_$(c), sum$(p)_$(c));
//end
//end
            }
        }
    }

    if y >= shape.height || x >= shape.width {
        return;
    }
    let at = u32(y) * width + u32(x);
    let left = width - u32(x);
    let first_channel = channel_tile * $(CHANNELS)u + group * $(4*VECTORS)u;
//for c in VECTORS, k in 4
    if first_channel + $(4*c+k)u < shape.output_channels {
        let channel = first_channel + $(4*c+k)u;
        let start = (image * shape.output_channels + channel) * plane + at;
//if BIAS
        let shift = bias[channel];
//else
        let shift = 0.0;
//end
//for q in PIXELS/4
        if $(4*q)u < left {
            var values = vec4<f32>(sum$(4*q)_$(c)[$(k)], sum$(4*q+1)_$(c)[$(k)], sum$(4*q+2)_$(c)[$(k)], sum$(4*q+3)_$(c)[$(k)]) + shift;
//if ACTIVATE
            values = select(values * shape.slope, values, values > vec4<f32>());
//end
//if COUNTS
//for p in 4
            values[$(p)] *= counts[min(at + $(4*q+p)u, plane - 1u) * $(COUNTED)u];
//end
//end
//if ALIGNED
            output[start / 4u + $(q)u] = values;
//else
//for p in 4
            if $(4*q+p)u < left { output[start + $(4*q+p)u] = values[$(p)]; }
//end
//end
        }
//end
    }
//end
}
