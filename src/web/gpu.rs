//! Is there a GPU that burn can use? Asked before anything is built on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[cfg(feature = "webgpu")]
use {super::fatal, crate::error::Party, burn::tensor::Device, burn::tensor::wgpu::wgpu};

/// The features that burn's runtime asks of an adapter; cubecl 0.11 panics at its first stream without the timer.
const NEEDED_FEATURES: [&str; 1] = ["timestamp-query"];

/// What the probe found.
#[derive(Debug)]
pub(super) struct Probe {
    /// The backend that was found fit, with the adapter's name; `None` means the processor.
    pub adapter: Option<String>,
    /// It is a program on the processor.
    pub software: bool,
    /// Why, as a code for the page.
    pub reason: &'static str,
}

// The few members of WebGPU that the probe reads. `web_sys` has them behind an unstable flag only.
#[wasm_bindgen]
extern "C" {
    type Scope;
    #[wasm_bindgen(method, getter)]
    fn navigator(this: &Scope) -> Navigator;

    type Navigator;
    #[wasm_bindgen(method, getter)]
    fn gpu(this: &Navigator) -> Option<Gpu>;

    type Gpu;
    #[wasm_bindgen(method, js_name = requestAdapter)]
    fn request_adapter(this: &Gpu, options: &JsValue) -> js_sys::Promise;

    type Adapter;
    #[wasm_bindgen(method, getter)]
    fn info(this: &Adapter) -> Option<Info>;
    #[wasm_bindgen(method, getter)]
    fn features(this: &Adapter) -> js_sys::Set;

    type Info;
    #[wasm_bindgen(method, getter)]
    fn vendor(this: &Info) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn architecture(this: &Info) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn description(this: &Info) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = isFallbackAdapter)]
    fn is_fallback_adapter(this: &Info) -> Option<bool>;
}

/// Asks for an adapter. `forced` accepts a software one too, as tests do.
pub(super) async fn probe(forced: bool) -> Probe {
    let none = |reason| Probe { adapter: None, software: false, reason };
    let scope: Scope = js_sys::global().unchecked_into();
    let Some(gpu) = scope.navigator().gpu() else { return none("no-webgpu") };
    let options = super::object::object([("powerPreference", "high-performance".into())]);
    let adapter = match JsFuture::from(gpu.request_adapter(&options)).await {
        Ok(adapter) if !adapter.is_null() && !adapter.is_undefined() => adapter.unchecked_into::<Adapter>(),
        _ => return none("no-adapter"),
    };
    let info = adapter.info();
    let software = info.as_ref().and_then(Info::is_fallback_adapter).unwrap_or(false) || info.as_ref().is_some_and(is_software);
    if software && !forced {
        // Thirty times slower than the processor itself.
        return none("software-adapter");
    }
    let features = adapter.features();
    if NEEDED_FEATURES.iter().any(|feature| !features.has(&(*feature).into())) {
        return none("missing-feature");
    }
    let name = info.map(|info| {
        let words = [info.vendor(), info.architecture(), info.description()];
        words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    Probe { adapter: Some(name.unwrap_or_default()), software, reason: if forced { "forced" } else { "adapter-ok" } }
}

/// Chromium marks SwiftShader as a fallback only where it chose it itself, not where a flag did.
fn is_software(info: &Info) -> bool {
    [info.architecture(), info.description()].into_iter().flatten().any(|name| {
        let name = name.to_lowercase();
        ["swiftshader", "llvmpipe", "lavapipe", "basic render"].iter().any(|software| name.contains(software))
    })
}

/// What becomes of an uncaptured error or the loss of a device, which burn only logs: it drops the whole submission and answers with stale data. Nothing more, if this is dropped before it is trusted.
#[derive(Debug, Default)]
pub(super) struct Trust(Arc<AtomicU8>);

/// It is on trial, and so far nothing went wrong.
const ON_TRIAL: u8 = 0;
/// Something did, or it was given up.
const GIVEN_UP: u8 = 1;
/// All is computed on it: what goes wrong is fatal to the worker.
const TRUSTED: u8 = 2;

impl Trust {
    /// Trusts the device from now on, unless something has gone wrong on trial.
    pub(super) fn accept(&self) -> bool {
        self.0.compare_exchange(ON_TRIAL, TRUSTED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Drop for Trust {
    fn drop(&mut self) {
        // One that is trusted stays so.
        let _ = self.0.compare_exchange(ON_TRIAL, GIVEN_UP, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Whether a device is trusted in which something has gone wrong; if it is not, it never will be.
#[cfg(feature = "webgpu")]
fn still_trusted(state: &AtomicU8) -> bool {
    let is_trusted = state.load(Ordering::Relaxed) == TRUSTED;
    if !is_trusted {
        state.store(GIVEN_UP, Ordering::Relaxed);
    }
    is_trusted
}

/// Opens burn's WebGPU runtime.
#[cfg(feature = "webgpu")]
pub(super) async fn open() -> Result<(Device, Trust), String> {
    crate::backend::construct();
    let (device, setup) = Device::wgpu_options().init_with_setup_async().await.map_err(|error| error.to_string())?;
    let trust = Trust::default();
    let state = Arc::clone(&trust.0);
    setup.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        let code = if matches!(error, wgpu::Error::OutOfMemory { .. }) { "out-of-memory" } else { "gpu-error" };
        if still_trusted(&state) {
            fatal::report(code, Party::Device, &error.to_string());
        }
    }));
    let state = Arc::clone(&trust.0);
    setup.device.set_device_lost_callback(move |_, message| {
        if still_trusted(&state) {
            fatal::report("device-lost", Party::Device, &message);
        }
    });
    Ok((device, trust))
}

/// A build without WebGPU has nothing to open.
#[cfg(not(feature = "webgpu"))]
pub(super) async fn open() -> Result<(burn::tensor::Device, Trust), String> {
    Err("this build has no WebGPU".to_owned())
}
