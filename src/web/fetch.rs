//! Models over HTTP, streamed with progress and verified before use.

use gloo::net::http::{Request, Response};
use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStreamDefaultReader, RequestCache};

use crate::catalog::{Download, Manifest, Model, ModelError};

/// Fetches and checks the manifest below `base`, an absolute URL that ends in a slash.
pub(super) async fn manifest(base: &str) -> Result<Manifest, ModelError> {
    let unreachable = |status| ModelError::ManifestUnreachable { status };
    // "no-cache" revalidates: an old manifest would name files that an update has replaced.
    let request = Request::get(&format!("{base}manifest.json")).cache(RequestCache::NoCache);
    let response = request.send().await.map_err(|_| unreachable(0))?;
    if !response.ok() {
        return Err(unreachable(response.status()));
    }
    Manifest::parse(&response.binary().await.map_err(|_| unreachable(0))?)
}

/// Fetches one model, calling `progress(loaded, total)` as bytes arrive.
///
/// A damaged file is asked for once more past the browser's cache, which may have kept the damage.
pub(super) async fn model(base: &str, model: &Model, progress: &Function) -> Result<Vec<u8>, ModelError> {
    match attempt(base, model, RequestCache::Default, progress).await {
        Err(ModelError::Damaged { .. }) => attempt(base, model, RequestCache::Reload, progress).await,
        outcome => outcome,
    }
}

async fn attempt(base: &str, model: &Model, cache: RequestCache, progress: &Function) -> Result<Vec<u8>, ModelError> {
    let lost = || ModelError::NetworkLost { file: model.file.clone() };
    // The hash in the address keeps a cached older file of the same name out of the way.
    let address = format!("{base}{}?{}", model.file, model.sha256.get(..8).unwrap_or_default());
    let response = Request::get(&address).cache(cache).send().await.map_err(|_| lost())?;
    if !response.ok() {
        return Err(ModelError::Missing { file: model.file.clone(), status: response.status() });
    }
    let reader = reader(&response).ok_or_else(lost)?;
    let outcome = receive(&reader, model, progress).await;
    if outcome.is_err() {
        // What is refused goes on arriving otherwise. Nobody waits for the end of that; of a stream that broke off it is only a rejection.
        spawn_local(async move {
            let _ = JsFuture::from(reader.cancel()).await;
        });
    }
    outcome
}

async fn receive(reader: &ReadableStreamDefaultReader, model: &Model, progress: &Function) -> Result<Vec<u8>, ModelError> {
    let lost = || ModelError::NetworkLost { file: model.file.clone() };
    let mut download = Download::new(model);
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(|_| lost())?;
        let property = |name: &str| Reflect::get(&chunk, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if property("done").is_truthy() {
            // Nothing broke off: a file that is too short is another one, as a cache may have it.
            return download.finish().map_err(|_| ModelError::Damaged { file: model.file.clone() });
        }
        let bytes: Uint8Array = property("value").dyn_into().map_err(|_| lost())?;
        let received = download.push(&bytes.to_vec())?;
        #[expect(clippy::cast_precision_loss, reason = "a byte count for a progress bar")]
        let (loaded, total) = (received as f64, model.bytes as f64);
        // Progress that nobody can show does not stop the download.
        let _ = progress.call2(&JsValue::NULL, &loaded.into(), &total.into());
    }
}

fn reader(response: &Response) -> Option<ReadableStreamDefaultReader> {
    response.body()?.get_reader().dyn_into().ok()
}
