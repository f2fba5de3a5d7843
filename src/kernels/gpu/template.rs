//! WGSL with constants filled in and loops unrolled.
//!
//! WGSL has no way to say that a loop is to be unrolled, and an accumulator that is indexed by a loop's variable may end up in
//! memory instead of registers. So the text is written out: `//for p in PIXELS, c in VECTORS` … `//end` repeats lines,
//! `//if MASK` … `//else` … `//end` keeps or drops them, and `$(4*c+k)` is a number.

/// A name and its value.
pub(super) type Constant<'a> = (&'a str, u32);

/// Writes `source` out.
pub(super) fn expand(source: &str, constants: &[Constant]) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let mut text = String::with_capacity(2 * source.len());
    block(&lines, &mut constants.to_vec(), &mut text, true);
    text
}

/// Writes lines up to the `//else` or `//end` that closes them, and returns what is left from there on. Only looks for it
/// unless `wanted`.
fn block<'a>(mut lines: &'a [&'a str], names: &mut Vec<Constant<'a>>, text: &mut String, wanted: bool) -> &'a [&'a str] {
    while let [line, rest @ ..] = lines {
        if let Some(condition) = line.strip_prefix("//if ") {
            let holds = value(condition, names) != 0;
            lines = block(rest, names, text, wanted && holds);
            if let ["//else", rest @ ..] = lines {
                lines = block(rest, names, text, wanted && !holds);
            }
            lines = lines.get(1..).unwrap_or_default();
        } else if let Some(loops) = line.strip_prefix("//for ") {
            if wanted {
                repeat(loops, rest, names, text);
            }
            lines = block(rest, names, text, false).get(1..).unwrap_or_default();
        } else if matches!(*line, "//else" | "//end") {
            break;
        } else {
            if wanted {
                fill(line, names, text);
            }
            lines = rest;
        }
    }
    lines
}

/// `loops` is like `p in PIXELS, c in VECTORS`; the last name runs fastest.
fn repeat<'a>(loops: &'a str, body: &'a [&'a str], names: &mut Vec<Constant<'a>>, text: &mut String) {
    let (outer, inner) = loops.split_once(", ").map_or((loops, None), |(outer, inner)| (outer, Some(inner)));
    let Some((name, times)) = outer.split_once(" in ") else { return };
    for index in 0..value(times, names) {
        names.push((name, index));
        match inner {
            Some(inner) => repeat(inner, body, names, text),
            None => {
                block(body, names, text, true);
            }
        }
        names.pop();
    }
}

fn fill(mut line: &str, names: &[Constant], text: &mut String) {
    while let Some((before, after)) = line.split_once("$(") {
        let (expression, rest) = after.split_once(')').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(&value(expression, names).to_string());
        line = rest;
    }
    text.push_str(line);
    text.push('\n');
}

/// The value of a sum of products, such as `TILE_HEIGHT*TILE_WIDTH/PIXELS-1`.
fn value(expression: &str, names: &[Constant]) -> u32 {
    let factor =
        |name: &str| name.parse().unwrap_or_else(|_| names.iter().rev().find(|(known, _)| *known == name).map_or(0, |found| found.1));
    let fraction = |term: &str| term.split('/').map(factor).reduce(|above, below| above.checked_div(below).unwrap_or(0)).unwrap_or(0);
    let product = |term: &str| term.split('*').map(fraction).product::<u32>();
    expression.split('+').map(|sum| sum.split('-').map(product).reduce(u32::wrapping_sub).unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_written_out_with_the_last_name_fastest() {
        let source = "//for p in ROWS, c in 2\na$(p)_$(c) = $(2*p+c);\n//end\nend";
        assert_eq!(expand(source, &[("ROWS", 2)]), "a0_0 = 0;\na0_1 = 1;\na1_0 = 2;\na1_1 = 3;\nend\n");
    }

    #[test]
    fn conditions_keep_one_side() {
        let source = "//if A\n//if B\nboth\n//else\na\n//end\n//else\nneither\n//end\nlast";
        assert_eq!(expand(source, &[("A", 1), ("B", 1)]), "both\nlast\n");
        assert_eq!(expand(source, &[("A", 1), ("B", 0)]), "a\nlast\n");
        assert_eq!(expand(source, &[("A", 0), ("B", 1)]), "neither\nlast\n");
    }

    #[test]
    fn a_loop_of_nothing_leaves_nothing() {
        assert_eq!(expand("//for p in 0\n//for q in 3\nx\n//end\n//end\ny", &[]), "y\n");
    }

    #[test]
    fn expressions_follow_the_usual_order() {
        let names = [("A", 12), ("B", 4), ("C", 2)];
        for (expression, expected) in [("7", 7), ("A*B/C", 24), ("A/B/C", 1), ("A-B-C", 6), ("A-B+C", 10), ("A*B-1+C", 49)] {
            assert_eq!(value(expression, &names), expected, "{expression}");
        }
    }
}
