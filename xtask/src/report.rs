//! What a person sees while the chores run: steps, warnings, sizes and tables.
//!
//! Progress goes to standard error, so that standard output holds only results (the URL, the sizes, the tables).

use std::io::IsTerminal;

/// Says what is about to be done; say how long it takes where that is more than a few seconds.
pub fn step(text: &str) {
    mark("36", "▸", text);
}

/// Says what was not as it should be, though the work can go on.
pub fn warn(text: &str) {
    mark("33", "! warning:", text);
}

fn mark(colour: &str, sign: &str, text: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("\x1b[1;{colour}m{sign}\x1b[0m {text}");
    } else {
        eprintln!("{sign} {text}");
    }
}

/// A size in bytes for people, in decimal units: `812 B`, `38.4 kB`, `2.87 MB`.
pub fn size(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "three digits are all that is shown")]
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", value / 1e3),
        _ => format!("{:.2} MB", value / 1e6),
    }
}

/// Lays rows out in columns, two spaces apart; the last column is left ragged.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal() {
        assert_eq!(size(812), "812 B");
        assert_eq!(size(38_400), "38.4 kB");
        assert_eq!(size(2_870_000), "2.87 MB");
    }

    #[test]
    fn tables_align_columns_and_end_lines_cleanly() {
        let rows = [vec!["a".into(), "long".into(), "x".into()], vec!["bbb".into(), "s".into(), String::new()]];
        assert_eq!(table(&rows), "a    long  x\nbbb  s\n");
    }
}
