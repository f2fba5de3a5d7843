// @ts-check
// Atelier under Node, on the processor: what a browser brings and Node does not is put in place, then everything is as in a page.
import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker as Thread } from "node:worker_threads";
import * as api from "./index.js";
import { platform } from "./platform.js";

/** A web worker, as far as the engine uses one. */
class NodeWorker {
  #thread = new Thread(new URL("./node-worker.js", import.meta.url), { workerData: new URL("./engine/worker.js", import.meta.url).href });

  /** @param {string} kind @param {(event: any) => void} listener */
  addEventListener(kind, listener) {
    if (kind === "message") this.#thread.on("message", (data) => listener({ data }));
    else this.#thread.on(kind, (error) => listener({ message: String(error?.message ?? error), preventDefault() {} }));
  }

  /** @param {any} message @param {any} [transfer] */
  postMessage(message, transfer) {
    this.#thread.postMessage(message, transfer);
  }

  terminate() {
    this.#thread.terminate();
  }
}

platform.worker = () => /** @type {any} */ (new NodeWorker());
platform.base = () => pathToFileURL(`${process.cwd()}/`).href;
// One that lies on the disk cannot be sent to a thread as it is.
platform.portable = async (file) => {
  try {
    return structuredClone(file);
  } catch {
    return new Blob([await file.arrayBuffer()], { type: file.type });
  }
};

await api.init({ wasm: await readFile(fileURLToPath(new URL("./engine/wasm/atelier_bg.wasm", import.meta.url))) });

export const { Atelier, AtelierError, init } = api;
