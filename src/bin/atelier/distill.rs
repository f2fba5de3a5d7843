//! `atelier distill`

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use atelier::distillation::{Checkpoint, Distiller, Progress, Settings, reshaped};
use atelier::error::Error;
use atelier::gan::{Examples, Settings as Sizes};
use atelier::vgg::{Architecture, Precision, Tap, Weights};
use clap::Args;

use crate::curves::Curves;
use crate::device::Backend;
use crate::failure::Failure;
use crate::files;
use crate::lines::{complain, tell};
use crate::models;
use crate::progress;

/// Teaches a narrow VGG to see as the true one does.
#[derive(Args)]
pub struct Arguments {
    /// The true VGG-19, which teaches: any file that `atelier quantize` reads.
    #[arg(long)]
    teacher: PathBuf,
    /// Folders of photos and paintings.
    #[arg(long, required = true, value_name = "FOLDER")]
    pictures: Vec<PathBuf>,
    /// A narrow network to start from; without one it learns from nothing.
    #[arg(long, value_name = "FILE")]
    start_from: Option<PathBuf>,
    /// Channels of each layer, such as `32,32/64,96/160,160,112/256,80/128`. The network that is started from gets new channels, and layers behind its last, and answers as
    /// before until they have learnt; where it has more channels than this, those go that say least.
    #[arg(long, value_name = "CHANNELS", value_parser = Shape::parse)]
    shape: Option<Shape>,
    /// Where the network goes, as int8. Beside it lie what it is before that, as `….f32.safetensors`, to be started from; its curves, as `….csv`; and
    /// `….checkpoint.safetensors`, from which the same command goes on where it was cut off.
    #[arg(short, long)]
    output: PathBuf,
    /// Steps in all.
    #[arg(long, default_value_t = 13_000)]
    steps: u64,
    /// Patches in a step. Nine steps' features are held: 0.37 GB for eight patches of 96 px.
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// Side of the patches in pixels: a multiple of 16.
    #[arg(long, default_value_t = 96)]
    patch: usize,
    /// Muon's rate at first, in the units of Adam's.
    #[arg(long, default_value_t = 3e-3)]
    rate: f32,
    /// Of everything that is drawn.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Pictures whose place in their folder is a multiple of this are only used to measure with; 0 learns from all and measures nothing, and so it is with a folder that
    /// holds fewer.
    #[arg(long, default_value_t = 20)]
    hold_out: usize,
    /// Seconds between writing.
    #[arg(long, default_value_t = 120)]
    save_every: u64,
    /// Where to compute.
    #[arg(long, visible_alias = "device", value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
}

/// Channels of each layer, block by block.
#[derive(Clone, Debug)]
struct Shape(Vec<Vec<usize>>);

impl Shape {
    fn parse(text: &str) -> Result<Self, String> {
        let width = |width: &str| width.trim().parse().ok().filter(|width| (1..=MOST_CHANNELS).contains(width));
        let block = |block: &str| block.split(',').map(width).collect::<Option<Vec<usize>>>();
        let blocks = text.split('/').map(block).collect::<Option<_>>();
        blocks.map(Self).ok_or_else(|| format!("channels, 1 to {MOST_CHANNELS}, with `,` between layers and `/` between blocks"))
    }
}

/// More than any VGG has in a layer.
const MOST_CHANNELS: usize = 1024;

/// Batches of held-out patches that are measured with.
const MEASURED: u64 = 8;

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.output.extension().is_none_or(|ending| ending != "safetensors") {
        return Err(Failure::usage("the output is a file that ends in .safetensors"));
    }
    arguments.settings().check().map_err(Error::from)?;
    let read = [arguments.start_from.as_deref(), Some(&*arguments.teacher)];
    if let Some(file) = read.into_iter().flatten().find(|file| arguments.overwrites(file)) {
        return Err(Failure::usage(format!("{} would be written over: choose another name for the output", file.display())));
    }
    files::make_room_for(&arguments.output)?;
    let _alone = files::hold(&arguments.beside(".running"), "another run is distilling to this name")?;
    let resumed = resumed(arguments)?;
    let teacher = models::any_vgg(&arguments.teacher)?;
    let (examples, held_out) = examples(arguments)?;
    let device = arguments.backend.open()?;
    let step = resumed.as_ref().map_or(0, Checkpoint::step);
    let mut distiller = Distiller::new(&start(arguments)?, &teacher, examples, arguments.settings(), &device)?;
    if let Some(checkpoint) = resumed {
        if !distiller.go_on_from(checkpoint) {
            return Err(arguments.is_another("start, teacher or pictures, or with these as an earlier version prepared them"));
        }
        if step >= arguments.steps && arguments.output.exists() {
            tell!("all {step} steps are done: {}", arguments.output.display());
            return Ok(());
        }
        tell!("goes on after step {step}");
    }
    let curves = Curves::open(&arguments.beside(".csv"), &distiller.taps(), step)?;
    pollster::block_on(drive(distiller, curves, &held_out, arguments))
}

impl Arguments {
    fn settings(&self) -> Settings {
        Settings { steps: self.steps, batch: self.batch, patch: self.patch, rate: self.rate, seed: self.seed }
    }

    /// A file beside the output, by its ending.
    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.output.file_stem().unwrap_or_default().to_owned();
        name.push(ending);
        self.output.with_file_name(name)
    }

    /// Before int8.
    fn floats(&self) -> PathBuf {
        self.beside(".f32.safetensors")
    }

    /// Whether this file, which is there, is one of those that are written.
    fn overwrites(&self, file: &Path) -> bool {
        let written = [&self.output, &self.floats()].map(|path| path.canonicalize().ok());
        file.canonicalize().is_ok_and(|file| written.contains(&Some(file)))
    }

    fn checkpoint(&self) -> PathBuf {
        self.beside(".checkpoint.safetensors")
    }

    fn is_another(&self, what: &str) -> Failure {
        let checkpoint = self.checkpoint();
        let advice = "choose another name for the output, or delete it to begin anew";
        Failure::usage(format!("{}: is of a distillation with other {what}: {advice}", checkpoint.display()))
    }
}

/// The network that the distillation begins with.
fn start(arguments: &Arguments) -> Result<Weights, Failure> {
    let start = match &arguments.start_from {
        Some(path) => models::vgg(path)?,
        None => Weights::untrained(Architecture::lite(), arguments.seed),
    };
    match &arguments.shape {
        Some(Shape(blocks)) => reshaped(&start, blocks, arguments.seed).ok_or_else(|| {
            Failure::usage("--shape needs all layers of the network that is started from; others can only come after its last")
        }),
        None => Ok(start),
    }
}

/// The distillation that lies beside the output, if one does and it is the one that is asked for.
fn resumed(arguments: &Arguments) -> Result<Option<Checkpoint>, Failure> {
    let path = arguments.checkpoint();
    if !path.exists() {
        return Ok(None);
    }
    let checkpoint = Checkpoint::read(&files::read(&path)?, &path.display().to_string()).map_err(|error| Failure::about(&path, error))?;
    if *checkpoint.settings() != arguments.settings() {
        return Err(arguments.is_another("settings"));
    }
    Ok(Some(checkpoint))
}

/// What is learnt from, and what is measured with.
fn examples(arguments: &Arguments) -> Result<(Examples, Examples), Failure> {
    // A patch shows four fifths of a photo at most, and two fifths at least.
    let side = u32::try_from(arguments.patch.saturating_mul(7) / 4).unwrap_or(u32::MAX);
    let sizes = Sizes { patch: arguments.patch, style_sides: vec![side], ..Sizes::default() };
    let (mut learnt, mut measured) = (Examples::new(&sizes), Examples::new(&sizes));
    for folder in &arguments.pictures {
        let (kept, held_out) = files::split(folder, arguments.hold_out)?;
        for (paths, set) in [(kept, &mut learnt), (held_out, &mut measured)] {
            files::each_picture(&paths, |path, picture| {
                let added = picture.and_then(|picture| set.add_content(&picture).map_err(|error| Failure::about(path, error)));
                added.unwrap_or_else(|failure| complain!("left out: {}", failure.message));
                Ok(())
            })?;
        }
    }
    Ok((learnt, measured))
}

async fn drive(mut distiller: Distiller, mut curves: Curves, held_out: &Examples, arguments: &Arguments) -> Result<(), Failure> {
    let bar = progress::bar(arguments.steps);
    let measure = async |distiller: &Distiller, when: &str| {
        if held_out.count().0 > 0 {
            tell!("held out, {when}: {}", described(&distiller.held_out(held_out, MEASURED).await?));
        }
        Ok::<_, Error>(())
    };
    measure(&distiller, "before").await?;
    let mut saved = Instant::now();
    while let Some(Progress { step, errors, seconds_left }) = distiller.next().await? {
        let values: Vec<&dyn Display> = errors.iter().map(|(_, error)| error as &dyn Display).collect();
        curves.add(step, &values);
        bar.set_position(step);
        bar.set_message(format!("{}  {seconds_left:.0} s left", described(&errors)));
        if saved.elapsed() > Duration::from_secs(arguments.save_every) {
            save(&distiller, &mut curves, arguments).await?;
            saved = Instant::now();
        }
    }
    bar.finish_and_clear();
    save(&distiller, &mut curves, arguments).await?;
    measure(&distiller, "after").await?;
    tell!("{}", arguments.output.display());
    Ok(())
}

fn described(errors: &[(Tap, f32)]) -> String {
    errors.iter().map(|(tap, error)| format!("{tap} {error:.3}")).collect::<Vec<_>>().join("  ")
}

/// Writes the network, the curves and the checkpoint: the checkpoint last, so that all of its steps are in the curves.
async fn save(distiller: &Distiller, curves: &mut Curves, arguments: &Arguments) -> Result<(), Failure> {
    let weights = distiller.weights().await.map_err(Error::from)?;
    for (path, precision) in [(arguments.floats(), Precision::Float32), (arguments.output.clone(), Precision::Int8)] {
        let file = weights.write(precision).map_err(|error| Failure::defect(error.to_string()))?;
        files::write(&path, &file)?;
    }
    curves.flush()?;
    let checkpoint = distiller.checkpoint().await.map_err(Error::from)?;
    files::write(&arguments.checkpoint(), &checkpoint.write().map_err(|error| Failure::defect(error.to_string()))?)
}
