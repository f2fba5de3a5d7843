// Inner products of $(LEFT) vectors with $(RIGHT) others: each workgroup adds them up over a range of values.

struct Shape {
    values: u32,
    // Values of each range.
    range: u32,
    // Columns of all products, and which of them is the first of these.
    columns: u32,
    first: u32,
}

//for l in LEFT
@group(0) @binding($(l)) var<storage, read> left$(l): array<f32>;
//end
//for r in RIGHT
@group(0) @binding($(LEFT+r)) var<storage, read> right$(r): array<f32>;
//end
@group(0) @binding($(LEFT+RIGHT)) var<storage, read_write> partial: array<f32>;
@group(0) @binding($(LEFT+RIGHT+1)) var<storage, read> shape: Shape;

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let begin = workgroup.x * shape.range;
    let end = min(begin + shape.range, shape.values);
//for l in LEFT, r in RIGHT
    var sum$(l)_$(r) = 0.0;
//end
    for (var at = begin + local; at < end; at += $(THREADS)u) {
//for r in RIGHT
        let right_value$(r) = right$(r)[at];
//end
//for l in LEFT
        let left_value$(l) = left$(l)[at];
//end
//for l in LEFT, r in RIGHT
        sum$(l)_$(r) = fma(left_value$(l), right_value$(r), sum$(l)_$(r));
//end
    }
//for l in LEFT, r in RIGHT
    let total$(l)_$(r) = total(local, sum$(l)_$(r));
//end
    if local == 0u {
//for l in LEFT, r in RIGHT
        partial[(workgroup.x * $(LEFT)u + $(l)u) * shape.columns + shape.first + $(r)u] = total$(l)_$(r);
//end
    }
}
