// @ts-check
// The inside of a worker under Node: what the engine's worker finds around it in a browser.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

const scope = /** @type {any} */ (globalThis);
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
scope.self = scope;
scope.navigator ??= {};
scope.postMessage = port.postMessage.bind(port);
scope.addEventListener = (/** @type {string} */ kind, /** @type {(event: any) => void} */ listener) => {
  if (kind === "message") port.on("message", (data) => listener({ data }));
  else if (kind === "unhandledrejection") process.on("unhandledRejection", (reason) => listener({ reason }));
  // Whoever listens has prevented the thread's end by that.
  else if (kind === "error") process.on("uncaughtException", (error) => listener({ error, preventDefault() {} }));
};

// Node fetches no files, and the models are files.
const direct = scope.fetch;
scope.fetch = async (/** @type {any} */ wanted, /** @type {any} */ options) => {
  const url = wanted instanceof Request ? wanted.url : String(wanted);
  if (!url.startsWith("file:")) return direct(wanted, options);
  return readFile(fileURLToPath(url)).then((bytes) => new Response(new Uint8Array(bytes)), () => new Response(null, { status: 404 }));
};

await import(workerData);
