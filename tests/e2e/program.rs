//! Programs that the tests start: they end with whoever holds them, and nobody waits without end for what they say.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::Duration;

/// For a program to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running program.
#[derive(Debug)]
pub struct Program(Child);

impl Program {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("cannot start {}: {error}", command.get_program().display())))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// What `find` finds in a line of its standard output, which must be piped.
    pub fn says<T: Send + 'static>(&mut self, find: impl FnMut(&str) -> Option<T> + Send + 'static) -> Option<T> {
        heard(self.0.stdout.take().unwrap(), find)
    }

    /// What `find` finds in a line of its standard error, which must be piped.
    pub fn complains<T: Send + 'static>(&mut self, find: impl FnMut(&str) -> Option<T> + Send + 'static) -> Option<T> {
        heard(self.0.stderr.take().unwrap(), find)
    }

    /// Ends it, unless it has ended.
    pub fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// A thread reads on: a program would wait for a full pipe, or die of writing to a closed one.
fn heard<T: Send + 'static>(pipe: impl Read + Send + 'static, mut find: impl FnMut(&str) -> Option<T> + Send + 'static) -> Option<T> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(pipe).lines().map_while(Result::ok);
        if let Some(found) = lines.find_map(|line| find(&line)) {
            let _ = tell.send(found);
        }
        lines.for_each(drop);
    });
    told.recv_timeout(PATIENCE).ok()
}
