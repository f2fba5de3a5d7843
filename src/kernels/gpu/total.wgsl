var<workgroup> parts: array<f32, $(THREADS)>;

// The sum of what the invocations of a workgroup have, in one order. All of them call it.
fn total(local: u32, part: f32) -> f32 {
    parts[local] = part;
    for (var half = $(THREADS/2)u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            parts[local] += parts[local + half];
        }
    }
    workgroupBarrier();
    let sum = parts[0];
    workgroupBarrier();
    return sum;
}
