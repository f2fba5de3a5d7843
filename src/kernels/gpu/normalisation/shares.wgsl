// What the gradient on a group's normalised values has along the two directions that normalisation takes from it, the constant and the normalised
// values themselves, for each value: a workgroup a group.

struct Shape {
    // Channels of all pictures together.
    channels: u32,
    group: u32,
    // Values of a group.
    length: u32,
}

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
@group(0) @binding(2) var<storage, read_write> shares: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    var sums = vec2<f32>();
    for (var i = local; i < shape.group; i += $(THREADS)u) {
        let channel = workgroup.x * shape.group + i;
        sums += scales[channel] * vec2<f32>(parameters[channel], parameters[shape.channels + channel]);
    }
    let constant = total(local, sums.x);
    let proportional = total(local, sums.y);
    if local == 0u {
        shares[workgroup.x] = vec2<f32>(constant, proportional) / f32(shape.length);
    }
}
