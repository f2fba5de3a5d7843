// The normalised, scaled, shifted and activated values, or the gradient on what they were made of: one invocation a value.

struct Shape {
    values: u32,
    // Pixels of a channel.
    pixels: u32,
    group: u32,
    // What the activation multiplies negative values by.
    slope: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> shifts: array<f32>;
//if BACKWARD
@group(0) @binding(4) var<storage, read> gradient: array<f32>;
@group(0) @binding(5) var<storage, read> shares: array<vec2<f32>>;
//end
@group(0) @binding($(OUTPUT)) var<storage, read_write> output: array<f32>;
@group(0) @binding($(OUTPUT+1)) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(global_invocation_id) invocation: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let at = invocation.x + invocation.y * workgroups.x * $(THREADS)u;
    if at >= shape.values {
        return;
    }
    let channel = at / shape.pixels;
    let statistic = statistics[channel / shape.group];
    let normal = (input[at] - statistic.x) * statistic.y;
    let value = normal * scales[channel] + shifts[channel];
//if BACKWARD
    var slope = gradient[at];
//if ACTIVATE
    slope = select(slope * shape.slope, slope, value > 0.0);
//end
    let share = shares[channel / shape.group];
    output[at] = (slope * scales[channel] - share.x - normal * share.y) * statistic.y;
//else
//if ACTIVATE
    output[at] = select(value * shape.slope, value, value > 0.0);
//else
    output[at] = value;
//end
//end
}
