// F · diag(counts) · Fᵀ of features with many more pixels than channels, and beside it the sums F · counts: a workgroup adds up
// $(CHANNELS) × $(CHANNELS) products over a range of pixels. The matrix is symmetric, so tiles above the diagonal are left out; those on it have the sums as well.

struct Shape {
    channels: u32,
    pixels: u32,
    // Pixels of each range, a multiple of $(DEPTH).
    range: u32,
}

@group(0) @binding(0) var<storage, read> features: array<f32>;
@group(0) @binding(1) var<storage, read> counts: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<storage, read> shape: Shape;

var<workgroup> rows: array<vec4<f32>, $(DEPTH*STRIDE)>;
var<workgroup> columns: array<vec4<f32>, $(DEPTH*STRIDE)>;

fn feature(channel: u32, pixel: u32) -> f32 {
    if channel >= shape.channels {
        return 0.0;
    }
    return features[channel * shape.pixels + pixel];
}

fn four(channel: u32, pixel: u32) -> vec4<f32> {
    return vec4<f32>(feature(channel, pixel), feature(channel + 1u, pixel), feature(channel + 2u, pixel), feature(channel + 3u, pixel));
}

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    // Tiles of the lower triangle, row by row.
    var tile_row = 0u;
    var tile_column = workgroup.x;
    while tile_column > tile_row {
        tile_row += 1u;
        tile_column -= tile_row;
    }
    let first_row = tile_row * $(CHANNELS)u;
    let first_column = tile_column * $(CHANNELS)u;
    let row = local % $(CHANNELS/4/VECTORS)u;
    let column = local / $(CHANNELS/4/VECTORS)u;
    let begin = workgroup.y * shape.range;
    let end = min(begin + shape.range, shape.pixels);

//for r in 4*VECTORS, c in VECTORS
    var sum$(r)_$(c) = vec4<f32>();
//end
//for k in LOADS
    // Of what this invocation brings, every $(DEPTH)th pixel of four channels.
    var brought$(k) = vec4<f32>();
//end
    let depth_brought = local % $(DEPTH)u;

    for (var first = begin; first < end; first += $(DEPTH)u) {
        workgroupBarrier();
        let pixel = first + depth_brought;
//for k in LOADS
        let quad$(k) = local / $(DEPTH)u + $(k*THREADS/DEPTH)u;
        var left_brought$(k) = vec4<f32>();
        var right_brought$(k) = vec4<f32>();
        if pixel < end {
            left_brought$(k) = four(first_row + quad$(k) * 4u, pixel);
            right_brought$(k) = left_brought$(k);
            if tile_row != tile_column {
                right_brought$(k) = four(first_column + quad$(k) * 4u, pixel);
            }
            right_brought$(k) *= counts[pixel * $(COUNTED)u];
        }
        rows[depth_brought * $(STRIDE)u + quad$(k)] = left_brought$(k);
        columns[depth_brought * $(STRIDE)u + quad$(k)] = right_brought$(k);
        brought$(k) += right_brought$(k);
//end
        workgroupBarrier();

        for (var depth = 0u; depth < $(DEPTH)u; depth++) {
//for v in VECTORS
            let left$(v) = rows[depth * $(STRIDE)u + row * $(VECTORS)u + $(v)u];
            let right$(v) = columns[depth * $(STRIDE)u + column * $(VECTORS)u + $(v)u];
//end
//for v in VECTORS, k in 4, c in VECTORS
            sum$(4*v+k)_$(c) = fma(vec4<f32>(left$(v)[$(k)]), right$(c), sum$(4*v+k)_$(c));
//end
        }
    }

//for r in 4*VECTORS
    let row$(r) = first_row + row * $(4*VECTORS)u + $(r)u;
    if row$(r) < shape.channels {
        let start = (workgroup.y * shape.channels + row$(r)) * (shape.channels + 1u);
//for c in VECTORS, k in 4
        let column$(4*c+k) = first_column + column * $(4*VECTORS)u + $(4*c+k)u;
        if column$(4*c+k) < shape.channels { partial[start + column$(4*c+k)] = sum$(r)_$(c)[$(k)]; }
//end
    }
//end

    workgroupBarrier();
//for k in LOADS
    rows[depth_brought * $(STRIDE)u + local / $(DEPTH)u + $(k*THREADS/DEPTH)u] = brought$(k);
//end
    workgroupBarrier();
    if tile_row == tile_column && local < $(CHANNELS/4)u {
        var sums = vec4<f32>();
        for (var depth = 0u; depth < $(DEPTH)u; depth++) {
            sums += rows[depth * $(STRIDE)u + local];
        }
//for k in 4
        let channel$(k) = first_row + local * 4u + $(k)u;
        if channel$(k) < shape.channels {
            partial[(workgroup.y * shape.channels + channel$(k)) * (shape.channels + 1u) + shape.channels] = sums[$(k)];
        }
//end
    }
}
