//! What follows `--` behind `cargo xtask test`: which tests are meant, and the flags they are run with.

use std::process::Command;

use anyhow::{Result, bail};

use crate::exec;
use crate::report;

/// Flags of test programs that take the argument behind them for their value: that is no test's name.
const WITH_VALUE: [&str; 7] = ["--skip", "--test-threads", "--color", "--format", "--logfile", "--shuffle-seed", "-Z"];

/// Flags with which ignored tests are run.
const IGNORED: [&str; 2] = ["--ignored", "--include-ignored"];

/// Parts of tests' names, any of which may match, and flags.
///
/// A test program that is given a name of no test runs nothing and succeeds. So whoever names tests has them listed first.
#[derive(Debug)]
pub struct Filter {
    words: Vec<String>,
    flags: Vec<String>,
    /// The words that no test has matched yet.
    unmet: Vec<String>,
}

impl Filter {
    /// Tells names from flags.
    pub fn new(args: &[String]) -> Self {
        let (mut words, mut flags) = (Vec::new(), Vec::new());
        let mut args = args.iter().cloned();
        while let Some(arg) = args.next() {
            if !arg.starts_with('-') {
                words.push(arg);
                continue;
            }
            let value = if WITH_VALUE.contains(&arg.as_str()) { args.next() } else { None };
            flags.push(arg);
            flags.extend(value);
        }
        Self { unmet: words.clone(), words, flags }
    }

    /// Whether tests are named at all; flags alone leave out none by their names.
    pub fn names_tests(&self) -> bool {
        !self.words.is_empty()
    }

    /// The arguments as they came, but for the order.
    pub fn args(&self) -> Vec<&str> {
        self.flags.iter().chain(&self.words).map(String::as_str).collect()
    }

    /// The same for a test program that takes one name at a time: for each of its runs. A test that two names match is in two of them.
    pub fn args_by_name(&self) -> Vec<Vec<&str>> {
        if self.words.len() < 2 {
            return vec![self.args()];
        }
        self.words.iter().map(|word| self.flags.iter().chain([word]).map(String::as_str).collect()).collect()
    }

    /// The flags but for `own`, since test programs take none twice, and but for how names are matched.
    pub fn flags_beside(&self, own: &[&str]) -> impl Iterator<Item = &str> {
        self.flags.iter().map(String::as_str).filter(move |flag| *flag != "--exact" && !own.contains(flag))
    }

    /// The tests of `program` that are meant, out of those that `own` takes in. `program` makes a command that would run all of them, up to
    /// the arguments of the test programs, with the flags `plain` among these.
    ///
    /// # Errors
    /// When it cannot be compiled or does not know a flag.
    pub fn tests(&mut self, program: impl Fn() -> Command, plain: &[&str], own: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        report::step(&format!("looking for tests by the name of {}", self.words.join(", ")));
        let list = |flags: &[&str]| {
            let list = [plain, &["--list"], flags].concat();
            exec::output(program().args(&list).args(self.flags_beside(&list))).map(|text| listed(&text))
        };
        let mut names = list(&[])?;
        // Those that are ignored are listed among the others, and not run.
        if !plain.iter().copied().chain(self.flags.iter().map(String::as_str)).any(|flag| IGNORED.contains(&flag)) {
            let ignored = list(&["--ignored"])?;
            names.retain(|name| !ignored.contains(name));
        }
        names.retain(|name| own(name) && self.words.iter().any(|word| self.matches(name, word)));
        self.meet(&names);
        Ok(names)
    }

    /// Whether tests are named, and none of `program`'s is meant.
    ///
    /// # Errors
    /// As [`Filter::tests`].
    pub fn misses(&mut self, program: &impl Fn() -> Command) -> Result<bool> {
        Ok(self.names_tests() && self.tests(program, &[], |_| true)?.is_empty())
    }

    /// Where everything meant has run: was each word some test's?
    ///
    /// # Errors
    /// With the words that matched no test of `place`.
    pub fn check(&self, place: &str) -> Result<()> {
        if !self.unmet.is_empty() {
            bail!("no test of {place} matches `{}`", self.unmet.join("`, `"));
        }
        Ok(())
    }

    fn is_exact(&self) -> bool {
        self.flags.iter().any(|flag| flag == "--exact")
    }

    fn matches(&self, name: &str, word: &str) -> bool {
        if self.is_exact() { name == word } else { name.contains(word) }
    }

    fn meet(&mut self, names: &[String]) {
        let mut unmet = std::mem::take(&mut self.unmet);
        unmet.retain(|word| !names.iter().any(|name| self.matches(name, word)));
        self.unmet = unmet;
    }
}

/// The names in what a test program prints at `--list`.
fn listed(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(line: &str) -> Filter {
        Filter::new(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn names_are_told_from_flags_and_their_values() {
        let filter = filter("gram --nocapture --skip slow --test-threads=1 vgg --exact");
        assert_eq!(filter.words, ["gram", "vgg"]);
        assert_eq!(filter.flags, ["--nocapture", "--skip", "slow", "--test-threads=1", "--exact"]);
        assert_eq!(filter.flags_beside(&["--nocapture"]).collect::<Vec<_>>(), ["--skip", "slow", "--test-threads=1"]);
        assert_eq!(filter.args().len(), 7);
        let flags = ["--nocapture", "--skip", "slow", "--test-threads=1", "--exact"];
        assert_eq!(filter.args_by_name(), [[&flags[..], &["gram"]].concat(), [&flags[..], &["vgg"]].concat()]);
        assert_eq!(self::filter("--exact gram").args_by_name(), [["--exact", "gram"]]);
        assert!(filter.names_tests() && !self::filter("--ignored").names_tests());
    }

    #[test]
    fn a_list_of_tests_is_read() {
        let text = "picture::reads: test\nsrc/job.rs - job (line 3): test\nstep: benchmark\n\n2 tests, 1 benchmark\n";
        assert_eq!(listed(text), ["picture::reads", "src/job.rs - job (line 3)"]);
    }

    #[test]
    fn a_word_that_no_test_matches_is_told_when_all_have_run() {
        let mut filter = filter("board keybord lost");
        filter.meet(&["keyboard::all_of_it".into()]);
        filter.meet(&["offline::a_lost_network".into()]);
        let error = filter.check("ring `e2e`").expect_err("one is left");
        assert_eq!(error.to_string(), "no test of ring `e2e` matches `keybord`");
        filter.meet(&["keybord".into()]);
        assert!(filter.check("ring `e2e`").is_ok());
    }

    #[test]
    fn an_exact_name_is_no_part_of_one() {
        let mut filter = filter("--exact keyboard::all");
        filter.meet(&["keyboard::all_of_it".into()]);
        assert!(filter.check("ring `e2e`").is_err());
        filter.meet(&["keyboard::all".into()]);
        assert!(filter.check("ring `e2e`").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn only_those_of_a_ring_that_are_meant_are_listed() {
        // Of three tests one is ignored.
        let program = || {
            let mut shell = Command::new("sh");
            let script = r#"case "$*" in *--ignored*) ;; *) echo package::paints: test; echo journey::paints: test;; esac; echo package::paints_for_hours: test"#;
            shell.args(["-c", script, "tests"]);
            shell
        };
        let mut paints = filter("paints");
        let names = paints.tests(program, &[], |name| name.starts_with("package::")).expect("lists");
        assert_eq!(names, ["package::paints"]);
        assert!(!paints.misses(&program).expect("lists"));
        let mut other = filter("journey");
        assert!(other.tests(program, &[], |name| name.starts_with("package::")).expect("lists").is_empty());
        assert!(other.check("ring `package`").is_err());
        assert!(filter("hours").misses(&program).expect("lists"), "it would not be run");
        assert_eq!(filter("hours --ignored").tests(program, &[], |_| true).expect("lists"), ["package::paints_for_hours"]);
        assert!(!filter("--ignored").misses(&|| Command::new("false")).expect("asks nobody"));
    }
}
