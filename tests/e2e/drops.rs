//! Drags that end over a well. A real one cannot be made from outside a browser, so the event is made inside.

use serde_json::{Value, json};

use crate::studio::Studio;

/// Drops `files`, each a name and its bytes, on a well.
pub async fn files(studio: &Studio, well: &str, files: &[(&str, &[u8])]) {
    files_on(studio, &format!("#{well}-well"), files).await;
}

/// Drops `files` on whatever is there.
pub async fn files_on(studio: &Studio, css: &str, files: &[(&str, &[u8])]) {
    let files: Vec<Value> = files.iter().map(|(name, bytes)| json!([name, bytes])).collect();
    let script = "const [css, files] = arguments; const dataTransfer = new DataTransfer();
        for (const [name, bytes] of files) dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
        document.querySelector(css).dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))";
    studio.browser.run_with(script, vec![json!(css), json!(files)]).await;
}

/// Drops a folder on a well: what browsers then tell is a file without a type, and that its entry is a directory.
pub async fn folder(studio: &Studio, well: &str) {
    let script = "const event = new DragEvent('drop', { bubbles: true, cancelable: true });
        const item = { kind: 'file', type: '', webkitGetAsEntry: () => ({ isDirectory: true, isFile: false, name: 'holiday' }) };
        Object.defineProperty(event, 'dataTransfer', { value: { files: [new File([], 'holiday')], items: [item], types: ['Files'] } });
        document.querySelector(`#${arguments[0]}-well`).dispatchEvent(event)";
    studio.browser.run_with(script, vec![json!(well)]).await;
}

/// Drops a folder that can be looked through.
pub async fn full_folder(studio: &Studio, well: &str, files: &[(&str, &[u8])]) {
    let files: Vec<Value> = files.iter().map(|(name, bytes)| json!([name, bytes])).collect();
    let script = "const [well, files] = arguments; const event = new DragEvent('drop', { bubbles: true, cancelable: true });
        const entries = files.map(([name, bytes]) => ({ isFile: true, isDirectory: false, name, file: (got) => got(new File([new Uint8Array(bytes)], name)) }));
        const inner = { isDirectory: true, isFile: false, name: 'inner', createReader: () => ({ readEntries: (got) => got(entries.splice(0, 1)) }) };
        const outer = { isDirectory: true, isFile: false, name: 'holiday', createReader: (left = [inner]) => ({ readEntries: (got) => got(left.splice(0)) }) };
        const item = { kind: 'file', type: '', webkitGetAsEntry: () => outer };
        Object.defineProperty(event, 'dataTransfer', { value: { files: [new File([], 'holiday')], items: [item], types: ['Files'] } });
        document.querySelector(`#${well}-well`).dispatchEvent(event)";
    studio.browser.run_with(script, vec![json!(well), json!(files)]).await;
}
