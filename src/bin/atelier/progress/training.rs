//! What a training tells.

use std::path::Path;
use std::time::Duration;

use atelier::gan::{Alarm, Event, Note};
use indicatif::ProgressBar;
use serde_json::json;

use crate::failure::Failure;
use crate::lines::{complain, tell};

/// The listener of one training.
pub enum Progress {
    Bar(ProgressBar),
    Json,
}

impl Progress {
    pub fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Bar(super::bar(0)) }
    }

    /// So many pictures are read from now on.
    pub fn reads(&self, pictures: usize) {
        if let Self::Bar(bar) = self {
            bar.set_length(pictures as u64);
            bar.set_message("reading pictures");
        }
    }

    /// One has been read, or cannot be and is left out.
    pub fn read(&self, picture: Result<(), Failure>) {
        if let Err(failure) = picture {
            self.say(&format!("left out: {}", failure.message));
        }
        if let Self::Bar(bar) = self {
            bar.inc(1);
        }
    }

    pub fn noted(&self, note: Note) {
        self.say(&format!("note: {}", note.code()));
    }

    /// So many pictures of a folder are left out on purpose.
    pub fn held_out(&self, folder: &Path, count: usize) {
        self.say(&format!("{}: {count} pictures are held out", folder.display()));
    }

    /// Something could not be written.
    pub fn unwritten(&self, failure: &Failure) {
        self.say(&format!("not written: {}; the training goes on and tries again: make room", failure.message));
    }

    /// Something could not be written, and is not tried again.
    pub fn lost(&self, failure: &Failure) {
        self.say(&format!("not written: {}", failure.message));
    }

    /// The last files cannot be written, and it is tried again for so long.
    pub fn waits(&self, failure: &Failure, most: Duration) {
        self.say(&format!("not written: {}; make room: it is tried again for {} minutes", failure.message, most.as_secs() / 60));
    }

    /// The pictures come from a pack.
    pub fn unpacked(&self, pack: &Path, (contents, styles): (usize, usize)) {
        self.say(&format!("{}: {contents} content and {styles} style pictures", pack.display()));
    }

    /// A training goes on with photos that it was not begun with.
    pub fn other_contents(&self) {
        self.say("note: the photos are not those that this training was begun with, or an earlier version showed them at other sizes");
    }

    /// Nothing is left to do.
    pub fn all_done(&self, step: u64) {
        self.say(&format!("all {step} steps are done; more `--steps` go on"));
    }

    pub fn goes_on(&self, step: u64) {
        self.say(&format!("going on from step {step}"));
    }

    pub fn hear(&self, event: &Event) {
        match self {
            Self::Bar(bar) => match event {
                Event::Style { done, of } => show(bar, *done as u64, *of as u64, "looking at the styles".into()),
                Event::Step(progress) => {
                    let (losses, success, left) = (progress.losses, progress.success, progress.seconds_left);
                    let told = format!("content {:.3}  style {:.3}  success {success:.2}  {left:.0} s left", losses.content, losses.style);
                    show(bar, progress.step, progress.steps, told);
                }
                Event::Alarm { alarm, step } => self.say(&format!("alarm at step {step}: {} [{}]", described(*alarm), alarm.code())),
                _ => {}
            },
            Self::Json => match event {
                Event::Style { done, of } => tell!("{}", json!({ "event": "style", "done": done, "of": of })),
                Event::Step(progress) => tell!("{}", json!({ "event": "step", "progress": progress })),
                Event::Alarm { alarm, step } => tell!("{}", json!({ "event": "alarm", "code": alarm.code(), "step": step })),
                _ => {}
            },
        }
    }

    /// The time that was given is over.
    pub fn stopped(self, step: u64) {
        if let Self::Bar(bar) = &self {
            bar.abandon();
        }
        self.say(&format!("stopped at step {step}; the same command goes on"));
    }

    pub fn undrawn(&self, failure: &Failure) {
        self.say(&format!("no sheet of samples: {}", failure.message));
    }

    pub fn written(self, generator: &Path) {
        let generator = generator.display().to_string();
        match self {
            Self::Bar(bar) => {
                bar.finish();
                tell!("{generator}");
            }
            Self::Json => tell!("{}", json!({ "event": "done", "generator": generator })),
        }
    }

    /// To people, whoever reads the events.
    fn say(&self, what: &str) {
        match self {
            Self::Bar(bar) => bar.suspend(|| complain!("{what}")),
            Self::Json => complain!("{what}"),
        }
    }
}

fn show(bar: &ProgressBar, done: u64, of: u64, message: String) {
    bar.set_length(of);
    bar.set_position(done);
    bar.set_message(message);
}

fn described(alarm: Alarm) -> &'static str {
    match alarm {
        Alarm::NotFinite => "a loss was not finite: the step is left out; of three in a row, back to the last good state, at half the rate",
        Alarm::Diverged => "the loss kept rising: back to the last good state, at half the rate",
        Alarm::Collapsed => "all results looked alike: back to the last good state, and the discriminator counts half from now on",
    }
}
