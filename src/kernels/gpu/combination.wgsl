// A sum of $(VECTORS) vectors, each times its factor: one invocation a value.

struct Shape {
    values: u32,
//for v in VECTORS
    factor$(v): f32,
//end
}

//for v in VECTORS
@group(0) @binding($(v)) var<storage, read> vector$(v): array<f32>;
//end
@group(0) @binding($(VECTORS)) var<storage, read_write> output: array<f32>;
@group(0) @binding($(VECTORS+1)) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(global_invocation_id) invocation: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let at = invocation.x + invocation.y * workgroups.x * $(THREADS)u;
    if at >= shape.values {
        return;
    }
    var sum = 0.0;
//for v in VECTORS
    sum = fma(shape.factor$(v), vector$(v)[at], sum);
//end
    output[at] = sum;
}
