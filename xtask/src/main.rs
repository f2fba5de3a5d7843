//! Build chores: `cargo xtask serve` and `cargo xtask test`, and the steps they are made of.
//!
//! Each command works from a fresh clone: what is missing is installed, what has been made is kept, and every long
//! step says what it does. Nothing here is part of the product.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a command line for developers")]

mod adoption;
mod axe;
mod bench;
mod budget;
mod debian;
mod doctor;
mod engines;
mod exec;
mod filter;
mod hash;
mod offline;
mod optimiser;
mod package;
mod page;
mod peers;
mod project;
mod reference;
mod report;
mod serve;
mod site;
mod sysroot;
mod test;
mod toolchain;
mod tools;
mod version;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::project::Project;
use crate::test::Ring;

const HELP: &str = "\
Atelier's build chores. What is missing is installed, what has been made is kept.

  cargo xtask serve [--port N] [--open]   build the site and serve it on this machine
              serve --dir D [--prefix P]  serve the folder D, as it is, under the path P
  cargo xtask test [RING…] [-- ARGS…]     run the tests, cheapest first: lint, native, web, e2e, package,
                                          engines, size; ARGS are words in the names of tests, and their flags
  cargo xtask site [--base-check]         build the site into dist/; check that it works from any sub-path
              site --into D               build the site into the folder D
  cargo xtask pkg                         build the npm package into pkg/
  cargo xtask bench [WHAT…] [-- ARGS…]    measure: web, native (beside other libraries), scaling, parts, visit
  cargo xtask doctor                      show what is found, what is missing and how to get it

Environment:
  ATELIER_CACHE       where tools are kept (otherwise atelier/ in the user's cache folder)
  ATELIER_TOOLCHAIN   `rustup` or `debian`: the compiler for the browser (otherwise rustup's, if it has or gets
                      the wasm target)
  CHROMEDRIVER        the browser driver for tests (otherwise from PATH, or Debian's)
";

/// A command line, understood.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Help,
    Serve { port: Option<u16>, open: bool },
    ServeFolder { folder: PathBuf, prefix: String, port: Option<u16> },
    Test { rings: Vec<Ring>, filter: Vec<String> },
    Site { into: Option<PathBuf>, base_check: bool },
    Package,
    Bench { benchmarks: Vec<bench::Benchmark>, filter: Vec<String> },
    Doctor,
}

fn main() -> ExitCode {
    match parse(Parser::from_env()).and_then(|task| perform(&task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: &Task) -> Result<()> {
    let project = Project::find()?;
    match task {
        Task::Help => print!("{HELP}"),
        Task::Serve { port, open } => {
            site::build(&project)?;
            site::print_sizes(&project.dist())?;
            serve_folder(&project.dist(), "/", *port, *open)?;
        }
        Task::ServeFolder { folder, prefix, port } => serve_folder(folder, prefix, *port, false)?,
        Task::Test { rings, filter } => test::run(&project, rings, filter)?,
        Task::Site { into: Some(folder), base_check } => {
            site::build_into(&project, folder)?;
            if *base_check {
                page::check_relative(folder)?;
            }
        }
        Task::Site { into: None, base_check } => {
            site::build(&project)?;
            if *base_check {
                page::check_relative(&project.dist())?;
            }
            site::print_sizes(&project.dist())?;
        }
        Task::Package => package::build(&project)?,
        Task::Bench { benchmarks, filter } => bench::run(&project, benchmarks, filter)?,
        Task::Doctor => doctor::run(&project)?,
    }
    Ok(())
}

fn serve_folder(folder: &Path, prefix: &str, port: Option<u16>, open: bool) -> Result<()> {
    if !folder.is_dir() {
        bail!("there is no folder {}", folder.display());
    }
    let server = serve::start(folder, prefix, port)?;
    println!("listening on {}", server.url);
    if open {
        serve::open_browser(&server.url);
    }
    server.run();
    Ok(())
}

fn parse(mut parser: Parser) -> Result<Task> {
    let mut words = Vec::new();
    let mut filter = Vec::new();
    let mut flags = Flags::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Task::Help),
            Arg::Long("port") => flags.port = Some(parser.value()?.parse().context("--port takes a number")?),
            Arg::Long("open") => flags.open = true,
            Arg::Long("dir") => flags.folder = Some(parser.value()?.into()),
            Arg::Long("prefix") => flags.prefix = Some(parser.value()?.string()?),
            Arg::Long("into") => flags.into = Some(parser.value()?.into()),
            Arg::Long("base-check") => flags.base_check = true,
            Arg::Value(word) => {
                words.push(word.string()?);
                // What follows `--` is for the programs that are run.
                if let Some(mut raw) = parser.try_raw_args()
                    && raw.peek().is_some_and(|next| next == "--")
                {
                    raw.next();
                    filter = raw.map(ValueExt::string).collect::<Result<_, _>>()?;
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let (command, rest) = words.split_first().map_or(("help", &[][..]), |(first, rest)| (first.as_str(), rest));
    let task = task(command, rest, &mut flags, filter)?;
    if flags != Flags::default() {
        bail!("`{command}` does not take these options; see `cargo xtask help`");
    }
    Ok(task)
}

/// All options of all commands. Each command takes its own out; what is left over was not meant for it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Flags {
    port: Option<u16>,
    open: bool,
    folder: Option<PathBuf>,
    prefix: Option<String>,
    into: Option<PathBuf>,
    base_check: bool,
}

fn task(command: &str, words: &[String], flags: &mut Flags, filter: Vec<String>) -> Result<Task> {
    let takes_words = matches!(command, "test" | "bench");
    if let Some(word) = words.first().filter(|_| !takes_words) {
        bail!("`{command}` does not take `{word}`; see `cargo xtask help`");
    }
    if !filter.is_empty() && !takes_words {
        bail!("`{command}` runs no programs to give arguments to");
    }
    Ok(match command {
        "help" => Task::Help,
        "serve" => match flags.folder.take() {
            Some(folder) => {
                let prefix = flags.prefix.take().unwrap_or_else(|| "/".to_owned());
                Task::ServeFolder { folder, prefix, port: flags.port.take() }
            }
            None => Task::Serve { port: flags.port.take(), open: std::mem::take(&mut flags.open) },
        },
        "test" => {
            let rings = named(words, Ring::named, "ring")?;
            if let Some(ring) = rings.iter().find(|ring| !ring.has_tests() && !filter.is_empty()) {
                bail!("ring `{}` has no tests to choose from or to give arguments to", ring.name());
            }
            Task::Test { rings, filter }
        }
        "site" => Task::Site { into: flags.into.take(), base_check: std::mem::take(&mut flags.base_check) },
        "pkg" => Task::Package,
        "bench" => Task::Bench { benchmarks: named(words, bench::Benchmark::named, "benchmark")?, filter },
        "doctor" => Task::Doctor,
        other => bail!("there is no command `{other}`; see `cargo xtask help`"),
    })
}

fn named<T>(words: &[String], find: impl Fn(&str) -> Option<T>, what: &str) -> Result<Vec<T>> {
    words.iter().map(|word| find(word).with_context(|| format!("there is no {what} `{word}`"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task> {
        parse(Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn command_lines_are_understood() {
        for (line, task) in [
            ("", Task::Help),
            ("serve --help", Task::Help),
            ("serve", Task::Serve { port: None, open: false }),
            ("serve --port 9000 --open", Task::Serve { port: Some(9000), open: true }),
            (
                "serve --dir dist --prefix /a/b/ --port 0",
                Task::ServeFolder { folder: "dist".into(), prefix: "/a/b/".into(), port: Some(0) },
            ),
            ("test", Task::Test { rings: vec![], filter: vec![] }),
            ("test native size", Task::Test { rings: vec![Ring::Native, Ring::Size], filter: vec![] }),
            ("test web -- gram --nocapture", Task::Test { rings: vec![Ring::Web], filter: vec!["gram".into(), "--nocapture".into()] }),
            ("site --base-check", Task::Site { into: None, base_check: true }),
            ("site --into x", Task::Site { into: Some("x".into()), base_check: false }),
            ("bench web", Task::Bench { benchmarks: vec![bench::Benchmark::Web], filter: vec![] }),
            ("doctor", Task::Doctor),
        ] {
            assert_eq!(parsed(line).expect(line), task, "{line}");
        }
    }

    #[test]
    fn mistakes_are_refused() {
        for line in [
            "fly",
            "serve now",
            "test all",
            "test lint -- x",
            "test native size -- x",
            "pkg --open",
            "site --port 1",
            "serve --port x",
            "doctor --loud",
            "pkg -- x",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
