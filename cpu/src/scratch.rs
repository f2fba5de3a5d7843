//! Memory that one computation leaves for the next, so that the system need not fill fresh pages for each.

use std::cell::RefCell;

thread_local! {
    static LEFT: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Longer ones go back to the system: 64 MB.
const LONGEST_KEPT: usize = 1 << 24;

/// Lends `length` values to `work`, whatever they hold. Loans may nest.
pub fn lend<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut values = LEFT.with_borrow_mut(Vec::pop).unwrap_or_default();
    if values.len() < length {
        // Anew: growing would copy what nobody needs, and make room for twice as much.
        values = Vec::new();
        values.resize(length, 0.0);
    }
    let result = work(&mut values[..length]);
    if values.len() <= LONGEST_KEPT {
        LEFT.with_borrow_mut(|left| left.push(values));
    }
    result
}
