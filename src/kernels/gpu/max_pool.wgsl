// Maximum over 2 × 2 pixels, a row or column left over ignored: one invocation a window.

struct Shape {
    windows: u32,
    height: u32,
    width: u32,
}

//if BACKWARD
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<storage, read> shape: Shape;
//else
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> shape: Shape;
//end

@compute @workgroup_size($(THREADS))
fn main(@builtin(global_invocation_id) invocation: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let window = invocation.x + invocation.y * workgroups.x * $(THREADS)u;
    if window >= shape.windows {
        return;
    }
//if BACKWARD
    // Windows that a border cuts are gone through too: no gradient reaches their pixels.
    let across = (shape.width + 1u) / 2u;
    let down = (shape.height + 1u) / 2u;
//else
    let across = shape.width / 2u;
    let down = shape.height / 2u;
//end
    let column = window % across;
    let row = (window / across) % down;
    let plane = window / (across * down);
    let at = (plane * shape.height + row * 2u) * shape.width + column * 2u;
//if BACKWARD
    let wide = column * 2u + 1u < shape.width;
    let tall = row * 2u + 1u < shape.height;
    var share = vec4<f32>();
    if wide && tall {
        let values = vec4<f32>(input[at], input[at + 1u], input[at + shape.width], input[at + shape.width + 1u]);
        // The first of equals wins.
        var winner = 0u;
        var most = values.x;
        if values.y > most { winner = 1u; most = values.y; }
        if values.z > most { winner = 2u; most = values.z; }
        if values.w > most { winner = 3u; }
        let whole = gradient[(plane * (shape.height / 2u) + row) * (shape.width / 2u) + column];
        share = select(vec4<f32>(), vec4<f32>(whole), vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(winner));
    }
    output[at] = share.x;
    if wide { output[at + 1u] = share.y; }
    if tall { output[at + shape.width] = share.z; }
    if wide && tall { output[at + shape.width + 1u] = share.w; }
//else
    let upper = max(input[at], input[at + 1u]);
    let lower = max(input[at + shape.width], input[at + shape.width + 1u]);
    output[window] = max(upper, lower);
//end
}
