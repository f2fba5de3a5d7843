//! The benchmarks.

use anyhow::{Result, bail};

use crate::exec;
use crate::filter::Filter;
use crate::peers;
use crate::project::Project;
use crate::site;
use crate::test;
use crate::tools;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benchmark {
    /// Beside TensorFlow.js and ONNX Runtime Web, in headless Chromium.
    Web,
    /// Beside PyTorch, on this machine.
    Native,
    /// Time and memory against pixels, on this machine.
    Scaling,
    /// `benches/`: a step and its parts, and each kernel beside burn's, on this machine.
    Parts,
    /// What a visitor waits for: `tests/e2e/bench.rs`, the built site in headless Chromium.
    Visit,
}

impl Benchmark {
    /// All of them, in the order they run in.
    pub const ALL: [Self; 5] = [Self::Parts, Self::Native, Self::Scaling, Self::Visit, Self::Web];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
            Self::Scaling => "scaling",
            Self::Parts => "parts",
            Self::Visit => "visit",
        }
    }

    /// The benchmark of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|benchmark| benchmark.name() == name)
    }
}

/// Runs `benchmarks` (all of them if there are none); `args` go to their programs.
pub fn run(project: &Project, benchmarks: &[Benchmark], args: &[String]) -> Result<()> {
    if benchmarks.len() != 1 && !args.is_empty() {
        bail!("each benchmark has arguments of its own: name one");
    }
    for benchmark in if benchmarks.is_empty() { &Benchmark::ALL[..] } else { benchmarks } {
        match benchmark {
            Benchmark::Web => peers::web(project, args)?,
            Benchmark::Native => peers::native(project, args)?,
            Benchmark::Scaling => peers::scaling(project, args)?,
            Benchmark::Parts => exec::run(exec::cargo(&project.root).args(["bench", "--bench", "*", "--"]).args(args))?,
            Benchmark::Visit => {
                let mut filter = Filter::new(args);
                if let Some(tests) = test::VISIT.chosen(project, &mut filter)? {
                    site::build(project)?;
                    test::against_site(project, &tests, &[("CHROMEDRIVER", &tools::chromedriver()?)])?;
                }
                filter.check("benchmark `visit`")?;
            }
        }
    }
    Ok(())
}
