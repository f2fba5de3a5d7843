//! The adjoint of padding: what was read in the border is added to where it came from.

use crate::Padding;

/// Where the lines and columns of a plane padded by one pixel came from.
#[derive(Clone, Debug)]
pub struct Fold {
    rows: Vec<Option<usize>>,
    columns: Vec<Option<usize>>,
}

impl Fold {
    /// For planes of `height × width` before they were padded.
    pub fn new(padding: Padding, [height, width]: [usize; 2]) -> Self {
        Self { rows: padding.sources(height), columns: padding.sources(width) }
    }

    /// Sides of the padded planes.
    pub fn sides(&self) -> [usize; 2] {
        [self.rows.len(), self.columns.len()]
    }

    /// Adds a part of a padded line, which begins at `(y, x)`, to a plane that was not padded.
    #[inline(always)]
    pub fn add(&self, line: &[f32], [y, x]: [usize; 2], plane: &mut [f32]) {
        let width = self.columns.len() - 2;
        let Some(values) = self.rows.get(y).copied().flatten().and_then(|row| plane.chunks_mut(width).nth(row)) else { return };
        let end = x + line.len();
        // The padded line's first and last value lie in the border.
        let (first, last) = (x.max(1), end.min(width + 1));
        if first < last {
            for (value, added) in values[first - 1..last - 1].iter_mut().zip(&line[first - x..last - x]) {
                *value += added;
            }
        }
        for at in [0, width + 1] {
            let within = (x..end).contains(&at);
            if let Some(column) = self.columns.get(at).copied().flatten().filter(|_| within) {
                values[column] += line[at - x];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "sums of small whole numbers are exact")]
    fn borders_go_where_they_came_from() {
        let fold = Fold::new(Padding::Replicate, [1, 3]);
        assert_eq!(fold.sides(), [3, 5]);
        let mut plane = [0.0; 3];
        // In two parts, as runs of tiles come.
        fold.add(&[1.0, 2.0, 3.0], [0, 0], &mut plane);
        fold.add(&[4.0, 5.0], [0, 3], &mut plane);
        assert_eq!(plane, [3.0, 3.0, 9.0]);
        let mut plane = [0.0; 3];
        Fold::new(Padding::Reflect, [1, 3]).add(&[1.0, 2.0, 3.0, 4.0, 5.0], [2, 0], &mut plane);
        assert_eq!(plane, [2.0, 9.0, 4.0]);
    }
}
