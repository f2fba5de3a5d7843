// Adds up partial sums: one invocation an element.

struct Shape {
    elements: u32,
    splits: u32,
//if SYMMETRIC
    // Of a matrix whose tiles above the diagonal were not computed, with a column of its own beside it.
    side: u32,
//end
}

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(global_invocation_id) invocation: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let element = invocation.x + invocation.y * workgroups.x * $(THREADS)u;
    if element >= shape.elements {
        return;
    }
    var at = element;
//if SYMMETRIC
    let row = element / (shape.side + 1u);
    let column = element % (shape.side + 1u);
    if row < column && column < shape.side {
        at = column * (shape.side + 1u) + row;
    }
//end
    var sum = 0.0;
    for (var split = 0u; split < shape.splits; split++) {
        sum += partial[split * shape.elements + at];
    }
    output[element] = sum;
}
