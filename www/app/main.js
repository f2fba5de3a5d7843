// @ts-check
// Wires the page: wells, modes, settings, one piece of work at a time, the wall and the error panel. It computes nothing; the worker does. The
// body's data-phase and data-mode are the state that the style sheet and the tests look at.
import { followAddress } from "./address.js";
import { Compare } from "./compare.js";
import { watchControls } from "./controls.js";
import { byId, find } from "./dom.js";
import { download } from "./download.js";
import { Engine } from "./engine.js";
import { AtelierError, ErrorPanel, reportText } from "./errors.js";
import { Generate } from "./generate.js";
import { Generators } from "./generators.js";
import { readForm, writeForm } from "./form-state.js";
import { History } from "./history.js";
import { takeIn } from "./intake.js";
import { showLabel } from "./label.js";
import { lazily } from "./lazy.js";
import { paintMasks } from "./mask-editor.js";
import { Models } from "./models.js";
import { enterMode, lockModes, mode, startMode, watchModes } from "./modes.js";
import { showRecent } from "./recent-styles.js";
import { Run } from "./run.js";
import { fillShelves } from "./samples.js";
import { Forecast } from "./forecast.js";
import { readLive, readSettings, smallerSizes, unusual, useSize } from "./settings.js";
import { Sparkline } from "./sparkline.js";
import { Stage } from "./stage.js";
import { Styles } from "./styles.js";
import { copies, copy, share, shares } from "./take-away.js";
import { Texture } from "./texture.js";
import { duration, negotiate, put, putComputed, size, t, use } from "./text.js";
import { Train } from "./train.js";
import { Viewer } from "./viewer.js";
import { Well } from "./wells.js";

/** What is in progress, as Pause and Cancel know it. @typedef {{paused: boolean, toggle: () => void, cancel: () => void}} Work */
/** @typedef {typeof studio} Studio */
/** @typedef {"opening" | "ready" | "running" | "paused" | "done" | "cancelled" | "failed"} Phase */
/** @typedef {import("./engine.js").EngineState} EngineState */

const status = byId("status");
const start = byId("start");
const pause = byId("pause");
const cancel = byId("cancel");

/** @type {Run | Work | null} */
let run = null;
/** @type {(import("./download.js").Finished) | null} */
let finished = null;
/** The last result, which outlives the start of another painting: that one may start from it. @type {import("./mask.js").Pixels | null} */
let last = null;
/** The photo of the result that was last painted anew. @type {import("./wells.js").Picture | null} */
let renewed = null;
/** What "Try again" means for the error on show. */
let again = () => {};
/** The service worker's registration, under way or done. @type {Promise<void> | null} */
let offline = null;

const forced = new URLSearchParams(location.search).get("backend");
const engine = new Engine({
  backend: forced === "webgpu" || forced === "cpu" ? forced : "auto",
  models: new URL("models/", document.baseURI).href,
  onState: onEngine,
});
const inspect = engine.inspect.bind(engine);
const wells = {
  content: new Well(byId("content-well"), { hint: "well.content.hint", inspect, onChange: onWells }),
  style: new Well(byId("style-well"), { hint: "well.style.hint", inspect, onChange: onWells }),
};
const styles = new Styles(wells.style, { inspect, onChange: onWells });
const models = new Models(engine, onModels);
const texture = new Texture(engine, () => wells.content.picture);
const allWells = () => [wells.content, ...styles.wells];
/** The photo that the masks were painted on. @type {import("./wells.js").Picture | null} */
let masked = null;
const compare = new Compare(byId("picture"), () => viewer.refresh());
const stage = new Stage(byId("picture"), () => viewer.refresh());
const viewer = new Viewer(stage, compare);
const spark = new Sparkline(byId("sparkline"));
const panel = new ErrorPanel(byId("error"), {
  retry: () => again(),
  useProcessor: () => {
    engine.start("cpu");
    again();
  },
  onProcessor: () => engine.opened?.backend === "cpu",
  smaller: () => smallerSizes().at(0) ?? null,
  useSize: (side) => { useSize(side); begin(); },
  chooseModel: () => models.ask(),
  openStorage,
  focusBack: () => start.focus({ preventScroll: true }),
  report: (error) => reportText(error, {
    settings: readSettings().settings, styles: styles.list.length, masks: allWells().filter((well) => well.mask || well.region).length, backend: engine.opened, browser: navigator.userAgent, page: location.href,
  }),
});

const forecast = new Forecast(byId("forecast"));

/** What the other modes are lent of this one bench and wall. */
const studio = {
  engine, stage, panel, status, styles, inspect, texture, enter, fail,
  content: wells.content,
  progress: byId("progress"),
  onChange: onWells,
  get busy() { return run !== null; },
  take, release, hang, renew, refuseWells,
  /** Lets the wall be used for something else. */
  clear: () => generate.stop(),
  /** Hangs a result that is kept elsewhere. @param {import("./mask.js").Pixels} result @param {import("./wells.js").Picture} content @param {import("./label.js").Label} label */
  display(result, content, label) {
    show(result, content.base, label);
    return uncover(content, result);
  },
  /** A piece of work was cancelled before there was anything to see. */
  leave() {
    put(status, "status.cancelled-early");
    enter("cancelled");
  },
  /** Goes on with an unfinished training. */
  async resume() {
    await generate.stop();
    if (!run) enterMode("train");
    train.begin(true);
  },
  /** Lets a generator be tried. @param {import("./generators.js").Generator} generator */
  use(generator) {
    enterMode("generate");
    generators.choose(generator);
    wells.content.input.focus({ preventScroll: true });
  },
};
const generators = new Generators(engine, onWells);
const generate = new Generate(studio, generators);
const train = new Train(studio, generators);
const batch = lazily(() => import("./batch.js"), ({ Batch }) => new Batch(studio, { engine, styles, generators, models, texture }));
const icons = lazily(() => import("./icons.js"), ({ Icons }) => new Icons(engine));
const presets = lazily(() => import("./presets.js"), (module) => module);
const FORMS = { generate: "generating", optimise: "settings", train: "training" };
const results = new History({
  engine,
  busy: () => run !== null || phase() === "opening",
  fail,
  onChange: () => showRecent(results, () => styles.next),
  hang: hangEarlier,
  restore,
});

const phase = () => /** @type {Phase} */ (document.body.dataset.phase);

/** @param {Phase} next */
function enter(next) {
  document.body.dataset.phase = next;
  const busy = next === "running" || next === "paused";
  byId("working").hidden = !busy;
  byId("take").hidden = next !== "done" || !finished;
  byId("trained").hidden = next !== "done" || !train.trained || mode() !== "train";
  cancel.disabled = false;
  put(pause, next === "paused" ? "action.resume" : "action.pause");
  if (mode() === "train") put(start, busy ? "action.training" : "action.train");
  else put(start, busy ? "action.busy" : finished ? "action.again" : mode() === "generate" ? "action.generate" : "action.start");
  lockModes(busy);
  results.refresh();
  onWells();
}

/** Another mode was chosen. What hangs on the wall stays there. */
function onMode() {
  start.setAttribute("form", FORMS[mode()]);
  generate.stop();
  panel.hide();
  if (phase() === "opening") return;
  enter(finished && phase() === "done" ? "done" : "ready");
  lookAround();
}

/** Asks what there is to go on training with, and to generate with, once that is of interest. */
function lookAround() {
  if (engine.state !== "ready" || run) return;
  train.refresh();
  if (mode() !== "optimise") generators.refresh();
}

/** Lets the bench and the wall be used by one piece of work. @param {Run | Work} work @param {import("./wells.js").Picture | null} photo */
function take(work, photo) {
  if (engine.state === "failed") engine.start();
  for (const well of allWells()) well.quiet();
  panel.hide();
  results.leave();
  compare.hide();
  finished = null;
  run = work;
  if (photo) stage.showContent(photo.preview);
  forecast.update(null);
  enter("running");
  // Where the wall is not beside the bench but below it, the painting would begin out of sight.
  if (getComputedStyle(byId("wall")).position !== "sticky") byId("wall").scrollIntoView();
}

/** The work is over, whichever way. */
function release() {
  run = null;
  document.title = "Atelier";
  if (panel.code === "run-in-progress") panel.hide();
}

/** Says which picture is missing. @param {boolean} style whether one is needed @returns {boolean} whether one is */
function refuseWells(style) {
  const { content } = wells;
  const missing = mode() !== "train" && !content.picture ? "content" : style && !styles.list.length ? "style" : null;
  if (!missing) return false;
  wells[missing].refuse(new AtelierError(`${missing}-missing`, "visitor"));
  wells[missing].input.focus();
  return true;
}

/** Says what is still needed, and lets the photo wait on the wall until something is painted. */
function onWells() {
  const { content } = wells;
  const style = styles.list.length > 0 || (mode() === "generate" && document.body.hasAttribute("data-own-style"));
  const busy = run !== null;
  if (content.picture !== masked) {
    masked = content.picture;
    styles.forgetRegions();
  }
  styles.refresh();
  texture.describe();
  onRegions();
  models.lock(busy);
  generators.lock(busy);
  train.describe();
  const ready = { generate: generate.ready, optimise: Boolean(content.picture) && style, train: train.ready }[mode()];
  start.setAttribute("aria-disabled", String(busy || models.busy || !ready));
  generate.follow();
  if (busy || phase() === "opening") return;
  foretell();
  if (stage.shown === "nothing" || stage.shown === "content") {
    if (content.picture) stage.showContent(content.picture.preview);
    else stage.clear();
  }
  if (phase() !== "ready") return;
  if (models.busy) put(status, "status.importing");
  else if (mode() === "train") put(status, train.ready ? "status.train-ready" : "status.train-need-style");
  else if (mode() === "generate" && !generators.chosen) put(status, "status.need-generator");
  else if (content.picture && style) put(status, "status.ready");
  else if (content.picture) put(status, "status.need-style");
  else put(status, style ? "status.need-content" : "status.need-both");
}

/** Asks what the painting that could be started now would take. */
function foretell() {
  const { picture } = wells.content;
  const { settings: { model, ...settings }, error } = readSettings();
  const idle = !run && !models.busy && engine.state === "ready";
  if (!picture || !idle || error || mode() !== "optimise") return forecast.update(null);
  const shape = byId("power").value;
  const job = (/** @type {number} */ side) => ({ ...texture.sides(picture, shape, side), model, unstored: models.unstored, settings: { ...settings, size: side } });
  forecast.update((side) => engine.predict(job(side)), [settings.size, ...smallerSizes()]);
}

/** A network is being read, or has been. */
function onModels() {
  if (!models.busy && panel.code === "import-in-progress") panel.hide();
  onWells();
}

/** Says whether regions are painted on the photo. */
function onRegions() {
  const some = wells.content.mask || styles.list.some(({ region }) => region);
  byId("regions").hidden = !wells.content.picture;
  put(byId("regions"), some ? "well.regions-some" : "well.regions");
}

/** Opens the dialogue about what is kept. */
async function openStorage() {
  try {
    const { openStorage: open } = await import("./storage.js");
    const changed = () => { models.refresh(); generators.refresh(); train.refresh(); };
    await open({ engine, generators, models, results, busy: () => run !== null || models.busy, changed });
  } catch (reason) {
    console.debug("storage", reason);
    again = openStorage;
    panel.show(new AtelierError("network-lost", "host", { file: t("storage.title") }));
  }
}

/** @param {EngineState} state */
function onEngine(state) {
  const badge = byId("backend");
  badge.dataset.state = state.state;
  if (state.state === "opening") {
    put(badge, "backend.opening");
  } else if (state.state === "fetching" && state.total) {
    const key = state.what === "model" ? "backend.fetch-model" : "backend.fetch-engine";
    put(badge, key, { loaded: () => size(state.loaded), total: () => size(state.total) });
  } else if (state.state === "ready") {
    badge.dataset.backend = state.backend;
    const key = state.backend === "webgpu" && !state.adapter ? "backend.webgpu-unnamed" : `backend.${state.backend}`;
    put(badge, key, { adapter: state.adapter ?? "", reason: () => t(`reason.${state.reason}`) });
    if (phase() === "opening") enter("ready");
    else if (phase() === "failed") put(status, "status.failed");
    for (const well of allWells()) well.retry();
    models.refresh();
    lookAround();
    // What is for later visits waits until this one has all it needs.
    offline ??= import("./offline.js").then(({ goOffline }) => goOffline(), (reason) => console.debug("offline", reason));
  } else if (state.state === "failed") {
    if (!state.restarting) put(badge, "backend.failed");
    // A run that waits on the engine reports the same error itself, with its own ending.
    if (!run) fail(state.error, reopen);
  }
}

/** Opens the studio again, unless that is under way. */
function reopen() {
  if (phase() === "failed") {
    enter("opening");
    put(status, "status.opening");
  }
  if (engine.state === "failed") engine.start();
  else if (engine.state === "ready") enter("ready");
}

/** @param {AtelierError} error @param {() => void} retry */
function fail(error, retry) {
  again = retry;
  panel.show(error);
  put(status, phase() === "opening" ? "status.closed" : "status.failed");
  // A finished picture stays finished, and can still be saved, whatever becomes of the engine.
  if (phase() !== "done") enter("failed");
}

/** @param {import("./mask.js").Pixels | null} [onFrom] a picture to run on from, whatever the settings say
 * @param {number} [steppedFrom] the size that was too much for the memory, where there was one */
async function begin(onFrom = null, steppedFrom = 0) {
  await generate.stop();
  if (run) return panel.show(new AtelierError("run-in-progress", "visitor"));
  if (models.busy) return panel.show(new AtelierError("import-in-progress", "visitor"));
  if (mode() === "generate") return generate.begin();
  if (mode() === "train") return train.begin();
  const { settings, error, field } = readSettings(onFrom ? "picture" : undefined);
  if (error) {
    panel.show(error);
    return field.focus();
  }
  if (refuseWells(true)) return;
  const photo = /** @type {import("./wells.js").Picture} */ (wells.content.picture);
  const from = settings.start === "picture" ? last : null;
  const shape = byId("power").value;
  const drawn = (/** @type {import("./wells.js").MaybeMask} */ mask) => texture.mask(mask, photo, shape, settings.size);
  const painted = styles.list.map((style) => ({ ...style, region: drawn(style.region) }));
  const keep = drawn(wells.content.mask);
  let content = photo;
  try {
    content = await texture.shaped(photo, shape, settings.size);
  } catch (thrown) {
    return fail(AtelierError.from(thrown), () => begin(onFrom));
  }
  if (run) return; // another press was faster
  const painting = new Run({ content, styles: painted, keep, from, unstored: models.unstored, settings }, { engine, stage, spark });
  take(painting, content);
  showLabel(labelOf(painting.job, "label.plan", { size: String(settings.size) }));
  if (steppedFrom) forecast.steppedDown(steppedFrom, settings.size);
  const ending = await painting.paint();
  const { job } = painting;
  release();
  if (ending.kind === "done") {
    await hang(ending, content, ending.seconds, labelOf(job, "label.medium", { width: String(ending.width), height: String(ending.height) }));
  } else if (ending.kind === "cancelled") leave(job);
  else {
    if (ending.error.code.startsWith("weights-stored-")) models.lose();
    const smaller = ending.error.code === "out-of-memory" ? smallerSizes().at(0) : null;
    if (smaller) {
      useSize(smaller);
      return begin(onFrom, steppedFrom || job.settings.size);
    }
    fail(ending.error, () => begin(onFrom));
  }
}

/** @param {import("./run.js").Job} job @param {string} medium @param {Record<string, string>} facts @returns {import("./label.js").Label} */
function labelOf({ content, styles, settings }, medium, facts) {
  const style = () => styles.map(({ picture }) => picture.name()).join(" + ");
  const method = settings.method === "adam" ? "Adam" : "L-BFGS";
  const { iterations } = settings;
  return { content: content.name, style, medium, facts: { method, iterations, ...facts }, particulars: () => unusual(settings), when: Date.now() };
}

/** What the picture on the wall was made from, for whoever wants it so again. @param {import("./wells.js").Picture} content
 * @returns {import("./history.js").Making} */
function making(content) {
  const own = mode() === "generate" && generators.chosen?.ownStyle;
  const controls = { ...readForm(FORMS.generate), ...readForm(FORMS.optimise), generator: generators.chosen?.id ?? "" };
  return { mode: mode(), controls, content: content.origin ?? content, styles: own ? [] : styles.list, mask: wells.content.mask };
}

/** A result: it can be compared, saved and gone on from.
 * @param {import("./mask.js").Pixels} result @param {import("./wells.js").Picture} content @param {number} seconds that it took
 * @param {import("./label.js").Label} label */
async function hang(result, content, seconds, label) {
  put(status, "status.done", { time: () => duration(seconds) });
  show(result, content.base, label);
  results.add(result, stage.canvas, label, making(content));
  byId("result-title").focus({ preventScroll: true });
  byId("picture").scrollIntoView({ block: "nearest" });
  await uncover(content, result);
}

/** @param {import("./mask.js").Pixels} result @param {string} base @param {import("./label.js").Label} label */
function show(result, base, label) {
  const { width, height, pixels } = result;
  stage.show(result, "result");
  showLabel(label);
  last = result;
  find(document, "#from [value=picture]").disabled = false;
  finished = { width, height, pixels, base };
  enter("done");
}

/** Another version of the result. @param {import("./mask.js").Pixels} result @param {import("./wells.js").Picture} content @param {import("./label.js").Label} label */
async function renew(result, content, label) {
  const { width, height, pixels } = result;
  const alike = finished?.width === width && finished.height === height && renewed === content;
  stage.show(result, "result");
  showLabel(label);
  last = result;
  finished = { width, height, pixels, base: content.base };
  results.amend(result, stage.canvas, label, making(content));
  renewed = content;
  if (!alike) await uncover(content, result);
}

/** Lays the photo beside the result. @param {{file: Blob, preview?: HTMLCanvasElement}} content @param {import("./mask.js").Pixels} result */
async function uncover(content, result) {
  const sharp = await sharpContent(content, result);
  if (sharp && finished?.pixels === result.pixels) compare.show(sharp, result.width, result.height);
}

/** A result from before. @param {import("./history-store.js").Entry} entry @param {import("./mask.js").Pixels} result @param {Blob | null} content */
async function hangEarlier(entry, result, content) {
  await generate.stop();
  panel.hide();
  compare.hide();
  if (mode() === "train") enterMode(entry.mode);
  show(result, entry.base, entry.label);
  put(status, "status.earlier");
  const shape = /** @type {import("./texture.js").Shape} */ (entry.controls[entry.mode === "generate" ? "generate-power" : "power"] ?? "");
  if (content) await uncover({ file: await texture.shapedFile(content, shape, Math.max(result.width, result.height)) }, result);
}

/** Puts pictures and settings back as they were when a result was made. @param {import("./history-store.js").Entry} entry
 * @param {import("./history.js").Part} content @param {import("./history.js").StylePart[]} parts */
async function restore(entry, content, parts) {
  enterMode(entry.mode);
  await Promise.all([wells.content.offer(content.offered), generators.refresh()]);
  for (const form of [FORMS.generate, FORMS.optimise]) writeForm(form, entry.controls);
  wells.content.mask = content.mask;
  onWells();
  if (parts.length) await styles.replace(parts);
  put(status, "status.restored");
}

/** The photo at the size of the result; the smaller preview where the engine cannot give it.
 * @param {{file: Blob, preview?: HTMLCanvasElement}} content @param {{width: number, height: number}} result @returns {Promise<CanvasImageSource | undefined>} */
async function sharpContent(content, { width, height }) {
  try {
    const { preview } = await inspect(content.file, Math.max(width, height));
    return await createImageBitmap(new ImageData(new Uint8ClampedArray(preview.pixels), preview.width, preview.height));
  } catch (reason) {
    console.debug("comparison", reason);
    return content.preview;
  }
}

/** A cancelled run leaves what it had. @param {import("./run.js").Job} job */
function leave(job) {
  const begun = stage.shown === "preview";
  if (begun) {
    const { width, height } = stage.canvas;
    showLabel(labelOf(job, "label.medium-cancelled", { width: String(width), height: String(height) }));
  }
  put(status, begun ? "status.cancelled" : "status.cancelled-early");
  enter("cancelled");
  // The button that was pressed is gone, and focus with it; anyone who has moved on is left alone.
  if (document.activeElement === document.body) byId("result-title").focus({ preventScroll: true });
}

/** Lets the painting in progress follow a slider. */
async function adjust() {
  if (!(run instanceof Run)) return;
  try {
    await run.adjust(readLive());
    if (panel.code?.startsWith("settings-")) panel.hide();
  } catch (thrown) {
    const error = AtelierError.from(thrown);
    // The end of a run says the rest itself.
    if (error.party === "visitor") panel.show(error);
  }
}

/** @param {"png" | "jpeg"} format */
async function save(format) {
  if (!finished) return;
  put(status, "status.saving");
  try {
    const quality = Number(byId("quality").value) / 100;
    const name = await download(engine, finished, format, quality);
    put(status, "status.saved", { name });
  } catch (thrown) {
    panel.show(AtelierError.from(thrown));
    putComputed(status, () => "");
  }
}

/** Does something with the finished picture, and says when it is done. @param {(picture: import("./download.js").Finished) => Promise<void>} deed @param {string} done a key */
async function takeAway(deed, done) {
  if (!finished) return;
  put(status, "status.saving");
  try {
    await deed(finished);
    put(status, done);
  } catch (thrown) {
    panel.show(AtelierError.from(thrown));
    putComputed(status, () => "");
  }
}

/** Says what is wrong where a part of the page did not arrive. @param {unknown} reason */
const missing = (reason) => panel.show(AtelierError.from(reason));

/** @param {File} file @returns {boolean} */
function offerPreset(file) {
  presets().then(({ loadPreset }) => loadPreset(file, generators, run !== null), missing);
  return true;
}

/** Several photos, or a folder of them, or whatever is let go over the list. @param {import("./intake.js").Dropped} dropped @returns {boolean} whether it was such */
function offerBatch({ files, entries, target, well }) {
  const onList = target instanceof Element && target.closest("#batch");
  const many = well === wells.content && (entries.length || files.length > 1);
  if (!onList && !many) return false;
  batch().then((batch) => {
    batch.open();
    if (entries.length) batch.addEntries(entries);
    else batch.add(files);
  }, missing);
  return true;
}

for (const form of Object.values(FORMS)) {
  byId(form).addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    begin();
  });
}
byId("settings").addEventListener("change", () => {
  if (!run) foretell();
});
byId("run-on").addEventListener("click", () => begin(last));
byId("refine").addEventListener("click", () => {
  enterMode("optimise");
  begin(last);
});
byId("regions").addEventListener("click", () => {
  if (!wells.content.picture) return;
  const keep = (/** @type {import("./wells.js").MaybeMask} */ mask) => { wells.content.mask = mask; };
  const alone = { name: () => t("masks.keep"), mask: wells.content.mask, keep };
  paintMasks(wells.content.picture.preview, "masks.regions", [alone, ...styles.targets]);
});
byId("masks").addEventListener("close", onRegions);
byId("batch-open").addEventListener("click", () => batch().then((batch) => batch.open(), missing));
byId("icons-open").addEventListener("click", () => icons().then((icons) => finished && icons.open(finished), missing));
byId("preset-save").addEventListener("click", () => presets().then(({ savePreset }) => savePreset(generators), missing));
byId("preset-file").addEventListener("change", (/** @type {Event} */ { target }) => {
  const input = /** @type {HTMLInputElement} */ (target);
  const [file] = input.files ?? [];
  if (file) offerPreset(file);
  input.value = "";
});
pause.addEventListener("click", () => {
  if (!run) return;
  run.toggle();
  enter(run.paused ? "paused" : "running");
});
cancel.addEventListener("click", () => {
  run?.cancel();
  cancel.disabled = true;
});
byId("download-png").addEventListener("click", () => save("png"));
byId("download-jpeg").addEventListener("click", () => save("jpeg"));
byId("copy").hidden = !copies();
byId("copy").addEventListener("click", () => takeAway((picture) => copy(engine, picture), "status.copied"));
byId("share").hidden = !shares();
byId("share").addEventListener("click", () => takeAway((picture) => share(engine, picture, byId("result-title").textContent), "status.shared"));
byId("how-it-works").addEventListener("click", async () => {
  const { content } = wells;
  const painted = stage.shown === "result" && finished ? stage.canvas : null;
  (await import("./how.js")).explain(engine, { content: content.picture?.preview ?? null, style: styles.list.at(0)?.picture.preview ?? null, result: painted });
});
byId("take-picture").hidden = !navigator.mediaDevices?.getUserMedia;
byId("take-picture").addEventListener("click", async () => (await import("./camera.js")).takePicture(wells.content));
byId("storage-open").addEventListener("click", openStorage);
find(document, ".languages").addEventListener("click", (/** @type {Event} */ { target }) => {
  const wanted = target instanceof HTMLElement ? target.dataset.lang : undefined;
  if (wanted) use(wanted, true);
});

// The engine is the slowest to arrive, so it sets out first; texts and shelves follow while it is on its way.
engine.start();
takeIn(allWells, [
  ({ files, entries, target }) => mode() === "train" && !entries.length && train.gather(files, target),
  ({ files, entries }) => mode() !== "train" && !entries.length && files.length === 1 && /\.json$/i.test(files[0].name) && offerPreset(files[0]),
  (dropped) => mode() !== "train" && offerBatch(dropped),
]);
watchControls(adjust);
watchModes(onMode);
startMode();
followAddress();
await use(negotiate(), false);
fillShelves(wells, () => styles.next);
