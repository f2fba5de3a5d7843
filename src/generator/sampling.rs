//! Which parts of a large picture its statistics are taken from.

use super::canvas::{Canvas, Window};

/// Side of a window.
const SIDE: usize = 256;
/// Regions down and across, with a window in each.
const REGIONS: usize = 4;

/// Windows all over the canvas, all of one size. Of a picture that is transparent in parts it is the window of each region that shows most, where the usual one does not show as much: those
/// at fixed places may show nothing at all of a figure that is cut out.
pub(super) fn sampled(canvas: &Canvas) -> Vec<Window> {
    let usual = staggered(canvas);
    if !canvas.is_transparent() {
        return usual;
    }
    // As many as leave no pixel out.
    let counts = canvas.sides().map(|length| length.div_ceil(SIDE).max(REGIONS));
    let mut best: Vec<_> = usual.into_iter().map(|window| Some((canvas.shown(window), window)).filter(|(shown, _)| *shown > 0)).collect();
    for (row, windows) in grid(canvas, counts).into_iter().enumerate() {
        for (column, window) in windows.into_iter().enumerate() {
            let [down, across] = [row * REGIONS / counts[0], column * REGIONS / counts[1]];
            let (shown, most) = (canvas.shown(window), &mut best[down * REGIONS + across]);
            if shown > most.map_or(0, |(shown, _)| shown) {
                *most = Some((shown, window));
            }
        }
    }
    best.into_iter().flatten().map(|(_, window)| window).collect()
}

/// A window in each region, at one end of it and in the next at the other: in a row from border to border most would lie along the borders, where a picture has its frame, its sky and its
/// ground. Where regions are smaller than a window there is such a row, which sees all.
fn staggered(canvas: &Canvas) -> Vec<Window> {
    let lengths = canvas.sides();
    let [height, width] = lengths.map(|length| SIDE.min(length));
    let place = |length: usize, index: usize, other: usize| {
        let region = length / REGIONS;
        let first =
            if region >= SIDE { index * region + other % 2 * (region - SIDE) } else { (length - SIDE.min(length)) * index / (REGIONS - 1) };
        first.cast_signed()
    };
    let window = |index: usize| {
        let (row, column) = (index / REGIONS, index % REGIONS);
        Window { top: place(lengths[0], row, column), left: place(lengths[1], column, row), height, width }
    };
    (0..REGIONS * REGIONS).map(window).collect()
}

/// So many rows of so many windows, from one border to the other.
fn grid(canvas: &Canvas, [rows, columns]: [usize; 2]) -> Vec<Vec<Window>> {
    let [height, width] = canvas.sides().map(|length| SIDE.min(length));
    let along =
        |length: usize, side: usize, count: usize| (0..count).map(move |index| ((length - side) * index / (count - 1)).cast_signed());
    let row = |top: isize| along(canvas.sides()[1], width, columns).map(|left| Window { top, left, height, width }).collect();
    along(canvas.sides()[0], height, rows).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::Settings;
    use crate::picture::Picture;

    /// A square canvas of which only a rectangle shows.
    fn canvas(side: u32, alpha: impl Fn(u32, u32) -> u8) -> Canvas {
        let alpha = (0..side * side).map(|pixel| alpha(pixel % side, pixel / side)).collect();
        let picture = Picture::new(side, side, vec![90; (3 * side * side) as usize], Some(alpha)).unwrap();
        Canvas::new(&picture, &Settings { size: side, ..Settings::default() }, 8).unwrap()
    }

    #[test]
    fn an_opaque_picture_is_sampled_evenly() {
        let windows = sampled(&canvas(1200, |_, _| 255));
        assert_eq!(windows.len(), 16);
        assert_eq!(windows[5], Window { top: 344, left: 344, height: 256, width: 256 });
        assert_eq!(windows[15], Window { top: 944, left: 944, height: 256, width: 256 });
    }

    #[test]
    fn no_more_windows_lie_along_the_borders_than_there_is_border() {
        for side in [1104, 2048, 4000] {
            let canvas = canvas(side, |_, _| 255);
            let windows = sampled(&canvas);
            let beyond = canvas.sides()[0].cast_signed() - 256;
            let along = windows.iter().filter(|window| [window.top, window.left].iter().any(|at| *at == 0 || *at == beyond)).count();
            // Half of a row of four is at one end.
            assert!(along <= 8, "{along} of {} at {side}", windows.len());
            assert!(windows.iter().all(|window| (0..=beyond).contains(&window.top) && (0..=beyond).contains(&window.left)));
        }
    }

    #[test]
    fn one_pixel_that_lets_something_through_moves_no_more_than_its_window() {
        let opaque = sampled(&canvas(2048, |_, _| 255));
        let nearly = sampled(&canvas(2048, |x, y| if (x, y) == (900, 700) { 254 } else { 255 }));
        assert!(opaque.iter().zip(&nearly).filter(|(a, b)| a != b).count() <= 1);
    }

    #[test]
    fn whatever_shows_is_sampled() {
        for [left, top, width, height] in [[640, 640, 180, 180], [300, 1300, 9, 9], [1499, 0, 1, 1500]] {
            let canvas = canvas(1500, |x, y| if (left..left + width).contains(&x) && (top..top + height).contains(&y) { 255 } else { 0 });
            let windows = sampled(&canvas);
            assert!(!windows.is_empty() && windows.iter().all(|&window| canvas.shown(window) > 0), "{left}, {top}: {windows:?}");
        }
    }

    #[test]
    fn of_nothing_there_is_no_sample() {
        assert_eq!(sampled(&canvas(1100, |_, _| 0)), []);
    }
}
