// F · diag(counts) · Fᵀ of features with many more pixels than channels: a workgroup adds up $(CHANNELS) × $(CHANNELS) products over a
// range of pixels. The matrix is symmetric, so tiles above the diagonal are left out.

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

    for (var first = begin; first < end; first += $(DEPTH)u) {
        workgroupBarrier();
        for (var i = local; i < $(DEPTH*CHANNELS/4)u; i += $(THREADS)u) {
            let depth = i % $(DEPTH)u;
            let quad = i / $(DEPTH)u;
            let pixel = first + depth;
            var left = vec4<f32>();
            var right = vec4<f32>();
            if pixel < end {
                left = four(first_row + quad * 4u, pixel);
                right = left;
                if tile_row != tile_column {
                    right = four(first_column + quad * 4u, pixel);
                }
                right *= counts[pixel * $(COUNTED)u];
            }
            rows[depth * $(STRIDE)u + quad] = left;
            columns[depth * $(STRIDE)u + quad] = right;
        }
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
        let start = (workgroup.y * shape.channels + row$(r)) * shape.channels;
//for c in VECTORS, k in 4
        let column$(4*c+k) = first_column + column * $(4*VECTORS)u + $(4*c+k)u;
        if column$(4*c+k) < shape.channels { partial[start + column$(4*c+k)] = sum$(r)_$(c)[$(k)]; }
//end
    }
//end
}
