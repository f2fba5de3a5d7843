//! Submissions short enough that a device can do something else in between, such as draw the page.
//!
//! CubeCL gathers up to 32 programs before it submits them. On a slow GPU those of a large picture take seconds, and whatever else wants the GPU waits
//! for them: a page that does not move, or a device that its driver takes for hung. So what is gathered is submitted as soon as it is work for
//! a tenth of a second, by the pace of the device once that is known (see [`expect`]). A single program is never divided.

use std::sync::atomic::{AtomicU64, Ordering};

use burn_cubecl::tensor::CubeTensor;

/// Seconds that a submission may take.
const LONGEST: f64 = 0.1;
/// Operations a second of a device that nobody has measured yet: an integrated GPU's.
const UNKNOWN: f64 = 3e11;
/// A submission has its price too: less work than this is not worth one of its own.
const LEAST: f64 = 2e9;

static GATHERED: Gathered = Gathered(AtomicU64::new(0));
/// Of a submission, in operations; 0 stands for an unknown device's.
static ALLOWED: AtomicU64 = AtomicU64::new(0);

/// Operations of programs that are not submitted yet, as far as they are counted.
#[derive(Debug)]
struct Gathered(AtomicU64);

impl Gathered {
    /// Whether it is enough with these.
    fn add(&self, operations: u64, allowed: u64) -> bool {
        let enough = self.0.fetch_add(operations, Ordering::Relaxed) + operations >= allowed;
        if enough {
            self.0.store(0, Ordering::Relaxed);
        }
        enough
    }
}

/// Counts the operations of a program that was launched to make `output`, and submits what is gathered if it is enough.
pub(super) fn gather(output: &CubeTensor, operations: u64) {
    let allowed = match ALLOWED.load(Ordering::Relaxed) {
        0 => allowed(UNKNOWN),
        known => known,
    };
    if GATHERED.add(operations, allowed) {
        // A device that fails says so when something is read from it.
        drop(output.client.flush());
    }
}

/// From now on the device is taken for one that does so many operations a second.
pub(in crate::kernels) fn expect(operations_per_second: f64) {
    ALLOWED.store(allowed(operations_per_second), Ordering::Relaxed);
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a saturating conversion of a positive number")]
fn allowed(operations_per_second: f64) -> u64 {
    (operations_per_second * LONGEST).max(LEAST) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_gathered_until_it_is_enough() {
        let gathered = Gathered(AtomicU64::new(0));
        assert_eq!([40, 40, 40, 40, 40, 500, 99].map(|work| gathered.add(work, 100)), [false, false, true, false, false, true, false]);
    }

    #[test]
    fn a_tenth_of_a_second_is_allowed() {
        assert_eq!([0.0, 1e9, 4e12, f64::NAN].map(allowed), [2_000_000_000, 2_000_000_000, 400_000_000_000, 2_000_000_000]);
    }
}
