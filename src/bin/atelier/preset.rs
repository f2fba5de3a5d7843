//! Settings as a file, which the page writes and reads too: `docs/presets.md` says what is in it, `www/app/preset-file.js` is the page's side.

use std::path::{Path, PathBuf};

use atelier::error::Error;
use atelier::generator::Colors;
use atelier::optimize::{Settings, SettingsError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::files;
use crate::lines::complain;
use crate::shape::Shape;

/// What the field `format` of every preset says.
const FORMAT: &str = "atelier-preset";
/// The newest version that is understood.
const VERSION: u32 = 1;
/// The networks that come with Atelier, the usual one first.
const NETWORKS: [&str; 2] = ["vgg-lite-wide", "vgg-lite"];
/// Where the models that come with Atelier are.
const MODELS: &str = "models";

/// What every version of the format begins with.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// A preset.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Preset {
    pub optimise: Optimise,
    pub generate: Generate,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Settings of an optimisation.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Optimise {
    /// The network by its name; the command line takes a path instead.
    model: Option<String>,
    power_of_two: Option<Shape>,
    /// Fields of [`Settings`] by their own names, and whatever else is there.
    #[serde(flatten)]
    settings: Map<String, Value>,
}

/// Settings of a generator.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Generate {
    /// The generator by the name under which the site has it.
    generator: Option<String>,
    power_of_two: Option<Shape>,
    pub size: Option<u32>,
    pub strength: Option<f32>,
    pub stroke: Option<f32>,
    pub colors: Option<Colors>,
    pub seamless: bool,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Preset {
    /// Reads a file, if one is asked for, and says on the error stream what of it is not understood.
    pub fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
        let preset = Self::parse(&files::read(path)?)
            .map_err(|failure| Failure { message: format!("{}: {}", path.display(), failure.message), ..failure })?;
        for field in preset.unknown() {
            complain!("atelier: {}: `{field}` is not known here and is left out", path.display());
        }
        Ok(preset)
    }

    fn parse(json: &[u8]) -> Result<Self, Failure> {
        let malformed = |cause: serde_json::Error| Failure::usage(format!("this is no preset: {cause}"));
        let head: Head = serde_json::from_slice(json).map_err(malformed)?;
        if head.format != FORMAT {
            return Err(Failure::usage(format!("this is no preset: its format is `{}`, not `{FORMAT}`", head.format)));
        }
        if head.version > VERSION {
            return Err(Failure::usage(format!(
                "this preset has version {} of the format, and this Atelier knows up to {VERSION}",
                head.version
            )));
        }
        serde_json::from_slice(json).map_err(malformed)
    }

    /// Fields that this version does not know, as `group.field`.
    fn unknown(&self) -> Vec<String> {
        let known = known_settings();
        let settings = self.optimise.settings.keys().filter(|name| !known.contains_key(*name)).map(|name| format!("optimise.{name}"));
        let generate = self.generate.rest.keys().map(|name| format!("generate.{name}"));
        // Which mode the page was in decides nothing here: the command that is given does.
        let rest = self.rest.keys().filter(|name| !matches!(name.as_str(), "format" | "version" | "mode")).cloned();
        rest.chain(settings).chain(generate).collect()
    }
}

/// The fields of [`Settings`], as JSON has them.
fn known_settings() -> Map<String, Value> {
    match serde_json::to_value(Settings::default()) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

impl Optimise {
    /// What [`Settings`] takes of it.
    pub fn settings(&self) -> Map<String, Value> {
        let known = known_settings();
        self.settings.clone().into_iter().filter(|(name, _)| known.contains_key(name)).collect()
    }

    /// The shape that photos are given, unless one was typed.
    pub fn shape(&self, typed: Option<Shape>) -> Shape {
        typed.or(self.power_of_two).unwrap_or_default()
    }

    /// The network's file, unless one was typed.
    pub fn model(&self, typed: Option<&Path>) -> Result<PathBuf, Failure> {
        match (typed, self.model.as_deref().unwrap_or(NETWORKS[0])) {
            (Some(path), _) => Ok(path.to_owned()),
            (None, own) if NETWORKS.contains(&own) => Ok(model_file(own)),
            (None, other) => Err(Failure::usage(format!("the preset asks for the network {other}: say where its file is with `--model`"))),
        }
    }
}

impl Generate {
    /// The shape that photos are given, unless one was typed.
    pub fn shape(&self, typed: Option<Shape>) -> Shape {
        typed.or(self.power_of_two).unwrap_or_default()
    }

    /// The generator's file, unless one was typed.
    pub fn generator(&self, typed: Option<&Path>) -> Result<PathBuf, Failure> {
        let named = self.generator.as_deref().unwrap_or("any-style");
        match typed {
            Some(path) => Ok(path.to_owned()),
            None if is_name(named) && (self.generator.is_none() || model_file(named).is_file()) => Ok(model_file(named)),
            None => Err(Failure::usage(format!("the preset asks for the generator {named}: say where its file is with `--generator`"))),
        }
    }
}

/// Whether a name is that of a file and not a way to one elsewhere.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

fn model_file(name: &str) -> PathBuf {
    Path::new(MODELS).join(format!("{name}.safetensors"))
}

/// [`Settings`] from JSON objects, what comes later laid over what came before.
pub fn merged(layers: impl IntoIterator<Item = Map<String, Value>>) -> Result<Settings, Failure> {
    let object: Map<String, Value> = layers.into_iter().flatten().collect();
    let settings: Settings = serde_json::from_value(Value::Object(object)).map_err(malformed)?;
    settings.check().map_err(Error::from)?;
    Ok(settings)
}

/// JSON that is no settings, and where it is wrong.
pub fn malformed(cause: serde_json::Error) -> Failure {
    let failure = Failure::from(Error::from(SettingsError::Malformed));
    Failure { message: format!("{}: {cause}", failure.message), ..failure }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use atelier::optimize::{Colors as OptimisedColors, Method, Recipe, Start};
    use atelier::vgg::Pooling;

    use super::*;

    /// Written by the page; the end-to-end tests have the page read it.
    const FIXTURE: &[u8] = include_bytes!("../../../tests/fixtures/brushwork.atelier.json");

    #[test]
    fn what_the_page_writes_is_understood_to_the_last_field() {
        let preset = Preset::parse(FIXTURE).unwrap();
        assert_eq!(preset.unknown(), [""; 0]);
        let settings = merged([preset.optimise.settings()]).unwrap();
        let expected = Settings {
            size: 256,
            strength: 0.65,
            stroke: 0.5,
            colors: OptimisedColors::MatchAfter,
            detail: 0.2,
            seamless: true,
            start: Start::Noise,
            seed: 42,
            recipe: Recipe::MeanSquared,
            iterations: 60,
            method: Method::Adam,
            smoothness: 0.3,
            pooling: Pooling::Average,
            layers: [1.0, 0.5, 2.0, 0.0, 3.0],
            ..Settings::default()
        };
        assert_eq!(settings, expected);
        assert_eq!(preset.optimise.shape(None), Shape::Crop);
        let Generate { size, strength, stroke, colors, seamless, .. } = preset.generate;
        assert_eq!((size, strength, stroke), (Some(1024), Some(0.8), Some(0.5)));
        assert_eq!((colors, seamless), (Some(Colors::Luma), true));
        assert_eq!(preset.generate.shape(None), Shape::Stretch);
        assert_eq!(preset.generate.generator(None).unwrap(), Path::new("models/style-wheat-field.safetensors"));
    }

    #[test]
    fn what_is_typed_goes_before_the_preset() {
        let preset = Preset::parse(FIXTURE).unwrap();
        let typed = Map::from_iter([("strength".to_owned(), Value::from(0.1)), ("method".to_owned(), Value::from("lbfgs"))]);
        let settings = merged([preset.optimise.settings(), typed]).unwrap();
        assert_eq!((settings.strength, settings.method, settings.iterations), (0.1, Method::Lbfgs, 60));
        assert_eq!(preset.optimise.shape(Some(Shape::Stretch)), Shape::Stretch);
        let own = Path::new("mine.safetensors");
        assert_eq!(preset.generate.generator(Some(own)).unwrap(), own);
    }

    #[test]
    fn unknown_fields_are_named_and_left_out() {
        let json = br#"{"format":"atelier-preset","version":1,"train":{},"optimise":{"size":512,"varnish":1},"generate":{"gloss":2}}"#;
        let preset = Preset::parse(json).unwrap();
        assert_eq!(preset.unknown(), ["train", "optimise.varnish", "generate.gloss"]);
        assert_eq!(merged([preset.optimise.settings()]).unwrap().size, 512);
    }

    #[test]
    fn what_is_no_preset_of_ours_is_refused() {
        let refused = |json: &str| Preset::parse(json.as_bytes()).map(|_| ()).unwrap_err().message;
        assert!(refused("{").contains("no preset"));
        assert!(refused(r#"{"size": 384}"#).contains("format"), "a file of `--print-settings`");
        assert!(refused(r#"{"format":"other","version":1}"#).contains("`other`"));
        assert!(refused(r#"{"format":"atelier-preset","version":2}"#).contains("version 2"));
        assert!(refused(r#"{"format":"atelier-preset","version":1,"optimise":{"powerOfTwo":"squash"}}"#).contains("squash"));
        let unusable = Preset::parse(br#"{"format":"atelier-preset","version":1,"optimise":{"size":7}}"#).unwrap();
        assert!(merged([unusable.optimise.settings()]).unwrap_err().message.contains("settings-size"));
    }

    #[test]
    fn networks_and_generators_that_are_not_here_are_asked_for() {
        let named = |generator: &str| Generate { generator: Some(generator.to_owned()), ..Generate::default() };
        assert!(named("own-lx3k").generator(None).unwrap_err().message.contains("--generator"));
        assert!(named("../secret").generator(None).unwrap_err().message.contains("--generator"));
        let vgg19 = Optimise { model: Some("vgg19".to_owned()), ..Optimise::default() };
        assert!(vgg19.model(None).unwrap_err().message.contains("--model"));
        assert_eq!(Optimise::default().model(None).unwrap(), Path::new("models/vgg-lite-wide.safetensors"));
        let older = Optimise { model: Some("vgg-lite".to_owned()), ..Optimise::default() };
        assert_eq!(older.model(None).unwrap(), Path::new("models/vgg-lite.safetensors"), "paints as it did");
    }
}
