//! How the tiles of a batch are taken: block by block, and within a block in runs of neighbours.

use super::transforms::{POINTS, RUN, TILE};

/// Tiles side by side.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub picture: usize,
    pub row: usize,
    pub column: usize,
    pub count: usize,
    /// Of its first tile within the block.
    pub offset: usize,
}

/// The tiles of a batch, in blocks of equal size: a small last one would be slow for its size. A block may hold tiles of several pictures, so
/// that small ones make no thin matrices.
#[derive(Clone, Copy, Debug)]
pub struct Blocks {
    rows: usize,
    columns: usize,
    tiles: usize,
    /// Tiles of a block.
    pub size: usize,
}

/// Values of a block's transformed planes: about what a second cache holds.
const BLOCK_VALUES: usize = 1 << 19;
/// More tiles gain nothing.
const LARGEST_BLOCK: usize = 384;

impl Blocks {
    /// For pictures of `height × width`, of which `channels` planes are transformed, in blocks of at least `least` tiles where there are as many.
    pub fn new(pictures: usize, [height, width]: [usize; 2], channels: usize, least: usize) -> Self {
        let (rows, columns) = (height.div_ceil(TILE), width.div_ceil(TILE));
        let tiles = pictures * rows * columns;
        let most = (BLOCK_VALUES / (POINTS * channels).max(1)).clamp(least, LARGEST_BLOCK);
        let size = tiles.div_ceil(tiles.div_ceil(most).max(1));
        Self { rows, columns, tiles, size }
    }

    /// The runs of each block.
    pub fn iter(self) -> impl Iterator<Item = Vec<Run>> {
        (0..self.tiles).step_by(self.size.max(1)).map(move |first| self.runs(first, self.size.min(self.tiles - first)))
    }

    /// The runs of `count` tiles from `first`.
    fn runs(&self, first: usize, count: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut offset = 0;
        while offset < count {
            let (line, column) = ((first + offset) / self.columns, (first + offset) % self.columns);
            let length = (self.columns - column).min(count - offset).min(RUN);
            runs.push(Run { picture: line / self.rows, row: line % self.rows, column, count: length, offset });
            offset += length;
        }
        runs
    }
}

/// Tiles of a block's runs.
pub fn count(runs: &[Run]) -> usize {
    runs.last().map_or(0, |run| run.offset + run.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_comes_once_and_in_order() {
        for (pictures, sides, least) in [(1, [1, 1], 48), (3, [5, 9], 7), (2, [64, 300], 48), (4, [16, 16], 1000), (0, [8, 8], 48)] {
            let blocks = Blocks::new(pictures, sides, 64, least.min(LARGEST_BLOCK));
            let mut found = Vec::new();
            for runs in blocks.iter() {
                assert!(count(&runs) <= blocks.size);
                for run in runs {
                    found.extend((0..run.count).map(|tile| [run.picture, run.row, run.column + tile]));
                }
            }
            let [rows, columns] = sides.map(|side| side.div_ceil(TILE));
            let expected: Vec<_> =
                (0..pictures * rows * columns).map(|tile| [tile / (rows * columns), tile / columns % rows, tile % columns]).collect();
            assert_eq!(found, expected);
        }
    }
}
