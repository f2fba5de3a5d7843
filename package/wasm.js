// @ts-check
// The wasm, fetched and compiled once for all workers of a page.
import { AtelierError } from "./engine/atelier-error.js";
import { fetchWasm } from "./engine/engine-wasm.js";

/** @type {Promise<WebAssembly.Module> | null} */
let module = null;

/** @param {import("./index.js").InitOptions} [options] @returns {Promise<void>} */
export async function init(options = {}) {
  await compiled(options);
}

/** The module; a failure is forgotten, so that the next call tries again. @param {import("./index.js").InitOptions} [options] */
export function compiled(options = {}) {
  module ??= compile(options).catch((reason) => {
    module = null;
    throw reason;
  });
  return module;
}

/** @param {import("./index.js").InitOptions} options */
async function compile({ wasm, onProgress = () => {} }) {
  try {
    if (wasm instanceof WebAssembly.Module) return wasm;
    if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return await WebAssembly.compile(wasm);
    return await WebAssembly.compileStreaming(await fetchWasm(wasm ?? new URL("./engine/wasm/atelier_bg.wasm", import.meta.url), onProgress));
  } catch (/** @type {any} */ reason) {
    if (reason?.code) throw AtelierError.from(reason);
    throw new AtelierError("engine-unreachable", "host", { message: String(reason?.message ?? reason) });
  }
}
