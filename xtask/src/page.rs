//! What is done to the page's text on its way into the site: versioned references, and a check that every reference
//! is relative and has its file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Points every reference to `app/` in the page at `<versioned>/`, and says how many there were.
///
/// A browser may keep an old script for as long as it likes; under a name made from the content, a new page never
/// gets one. Only references count (after a quote, a parenthesis or `./`), not words in the text.
pub fn version_references(html: &str, versioned: &str) -> (String, usize) {
    const APP: &str = "app/";
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mut count = 0;
    while let Some(at) = rest.find(APP) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let start = before.strip_suffix("./").unwrap_or(before);
        if start.ends_with(['"', '\'', '(']) {
            out.push_str(versioned);
            out.push('/');
            count += 1;
        } else {
            out.push_str(APP);
        }
        rest = from.get(APP.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    (out, count)
}

/// A script or a style sheet without the comments that have lines to themselves, which are a third of what would be sent.
///
/// Empty lines take their place, so that an error in a report names the line that it is in here. It looks at lines and not at the
/// language: a line inside a template literal must not begin like a comment.
pub fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut inside = false;
    for line in source.lines() {
        let text = line.trim_start();
        let begun = inside;
        let comment = begun || text.starts_with("/*");
        let after = if comment { text.split_once("*/").map(|(_, after)| after) } else { None };
        inside = comment && after.is_none();
        // A comment that code follows on its line is a cast, and stays with it.
        let is_code = if comment { after.is_some_and(|after| !after.trim().is_empty()) } else { !text.starts_with("//") };
        if is_code {
            out.push_str(if begun { after.unwrap_or_default() } else { line });
        }
        out.push('\n');
    }
    out
}

/// Checks that the site in `dist` works from any sub-path: nothing refers to the root of the host or to another host,
/// and every file that index.html names is there.
///
/// # Errors
/// With all that is wrong, one line each.
pub fn check_relative(dist: &Path) -> Result<()> {
    let mut wrong = Vec::new();
    for (name, path) in files(dist)? {
        let is_text = ["html", "css", "js", "webmanifest"].iter().any(|kind| extension(&name) == *kind);
        if is_text {
            let text = fs::read_to_string(&path).with_context(|| format!("{name} is not UTF-8"))?;
            wrong.extend(absolute_references(&text).into_iter().map(|found| format!("{name}: {found}")));
        }
    }
    let index = fs::read_to_string(dist.join("index.html")).context("the site has no index.html")?;
    for reference in references(&index) {
        let file = reference.split(['?', '#']).next().unwrap_or_default();
        let local = !file.is_empty() && !file.contains(':');
        if local && !dist.join(file).exists() {
            wrong.push(format!("index.html: {reference} is not in the site"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("the site would not work from a sub-path:\n  {}", wrong.join("\n  ")) }
}

/// All files under `folder` with their paths relative to it (`/` between parts), sorted by that; hidden ones left out.
pub fn files(folder: &Path) -> Result<Vec<(String, std::path::PathBuf)>> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), folder.to_owned())];
    while let Some((prefix, folder)) = open.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{name}");
            if entry.path().is_dir() {
                open.push((format!("{name}/"), entry.path()));
            } else {
                found.push((name, entry.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The part of a file name after its last dot.
pub fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Places that load something by an absolute path or from another host. Links that a visitor clicks are no loads.
fn absolute_references(text: &str) -> Vec<String> {
    const LOADS: [&str; 8] = ["src=", "url(", "from ", "import(", "import ", "fetch(", "URL(", "Worker("];
    const ROOTS: [&str; 3] = ["/", "http://", "https://"];
    let mut found = Vec::new();
    for load in LOADS {
        for (at, _) in text.match_indices(load) {
            let after = text.get(at + load.len()..).unwrap_or_default();
            let quoted = after.strip_prefix(['"', '\'', '`']);
            // Without a quote these are other words, except in CSS.
            let Some(target) = quoted.or(if load == "url(" { Some(after) } else { None }) else { continue };
            if ROOTS.iter().any(|root| target.starts_with(root)) {
                let end = target.find(['"', '\'', '`', ')', '\n']).unwrap_or(target.len());
                found.push(format!("{load}{}", target.get(..end).unwrap_or_default()));
            }
        }
    }
    for (at, _) in text.match_indices("<link") {
        let tag = text.get(at..).and_then(|from| from.split('>').next()).unwrap_or_default();
        let href = references(tag).into_iter().find(|href| ROOTS.iter().any(|root| href.starts_with(root)));
        found.extend(href.map(|href| format!("href={href}")));
    }
    found
}

/// The values of all `src` and `href` attributes.
fn references(html: &str) -> Vec<&str> {
    let attributes = [" src=\"", " href=\""];
    let values = attributes
        .iter()
        .flat_map(|attribute| html.match_indices(attribute).filter_map(|(at, _)| html.get(at + attribute.len()..)?.split('"').next()));
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_versioned_and_words_are_not() {
        let html = r#"<link href="app/style.css"><script src='./app/main.js'></script>
            <p>our app/ folder, snapp/ and "myapp/x"</p> url(app/a.svg)"#;
        let (out, count) = version_references(html, "app-0123");
        assert_eq!(count, 3);
        assert!(out.contains(r#"href="app-0123/style.css""#) && out.contains("'./app-0123/main.js'"));
        assert!(out.contains("our app/ folder, snapp/ and \"myapp/x\"") && out.contains("url(app-0123/a.svg)"));
    }

    #[test]
    fn comments_go_and_lines_stay_where_they_are() {
        let source =
            "// @ts-check\n/** One.\n * @type {A} */\n/*\n*/ e;\nlet a = 1; // why\n  /* two */\n  /** @type {B} */ (b).c();\nd(\"/*\");\n";
        assert_eq!(without_comments(source), "\n\n\n\n e;\nlet a = 1; // why\n\n  /** @type {B} */ (b).c();\nd(\"/*\");\n");
    }

    #[test]
    fn absolute_and_foreign_loads_are_found() {
        for bad in [
            r#"<script src="/app/main.js">"#,
            r#"<img src="https://example.org/a.png">"#,
            "a { background: url(/a.png) }",
            "a { background: url('https://example.org/a.png') }",
            "import { a } from '/app/a.js';",
            "const b = await import(\"/b.js\");",
            "fetch(`/models/manifest.json`)",
            r#"<link rel="stylesheet" href="/style.css">"#,
        ] {
            assert_eq!(absolute_references(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn relative_loads_links_and_prose_are_fine() {
        for good in [
            r#"<script type="module" src="app/main.js"></script>"#,
            r#"<a href="https://example.org/">about</a>"#,
            "import { a } from './a.js'; fetch(new URL('../models/', base));",
            "a { background: url(data:image/svg+xml,x) url(\"img/a.png\") }",
            "// copied from / to",
            r#"<svg xmlns="http://www.w3.org/2000/svg">"#,
        ] {
            assert_eq!(absolute_references(good), Vec::<String>::new(), "{good}");
        }
    }

    #[test]
    fn attributes_are_read() {
        let html = r#"<link href="a.css"><img alt="x" src="b.png"><data-src="no">"#;
        assert_eq!(references(html), ["b.png", "a.css"]);
    }
}
