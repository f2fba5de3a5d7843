//! What a convolution reads: the planes of a batch of pictures, with what stands around them.

use crate::Padding;
use crate::signs::Signs;

/// The channels of a batch of pictures, read line by line at any place.
#[derive(Clone, Copy, Debug)]
pub struct Planes<'a> {
    /// `[n, channels, height, width]`
    pub values: &'a [f32],
    /// The signs of an activation's output, where the values are gradients on it, and its slope where that is not positive.
    pub activated: Option<(Signs<'a>, f32)>,
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub padding: Padding,
    /// How far the first output lies before the first value, in pixels.
    pub border: usize,
}

impl Planes<'_> {
    /// Pictures.
    pub fn pictures(&self) -> usize {
        self.values.len() / (self.channels * self.height * self.width).max(1)
    }

    /// Fills `line` from the place that an output at `(y, x)` begins to read at.
    pub fn line(&self, [picture, channel]: [usize; 2], y: usize, x: usize, line: &mut [f32]) {
        let Some(row) = self.source(y, self.height) else {
            line.fill(0.0);
            return;
        };
        let row = ((picture * self.channels + channel) * self.height + row) * self.width;
        let values = self.values.get(row..row + self.width).unwrap_or_default();
        let one = |at: usize| {
            let value = values.get(at).copied().unwrap_or_default();
            match self.activated {
                Some((signs, slope)) if !signs.is_positive(row + at) => value * slope,
                _ => value,
            }
        };
        // Positions before the row, within it and behind it.
        let before = self.border.saturating_sub(x).min(line.len());
        let start = (x + before).saturating_sub(self.border);
        let within = self.width.saturating_sub(start).min(line.len() - before);
        let (first, rest) = line.split_at_mut(before);
        let (inside, last) = rest.split_at_mut(within);
        for (offset, value) in first.iter_mut().enumerate() {
            *value = self.source(x + offset, self.width).map_or(0.0, one);
        }
        inside.copy_from_slice(values.get(start..start + within).unwrap_or_default());
        if let Some((signs, slope)) = self.activated {
            signs.weaken(row + start, inside, slope);
        }
        for (offset, value) in last.iter_mut().enumerate() {
            *value = self.source(x + before + within + offset, self.width).map_or(0.0, one);
        }
    }

    /// The value that stands `position − border` from the first of an axis. Far behind its end, where only tiles reach that hang over, is zero.
    fn source(&self, position: usize, length: usize) -> Option<usize> {
        let position = isize::try_from(position).ok()? - isize::try_from(self.border).ok()?;
        let far = position > isize::try_from(length).ok()? || position < -1;
        if far { None } else { self.padding.source(position, length) }
    }
}
