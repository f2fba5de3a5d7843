//! Long sums: ranges of what is summed are added up apart, each by a workgroup, and their sums afterwards. So there is work for every core where there are few sums of
//! many values.

use super::launch::Program;

/// Invocations of a workgroup: a power of two.
const THREADS: u32 = 128;
/// Workgroups that keep a large GPU busy without many partial sums for each.
const WORKGROUPS: usize = 512;

/// How sums over `length` values each are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ranges {
    /// Values of each; the last may have fewer.
    pub range: usize,
    pub count: usize,
}

impl Ranges {
    /// For `sums` of them. A partial sum is worth `least` values, and a range has a multiple of `grain`.
    pub(super) fn new(sums: usize, length: usize, least: usize, grain: usize) -> Self {
        let wanted = WORKGROUPS.div_ceil(sums).min(length.div_ceil(least)).max(1);
        let range = length.div_ceil(wanted).next_multiple_of(grain);
        Self { range, count: length.div_ceil(range) }
    }
}

/// A program whose workgroups add up what their invocations have by the function `total` of `total.wgsl`, which is the first of its `sources`.
pub(super) fn summing(name: &'static str, sources: &'static [&'static str; 2], activate: bool) -> Program {
    Program { name, sources, constants: vec![("THREADS", THREADS), ("ACTIVATE", u32::from(activate))] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_value_and_none_is_empty() {
        for sums in [1, 3, 511, 4096] {
            for length in [1, 1023, 1024, 1025, 262_144, 9_999_991] {
                for (least, grain) in [(1, 1), (256, 16), (1024, 1)] {
                    let Ranges { range, count } = Ranges::new(sums, length, least, grain);
                    assert!((count - 1) * range < length && length <= count * range, "{sums} sums of {length}: {count} ranges of {range}");
                    assert!(range % grain == 0 && (count == 1 || 2 * range > least), "{sums} sums of {length}: {range}");
                }
            }
        }
    }
}
