//! `atelier train`

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use atelier::error::Error;
use atelier::gan::{Checkpoint, Event, Examples, Losses, Players, Progress as Step, Settings, Trainer, TrainingError};
use atelier::generator::Weights;
use atelier::vgg::{self, Precision};
use clap::Args;

use crate::curves::Curves;
use crate::device::Backend;
use crate::failure::Failure;
use crate::files;
use crate::models;
use crate::pictures::Pictures;
use crate::progress::Training as Progress;
use crate::samples::Samples;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pictures: Pictures,
    /// Folder for the generator, checkpoints, curves and samples. A training that it holds is gone on with.
    #[arg(short, long)]
    output: PathBuf,
    /// A generator to start from; without one it learns from nothing.
    #[arg(long, value_name = "FILE")]
    start_from: Option<PathBuf>,
    /// Give that generator so many residual blocks at an eighth of the picture's size, which it goes on to learn: one from before there were any has none.
    #[arg(long, value_name = "BLOCKS", requires = "start_from", value_parser = clap::value_parser!(u8).range(1..=16))]
    deepen: Option<u8>,
    /// The network that describes styles to the generator, as `atelier quantize` writes it. A page has vgg-lite.
    #[arg(long, default_value = "models/vgg-lite.safetensors")]
    vgg: PathBuf,
    /// The network that measures content and style [default: models/vgg-lite-wide.safetensors]: a VGG-19 costs more and is not deceived; the file of
    /// `--vgg` costs least. To be given again when the training is gone on with.
    #[arg(long, value_name = "FILE")]
    loss_network: Option<PathBuf>,
    /// The generator's name for people; a training that is gone on with keeps the one that it has.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    choices: Choices,
    /// Steps between sample sheets.
    #[arg(long, default_value_t = 250)]
    sample_every: u64,
    /// Seconds between checkpoints.
    #[arg(long, default_value_t = 60)]
    checkpoint_every: u64,
    /// Stop after so many minutes, to be gone on with later.
    #[arg(long)]
    minutes: Option<f64>,
    /// Where to compute.
    #[arg(long, visible_alias = "device", value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
    /// Events as JSON, one a line, instead of a progress bar.
    #[arg(long)]
    json: bool,
}

/// Each of them a field of [`Settings`] by the same name; what is not given keeps its default.
#[derive(Args)]
struct Choices {
    /// Steps in all [default: 4000].
    #[arg(long)]
    steps: Option<u64>,
    /// Pictures in a step [default: 2].
    #[arg(long)]
    batch: Option<usize>,
    /// Side of the patches in pixels [default: 256]: a few large ones teach more than many small ones.
    #[arg(long)]
    patch: Option<usize>,
    /// Short side of the style pictures in pixels; several, as `384,768`, have each learnt at all of them, for small paintings and for large ones [default: 384,768].
    #[arg(long, value_name = "STYLE_SIDES", value_delimiter = ',', num_args = 1)]
    style_side: Option<Vec<u32>>,
    /// Adam's rate [default: 0.001].
    #[arg(long)]
    rate: Option<f32>,
    /// Weight of the content loss [default: 1].
    #[arg(long)]
    content_weight: Option<f32>,
    /// Weight of the style loss [default: 20].
    #[arg(long)]
    style_weight: Option<f32>,
    /// Weight of total variation [default: 2].
    #[arg(long)]
    variation: Option<f32>,
    /// Weight of what is locked to the generator's lattice of four pixels: of a weave in smooth places [default: 3].
    #[arg(long)]
    lattice: Option<f32>,
    /// Weight of the identity loss [default: 1].
    #[arg(long)]
    identity: Option<f32>,
    /// Weight of the adversarial loss; 0 trains without a discriminator [default: 0].
    #[arg(long)]
    adversarial: Option<f32>,
    /// Steps before the discriminator plays [default: 500].
    #[arg(long)]
    warm_up: Option<u64>,
    /// Who learns, where there is a discriminator [default: both].
    #[arg(long, value_enum)]
    players: Option<Players>,
    /// Of everything that is drawn [default: 0].
    #[arg(long)]
    seed: Option<u64>,
}

impl Choices {
    /// What was given, over what is there.
    fn over(&self, d: &Settings) -> Settings {
        Settings {
            steps: self.steps.unwrap_or(d.steps),
            batch: self.batch.unwrap_or(d.batch),
            patch: self.patch.unwrap_or(d.patch),
            style_sides: self.style_side.clone().unwrap_or_else(|| d.style_sides.clone()),
            rate: self.rate.unwrap_or(d.rate),
            content: self.content_weight.unwrap_or(d.content),
            style: self.style_weight.unwrap_or(d.style),
            variation: self.variation.unwrap_or(d.variation),
            lattice: self.lattice.unwrap_or(d.lattice),
            identity: self.identity.unwrap_or(d.identity),
            adversarial: self.adversarial.unwrap_or(d.adversarial),
            warm_up: self.warm_up.unwrap_or(d.warm_up),
            players: self.players.unwrap_or(d.players),
            seed: self.seed.unwrap_or(d.seed),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    std::fs::create_dir_all(&arguments.output).map_err(|error| Failure::file(&arguments.output, error))?;
    let _alone = files::hold(&arguments.output.join(".training"), "another run is training here")?;
    let vgg = models::vgg(&arguments.vgg)?;
    let device = arguments.backend.open()?;
    let progress = Progress::new(arguments.json);
    let resumed = resumed(&arguments.output)?;
    let settings = arguments.choices.over(resumed.as_ref().map_or(&Settings::default(), Checkpoint::settings));
    settings.check().map_err(Error::from)?;
    require_the_same_sizes(resumed.as_ref(), &settings, arguments)?;
    require_the_same_depth(resumed.as_ref(), arguments)?;
    let begins = resumed.as_ref().map_or(0, Checkpoint::step);
    let loss_network = loss_network(resumed.as_ref(), &vgg, arguments)?;
    let examples = arguments.pictures.examples(&settings, &arguments.output, &progress)?;
    if let Some(checkpoint) = &resumed {
        require_the_same_styles(checkpoint, &examples, arguments)?;
        require_the_same_start(checkpoint, arguments)?;
        let generator = arguments.output.join(GENERATOR);
        if begins >= settings.steps && generator.exists() {
            progress.all_done(begins);
            progress.written(&generator);
            return Ok(());
        }
    }
    let samples = Samples::new(&examples, &vgg, &device)?;
    let mut name = arguments.name.clone().unwrap_or_default();
    let trainer = if let Some(checkpoint) = resumed {
        if !checkpoint.is_of_contents(&examples) {
            progress.other_contents();
        }
        // A checkpoint has no name, and needs no generator beside it to go on.
        if arguments.name.is_none()
            && let Ok(generator) = models::generator(&arguments.output.join(GENERATOR))
        {
            name = generator.about.name;
        }
        progress.goes_on(begins);
        let resumed = Trainer::resume(checkpoint.with_settings(settings), examples, &vgg, &device);
        resumed.map_err(|error| Failure::about(&arguments.output.join(CHECKPOINT), error))?
    } else {
        let start = match &arguments.start_from {
            Some(path) => start(path, arguments.deepen, settings.seed)?,
            None => Weights::untrained(&vgg.architecture, settings.seed),
        };
        let begun = Trainer::new(start, examples, &vgg, settings, &device);
        begun.map_err(|error| Failure::about(arguments.start_from.as_deref().unwrap_or(&arguments.output), error))?
    };
    let trainer = match loss_network {
        Some(weights) => trainer.with_loss_network(&weights),
        None => trainer,
    };
    let curves = Curves::open(&arguments.output.join(CURVES), &COLUMNS, begins)?;
    let place = Place { folder: arguments.output.clone(), samples, curves, name, unwritten: false };
    pollster::block_on(drive(trainer, arguments, place, progress))
}

/// The generator to start from, deepened where that is asked for.
fn start(path: &Path, deepen: Option<u8>, seed: u64) -> Result<Weights, Failure> {
    let start = models::generator(path)?;
    let Some(deep) = deepen else { return Ok(start) };
    start
        .deepened(deep.into(), seed)
        .ok_or_else(|| Failure::usage(format!("{}: this generator has deep blocks already: leave `--deepen` out", path.display())))
}

/// The network that measures, where it is not `vgg`, which describes styles. A training that is gone on with keeps the one that it was begun with.
fn loss_network(resumed: Option<&Checkpoint>, vgg: &vgg::Weights, arguments: &Arguments) -> Result<Option<vgg::Weights>, Failure> {
    let given = arguments.loss_network.as_deref();
    let refused = |advice: &str| {
        let folder = arguments.output.display();
        Err(Failure::usage(format!("{folder}: this training was begun with another loss network: {advice}")))
    };
    let measures = |network: &vgg::Weights, path: &Path| {
        Trainer::require_measuring(network).map_err(|error| Failure::about(path, error).with("choose another network to measure by"))
    };
    if resumed.is_some_and(|checkpoint| !checkpoint.has_loss_network()) {
        let given = given.map(models::any_vgg).transpose()?;
        let is_vgg = given.is_none_or(|given| given == *vgg);
        return if is_vgg {
            measures(vgg, &arguments.vgg).map(|()| None)
        } else {
            refused("with that of `--vgg`, so leave `--loss-network` out")
        };
    }
    let path = given.unwrap_or(Path::new(LOSS_NETWORK));
    let weights = models::any_vgg(path)?;
    measures(&weights, path)?;
    // Of earlier versions' only whoever began it knows.
    if resumed.is_some_and(|checkpoint| !checkpoint.is_measured_by(&weights).unwrap_or(given.is_some())) {
        return refused("give it again with `--loss-network`");
    }
    Ok((weights != *vgg).then_some(weights))
}

/// Checks that a training that is gone on with is to be shown patches and styles of the sizes that it was begun with.
fn require_the_same_sizes(resumed: Option<&Checkpoint>, settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let begun = resumed.map(Checkpoint::settings).filter(|begun| !Examples::new(begun).suit(settings));
    begun.map_or(Ok(()), |Settings { patch, style_sides, .. }| {
        let style_side = style_sides.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let folder = arguments.output.display();
        Err(Failure::usage(format!(
            "{folder}: this training was begun with `--patch {patch} --style-side {style_side}` and goes on with them alone"
        )))
    })
}

/// Checks that no other number of deep blocks is asked for than a training that is gone on with was begun with.
fn require_the_same_depth(resumed: Option<&Checkpoint>, arguments: &Arguments) -> Result<(), Failure> {
    let (Some(deepen), Some(deep)) = (arguments.deepen, resumed.map(Checkpoint::deep_blocks)) else { return Ok(()) };
    if usize::from(deepen) == deep {
        return Ok(());
    }
    let folder = arguments.output.display();
    Err(Failure::usage(format!("{folder}: this training was begun with {deep} deep blocks and goes on so: leave `--deepen` out")))
}

/// Checks that a training that is gone on with was begun from the generator that is named, if one is.
fn require_the_same_start(checkpoint: &Checkpoint, arguments: &Arguments) -> Result<(), Failure> {
    let Some(path) = &arguments.start_from else { return Ok(()) };
    let given = models::generator(path)?;
    // As it was deepened then.
    let deep = checkpoint.deep_blocks();
    let given = if given.architecture.deep == 0 && deep > 0 { given.deepened(deep, checkpoint.settings().seed) } else { Some(given) };
    if given.is_some_and(|given| checkpoint.is_from(&given)) {
        return Ok(());
    }
    let (folder, path) = (arguments.output.display(), path.display());
    Err(Failure::usage(format!("{folder}: this training was not begun from {path}: choose another folder, or leave `--start-from` out")))
}

/// Checks that a training that is gone on with is the one that was begun: the same command with another style would spoil the generator that is there.
fn require_the_same_styles(checkpoint: &Checkpoint, examples: &Examples, arguments: &Arguments) -> Result<(), Failure> {
    let folder = arguments.output.display();
    if !checkpoint.is_of_styles(examples) {
        let what = "holds a training on other style pictures, or on these in another order, or as an earlier version prepared them: choose another folder, or delete its checkpoint.safetensors to begin anew";
        return Err(Failure::usage(format!("{folder}: {what}")));
    }
    Ok(())
}

/// What the training leaves in its folder.
struct Place {
    folder: PathBuf,
    samples: Samples,
    curves: Curves,
    name: String,
    /// Whether it has been said that something could not be written.
    unwritten: bool,
}

/// The training that a folder holds, if it holds one.
fn resumed(folder: &Path) -> Result<Option<Checkpoint>, Failure> {
    let path = folder.join(CHECKPOINT);
    if !path.exists() {
        return Ok(None);
    }
    let checkpoint = Checkpoint::read(&files::read(&path)?, &path.display().to_string());
    checkpoint.map(Some).map_err(|error| Failure::about(&path, error))
}

const CHECKPOINT: &str = "checkpoint.safetensors";
const GENERATOR: &str = "generator.safetensors";
const LOSS_NETWORK: &str = "models/vgg-lite-wide.safetensors";
const CURVES: &str = "curves.csv";
const COLUMNS: [&str; 10] =
    ["content", "style", "identity", "variation", "lattice", "adversarial", "discriminator", "success", "judged", "gradient"];

async fn drive(mut trainer: Trainer, arguments: &Arguments, mut place: Place, progress: Progress) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut saved = Instant::now();
    let mut stepped = false;
    loop {
        let event = match trainer.next().await {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(error) => {
                // A disk with pictures may be gone, but not what has been learnt.
                if stepped && matches!(error, Error::Training(TrainingError::Unreadable { .. })) {
                    let kept = place.insist(&trainer, &progress).await;
                    kept.unwrap_or_else(|failure| progress.lost(&failure));
                }
                return Err(error.into());
            }
        };
        progress.hear(&event);
        let Event::Step(step) = event else { continue };
        stepped = true;
        place.add(&step);
        if step.step.is_multiple_of(arguments.sample_every.max(1)) {
            let drawn = place.draw(&trainer, step.step).await;
            place.bear(drawn, &progress)?;
        }
        let over = arguments.minutes.is_some_and(|minutes| begun.elapsed().as_secs_f64() > 60.0 * minutes);
        if over {
            place.insist(&trainer, &progress).await?;
            progress.stopped(step.step);
            return Ok(());
        }
        if saved.elapsed() > Duration::from_secs(arguments.checkpoint_every) {
            let kept = place.save(&trainer).await;
            place.unwritten &= kept.is_err();
            place.bear(kept, &progress)?;
            saved = Instant::now();
        }
    }
    place.insist(&trainer, &progress).await?;
    progress.written(&arguments.output.join(GENERATOR));
    Ok(())
}

/// Between two attempts to write at the end, and how many there are: a quarter of an hour in which to make room.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 180;

impl Place {
    /// A row of the curves.
    fn add(&mut self, progress: &Step) {
        let Step { step, losses, success, judged, gradient, .. } = progress;
        let Losses { content, style, identity, variation, lattice, adversarial, discriminator } = losses;
        let judged = u8::from(*judged);
        self.curves.add(*step, &[content, style, identity, variation, lattice, adversarial, discriminator, success, &judged, gradient]);
    }

    /// A sheet of samples.
    async fn draw(&self, trainer: &Trainer, step: u64) -> Result<(), Failure> {
        let sheet = self.samples.sheet(&trainer.generator().await.map_err(Error::from)?)?;
        files::write_png(&self.folder.join(format!("sample-{step:06}.png")), &sheet)
    }

    /// Writes the curves, the generator and the checkpoint as they stand: the checkpoint last, so that all of its steps are in the curves.
    async fn save(&mut self, trainer: &Trainer) -> Result<(), Failure> {
        self.curves.flush()?;
        let defect = |error: &dyn std::fmt::Display| Failure::defect(error.to_string());
        let mut generator = trainer.generator().await.map_err(Error::from)?;
        self.name.clone_into(&mut generator.about.name);
        let file = generator.write(Precision::Int8).map_err(|error| defect(&error))?;
        files::write(&self.folder.join(GENERATOR), &file)?;
        let checkpoint = trainer.checkpoint().await.map_err(Error::from)?;
        files::write(&self.folder.join(CHECKPOINT), &checkpoint.write().map_err(|error| defect(&error))?)
    }

    /// What cannot be written does not end a training of hours: it is said once, and tried again with the next checkpoint.
    fn bear(&mut self, outcome: Result<(), Failure>, progress: &Progress) -> Result<(), Failure> {
        match outcome {
            Err(failure) if failure.is_of_a_file() => {
                if !std::mem::replace(&mut self.unwritten, true) {
                    progress.unwritten(&failure);
                }
                Ok(())
            }
            // A sheet of a generator whose weights have run away, which the training calls back.
            Err(failure) if failure.not_finite => {
                progress.undrawn(&failure);
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// [`save`](Self::save) at the end, when nothing would be left if it failed: on a full disk, time is given to make room.
    async fn insist(&mut self, trainer: &Trainer, progress: &Progress) -> Result<(), Failure> {
        for attempt in 1..ATTEMPTS {
            match self.save(trainer).await {
                Err(failure) if failure.full => {
                    if attempt == 1 {
                        progress.waits(&failure, PATIENCE * ATTEMPTS);
                    }
                    std::thread::sleep(PATIENCE);
                }
                outcome => return outcome,
            }
        }
        self.save(trainer).await
    }
}
