// @ts-check
// The wasm, fetched and compiled once for all workers of a page.
import { AtelierError } from "./engine/atelier-error.js";
import { fetchWasm } from "./engine/engine-wasm.js";

/** @type {Promise<WebAssembly.Module> | null} */
let module = null;
/** What the host gave in place of the file beside this one. @type {import("./index.js").InitOptions["wasm"]} */
let source;
/** @type {RequestCache} */
let usual = "default";
/** Whoever wants to know how far it is. @type {Set<(loaded: number, total: number) => void>} */
const watching = new Set();

/** @param {import("./index.js").InitOptions} [options] @returns {Promise<void>} */
export async function init({ wasm, onProgress } = {}) {
  if (onProgress) watching.add(onProgress);
  await compiled(wasm);
  // It may have been there already.
  if (onProgress) watching.delete(onProgress);
}

/** The module; a failure is forgotten, so that the next call tries again. @param {import("./index.js").InitOptions["wasm"]} [wasm] */
export function compiled(wasm) {
  source = wasm ?? source;
  module ??= compile(source).catch((reason) => {
    module = null;
    throw reason;
  }).finally(() => watching.clear());
  return module;
}

/** What was compiled is of no use: it is compiled anew, and what was fetched is fetched past the browser's cache. */
export function forget() {
  module = null;
  usual = "reload";
}

/** Progress that somebody cannot show stops no download. @param {number} loaded @param {number} total */
function onProgress(loaded, total) {
  for (const tell of watching) {
    try {
      tell(loaded, total);
    } catch (reason) {
      watching.delete(tell);
      queueMicrotask(() => { throw reason; });
    }
  }
}

/** @param {import("./index.js").InitOptions["wasm"]} wasm */
async function compile(wasm) {
  try {
    if (wasm instanceof WebAssembly.Module) return wasm;
    if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return await WebAssembly.compile(wasm);
    const url = wasm ?? new URL("./engine/wasm/atelier_bg.wasm", import.meta.url);
    const fetched = async (/** @type {RequestCache} */ cache) => WebAssembly.compileStreaming(await fetchWasm(url, onProgress, cache));
    // What does not compile may be damaged where the browser keeps it.
    const compiled = await fetched(usual).catch((reason) => { if (reason?.code) throw reason; return fetched("reload"); });
    usual = "default";
    return compiled;
  } catch (/** @type {any} */ reason) {
    if (reason?.code) throw AtelierError.from(reason);
    throw new AtelierError("engine-unreachable", "host", { message: String(reason?.message ?? reason) });
  }
}
