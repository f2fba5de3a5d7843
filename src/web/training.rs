//! A training as JavaScript drives it.

use burn::tensor::Device;
use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::events::kind;
use super::object::{defect, object, settings, throw};
use super::picture::{WebPicture, pixels};
use crate::gan::{Checkpoint, Event, Examples, Players, Progress, Settings, Trainer};
use crate::generator::{self, Painter, Weights};
use crate::optimize::SettingsError;
use crate::vgg::Precision;

/// The pictures of a training, gathered one by one at the sizes that it needs. A training takes them over.
#[wasm_bindgen(js_name = Examples)]
#[derive(Debug)]
pub struct WebExamples {
    examples: Examples,
}

#[wasm_bindgen(js_class = Examples)]
impl WebExamples {
    /// None yet, for a training with these settings.
    ///
    /// # Errors
    /// `settings-malformed`, or `training-…` for a setting out of range
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_param_type = "TrainingSettings")] chosen: JsValue) -> Result<WebExamples, JsValue> {
        let chosen: Settings = settings(chosen)?;
        chosen.check().map_err(throw)?;
        Ok(Self { examples: Examples::new(&chosen) })
    }

    /// Adds a picture that is painted while the generator learns.
    ///
    /// # Errors
    /// `picture-too-thin`
    #[wasm_bindgen(js_name = addContent)]
    pub fn add_content(&mut self, picture: &WebPicture) -> Result<(), JsValue> {
        self.examples.add_content(&picture.picture).map_err(throw)
    }

    /// Adds a picture whose style is learnt.
    ///
    /// # Errors
    /// `picture-too-thin`
    #[wasm_bindgen(js_name = addStyle)]
    pub fn add_style(&mut self, picture: &WebPicture) -> Result<(), JsValue> {
        self.examples.add_style(&picture.picture).map_err(throw)
    }

    /// Codes of what is remarkable about the set.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.examples.notes().iter().map(|note| note.code().to_owned()).collect()
    }
}

/// One training. Call `next()` for each event; not calling it pauses. Between two calls, and only there, the other methods look at it
/// and `free()` ends it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Training {
    trainer: Trainer,
    device: Device,
}

#[wasm_bindgen]
impl Engine {
    /// Begins to train: the generator in the file `start`, or one that has learnt nothing. The network that is in use for optimising measures the losses.
    ///
    /// # Errors
    /// `{code, party, details}`: settings out of range, no examples, a damaged file; `model-missing` before [`load_describing`](Self::load_describing) and [`load_model`](Self::load_model).
    pub fn train(
        &self,
        examples: WebExamples,
        #[wasm_bindgen(unchecked_param_type = "TrainingSettings")] chosen: JsValue,
        start: Option<Vec<u8>>,
    ) -> Result<Training, JsValue> {
        let chosen: Settings = settings(chosen)?;
        let vgg = self.describing()?;
        let start = match start {
            Some(bytes) => Weights::read(&bytes, "generator").map_err(throw)?,
            None => Weights::untrained(&vgg.architecture, chosen.seed),
        };
        let trainer = Trainer::new(start, examples.examples, vgg, chosen, &self.device).map_err(throw)?;
        Ok(Training { trainer: trainer.with_loss_network(self.measuring()?), device: self.device.clone() })
    }

    /// Goes on from a checkpoint's file, on the examples that it was made with; to another number of `steps` in all, if it is given.
    ///
    /// # Errors
    /// As [`train`](Self::train), and `model-other-version`, `training-one-style`, `training-several-styles`.
    #[wasm_bindgen(js_name = resumeTraining)]
    pub fn resume_training(&self, examples: WebExamples, checkpoint: &[u8], steps: Option<u32>) -> Result<Training, JsValue> {
        let checkpoint = Checkpoint::read(checkpoint, "checkpoint").map_err(throw)?;
        let steps = steps.map_or(checkpoint.settings().steps, u64::from);
        let settings = Settings { steps, ..checkpoint.settings().clone() };
        let checkpoint = checkpoint.with_settings(settings);
        // Earlier versions began with one network for both.
        let measuring = checkpoint.has_loss_network().then(|| self.measuring()).transpose()?;
        let trainer = Trainer::resume(checkpoint, examples.examples, self.describing()?, &self.device).map_err(throw)?;
        let trainer = match measuring {
            Some(weights) => trainer.with_loss_network(weights),
            None => trainer,
        };
        Ok(Training { trainer, device: self.device.clone() })
    }
}

#[wasm_bindgen]
impl Training {
    /// Works until there is something to tell; `undefined` after the event "done".
    ///
    /// # Errors
    /// `{code, party, details}`; the training can go on from its last checkpoint. At once `weights-layer-missing`, where nothing can be measured by the network in use.
    #[wasm_bindgen(unchecked_return_type = "TrainingEvent | undefined")]
    pub async fn next(&mut self) -> Result<JsValue, JsValue> {
        let next = self.trainer.next().await.map_err(throw)?;
        Ok(next.as_ref().map_or(JsValue::UNDEFINED, event))
    }

    /// What was chosen of that which can be chosen anew between two steps, and whether there are two players at all.
    #[must_use]
    #[wasm_bindgen(unchecked_return_type = "TrainingChoices")]
    pub fn choices(&self) -> JsValue {
        let Settings { players, adversarial, .. } = *self.trainer.settings();
        let players = match players {
            Players::Both => "both",
            Players::Generator => "generator",
            Players::Discriminator => "discriminator",
        };
        object([("kind", "choices".into()), ("players", players.into()), ("adversarial", adversarial.into())])
    }

    /// Who learns from the next step on.
    ///
    /// # Errors
    /// `settings-malformed`
    #[wasm_bindgen(js_name = setPlayers)]
    pub fn set_players(&mut self, #[wasm_bindgen(unchecked_param_type = "Players")] players: JsValue) -> Result<(), JsValue> {
        self.trainer.set_players(settings(players)?);
        Ok(())
    }

    /// All that is needed to go on from here, as a file.
    ///
    /// # Errors
    /// `{code, party, details}` of a device that fails.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, JsValue> {
        let checkpoint = self.trainer.checkpoint().await.map_err(throw)?;
        checkpoint.write().map_err(defect)
    }

    /// The generator as it stands, as a file under this name for people.
    ///
    /// # Errors
    /// `{code, party, details}` of a device that fails.
    pub async fn generator(&self, name: String) -> Result<Vec<u8>, JsValue> {
        let mut weights = self.trainer.generator().await.map_err(throw)?;
        weights.about.name = name;
        weights.write(Precision::Int8).map_err(defect)
    }

    /// A photo as the generator paints it now, `size` pixels long.
    ///
    /// # Errors
    /// `{code, party, details}`; `settings-no-styles` before all style pictures have been looked at, and always where they are so many that they are no
    /// style of their own.
    #[wasm_bindgen(unchecked_return_type = "Pixels")]
    pub async fn sample(&self, content: &WebPicture, size: u32) -> Result<JsValue, JsValue> {
        let weights = self.trainer.generator().await.map_err(throw)?;
        let style = weights.about.style.as_ref().ok_or_else(|| throw(SettingsError::NoStyles))?;
        let shown = generator::Settings { size, ..generator::Settings::default() };
        // A strip is shown as it is learnt on: its middle.
        let content = content.picture.middle(Examples::LONGEST);
        let mut painting = Painter::new(&weights, &self.device).paint(&content, &shown).map_err(throw)?;
        painting.begin(&style.at(size));
        loop {
            match painting.next().await.map_err(throw)? {
                Some(generator::Event::Done(picture)) => return Ok(kind(pixels(&picture), "sample")),
                Some(_) => {}
                None => return Ok(JsValue::UNDEFINED),
            }
        }
    }
}

fn event(event: &Event) -> JsValue {
    match event {
        Event::Style { done, of } => object([("kind", "style".into()), ("done", (*done).into()), ("of", (*of).into())]),
        Event::Step(progress) => step(progress),
        Event::Alarm { alarm, step } => {
            object([("kind", "alarm".into()), ("code", alarm.code().into()), ("step", steps_in_js(*step).into())])
        }
        Event::Done => object([("kind", "done".into())]),
    }
}

#[expect(clippy::cast_precision_loss, reason = "steps, far below 2^53")]
fn steps_in_js(steps: u64) -> f64 {
    steps as f64
}

fn step(progress: &Progress) -> JsValue {
    let Progress { step, steps, losses, success, judged, gradient, seconds_left } = *progress;
    object([
        ("kind", "step".into()),
        ("step", steps_in_js(step).into()),
        ("steps", steps_in_js(steps).into()),
        ("content", losses.content.into()),
        ("style", losses.style.into()),
        ("adversarial", losses.adversarial.into()),
        ("discriminator", losses.discriminator.into()),
        ("success", success.into()),
        ("judged", judged.into()),
        ("gradient", gradient.into()),
        ("secondsLeft", seconds_left.into()),
    ])
}
