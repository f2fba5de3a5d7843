// Gradient of a convolution for its bias: a workgroup adds up a range of the pixels that all pictures together have in a channel.

struct Shape {
    channels: u32,
    // Pixels of a channel of one picture, and of all.
    plane: u32,
    pixels: u32,
    // Pixels of a range; the last may have fewer.
    range: u32,
    // What the activation multiplies negative values by.
    slope: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
//if ACTIVATE
@group(0) @binding(1) var<storage, read> activated: array<f32>;
//end
@group(0) @binding($(ACTIVATE+1)) var<storage, read_write> partial: array<f32>;
@group(0) @binding($(ACTIVATE+2)) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let channel = workgroup.y;
    let begin = workgroup.x * shape.range;
    let end = min(begin + shape.range, shape.pixels);
    var sum = 0.0;
    for (var i = begin + local; i < end; i += $(THREADS)u) {
        let at = (i / shape.plane * shape.channels + channel) * shape.plane + i % shape.plane;
        var slope = gradient[at];
//if ACTIVATE
        slope = select(slope * shape.slope, slope, activated[at] > 0.0);
//end
        sum += slope;
    }
    let whole = total(local, sum);
    if local == 0u {
        partial[workgroup.x * shape.channels + channel] = whole;
    }
}
