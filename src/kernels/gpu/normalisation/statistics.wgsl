// Mean and 1 / √(variance + ε) of each group from the moments of its ranges (Chan et al. 1979): a workgroup a group.

struct Shape {
    // Values of a group.
    length: u32,
    // Values of a range; the last may have fewer.
    range: u32,
    ranges: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<storage, read> moments: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let start = workgroup.x * shape.ranges;
    // Means are added up as differences from one of them, which are small.
    let first = moments[start].x;
    var sum = 0.0;
    for (var i = local; i < shape.ranges; i += $(THREADS)u) {
        let values = f32(min(shape.range, shape.length - i * shape.range));
        sum += values * (moments[start + i].x - first);
    }
    let mean = first + total(local, sum) / f32(shape.length);
    var squares = 0.0;
    for (var i = local; i < shape.ranges; i += $(THREADS)u) {
        let values = f32(min(shape.range, shape.length - i * shape.range));
        let moment = moments[start + i];
        let deviation = moment.x - mean;
        squares += moment.y + values * deviation * deviation;
    }
    let variance = total(local, squares) / f32(shape.length);
    if local == 0u {
        statistics[workgroup.x] = vec2<f32>(mean, inverseSqrt(variance + shape.epsilon));
    }
}
