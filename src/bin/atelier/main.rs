//! The command line: the studio's core without a browser.

#![allow(clippy::print_stderr, reason = "a command line speaks through its streams")]

mod curves;
mod device;
mod distill;
mod evaluate;
mod export;
mod failure;
mod files;
mod generate;
mod jobs;
mod judge;
mod lines;
mod models;
mod pictures;
mod preset;
mod progress;
mod quantize;
mod samples;
mod shape;
mod stylize;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::lines::complain;

/// Neural style transfer on this machine.
///
/// Exit codes: 0 success, 1 a file cannot be read or written, 2 a picture, weight file or setting cannot be used, 3 the device failed or
/// there is a defect in Atelier.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Paint a photo, or a folder of them, in the style of other pictures.
    Stylize(Box<stylize::Arguments>),
    /// Paint a photo, or a folder of them, at once, with a generator.
    Generate(generate::Arguments),
    /// Train a generator on photos and style pictures.
    Train(Box<train::Arguments>),
    /// Measure a generator against optimisation, with contact sheets.
    Evaluate(evaluate::Arguments),
    /// Write a generator for other programs, such as ONNX Runtime.
    Export(export::Arguments),
    /// Teach a narrow VGG to see as the true one does.
    Distill(distill::Arguments),
    /// Store a network's weights as int8 or int4, ready to use.
    Quantize(quantize::Arguments),
}

fn main() -> ExitCode {
    atelier::backend::keep_freed_memory();
    let done = match Arguments::parse().command {
        Command::Stylize(arguments) => stylize::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Distill(arguments) => distill::run(&arguments),
        Command::Quantize(arguments) => quantize::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain!("atelier: {}", failure.message);
            ExitCode::from(failure.exit)
        }
    }
}
