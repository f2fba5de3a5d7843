// Gradient of a 3 × 3 convolution for its weights: a workgroup adds up the products of $(4*QUADS) output and $(DEPTH) input channels over a range of
// tiles of $(TILE_HEIGHT) × $(TILE_WIDTH) output pixels. An invocation keeps all taps of four output channels and one input channel.

struct Shape {
    input_channels: u32,
    output_channels: u32,
    height: i32,
    width: i32,
    output_tiles: u32,
    // Tiles of pixels down, across and in all pictures together.
    rows: u32,
    columns: u32,
    tiles: u32,
    // Tiles of each range.
    range: u32,
    // What the activation multiplies negative values by.
    slope: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
//if MASK
@group(0) @binding($(MASK)) var<storage, read> activated: array<f32>;
//end
@group(0) @binding($(OUTPUT)) var<storage, read_write> partial: array<f32>;
@group(0) @binding($(OUTPUT+1)) var<storage, read> shape: Shape;

var<workgroup> window: array<f32, $(WINDOW_HEIGHT*WINDOW_WIDTH*WINDOW_STRIDE)>;
var<workgroup> slopes: array<vec4<f32>, $(TILE_HEIGHT*TILE_WIDTH*SLOPE_STRIDE)>;

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let first_output = (workgroup.x % shape.output_tiles) * $(4*QUADS)u;
    let first_input = (workgroup.x / shape.output_tiles) * $(DEPTH)u;
    let depth = local % $(DEPTH)u;
    let quad = local / $(DEPTH)u;
    let width = u32(shape.width);
    let plane = u32(shape.height) * width;
    let begin = workgroup.y * shape.range;
    let end = min(begin + shape.range, shape.tiles);

//for t in 9
    var sum$(t) = vec4<f32>();
//end

    for (var tile = begin; tile < end; tile++) {
        let image = tile / (shape.rows * shape.columns);
        let first_row = ((tile / shape.columns) % shape.rows) * $(TILE_HEIGHT)u;
        let first_column = (tile % shape.columns) * $(TILE_WIDTH)u;
        workgroupBarrier();
        for (var i = local; i < $(DEPTH*WINDOW_HEIGHT*WINDOW_WIDTH)u; i += $(THREADS)u) {
            let column = i % $(WINDOW_WIDTH)u;
            let line = (i / $(WINDOW_WIDTH)u) % $(WINDOW_HEIGHT)u;
            let level = i / $(WINDOW_WIDTH*WINDOW_HEIGHT)u;
            let from_row = source(i32(first_row + line) - 1, shape.height);
            let from_column = source(i32(first_column + column) - 1, shape.width);
            var value = 0.0;
            if first_input + level < shape.input_channels && from_row >= 0 && from_column >= 0 {
                value = input[(image * shape.input_channels + first_input + level) * plane + u32(from_row) * width + u32(from_column)];
            }
            window[(line * $(WINDOW_WIDTH)u + column) * $(WINDOW_STRIDE)u + level] = value;
        }
        for (var i = local; i < $(TILE_HEIGHT*TILE_WIDTH*QUADS)u; i += $(THREADS)u) {
            let pixel = i % $(TILE_HEIGHT*TILE_WIDTH)u;
            let level = i / $(TILE_HEIGHT*TILE_WIDTH)u;
            let y = first_row + pixel / $(TILE_WIDTH)u;
            let x = first_column + pixel % $(TILE_WIDTH)u;
            let channel = first_output + level * 4u;
            var values = vec4<f32>();
            if y < u32(shape.height) && x < width {
                let start = (image * shape.output_channels + channel) * plane + y * width + x;
//for k in 4
                if channel + $(k)u < shape.output_channels {
                    let at = start + $(k)u * plane;
//if MASK
                    values[$(k)] = select(gradient[at] * shape.slope, gradient[at], activated[at] > 0.0);
//else
                    values[$(k)] = gradient[at];
//end
                }
//end
            }
            slopes[pixel * $(SLOPE_STRIDE)u + level] = values;
        }
        workgroupBarrier();

        for (var y = 0u; y < $(TILE_HEIGHT)u; y++) {
            for (var x = 0u; x < $(TILE_WIDTH)u; x += 4u) {
                let at = (y * $(WINDOW_WIDTH)u + x) * $(WINDOW_STRIDE)u + depth;
                let pixel = (y * $(TILE_WIDTH)u + x) * $(SLOPE_STRIDE)u + quad;
//for p in 4
                let slope$(p) = slopes[pixel + $(p*SLOPE_STRIDE)u];
//end
//for v in 3
//for i in 6
                let value$(v)_$(i) = window[at + $(v*WINDOW_WIDTH*WINDOW_STRIDE+i*WINDOW_STRIDE)u];
//end
//for u in 3, p in 4
                sum$(3*v+u) = fma(vec4<f32>(value$(v)_$(p+u)), slope$(p), sum$(3*v+u));
//end
//end
            }
        }
    }

    let input_channel = first_input + depth;
    if input_channel >= shape.input_channels {
        return;
    }
//for k in 4
    let channel$(k) = first_output + quad * 4u + $(k)u;
    if channel$(k) < shape.output_channels {
        let start = ((workgroup.y * shape.output_channels + channel$(k)) * shape.input_channels + input_channel) * 9u;
//for t in 9
        partial[start + $(t)u] = sum$(t)[$(k)];
//end
    }
//end
}
