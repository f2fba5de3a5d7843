//! The program that `benches/peers/native.py` talks to: a command a line in, an answer a line out.
//!
//! | command | answer |
//! |---|---|
//! | `device cpu`, `device gpu` | `ok` |
//! | `network FILE` | `ok`; a model file of Atelier's |
//! | `pictures FILE SIDE` | `ok`; three pictures, f32 little-endian |
//! | `forward`, `step` | seconds, until the outcome could be read |
//! | `save forward FILE`, `save step FILE` | `ok`; features, or loss and gradient, f32 little-endian |
//! | `peak` | the most memory that the process ever held, in bytes |

#![allow(clippy::print_stdout, reason = "this is a command line")]

use std::fs;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Instant;

use atelier::vgg::Weights;
use burn::tensor::{Device, Tensor};
use peers::workload::Workload;

type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    atelier::backend::keep_freed_memory();
    let mut session = Session { device: atelier::backend::cpu(), workload: None };
    for line in io::stdin().lock().lines() {
        let answer = line.map_err(|error| error.to_string()).and_then(|line| session.obey(&line));
        match answer {
            Ok(answer) => println!("{answer}"),
            Err(error) => {
                println!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
        if io::stdout().flush().is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

struct Session {
    device: Device,
    workload: Option<Workload>,
}

impl Session {
    fn obey(&mut self, line: &str) -> Outcome<String> {
        let ok = |()| "ok".to_owned();
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["device", name] => device(name).map(|device| self.device = device).map(ok),
            ["network", file] => self.network(file).map(ok),
            ["pictures", file, side] => self.pictures(file, side).map(ok),
            ["forward"] => self.timed(forward),
            ["step"] => self.timed(step),
            ["save", "forward", file] => self.save(file, features).map(ok),
            ["save", "step", file] => self.save(file, loss_and_gradient).map(ok),
            ["peak"] => peak(),
            _ => Err(format!("no command `{line}`")),
        }
    }

    fn network(&mut self, file: &str) -> Outcome<()> {
        let bytes = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        let weights = Weights::read(&bytes, file).map_err(|error| error.to_string())?;
        self.workload = Some(Workload::new(weights, self.device.clone()));
        Ok(())
    }

    fn pictures(&mut self, file: &str, side: &str) -> Outcome<()> {
        let bytes = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        let values: Vec<f32> = bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
        let side = side.parse().map_err(|_| format!("{side} is no side"))?;
        let workload = self.workload.as_mut().ok_or("no network yet")?;
        if pollster::block_on(workload.set_pictures(&values, side)).map_err(|error| error.to_string())? {
            Ok(())
        } else {
            Err(format!("{file} does not hold three pictures of {side}²"))
        }
    }

    fn timed(&self, work: fn(&Workload) -> Outcome<()>) -> Outcome<String> {
        let workload = self.workload.as_ref().ok_or("no network yet")?;
        let began = Instant::now();
        work(workload)?;
        Ok(began.elapsed().as_secs_f64().to_string())
    }

    fn save(&self, file: &str, work: fn(&Workload) -> Outcome<Vec<f32>>) -> Outcome<()> {
        let values = work(self.workload.as_ref().ok_or("no network yet")?)?;
        let bytes: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
        fs::write(file, bytes).map_err(|error| format!("{file}: {error}"))
    }
}

fn device(name: &str) -> Outcome<Device> {
    match name {
        "cpu" => Ok(atelier::backend::cpu()),
        #[cfg(feature = "webgpu")]
        "gpu" => atelier::backend::gpu().map_err(|error| error.to_string()),
        _ => Err(format!("no device `{name}` in this build")),
    }
}

fn read<const D: usize>(tensor: Tensor<D>) -> Outcome<Vec<f32>> {
    let data = pollster::block_on(tensor.into_data_async()).map_err(|error| error.to_string())?;
    data.try_into_vec().map_err(|error| format!("{error:?}"))
}

fn features(workload: &Workload) -> Outcome<Vec<f32>> {
    read(workload.forward().ok_or("no pictures yet")?)
}

fn loss_and_gradient(workload: &Workload) -> Outcome<Vec<f32>> {
    let step = pollster::block_on(workload.step()).map_err(|error| error.to_string())?.ok_or("no pictures yet")?;
    let mut values = read(step.loss)?;
    values.extend(read(step.gradient)?);
    Ok(values)
}

fn forward(workload: &Workload) -> Outcome<()> {
    features(workload).map(drop)
}

/// Reads two numbers alone, as an optimiser whose vectors stay on the device does. The second is not there before the gradient is.
fn step(workload: &Workload) -> Outcome<()> {
    let step = pollster::block_on(workload.step()).map_err(|error| error.to_string())?.ok_or("no pictures yet")?;
    read(Tensor::cat(vec![step.loss, step.gradient.sum()], 0)).map(drop)
}

fn peak() -> Outcome<String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kibibytes: u64 = line.split_whitespace().next().and_then(|word| word.parse().ok()).ok_or("no number")?;
    Ok((kibibytes * 1024).to_string())
}
