//! The package's reference, `docs/package.md`, made of the comments in `package/index.d.ts`.
//!
//! It reads the one file that it is made for, line by line: declarations begin with `export` in the first column, members are indented by two
//! spaces, and each has its `/** … */` before it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const TYPES: &str = "package/index.d.ts";
const REFERENCE: &str = "docs/package.md";
/// What is not in the types: how to begin, and the errors' codes.
pub const INTRODUCTION: &str = "REFERENCE.md";

/// Writes the reference.
pub fn write(root: &Path) -> Result<()> {
    fs::write(root.join(REFERENCE), text(root)?).with_context(|| format!("cannot write {REFERENCE}"))
}

/// What the reference should say.
fn text(root: &Path) -> Result<String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"));
    Ok(format!("{}\n{}", read(&format!("package/{INTRODUCTION}"))?, reference(&read(TYPES)?)))
}

/// One section for each declaration, with a table or list of its members.
fn reference(types: &str) -> String {
    let mut out = Vec::new();
    let mut comment = String::new();
    let mut lines = types.lines().peekable();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        if text.starts_with("/**") {
            comment = whole_comment(text, &mut lines);
        } else if let Some(declaration) = line.strip_prefix("export ") {
            let mut declaration = declaration.to_owned();
            let ends: &[char] = if declaration.starts_with("type ") { &[';'] } else { &[';', '{', '}'] };
            while !declaration.ends_with(ends) {
                let Some(more) = lines.next() else { break };
                // What is told about a member of a union stays where it is, as a comment.
                declaration += "\n";
                declaration += more;
            }
            let shown = declaration.trim_end_matches('{').trim_end();
            out.push(format!("### `{}`\n\n{}\n\n", name(shown), described(&std::mem::take(&mut comment))));
            if shown.contains('\n') || !declaration.ends_with('{') {
                out.push(format!("```ts\n{shown}\n```\n\n"));
            } else if let Some(base) = base(shown) {
                out.push(format!("Extends `{base}`.\n\n"));
            }
        } else if line.starts_with("  ") && !text.is_empty() {
            let member = text.trim_end_matches(';');
            let told = described(&std::mem::take(&mut comment));
            out.push(format!("- `{member}`{}{told}\n", if told.is_empty() { "" } else { "  \n  " }));
        } else if line == "}" {
            out.push("\n".to_owned());
        } else if text.is_empty() && !comment.is_empty() {
            // The comment about the whole.
            out.push(format!("{}\n\n", described(&std::mem::take(&mut comment))));
        }
    }
    out.concat().trim_end().to_owned() + "\n"
}

/// The words of a comment that begins in `first`.
fn whole_comment<'types>(first: &'types str, lines: &mut impl Iterator<Item = &'types str>) -> String {
    let mut words = first.trim_start_matches("/**").to_owned();
    while !words.contains("*/") {
        let Some(more) = lines.next() else { break };
        words += " ";
        words += more.trim_start().trim_start_matches("* ");
    }
    words.split("*/").next().unwrap_or_default().trim().to_owned()
}

/// A comment in prose: `@default x` is said in words.
fn described(comment: &str) -> String {
    match comment.split_once("@default ") {
        Some((words, default)) => format!("{words}Default: `{default}`."),
        None => comment.to_owned(),
    }
}

/// What a declaration declares.
fn name(declaration: &str) -> &str {
    let rest = ["interface ", "class ", "type ", "function "].iter().find_map(|kind| declaration.strip_prefix(kind)).unwrap_or(declaration);
    rest.split([' ', '<', '(', '=']).next().unwrap_or(rest)
}

/// What a declaration builds on; what its parameters build on is not meant.
fn base(declaration: &str) -> Option<&str> {
    let rest = declaration.split_once(name(declaration))?.1;
    let mut open = 0;
    let end = rest.find(|letter| {
        open += i32::from(letter == '<') - i32::from(letter == '>');
        open == 0
    })?;
    rest.get(end..)?.trim_start_matches('>').trim_start().strip_prefix("extends ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_in_this_checkout_is_that_of_its_types() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("has a parent");
        let written = fs::read_to_string(root.join(REFERENCE)).expect("reads");
        assert!(text(root).expect("is made") == written, "`cargo xtask pkg` puts {REFERENCE} right");
    }

    #[test]
    fn declarations_and_members_are_described() {
        let types = "/** All of it. */\n\n/** A thing\n * of two lines. */\nexport interface Thing extends Other {\n  /** How big, 1…2. @default 1 */\n  size?: number;\n  plain: string;\n}\n\n/** Makes one. */\nexport function make(size: number): Thing;\n";
        let expected = "All of it.\n\n### `Thing`\n\nA thing of two lines.\n\nExtends `Other`.\n\n- `size?: number`  \n  How big, 1…2. Default: `1`.\n- `plain: string`\n\n### `make`\n\nMakes one.\n\n```ts\nfunction make(size: number): Thing;\n```\n";
        assert_eq!(reference(types), expected);
    }

    #[test]
    fn what_parameters_extend_is_not_what_the_whole_extends() {
        assert_eq!(base("interface A<O extends B = \"c\">"), None);
        assert_eq!(base("interface A<O extends B<C>> extends D<O>, E"), Some("D<O>, E"));
        assert_eq!(base("class A extends Error"), Some("Error"));
    }
}
