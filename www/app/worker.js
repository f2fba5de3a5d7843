// The one worker: it holds the wasm, and everything that computes happens here.
//
// A request {id, op, …} is answered by {id, ok: true, value} or {id, ok: false, error}; what it tells on the way is
// {id, event}. After {fatal: error} nothing more can be expected: the page ends this worker and starts another.

import * as store from "./model-store.js";
import init, { Engine, Inputs, Picture, quantiseVgg19 } from "./wasm/atelier.js";

/** @type {Engine | undefined} */
let engine;
let models = "";
/** The page knows that this worker is lost. */
let told = false;
/** The run in progress: cancelled by leaving its loop, paused by waiting in it. */
let run = null;
/** The forecasts that were asked for, one after the other. */
let forecast = Promise.resolve();
/** The stored network is not, or no longer, the one that the engine has under the same name. */
let replaced = false;

const operations = { open, inspect, predict, optimise, adjust, pause, resume, cancel, encode, importModel, listModels, removeModel };

self.addEventListener("message", async ({ data: request }) => {
  const { id, op } = request;
  const tell = (event, transfer = []) => self.postMessage({ id, event }, transfer);
  try {
    const operation = Object.hasOwn(operations, op) ? operations[op] : unknown;
    const { value, transfer = [] } = await operation(request, tell);
    self.postMessage({ id, ok: true, value }, transfer);
  } catch (cause) {
    const error = coded(cause);
    self.postMessage({ id, ok: false, error });
    // wasm that trapped is beyond use. A panic has told its story through `fatal` already; this is for the rest.
    if (cause instanceof WebAssembly.RuntimeError) fatal(error);
  }
});

self.addEventListener("unhandledrejection", ({ reason }) => fatal(coded(reason)));

function fatal(error) {
  told = true;
  self.postMessage({ fatal: error });
}

/** Every error in the form {code, party, details}. */
function coded(cause) {
  if (cause && typeof cause.code === "string" && typeof cause.party === "string") return cause;
  const message = String(cause?.message ?? cause);
  if (cause instanceof RangeError || /out of memory|memory allocation/i.test(message)) {
    return { code: "out-of-memory", party: "device", details: { message } };
  }
  if (cause instanceof WebAssembly.RuntimeError) {
    // Rust tells of a panic before it traps, but not of an allocation that failed.
    const silent = !told && /unreachable/i.test(message);
    return silent ? { code: "out-of-memory", party: "device", details: { message } } : { code: "panic", party: "bug", details: { message } };
  }
  return { code: "internal", party: "bug", details: { message } };
}

function failure(code, party, details = {}) {
  return { code, party, details };
}

function unknown({ op }) {
  throw failure("internal", "bug", { message: `no operation ${op}` });
}

async function open(request, tell) {
  models = request.models;
  await init({ module_or_path: await engineResponse(tell) }).catch((cause) => {
    throw failure("engine-unreachable", "host", { message: String(cause?.message ?? cause) });
  });
  engine = await Engine.open(request.backend, fatal);
  return { value: { backend: engine.backend, reason: engine.reason, adapter: engine.adapter ?? null } };
}

/** The wasm as a response whose progress is told, still compiled while it streams. */
async function engineResponse(tell) {
  const response = await fetch(new URL("./wasm/atelier_bg.wasm", import.meta.url)).catch(() => null);
  if (!response?.ok || !response.body) throw failure("engine-unreachable", "host", { status: response?.status ?? 0 });
  // Of the compressed body where the host compresses: the bar is then an estimate, and never passes its end.
  const total = Number(response.headers.get("content-length")) || 0;
  let loaded = 0;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        loaded += chunk.byteLength;
        tell({ kind: "fetch", what: "engine", loaded: total ? Math.min(loaded, total) : loaded, total });
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(counted, { headers: { "content-type": "application/wasm" } });
}

async function inspect({ file, side }) {
  const picture = await read(file);
  // Freed at once here and below: a hundred megapixels should not wait for a garbage collector that cannot see them.
  try {
    const { width, height, format, notes } = picture;
    const preview = picture.preview(side);
    return { value: { width, height, format, notes, preview }, transfer: [preview.pixels] };
  } finally {
    picture.free();
  }
}

/** A file as a decoded picture, by our decoder or else by the browser's. */
async function read(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return Picture.decode(bytes);
  } catch (error) {
    if (error?.code !== "picture-needs-browser") throw error;
    return readByBrowser(file, error.details.format);
  }
}

async function readByBrowser(file, format) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw failure("picture-undecodable-here", "visitor", { format });
  }
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return Picture.fromRgba(width, height, new Uint8Array(context.getImageData(0, 0, width, height).data.buffer), format);
}

/** What a run would take. It borrows the engine, so runs and other forecasts wait for it. */
async function predict({ width, height, settings, ...job }) {
  const turn = forecast.then(async () => {
    if (run) throw failure("run-in-progress", "visitor");
    await useNetwork(job, () => {});
    return { value: await engine.predict(width, height, settings) };
  });
  forecast = turn.catch(() => {});
  return turn;
}

async function optimise({ id, ...job }, tell) {
  if (run) throw failure("run-in-progress", "visitor");
  if (!job.content) throw failure("content-missing", "visitor");
  if (!job.styles?.length) throw failure("style-missing", "visitor");
  const current = { id, cancelled: false, resumed: null, wake: null, adjustments: [] };
  run = current;
  let optimisation;
  try {
    await forecast;
    await useNetwork(job, tell);
    optimisation = await prepare(job);
    for (;;) {
      await breathe();
      if (current.resumed) await current.resumed;
      if (current.cancelled) return { value: { cancelled: true } };
      // Only between two steps: a step in progress holds the run for itself.
      for (const change of current.adjustments.splice(0)) change(optimisation);
      const event = await optimisation.next();
      if (!event) throw failure("internal", "bug", { message: "the run ended without a result" });
      if (event.kind === "done") {
        const { width, height, pixels } = event;
        return { value: { cancelled: false, width, height, pixels }, transfer: [pixels] };
      }
      tell(event, event.pixels ? [event.pixels] : []);
    }
  } finally {
    run = null;
    optimisation?.free();
    for (const change of current.adjustments) change(null);
  }
}

/** Puts the network that the job asks for to use, unless it is already. */
async function useNetwork({ model = "vgg-lite", unstored }, tell) {
  if (model === "vgg-lite") return engine.loadModel(models, (loaded, total) => tell({ kind: "fetch", what: "model", loaded, total }));
  if (engine.model === model && !replaced) return;
  const bytes = unstored ? new Uint8Array(await unstored.arrayBuffer()) : await store.read(model);
  if (!bytes) throw failure("weights-stored-gone", "visitor");
  try {
    engine.useModel(bytes, model);
  } catch (error) {
    if (error?.code !== "model-damaged") throw error;
    // It would be as damaged the next time.
    await store.remove(model);
    throw failure("weights-stored-damaged", "visitor");
  }
  replaced = false;
}

/** The engine keeps what it needs of the pictures, at the size it needs. */
async function prepare({ content, styles, keep, from, settings }) {
  const inputs = lend([await read(content)], (picture) => new Inputs(picture));
  try {
    for (const { file, weight, mask, region } of styles) {
      lend([await read(file), drawn(mask), drawn(region)], (picture, ...masks) => inputs.addStyle(picture, weight, ...masks));
    }
    if (keep) lend([drawn(keep)], (mask) => inputs.keep(mask));
    if (from) lend([drawn(from)], (picture) => inputs.startFrom(picture));
    return engine.optimise(inputs, settings);
  } finally {
    free(inputs);
  }
}

/** Pixels that the page drew, as a picture. */
function drawn(pixels) {
  return pixels && Picture.fromRgba(pixels.width, pixels.height, new Uint8Array(pixels.pixels), "mask");
}

/** Gives pictures to `use` for as long as it takes. */
function lend(pictures, use) {
  try {
    return use(...pictures);
  } finally {
    pictures.forEach(free);
  }
}

/** Frees what was not given away: wasm-bindgen leaves no pointer in what it has taken over. */
function free(thing) {
  if (thing && thing.__wbg_ptr !== 0) thing.free();
}

const channel = new MessageChannel();
/**
 * Lets the worker hear its messages: a macrotask, since promises alone would starve "cancel". Through a channel, as
 * browsers stretch nested timeouts to 4 ms.
 */
function breathe() {
  return new Promise((resolve) => {
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(null);
  });
}

/** Other weights for the run, from its next step on. */
function adjust({ run: id, settings }) {
  if (run?.id !== id) return { value: {} };
  return new Promise((resolve, reject) => {
    run.adjustments.push((optimisation) => {
      try {
        optimisation?.adjust(settings);
        resolve({ value: {} });
      } catch (error) {
        reject(error);
      }
    });
  });
}

function pause({ run: id }) {
  if (run?.id === id && !run.resumed) run.resumed = new Promise((wake) => (run.wake = wake));
  return { value: {} };
}

function resume({ run: id }) {
  if (run?.id === id) {
    run.wake?.();
    run.resumed = null;
  }
  return { value: {} };
}

function cancel({ run: id }) {
  if (run?.id === id) {
    run.cancelled = true;
    run.wake?.();
  }
  return { value: {} };
}

function encode({ width, height, pixels, format, quality = 0.92 }) {
  const picture = Picture.fromRgba(width, height, new Uint8Array(pixels), format);
  try {
    const bytes = format === "jpeg" ? picture.toJpeg(quality) : picture.toPng();
    return { value: { blob: new Blob([bytes], { type: `image/${format}` }) } };
  } finally {
    picture.free();
  }
}

/** Makes a network of a weight file. Slices of files can be read in one go in workers only, and nothing else is heard meanwhile. */
async function importModel({ file, bits }) {
  if (run) throw failure("run-in-progress", "visitor");
  const bytes = quantiseVgg19(file, bits);
  replaced = true;
  const stored = await store.store("vgg19", bytes);
  return { value: { unstored: stored ? null : new Blob([bytes]) } };
}

async function listModels() {
  return { value: await store.list() };
}

async function removeModel({ name }) {
  await store.remove(name);
  replaced = true;
  return { value: {} };
}
