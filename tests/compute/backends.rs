//! The start-up self-test.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::devices;

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_device_is_ready_after_a_rehearsal() {
    for (name, device) in devices().await {
        // All kernels of a painting, at a size that costs a software adapter a second.
        let ended = atelier::generator::rehearse(&device, 64).await;
        assert!(ended.is_ok(), "{name}: {ended:?}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_sound_device_passes_its_self_test() {
    for (name, device) in devices().await {
        assert!(atelier::backend::self_test(&device).await, "{name}");
    }
}
