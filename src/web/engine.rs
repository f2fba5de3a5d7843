//! The engine: a backend, a model, and what can be done with them.

use std::sync::Arc;

use burn::tensor::Device;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::inputs::WebInputs;
use super::object::{object, throw};
use super::run::Run;
use super::{fatal, fetch, gpu};
use crate::backend;
use crate::catalog::ModelError;
use crate::error::DeviceError;
use crate::generator::rehearse;
use crate::optimize::{Optimization, Prediction, Settings, probe};
use crate::picture::Fit;
use crate::vgg::{Vgg, Weights};

/// The site's network that generators are told of styles by. It stays the same, since generators learn its language: visitors keep theirs for years.
const DESCRIBING: &str = "vgg-lite";
/// The site's network that is usual for optimising.
const OPTIMISING: &str = "vgg-lite-wide";
/// Pixels on a side of the painting that a GPU is prepared with: those of the page's usual size.
const REHEARSED: u32 = 512;

/// One backend, opened and tested.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    pub(super) device: Device,
    backend: &'static str,
    reason: &'static str,
    adapter: Option<String>,
    /// Has a driver that compiles, and is not the processor under another name.
    is_gpu: bool,
    /// The network that describes styles.
    describing: Option<Weights>,
    /// The network that pictures are optimised against.
    model: Option<Model>,
}

#[derive(Debug)]
struct Model {
    name: String,
    /// Seconds for a pixel and an evaluation, once probed.
    pace: Option<f64>,
    weights: Arc<Weights>,
    network: Vgg,
}

#[wasm_bindgen]
impl Engine {
    /// Chooses a backend and tests it.
    ///
    /// `backend` is `auto`, `webgpu` or `cpu`. `auto` takes WebGPU where there is a real adapter that passes the
    /// self-test, else the processor. `fatal` is called at most once, with the error that makes this worker useless.
    ///
    /// # Errors
    /// `webgpu-unavailable` where WebGPU was asked for by name and cannot be had.
    pub async fn open(backend: String, fatal: Function) -> Result<Engine, JsValue> {
        fatal::listen(fatal);
        let on_cpu =
            |reason| Engine { device: backend::cpu(), backend: "cpu", reason, adapter: None, is_gpu: false, describing: None, model: None };
        if backend == "cpu" {
            return Ok(on_cpu("forced"));
        }
        let forced = backend == "webgpu";
        let probe = gpu::probe(forced).await;
        let failure = match probe.adapter {
            None => probe.reason,
            Some(adapter) => match gpu::open().await {
                Ok((device, trust)) if backend::self_test(&device).await && trust.accept() => {
                    let (reason, is_gpu) = (probe.reason, !probe.software);
                    return Ok(Engine { device, backend: "webgpu", reason, adapter: Some(adapter), is_gpu, describing: None, model: None });
                }
                Ok(_) => "self-test-failed",
                Err(_) => "no-device",
            },
        };
        if forced { Err(throw(DeviceError::WebGpuUnavailable { reason: failure })) } else { Ok(on_cpu(failure)) }
    }

    /// `webgpu` or `cpu`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn backend(&self) -> String {
        self.backend.to_owned()
    }

    /// Why this backend, as a code.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn reason(&self) -> String {
        self.reason.to_owned()
    }

    /// The GPU's name, as far as the browser tells.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn adapter(&self) -> Option<String> {
        self.adapter.clone()
    }

    /// The name of the network that pictures are optimised against, as [`load_model`](Self::load_model) and [`use_model`](Self::use_model) set it.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn model(&self) -> Option<String> {
        self.model.as_ref().map(|model| model.name.clone())
    }

    /// Has a GPU compile what a painting needs, before one is asked for; elsewhere nothing is done. The engine is not borrowed meanwhile, but the GPU is
    /// busy.
    ///
    /// # Errors
    /// `{code, party, details}` where the GPU fails.
    pub fn rehearse(&self) -> Promise {
        let device = self.is_gpu.then(|| self.device.clone());
        future_to_promise(async move {
            if let Some(device) = device {
                rehearse(&device, REHEARSED).await.map_err(throw)?;
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Fetches vgg-lite, by which generators are told of styles, from `models`, an absolute URL that ends in a slash, unless it is here already.
    ///
    /// # Errors
    /// `{code, party, details}` of the host's making; calling again tries again.
    #[wasm_bindgen(js_name = loadDescribing)]
    pub async fn load_describing(&mut self, models: String, progress: Function) -> Result<(), JsValue> {
        if self.describing.is_none() {
            self.describing = Some(fetched(&models, DESCRIBING, &progress).await.map_err(throw)?);
        }
        Ok(())
    }

    /// Puts one of the site's networks to use for optimising, unless it is in use already: `vgg-lite-wide` or `vgg-lite`.
    ///
    /// # Errors
    /// `{code, party, details}` of the host's making; calling again tries again. The network in use before stays.
    #[wasm_bindgen(js_name = loadModel)]
    pub async fn load_model(&mut self, models: String, name: String, progress: Function) -> Result<(), JsValue> {
        if self.model.as_ref().is_none_or(|model| model.name != name) {
            let weights = match &self.describing {
                Some(weights) if name == DESCRIBING => weights.clone(),
                _ => fetched(&models, &name, &progress).await.map_err(throw)?,
            };
            self.model = Some(self.prepared(weights, &name));
        }
        Ok(())
    }

    /// Puts a network of the visitor's to use for optimising, as [`quantiseVgg19`](super::quantise_vgg19) makes its file. `name` names it.
    ///
    /// # Errors
    /// `model-damaged`, also for a file under a name such as the site's networks have; the network in use before stays.
    #[wasm_bindgen(js_name = useModel)]
    pub fn use_model(&mut self, bytes: &[u8], name: &str) -> Result<(), JsValue> {
        // So do the names of all networks of the site begin.
        if name.starts_with(DESCRIBING) {
            return Err(throw(ModelError::Damaged { file: name.to_owned() }));
        }
        self.model = Some(self.prepared(Weights::read(bytes, name).map_err(throw)?, name));
        Ok(())
    }

    /// What a run with `settings` would need for a content of `width × height` pixels, once a model is in use: `{bytes, seconds}`.
    ///
    /// The first call for a model paints a few iterations of a small picture to learn the device's pace: a fraction of a second.
    ///
    /// # Errors
    /// `{code, party, details}` for a setting out of range; `model-missing` where there is no model yet.
    #[wasm_bindgen(unchecked_return_type = "Prediction")]
    pub async fn predict(
        &mut self,
        width: u32,
        height: u32,
        #[wasm_bindgen(unchecked_param_type = "Settings")] settings: JsValue,
    ) -> Result<JsValue, JsValue> {
        let settings: Settings = super::object::settings(settings)?;
        settings.check().map_err(throw)?;
        let device = self.device.clone();
        let model = self.model.as_mut().ok_or_else(|| missing(OPTIMISING))?;
        let pace = match model.pace {
            Some(pace) => pace,
            None => *model.pace.insert(probe(&model.network, &model.weights, &device).await.map_err(throw)?),
        };
        let (width, height) = Fit::Exactly(settings.size).sides(width, height);
        let Prediction { bytes, work } = Prediction::new(&model.weights, width, height, &settings, &device).map_err(throw)?;
        Ok(object([("bytes", bytes.into()), ("seconds", (work * pace).into())]))
    }

    /// Starts an optimisation.
    ///
    /// # Errors
    /// `{code, party, details}`; `model-missing` where [`load_model`](Self::load_model) has not succeeded yet.
    pub fn optimise(
        &self,
        inputs: &WebInputs,
        #[wasm_bindgen(unchecked_param_type = "Settings")] settings: JsValue,
    ) -> Result<Run, JsValue> {
        let settings = super::object::settings(settings)?;
        let model = self.model.as_ref().ok_or_else(|| missing(OPTIMISING))?;
        let optimization = Optimization::new(&model.network, &model.weights, &self.device, &inputs.inputs, settings).map_err(throw)?;
        Ok(Run { optimization })
    }
}

/// One of the site's networks.
async fn fetched(models: &str, name: &str, progress: &Function) -> Result<Weights, ModelError> {
    let manifest = fetch::manifest(models).await?;
    let entry = manifest.find(name)?;
    let bytes = fetch::model(models, entry, progress).await?;
    Weights::read(&bytes, &entry.file)
}

/// What is asked for needs a network, and none has been loaded yet.
fn missing(network: &str) -> JsValue {
    throw(ModelError::Missing { file: network.to_owned(), status: 0 })
}

impl Engine {
    /// The network that pictures are optimised against.
    pub(super) fn measuring(&self) -> Result<&Weights, JsValue> {
        self.model.as_ref().map(|model| &*model.weights).ok_or_else(|| missing(OPTIMISING))
    }

    /// The network that generators are told of styles by.
    pub(super) fn describing(&self) -> Result<&Weights, JsValue> {
        self.describing.as_ref().ok_or_else(|| missing(DESCRIBING))
    }

    fn prepared(&self, weights: Weights, name: &str) -> Model {
        let network = Vgg::new(&weights, &self.device);
        Model { name: name.to_owned(), pace: None, weights: Arc::new(weights), network }
    }
}
