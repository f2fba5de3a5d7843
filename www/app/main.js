// @ts-check
// Wires the page: wells, modes, settings, one piece of work at a time, the wall and the error panel. It computes nothing; the worker does. The
// body's data-phase and data-mode are the state that the style sheet and the tests look at.
import { followAddress } from "./address.js";
import { watchControls } from "./controls.js";
import { keepClear } from "./covered.js";
import { byId, find, onFiles } from "./dom.js";
import { Engine } from "./engine.js";
import { AtelierError, ErrorPanel, reportText } from "./errors.js";
import { Generate } from "./generate.js";
import { Generators } from "./generators.js";
import { readForms, writeForms } from "./form-state.js";
import { History } from "./history.js";
import { offerToInstall } from "./install.js";
import { takeIn } from "./intake.js";
import { lazily } from "./lazy.js";
import { paintMasks } from "./mask-editor.js";
import { Models } from "./models.js";
import { enterMode, lockModes, mode, startMode, watchModes } from "./modes.js";
import { DESCRIBING } from "./networks.js";
import { Optimise } from "./optimise.js";
import { showPeek } from "./peek.js";
import { showRecent } from "./recent-styles.js";
import { hold } from "./release.js";
import { fillShelves } from "./samples.js";
import { copyControl, readSettings, slideTo, smallerSizes, useSize, value } from "./settings.js";
import { Styles } from "./styles.js";
import { calm } from "./sure.js";
import { watchTakeAway } from "./take-away.js";
import { Texture } from "./texture.js";
import { announce, duration, negotiate, put, size, t, use } from "./text.js";
import { Train } from "./train.js";
import { Wall } from "./wall.js";
import { Well } from "./wells.js";

const FORMS = { generate: "generating", optimise: "settings", train: "training" };
const SIZES = { generate: "generate-size", optimise: "size", train: "" };
/** What a generator has painted needs so much of the iterations that a photo does (docs/quality.md, "Refining"). */
const REFINING = .3;

/** What is in progress, as Pause and Cancel know it. @typedef {{paused: boolean, toggle: () => void, cancel: () => void}} Work */
/** @typedef {typeof studio} Studio */
/** @typedef {"opening" | "ready" | "running" | "paused" | "done" | "cancelled" | "failed"} Phase */
/** @typedef {import("./engine.js").EngineState} EngineState */

const status = byId("status");
const start = byId("start");
const pause = byId("pause");
const cancel = byId("cancel");

/** @type {Work | null} */
let run = null;
/** Something is about to be begun. */
let beginning = false;
/** What had the focus when it was begun. @type {Element | null} */
let pressed = null;
/** What "Try again" means for the error on show. */
let again = () => {};
/** The dialogue about what is kept, once it was opened. @type {import("./storage.js").StoragePanel | null} */
let storage = null;
/** The service worker's registration, under way or done. @type {Promise<void> | null} */
let offline = null;

const forced = new URLSearchParams(location.search).get("backend");
const engine = new Engine({
  backend: forced === "webgpu" || forced === "cpu" ? forced : "auto",
  ahead: true,
  patient: true,
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
/** Whether the style is the generator's own, so that the styles' wells are not there. */
const bringsStyle = () => mode() === "generate" && document.body.hasAttribute("data-own-style");
/** The photo that the masks were painted on. @type {import("./wells.js").Picture | null} */
let masked = null;
const wall = new Wall(inspect);
const panel = new ErrorPanel(byId("error"), {
  retry: () => again(),
  useProcessor: () => {
    engine.start("cpu");
    again();
  },
  onProcessor: () => engine.opened?.backend === "cpu",
  // A training has no size; it is gone on with as it was put away.
  smaller: () => (mode() === "train" ? null : smallerSizes(SIZES[mode()]).at(0) ?? null),
  useSize: (side) => { useSize(side, SIZES[mode()]); begin(); },
  chooseModel: () => models.ask(),
  openStorage,
  focusBack: () => start.focus({ preventScroll: true }),
  report: (error) => reportText(error, {
    settings: readSettings().settings, styles: styles.list.length, masks: allWells().filter((well) => well.mask || well.region).length, backend: engine.opened, browser: navigator.userAgent, page: location.href,
  }),
});

/** What the other modes are lent of this one bench and wall. */
const studio = {
  engine, wall, panel, status, styles, inspect, texture, enter, fail, complain, begin,
  content: wells.content,
  progress: byId("progress"),
  onChange: onWells,
  get busy() { return run !== null; },
  take, release, hang, leaveOnWall, renew, making, land, refuseWells,
  /** Lets the wall be used for something else. */
  clear: () => generate.stop(),
  /** Hangs a result that is kept elsewhere. @param {import("./mask.js").Pixels} result @param {import("./wells.js").Picture} content @param {import("./label.js").Label} label */
  display(result, content, label) {
    wall.show(result, content.base, label, content);
    enter("done");
    return wall.uncover(content, result);
  },
  /** A piece of work was cancelled before there was anything to see. */
  leave() {
    put(status, "status.cancelled-early");
    enter("cancelled");
    land();
  },
  /** Goes on with an unfinished training. @param {() => void} training goes on with it */
  async resume(training) {
    await generate.stop();
    if (!run) enterMode("train");
    training();
  },
  /** Lets a generator be tried. @param {import("./generators.js").Generator} generator */
  use(generator) {
    enterMode("generate");
    generators.choose(generator);
    wells.content.input.focus({ preventScroll: true });
  },
};
const generators = new Generators(engine, { onChange: onWells, onGone: () => generate.stop(), aside: (deed) => generate.aside(deed) });
const generate = new Generate(studio, generators);
const optimise = new Optimise(studio, models);
const train = new Train(studio, generators);
const batch = lazily(() => import("./batch.js"), ({ Batch }) => new Batch(studio, { engine, styles, generators, models, texture }));
const icons = lazily(() => import("./icons.js"), ({ Icons }) => new Icons(engine));
const presets = lazily(() => import("./presets.js"), (module) => module);
const how = lazily(() => import("./how.js"), (module) => module);
const camera = lazily(() => import("./camera.js"), (module) => module);
const results = new History({
  engine,
  busy: () => run !== null || phase() === "opening",
  complain,
  onChange: () => showRecent(results, () => styles.next),
  bare: takeDown,
  hung: () => allWells().flatMap(({ picture }) => picture?.file ?? []),
  hang: hangEarlier,
  restore,
});

const phase = () => /** @type {Phase} */ (document.body.dataset.phase);
/** Whether there is a picture on the wall to be taken along, whether it was finished or left. */
const hasPicture = () => (phase() === "done" || phase() === "cancelled") && wall.finished !== null;

/** @param {Phase} next */
function enter(next) {
  document.body.dataset.phase = next;
  const busy = next === "running" || next === "paused";
  byId("working").hidden = !busy;
  byId("take").hidden = !hasPicture();
  byId("trained").hidden = next !== "done" || !train.trained || mode() !== "train";
  cancel.disabled = pause.disabled = false;
  put(pause, next === "paused" ? "action.resume" : "action.pause");
  if (mode() === "train") put(start, busy ? "action.training" : "action.train");
  else put(start, busy ? "action.busy" : wall.finished ? "action.again" : mode() === "generate" ? "action.generate" : "action.start");
  lockModes(busy);
  results.refresh();
  onWells();
}

/** Another mode was chosen. What hangs on the wall stays there. */
function onMode() {
  calm(start);
  start.setAttribute("form", FORMS[mode()]);
  generate.rest();
  panel.hide();
  if (phase() === "opening") return;
  enter(hasPicture() ? "done" : "ready");
  lookAround();
}

/** Asks what there is to go on training with, and to generate with, once that is of interest. */
function lookAround() {
  if (engine.state !== "ready" || run) return;
  train.refresh();
  if (mode() !== "optimise") generators.refresh();
}

/** Lets the bench and the wall be used by one piece of work. @param {Work} work @param {import("./wells.js").Picture | null} photo
 * @param {boolean} [goesOn] nobody has asked for it: it follows from the one before */
function take(work, photo, goesOn = false) {
  if (engine.state === "failed") engine.start();
  for (const well of allWells()) well.quiet();
  panel.hide();
  results.leave();
  wall.clear(photo);
  run = work;
  const asked = goesOn ? null : document.activeElement;
  if (asked) pressed = asked;
  optimise.forget();
  enter("running");
  // The button that was pressed may be gone, and what can be done now is elsewhere.
  if (asked && !asked.checkVisibility()) (pause.checkVisibility() ? pause : cancel).focus({ preventScroll: true });
  // Where the wall is not beside the bench but below it, the painting would begin out of sight.
  if (getComputedStyle(byId("wall")).position !== "sticky") byId("wall").scrollIntoView();
}

/** Takes whoever waited for the end to what has come of it: the button that was pressed may be gone, and focus with it. Anyone who has moved on is left alone.
 * @returns {boolean} whether somebody did */
function land() {
  const { activeElement } = document;
  const waited = activeElement === document.body || activeElement === pressed || byId("working").contains(activeElement);
  if (waited) byId("result-title").focus({ preventScroll: true });
  return waited;
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
  const style = styles.list.length > 0 || bringsStyle();
  const busy = run !== null;
  if (content.picture !== masked) {
    masked = content.picture;
    styles.forgetRegions();
  }
  styles.refresh();
  texture.describe();
  onRegions();
  offerToGoOn();
  models.lock(busy);
  generators.lock(busy);
  train.describe();
  const ready = { generate, optimise, train }[mode()].ready;
  start.setAttribute("aria-disabled", String(busy || models.busy || !ready));
  generate.follow();
  if (busy || phase() === "opening") return;
  optimise.foretell();
  wall.wait(content.picture);
  if (phase() !== "ready") return;
  if (models.busy) put(status, "status.importing");
  else if (mode() === "train") put(status, train.ready ? "status.train-ready" : "status.train-need-style");
  else if (mode() === "generate" && generators.failure && !generators.chosen) put(status, "generators.unreachable");
  else if (mode() === "generate" && generators.known && !generators.chosen) put(status, "status.need-generator");
  else if (content.picture && style) put(status, "status.ready");
  else if (content.picture) put(status, "status.need-style");
  else put(status, style ? "status.need-content" : "status.need-both");
}

/** What hangs on the wall can be gone on from with the photo that it is of, and in the shape that it has: it would become another picture's, or be stretched. */
function offerToGoOn() {
  const of = (/** @type {string} */ power) => wall.photo !== null && wall.photo === wells.content.picture && wall.shape === byId(power).value;
  byId("run-on").hidden = !of("power");
  byId("refine").hidden = !of("generate-power");
}

/** A network is being read, or has been. */
function onModels() {
  if (!models.busy && panel.code === "import-in-progress") panel.hide();
  onWells();
  storage?.onModels();
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
    storage = await open({ engine, generators, models, results, busy: () => run !== null || models.busy, changed });
  } catch (reason) {
    console.debug("storage", reason);
    complain(new AtelierError("network-lost", "host", { file: t("storage.title") }), openStorage);
  }
}

/** @param {EngineState} state */
function onEngine(state) {
  const badge = byId("backend");
  badge.dataset.state = state.state;
  if (state.state === "opening") {
    put(badge, "backend.opening");
  } else if (state.state === "fetching" && state.total) {
    put(badge, "backend.fetch-engine", { loaded: () => size(state.loaded), total: () => size(state.total) });
  } else if (state.state === "ready") {
    badge.dataset.backend = state.backend;
    const key = state.backend === "webgpu" && !state.adapter ? "backend.webgpu-unnamed" : `backend.${state.backend}`;
    put(badge, key, { adapter: state.adapter ?? "", reason: () => t(`reason.${state.reason}`) });
    if (phase() === "opening") enter("ready");
    else if (phase() === "failed" && panel.code === "engine-unreachable") {
      // It could be had after all.
      panel.hide();
      enter("ready");
    } else if (phase() === "failed") put(status, "status.failed");
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
  else if (engine.state === "ready" && phase() !== "done" && !hasPicture()) enter("ready");
}

/** Says what went wrong beside the work, which nothing was lost of. @param {AtelierError} error @param {() => void} [retry] */
function complain(error, retry = () => {}) {
  again = retry;
  panel.show(error);
}

/** A piece of work, or the studio itself, was ended by an error. @param {AtelierError} error @param {() => void} retry */
function fail(error, retry) {
  const leaves = byId("working").contains(document.activeElement);
  complain(error, retry);
  put(status, phase() === "opening" ? "status.closed" : "status.failed");
  // A finished picture stays finished, and can still be saved, whatever becomes of the engine.
  if (phase() !== "done" && !hasPicture()) enter("failed");
  if (leaves) land();
}

/** Starts what the mode is for. @param {import("./mask.js").Pixels | null} [onFrom] a picture for an optimisation to run on from, whatever the settings say
 * @param {number} [share] of the iterations that the settings ask for */
async function begin(onFrom = null, share = 1) {
  // Another press while the wall is being cleared means the same.
  if (beginning) return;
  beginning = true;
  start.setAttribute("aria-disabled", "true");
  const [wanted, photo] = [mode(), wells.content.picture];
  const used = bringsStyle() ? [wells.content] : allWells();
  // What is read waits for an engine.
  if (engine.state === "failed") engine.start();
  await Promise.all([generate.stop(), ...used.map((well) => well.arrived())]);
  beginning = false;
  onWells();
  // Something else is looked at by now, or another photo than what was to be gone on from is of.
  if (mode() !== wanted || (onFrom && wells.content.picture !== photo)) return;
  if (run) return panel.show(new AtelierError("run-in-progress", "visitor"));
  if (models.busy) return panel.show(new AtelierError("import-in-progress", "visitor"));
  return { generate, optimise, train }[mode()].begin(onFrom, share);
}

/** What a picture that is begun now is made from, for whoever wants it so again: wells and controls can be changed while it is painted.
 * @param {import("./wells.js").Picture} content @returns {import("./history.js").Making} */
function making(content) {
  // These are named in any case: what is usual may be another in a later release.
  const controls = { ...readForms(), model: byId("model").value, generator: generators.chosen?.id ?? "" };
  const made = { mode: mode(), controls, content: content.origin ?? content, styles: bringsStyle() ? [] : styles.list, mask: wells.content.mask };
  results.begin(made);
  return made;
}

/** A result: it can be compared, saved and gone on from.
 * @param {import("./mask.js").Pixels} result @param {import("./wells.js").Picture} content @param {number} seconds that it took
 * @param {import("./label.js").Label} label @param {import("./history.js").Making} made */
async function hang(result, content, seconds, label, made) {
  put(status, "status.done", { time: () => duration(seconds) });
  wall.show(result, content.base, label, content);
  enter("done");
  results.add(result, wall.stage.canvas, label, made);
  if (land()) byId("picture").scrollIntoView({ block: "nearest" });
  await wall.uncover(content, result);
}

/** What a piece of work has left that did not come to its end. @param {import("./mask.js").Pixels} result @param {import("./wells.js").Picture} content
 * @param {import("./label.js").Label} label @param {import("./history.js").Making} made */
function leaveOnWall(result, content, label, made) {
  wall.show(result, content.base, label, content);
  enter("cancelled");
  results.add(result, wall.stage.canvas, label, made);
  // An engine that is given up is not started anew for the photo beside it.
  if (engine.state !== "failed") wall.uncover(content, result);
}

/** Another version of the result. @param {import("./mask.js").Pixels} result @param {import("./wells.js").Picture} content
 * @param {import("./label.js").Label} label @param {import("./history.js").Making} made */
async function renew(result, content, label, made) {
  const shown = wall.renew(result, content, label);
  offerToGoOn();
  showPeek(wall.stage.canvas);
  results.amend(result, wall.stage.canvas, label, made);
  await shown;
}

/** A result from before. @param {import("./history-store.js").Entry} entry @param {import("./mask.js").Pixels} result @param {Blob | null} content
 * @returns {Promise<boolean>} whether it hangs */
async function hangEarlier(entry, result, content) {
  await generate.stop();
  // Something may have been begun meanwhile.
  if (run) return false;
  panel.hide();
  wall.clear(null);
  if (mode() === "train") enterMode(entry.mode);
  wall.show(result, entry.base, entry.label);
  enter("done");
  const { content: of, style } = entry.label;
  announce(status, content ? "status.earlier" : "status.earlier-alone", { title: () => t("label.title", { content: of, style }) });
  const shape = /** @type {import("./texture.js").Shape} */ (entry.controls[entry.mode === "generate" ? "generate-power" : "power"] ?? "");
  const uncovered = content && texture.shapedFile(content, shape, Math.max(result.width, result.height)).then((file) => wall.uncover({ file }, result));
  uncovered?.catch((reason) => console.debug("comparison", reason));
  return true;
}

/** What hung on the wall was deleted. */
async function takeDown() {
  if (run) return;
  await generate.stop();
  // Something may have been begun meanwhile.
  if (run) return;
  wall.bare();
  enter("ready");
}

/** Puts pictures and settings back as they were when a result was made. @param {import("./history-store.js").Entry} entry
 * @param {import("./history.js").Part} content @param {import("./history.js").StylePart[]} parts */
async function restore(entry, content, parts) {
  const hung = wall.finished;
  enterMode(entry.mode);
  await Promise.all([wells.content.offer(content.offered), generators.refresh()]);
  // Earlier releases did not name the network that was usual then.
  /** @type {import("./form-state.js").FormState} */
  const usualThen = entry.mode === "optimise" ? { model: DESCRIBING } : {};
  const controls = { ...usualThen, ...entry.controls };
  // The picture that it was gone on from is not kept: what can be had again is one from the photo.
  const goesOn = entry.mode === "optimise" && controls.from === "picture";
  if (goesOn) delete controls.from;
  writeForms(controls);
  // What could not be read, or something else that was chosen meanwhile, is no place for its masks.
  const isThere = wells.content.picture?.file === content.offered.file;
  if (isThere) wells.content.mask = content.mask;
  onWells();
  const areThere = !parts.length || await styles.replace(parts);
  // Something else may hang there by now, and the photo may not have been readable.
  if (wall.finished === hung && wells.content.picture?.file === content.offered.file) {
    wall.photo = wells.content.picture;
    wall.shape = /** @type {import("./texture.js").Shape} */ (entry.controls[entry.mode === "generate" ? "generate-power" : "power"] ?? "");
  }
  offerToGoOn();
  const painter = entry.mode === "generate" ? "generator" : "model";
  const isWhole = isThere && areThere && (!controls[painter] || byId(painter).value === controls[painter]);
  put(status, !isWhole ? "status.restored-partly" : goesOn ? "status.restored-from-photo" : "status.restored");
}

/** Says what is wrong where a part of the page did not arrive. @param {() => void} retry @returns {(reason: unknown) => void} */
const missing = (retry) => (reason) => complain(AtelierError.from(reason), retry);

/** Uses a part of the page that is fetched when it is first asked for. @template T @param {() => Promise<T>} part @param {(part: T) => void} deed */
function withPart(part, deed) {
  part().then(deed, missing(() => withPart(part, deed)));
}

/** @param {File} file @returns {boolean} */
function offerPreset(file) {
  withPart(presets, ({ loadPreset }) => loadPreset(file, generators, run !== null));
  return true;
}

/** Several photos, or a folder of them, or whatever is let go over the list. @param {import("./intake.js").Dropped} dropped @returns {boolean} whether it was such */
function offerBatch({ files, entries, target, well }) {
  const onList = target instanceof Element && target.closest("#batch");
  const many = well === wells.content && (entries.length || files.length > 1);
  if (!onList && !many) return false;
  withPart(batch, (batch) => {
    batch.open();
    if (entries.length) batch.addEntries(entries);
    else batch.add(files);
  });
  return true;
}

for (const form of Object.values(FORMS)) {
  byId(form).addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    begin();
  });
}
byId("refine").addEventListener("click", () => {
  // A generator's own style is no picture, and one that happens to be in the well is not what this was painted from.
  const asks = generators.chosen?.ownStyle && styles.list.length > 0;
  // A shape first: it says which sizes there are.
  for (const name of ["power", "seamless", "colors"]) copyControl(`generate-${name}`, name);
  useSize(Number(byId("generate-size").value));
  slideTo("stroke", value("generate-stroke"));
  enterMode("optimise");
  if (!asks) return begin(wall.last, REFINING);
  put(status, "status.refine-own");
  wells.style.input.focus();
});
byId("regions").addEventListener("click", () => {
  const keep = (/** @type {import("./wells.js").MaybeMask} */ mask) => { wells.content.mask = mask; };
  const alone = { name: () => t("masks.keep"), mask: wells.content.mask, keep };
  const { targets } = styles;
  paintMasks(wells.content, "masks.regions", targets.length ? "masks.about-regions" : "masks.about-keep", [alone, ...targets]);
});
byId("masks").addEventListener("close", onRegions);
byId("batch-open").addEventListener("click", () => withPart(batch, (batch) => batch.open()));
byId("icons-open").addEventListener("click", () => withPart(icons, (icons) => { if (wall.finished) icons.open(wall.finished); }));
byId("preset-save").addEventListener("click", () => withPart(presets, ({ savePreset }) => savePreset(generators)));
onFiles(byId("preset-file"), ([file]) => offerPreset(file));
pause.addEventListener("click", () => {
  if (!run) return;
  run.toggle();
  enter(run.paused ? "paused" : "running");
});
cancel.addEventListener("click", () => {
  run?.cancel();
  cancel.disabled = pause.disabled = true;
});
byId("how-it-works").addEventListener("click", () => withPart(how, ({ explain }) => {
  explain((job) => generate.aside(() => engine.look(job)), { content: wells.content.picture?.preview ?? null, style: styles.list.at(0)?.picture.preview ?? null, result: wall.painted, frames: optimise.framesOf(wall.finished) });
}));
byId("take-picture").hidden = !navigator.mediaDevices?.getUserMedia;
byId("take-picture").addEventListener("click", () => withPart(camera, ({ takePicture }) => { takePicture(wells.content); }));
byId("storage-open").addEventListener("click", openStorage);
find(document, ".languages").addEventListener("click", (/** @type {Event} */ { target }) => {
  const wanted = target instanceof HTMLElement ? target.dataset.lang : undefined;
  if (wanted) use(wanted, true);
});

hold();
// The engine is the slowest to arrive, so it sets out first; texts and shelves follow while it is on its way.
engine.start();
takeIn(() => (bringsStyle() ? [wells.content] : allWells()), [
  (dropped) => mode() === "train" && train.take(dropped),
  ({ files, entries }) => mode() !== "train" && !entries.length && files.length === 1 && /\.json$/i.test(files[0].name) && offerPreset(files[0]),
  (dropped) => mode() !== "train" && offerBatch(dropped),
]);
offerToInstall();
keepClear();
watchControls(() => optimise.adjust());
watchTakeAway(engine, () => wall.finished, (picture) => { if (wall.finished === picture) results.carried(); }, complain);
for (const id of ["power", "generate-power"]) byId(id).addEventListener("change", offerToGoOn);
watchModes(onMode);
startMode();
followAddress();
await use(negotiate(), false);
const shelves = await fillShelves(wells, () => styles.next);
// What is the visitor's own, now that it is known what is the site's and what that is called.
results.draw();
byId("try").hidden = !shelves.contents.length || !shelves.styles.length;
/** The sample that was asked for, while it is on its way. @type {Promise<void> | null} */
let trying = null;
byId("try").addEventListener("click", () => {
  // It goes with what is painted over it.
  start.focus({ preventScroll: true });
  trying ??= Promise.all([shelves.contents[0](), styles.list.length || shelves.styles[0]()]).then(() => begin()).finally(() => { trying = null; });
});
