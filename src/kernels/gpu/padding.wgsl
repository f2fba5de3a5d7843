// Where a position along a side of the padded picture lies in the picture; negative where nothing does.
fn source(position: i32, size: i32) -> i32 {
    var at = position;
//if ZERO
    if at < 0 || at >= size { return -1; }
//end
//if REFLECT
    at = select(at, -at, at < 0);
    at = select(at, 2 * (size - 1) - at, at >= size);
//end
//if WRAP
    at = (at + size) % size;
//else
    at = clamp(at, 0, size - 1);
//end
    return at;
}

