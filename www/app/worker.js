// The one worker: it holds the wasm, and everything that computes happens here.
//
// A request {id, op, …} is answered by {id, ok: true, value} or {id, ok: false, error}; what it tells on the way is
// {id, event}. After {fatal: error} nothing more can be expected: the page ends this worker and starts another.

import { fetchWasm } from "./engine-wasm.js";
import { isCutShort, isNetwork } from "./header.js";
import { VISITORS, isOfTheSite } from "./networks.js";
import { ENDING, networks } from "./store.js";
import { fetchAhead, findModels } from "./worker-models.js";
import { drawn, letGo, read } from "./worker-pictures.js";
import * as generators from "./worker-generators.js";
import { Job, aside, chosen, failure, free, lend, measuring, openEngine, progressOf, studio } from "./worker-studio.js";
import * as inspection from "./worker-inspection.js";
import * as training from "./worker-training.js";
import init, { Engine, Inputs, Picture, quantiseVgg19 } from "./wasm/atelier.js";

/** The page knows that this worker is lost. */
let told = false;
/** The stored network is not, or no longer, the one that the engine has under the same name. */
let replaced = false;

const operations = {
  open, inspect, predict, optimise, adjust, pause, resume, cancel, encode, importModel, listModels, removeModel,
  ...generators.operations, ...inspection.operations, ...training.operations,
};

self.addEventListener("message", async ({ data: request }) => {
  const { id, op } = request;
  const tell = (event, transfer = []) => self.postMessage({ id, event }, transfer);
  try {
    const operation = Object.hasOwn(operations, op) ? operations[op] : unknown;
    const { value, transfer = [] } = await operation(request, tell);
    self.postMessage({ id, ok: true, value }, transfer);
  } catch (cause) {
    const error = coded(cause);
    // wasm that trapped is beyond use, which is an answer to everyone who waits. A panic has told its story through `fatal` already; this is for the rest.
    if (cause instanceof WebAssembly.RuntimeError) fatal(error);
    else self.postMessage({ id, ok: false, error });
  }
});

self.addEventListener("unhandledrejection", ({ reason }) => fatal(coded(reason)));
// What takes long is polled in a microtask of wasm-bindgen's own. What traps there settles no promise, so that neither of the above would hear of it.
self.addEventListener("error", (event) => {
  event.preventDefault();
  fatal(coded(event.error ?? event.message));
});

function fatal(error) {
  told = true;
  self.postMessage({ fatal: error });
}

/** Every error in the form {code, party, details}. */
function coded(cause) {
  if (cause && typeof cause.code === "string" && typeof cause.party === "string") {
    // By name: of an error of JavaScript's nothing else would arrive.
    const { code, party, details } = cause;
    return { code, party, details };
  }
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

function unknown({ op }) {
  throw failure("internal", "bug", { message: `no operation ${op}` });
}

async function open(request, tell) {
  findModels(request.models, request.shelf);
  if (request.ahead) fetchAhead();
  const url = new URL("./wasm/atelier_bg.wasm", import.meta.url);
  const onProgress = progressOf("engine", tell);
  const start = async (cache) => init({ module_or_path: request.module ?? await fetchWasm(url, onProgress, cache) });
  // What does not compile may be damaged where the browser keeps it.
  await start("default").catch(() => start("reload")).catch((cause) => {
    if (cause?.code) throw cause;
    throw failure("engine-unreachable", "host", { message: String(cause?.message ?? cause) });
  });
  await openEngine(Engine.open(request.backend, fatal));
  const { engine } = studio;
  // While the models come and the visitor looks around. A painting that cannot wait would have to compile the same.
  studio.aside = engine.rehearse().catch((reason) => console.debug("rehearsal", reason));
  return { value: { backend: engine.backend, reason: engine.reason, adapter: engine.adapter ?? null } };
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

/** What a run would take. It borrows the engine, so runs and other forecasts wait for it. */
function predict({ width, height, settings, ...job }) {
  return aside(async () => {
    await useNetwork(job, () => {});
    return { value: await studio.engine.predict(width, height, settings) };
  });
}

async function optimise({ id, ...job }, tell) {
  if (studio.job) throw failure("run-in-progress", "visitor");
  if (!job.content) throw failure("content-missing", "visitor");
  if (!job.styles?.length) throw failure("style-missing", "visitor");
  const current = new Job(id);
  let optimisation;
  try {
    await studio.aside;
    await useNetwork(job, tell);
    optimisation = await prepare(job).finally(() => letGo([job.content, ...job.styles.map(({ file }) => file), ...job.from ? [job.from] : []]));
    for (;;) {
      await current.turn(optimisation);
      if (current.cancelled) return { value: { cancelled: true } };
      const event = await optimisation.next();
      if (!event) throw failure("internal", "bug", { message: "the run ended without a result" });
      if (event.kind === "done") {
        const { width, height, pixels } = event;
        return { value: { cancelled: false, width, height, pixels }, transfer: [pixels] };
      }
      tell(event, event.pixels ? [event.pixels] : []);
    }
  } finally {
    optimisation?.free();
    current.end();
  }
}

/** Puts the network that the job asks for to use, unless it is already. */
async function useNetwork({ model, unstored }, tell) {
  if (isOfTheSite(model)) return measuring(model, tell);
  if (studio.engine.model === model && !replaced) return;
  const file = unstored ?? await networks.read(model + ENDING);
  if (!file) throw failure("weights-stored-gone", "visitor");
  try {
    studio.engine.useModel(await chosen(file), model);
  } catch (error) {
    if (error?.code !== "model-damaged") throw error;
    // It would be as damaged the next time.
    if (!unstored) await networks.remove(model + ENDING);
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
    if (from) lend([await read(from)], (picture) => inputs.startFrom(picture));
    return studio.engine.optimise(inputs, settings);
  } finally {
    free(inputs);
  }
}

/** Other weights for the run, from its next step on. */
function adjust({ run, settings }) {
  if (studio.job?.id !== run) return { value: {} };
  return studio.job.ask((optimisation) => {
    optimisation?.adjust(settings);
    return { value: {} };
  });
}

function pause({ run }) {
  if (studio.job?.id === run) studio.job.pause();
  return { value: {} };
}

function resume({ run }) {
  if (studio.job?.id === run) studio.job.resume();
  return { value: {} };
}

function cancel({ run }) {
  if (studio.job?.id === run) studio.job.cancel();
  return { value: {} };
}

function encode({ width, height, pixels, format, quality = 0.92 }) {
  const picture = Picture.fromRgba(width, height, new Uint8Array(pixels), format);
  try {
    const bytes = format === "jpeg" ? picture.toJpeg(quality) : format === "rgba-png" ? picture.toRgbaPng() : picture.toPng();
    return { value: { blob: new Blob([bytes], { type: format === "jpeg" ? "image/jpeg" : "image/png" }) } };
  } finally {
    picture.free();
  }
}

/** Makes a network of a weight file. Slices of files can be read in one go in workers only, and nothing else is heard meanwhile. */
function importModel(asked) {
  return aside(() => imported(asked));
}

async function imported({ file, bits }) {
  const bytes = await isNetwork(file) ? await exported(file) : quantiseVgg19(file, bits);
  replaced = true;
  const stored = await networks.write(VISITORS + ENDING, bytes);
  return { value: { unstored: stored ? null : new Blob([bytes]) } };
}

/** A network that was exported from here, or made by the command line: used as it is, if it can be. */
async function exported(file) {
  const bytes = await chosen(file);
  try {
    studio.engine.useModel(bytes, VISITORS);
  } catch (error) {
    if (error?.code !== "model-damaged") throw error;
    throw await isCutShort(file) ? failure("weights-truncated", "visitor") : failure("weights-damaged", "visitor", { what: file.name });
  }
  return bytes;
}

async function listModels() {
  const files = await networks.list();
  return { value: files.map(({ name, size }) => ({ name: name.replace(ENDING, ""), bytes: size })) };
}

async function removeModel({ name }) {
  await networks.remove(name + ENDING);
  replaced = true;
  return { value: {} };
}
