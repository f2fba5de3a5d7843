//! What an optimisation tells.

use std::path::Path;

use atelier::job::Event;
use indicatif::ProgressBar;
use serde_json::json;

use crate::lines::tell;

/// Pictures, or tiles of them, that are looked at in no time worth telling of.
const FEW: u32 = 8;

/// The listener of one run.
pub enum Progress {
    Bar { bar: ProgressBar, size: String },
    Json,
}

impl Progress {
    pub fn new(json: bool, iterations: u32, name: &str) -> Self {
        if json {
            return Self::Json;
        }
        let bar = super::named_bar(u64::from(iterations), name);
        Self::Bar { bar, size: String::new() }
    }

    pub fn hear(&mut self, event: &Event) {
        match self {
            Self::Bar { bar, size } => match event {
                Event::Scale { width, height, .. } => *size = format!("{width}×{height}"),
                Event::Targets { done, of } if *of > FEW => bar.set_message(format!("{size}  looking at the pictures, {done} of {of}")),
                Event::Tile { done, of, seconds_left } => bar.set_message(format!("{size}  tile {done} of {of}  {seconds_left:.0} s left")),
                Event::Iteration { iteration, terms, seconds_left, .. } => {
                    bar.set_position(u64::from(*iteration));
                    let (content, style) = (terms.content, terms.style);
                    bar.set_message(format!("{size}  content {content:.4}  style {style:.5}  {seconds_left:.0} s left"));
                }
                _ => {}
            },
            Self::Json => match event {
                Event::Scale { index, count, width, height } => {
                    tell!("{}", json!({ "event": "scale", "index": index, "count": count, "width": width, "height": height }));
                }
                Event::Tile { done, of, seconds_left } => {
                    tell!("{}", json!({ "event": "tile", "done": done, "of": of, "secondsLeft": seconds_left }));
                }
                Event::Iteration { iteration, total, terms, seconds_left } => tell!(
                    "{}",
                    json!({
                        "event": "iteration", "iteration": iteration, "total": total, "loss": terms.loss, "content": terms.content,
                        "style": terms.style, "variation": terms.variation, "detail": terms.detail, "secondsLeft": seconds_left,
                    })
                ),
                _ => {}
            },
        }
    }

    pub fn written(self, output: &Path, width: u32, height: u32) {
        match self {
            Self::Bar { bar, .. } => bar.finish(),
            Self::Json => {
                tell!("{}", json!({ "event": "done", "output": output.display().to_string(), "width": width, "height": height }));
            }
        }
    }
}
