// Gradients on shift and scale over ranges of each channel of each picture: a workgroup a range.

struct Shape {
    // Channels of all pictures together.
    channels: u32,
    group: u32,
    // Pixels of a channel.
    length: u32,
    // Pixels of a range; the last may have fewer.
    range: u32,
    // What the activation multiplies negative values by.
    slope: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> shifts: array<f32>;
@group(0) @binding(5) var<storage, read_write> partial: array<f32>;
@group(0) @binding(6) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let channel = workgroup.y;
    let statistic = statistics[channel / shape.group];
    let scale = scales[channel];
    let shift = shifts[channel];
    let begin = workgroup.x * shape.range;
    let end = min(begin + shape.range, shape.length);
    let start = channel * shape.length;
    var sums = vec2<f32>();
    for (var i = begin + local; i < end; i += $(THREADS)u) {
        let normal = (input[start + i] - statistic.x) * statistic.y;
        var slope = gradient[start + i];
//if ACTIVATE
        slope = select(slope * shape.slope, slope, normal * scale + shift > 0.0);
//end
        sums += vec2<f32>(slope, slope * normal);
    }
    let of_shift = total(local, sums.x);
    let of_scale = total(local, sums.y);
    if local == 0u {
        let at = workgroup.x * 2u * shape.channels + channel;
        partial[at] = of_shift;
        partial[at + shape.channels] = of_scale;
    }
}
