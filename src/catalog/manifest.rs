//! `models/manifest.json`: what a site offers.

use serde::{Deserialize, Serialize};

use super::ModelError;

/// The parsed manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the manifest's form; this crate reads 1.
    pub version: u32,
    /// The models.
    pub models: Vec<Model>,
}

/// One model file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The name that code asks for, such as `vgg-lite`.
    pub id: String,
    /// File name, relative to the manifest.
    pub file: String,
    /// Length of the file.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// SPDX expression.
    pub licence: String,
    /// File name of the model's card, relative to the manifest.
    pub card: String,
    /// Long sides of the smallest and of the largest paintings whose strokes a generator knows; none where it learnt its style at one size, and for networks of another kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<[u32; 2]>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] for anything but a manifest of version 1 whose file names stay beside it.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        let manifest: Self = serde_json::from_slice(json).map_err(|_| ModelError::ManifestInvalid)?;
        let sound = |model: &Model| {
            let hash = model.sha256.as_bytes();
            let hexadecimal = hash.len() == 64 && hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            hexadecimal && !model.file.is_empty() && !model.file.contains(['/', '\\', ':', '?', '#'])
        };
        if manifest.version == 1 && manifest.models.iter().all(sound) { Ok(manifest) } else { Err(ModelError::ManifestInvalid) }
    }

    /// The model of this name.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] where the manifest lists none: the site was put together wrongly.
    pub fn find(&self, id: &str) -> Result<&Model, ModelError> {
        self.models.iter().find(|model| model.id == id).ok_or(ModelError::ManifestInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::{Painter, Weights};

    fn manifest(file: &str, sha256: &str) -> String {
        format!(r#"{{"version":1,"models":[{{"id":"a","file":"{file}","bytes":3,"sha256":"{sha256}","licence":"MIT","card":"a.md"}}]}}"#)
    }

    #[test]
    fn finds_a_listed_model_and_no_other() {
        let manifest = Manifest::parse(manifest("a.safetensors", &"0f".repeat(32)).as_bytes()).unwrap();
        assert_eq!(manifest.find("a").unwrap().bytes, 3);
        assert_eq!(manifest.find("b"), Err(ModelError::ManifestInvalid));
    }

    #[test]
    fn the_generators_that_come_with_the_site_are_as_they_are_listed() {
        let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let manifest = Manifest::parse(&std::fs::read(models.join("manifest.json")).unwrap()).unwrap();
        let generators: Vec<&Model> = manifest.models.iter().filter(|model| !model.id.starts_with("vgg-")).collect();
        assert!(generators.len() >= 4);
        for model in generators {
            let file = std::fs::read(models.join(&model.file)).unwrap();
            assert_eq!(file.len() as u64, model.bytes, "{}", model.id);
            let style = Weights::read(&file, &model.file).unwrap().about.style;
            assert_eq!(style.is_none(), model.id == "any-style");
            let sizes = style.map_or(Painter::DESCRIBED, |style| style.sizes());
            let several = (sizes.start() < sizes.end()).then_some([*sizes.start(), *sizes.end()]);
            assert_eq!(model.sizes, several, "{}", model.id);
        }
    }

    #[test]
    fn refuses_what_is_no_manifest() {
        let hash = "0f".repeat(32);
        for text in
            ["", "<html>", "[]", "{}", r#"{"version":2,"models":[]}"#, &manifest("../a", &hash), &manifest("a", "0F"), &manifest("", &hash)]
        {
            assert_eq!(Manifest::parse(text.as_bytes()), Err(ModelError::ManifestInvalid), "{text}");
        }
    }

    #[test]
    fn the_shipped_manifest_is_sound() {
        let manifest = Manifest::parse(include_bytes!("../../models/manifest.json")).unwrap();
        assert!(manifest.find("vgg-lite").is_ok());
    }
}
