// Mean and squared deviation of ranges of each group: a workgroup a range. The mean is taken off before anything is squared, so values far
// from zero lose nothing.

struct Shape {
    // Values of a group.
    length: u32,
    // Values of a range; the last may have fewer.
    range: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> moments: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup.x * shape.range;
    let end = min(begin + shape.range, shape.length);
    let start = workgroup.y * shape.length;
    var sum = 0.0;
    for (var i = begin + local; i < end; i += $(THREADS)u) {
        sum += input[start + i];
    }
    let mean = total(local, sum) / f32(end - begin);
    var squares = 0.0;
    for (var i = begin + local; i < end; i += $(THREADS)u) {
        let deviation = input[start + i] - mean;
        squares += deviation * deviation;
    }
    let squared = total(local, squares);
    if local == 0u {
        moments[workgroup.y * workgroups.x + workgroup.x] = vec2<f32>(mean, squared);
    }
}
