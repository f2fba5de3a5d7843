//! Which parts of a large picture its statistics are taken from.

use super::canvas::{Canvas, Window};

/// Side of a window.
const SIDE: usize = 256;
/// Regions down and across, with a window in each.
const REGIONS: usize = 4;

/// Windows all over the canvas, all of one size. Of a picture that is transparent in parts it is the window of each region that shows most: those at fixed places may
/// show nothing at all of a figure that is cut out.
pub(super) fn sampled(canvas: &Canvas) -> Vec<Window> {
    if !canvas.is_transparent() {
        return grid(canvas, [REGIONS; 2]).into_iter().flatten().collect();
    }
    // As many as leave no pixel out.
    let counts = canvas.sides().map(|length| length.div_ceil(SIDE).max(REGIONS));
    let mut best = [None; REGIONS * REGIONS];
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
        assert_eq!(windows[5], Window { top: 314, left: 314, height: 256, width: 256 });
        assert_eq!(windows[15], Window { top: 944, left: 944, height: 256, width: 256 });
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
