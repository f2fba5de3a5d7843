//! The benchmarks: natively, and in a browser.

use anyhow::Result;

use crate::exec;
use crate::project::Project;
use crate::site;
use crate::test;

/// Where the benchmarks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `benches/`, on this machine.
    Native,
    /// Those of `tests/e2e/` whose names hold `bench`: the built site in headless Chromium, timed from outside.
    Web,
}

impl Place {
    /// Both, in the order they run in.
    pub const ALL: [Self; 2] = [Self::Native, Self::Web];

    /// The place of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "native" => Some(Self::Native),
            "web" => Some(Self::Web),
            _ => None,
        }
    }
}

/// Runs the benchmarks of `places` (of both if there are none); `filter` goes to them.
pub fn run(project: &Project, places: &[Place], filter: &[String]) -> Result<()> {
    for place in if places.is_empty() { &Place::ALL[..] } else { places } {
        match place {
            Place::Native => exec::run(exec::cargo(&project.root).args(["bench", "--bench", "*", "--"]).args(filter))?,
            Place::Web => {
                site::build(project)?;
                let mut args = vec!["--ignored", "bench", "--nocapture", "--test-threads=1"];
                args.extend(filter.iter().map(String::as_str));
                test::against_site(project, &args)?;
            }
        }
    }
    Ok(())
}
