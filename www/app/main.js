// @ts-check
// Wires the page: wells, settings, one run at a time, the wall and the error panel. It computes nothing; the worker does. The
// body's data-phase is the single state that the style sheet and the tests look at.
import { Compare } from "./compare.js";
import { watchControls } from "./controls.js";
import { byId, find } from "./dom.js";
import { download } from "./download.js";
import { Engine } from "./engine.js";
import { AtelierError, ErrorPanel, reportText } from "./errors.js";
import { takeIn } from "./intake.js";
import { paintMasks } from "./mask-editor.js";
import { Models } from "./models.js";
import { Run } from "./run.js";
import { fillShelves } from "./samples.js";
import { Forecast } from "./forecast.js";
import { readLive, readSettings, smallerSizes, unusual, useSize } from "./settings.js";
import { Sparkline } from "./sparkline.js";
import { Stage } from "./stage.js";
import { Styles } from "./styles.js";
import { duration, negotiate, put, putComputed, size, t, today, use } from "./text.js";
import { Well } from "./wells.js";

/** @typedef {"opening" | "ready" | "running" | "paused" | "done" | "cancelled" | "failed"} Phase */
/** @typedef {import("./engine.js").EngineState} EngineState */

const status = byId("status");
const start = byId("start");
const pause = byId("pause");
const cancel = byId("cancel");

/** @type {Run | null} */
let run = null;
/** @type {(import("./download.js").Finished) | null} */
let finished = null;
/** The last result, which outlives the start of another painting: that one may start from it. @type {import("./mask.js").Pixels | null} */
let last = null;
/** What "Try again" means for the error on show. */
let again = () => {};

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
const allWells = () => [wells.content, ...styles.wells];
/** The photo that the masks were painted on. @type {import("./wells.js").Picture | null} */
let masked = null;
const stage = new Stage(byId("picture"));
const compare = new Compare(byId("picture"));
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
  focusBack: () => start.focus({ preventScroll: true }),
  report: (error) => reportText(error, {
    settings: readSettings().settings, styles: styles.list.length, masks: allWells().filter((well) => well.mask || well.region).length, backend: engine.opened, browser: navigator.userAgent, page: location.href,
  }),
});

const forecast = new Forecast(byId("forecast"));

const phase = () => /** @type {Phase} */ (document.body.dataset.phase);

/** @param {Phase} next */
function enter(next) {
  document.body.dataset.phase = next;
  const busy = next === "running" || next === "paused";
  byId("working").hidden = !busy;
  byId("take").hidden = next !== "done";
  cancel.disabled = false;
  put(pause, next === "paused" ? "action.resume" : "action.pause");
  put(start, busy ? "action.busy" : finished ? "action.again" : "action.start");
  onWells();
}

/** Says what is still needed, and lets the photo wait on the wall until something is painted. */
function onWells() {
  const { content } = wells;
  const style = styles.list.length > 0;
  const busy = run !== null;
  if (content.picture !== masked) {
    masked = content.picture;
    styles.forgetRegions();
  }
  styles.refresh();
  onRegions();
  models.lock(busy);
  start.setAttribute("aria-disabled", String(busy || models.busy || !content.picture || !style));
  if (busy || phase() === "opening") return;
  foretell();
  if (stage.shown === "nothing" || stage.shown === "content") {
    if (content.picture) stage.showContent(content.picture.preview);
    else stage.clear();
  }
  if (phase() !== "ready") return;
  if (models.busy) put(status, "status.importing");
  else if (content.picture && style) put(status, "status.ready");
  else if (content.picture) put(status, "status.need-style");
  else put(status, style ? "status.need-content" : "status.need-both");
}

/** Asks what the painting that could be started now would take. */
function foretell() {
  const { picture } = wells.content;
  const { settings: { model, ...settings }, error } = readSettings();
  const idle = !run && !models.busy && engine.state === "ready";
  if (!picture || !idle || error) return forecast.update(null);
  const { width, height } = picture;
  const job = (/** @type {number} */ side) => ({ width, height, model, unstored: models.unstored, settings: { ...settings, size: side } });
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
  if (run) return panel.show(new AtelierError("run-in-progress", "visitor"));
  if (models.busy) return panel.show(new AtelierError("import-in-progress", "visitor"));
  const { settings, error, field } = readSettings(onFrom ? "picture" : undefined);
  if (error) {
    panel.show(error);
    return field.focus();
  }
  for (const [name, well] of Object.entries(wells)) {
    if (name === "style" ? styles.list.length : well.picture) continue;
    well.refuse(new AtelierError(`${name}-missing`, "visitor"));
    return well.input.focus();
  }
  const content = /** @type {import("./wells.js").Picture} */ (wells.content.picture);
  const from = settings.start === "picture" ? last : null;
  if (engine.state === "failed") engine.start();
  for (const well of allWells()) well.quiet();
  panel.hide();
  compare.hide();
  finished = null;
  run = new Run({ content, styles: styles.list, keep: wells.content.mask, from, unstored: models.unstored, settings }, { engine, stage, spark });
  stage.showContent(content.preview);
  caption(run.job);
  forecast.update(null);
  if (steppedFrom) forecast.steppedDown(steppedFrom, settings.size);
  enter("running");
  // Where the wall is not beside the bench but below it, the painting would begin out of sight.
  if (getComputedStyle(byId("wall")).position !== "sticky") byId("wall").scrollIntoView();
  const ending = await run.paint();
  const { job } = run;
  run = null;
  if (panel.code === "run-in-progress") panel.hide();
  if (ending.kind === "done") await finish(job, ending);
  else if (ending.kind === "cancelled") leave(job);
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

/** @param {import("./run.js").Job} job */
function caption({ content, styles, settings }) {
  const style = () => styles.map(({ picture }) => picture.name()).join(" + ");
  put(byId("result-title"), "label.title", { content: content.name, style });
  putComputed(byId("particulars"), () => unusual(settings));
  const method = settings.method === "adam" ? "Adam" : "L-BFGS";
  const { iterations } = settings;
  put(byId("medium"), "label.plan", { method, iterations, size: String(settings.size) });
  const when = new Date();
  return { method, iterations, date: () => today(when) };
}

/** @param {import("./run.js").Job} job @param {Extract<import("./run.js").Ending, {kind: "done"}>} result */
async function finish(job, result) {
  const { width, height, pixels, seconds } = result;
  stage.show(result, "result");
  last = result;
  find(document, "#from [value=picture]").disabled = false;
  finished = { width, height, pixels, base: job.content.base };
  put(byId("medium"), "label.medium", { ...caption(job), width: String(width), height: String(height) });
  put(status, "status.done", { time: () => duration(seconds) });
  enter("done");
  byId("result-title").focus({ preventScroll: true });
  byId("picture").scrollIntoView({ block: "nearest" });
  compare.show(await sharpContent(job, result), width, height);
}

/** The photo at the size of the result; the smaller preview where the engine cannot give it.
 * @param {import("./run.js").Job} job @param {{width: number, height: number}} result @returns {Promise<CanvasImageSource>} */
async function sharpContent({ content }, { width, height }) {
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
    put(byId("medium"), "label.medium-cancelled", { ...caption(job), width: String(width), height: String(height) });
  }
  put(status, begun ? "status.cancelled" : "status.cancelled-early");
  enter("cancelled");
  // The button that was pressed is gone, and focus with it; anyone who has moved on is left alone.
  if (document.activeElement === document.body) byId("result-title").focus({ preventScroll: true });
}

/** Lets the painting in progress follow a slider. */
async function adjust() {
  if (!run) return;
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

byId("settings").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  begin();
});
byId("settings").addEventListener("change", () => {
  if (!run) foretell();
});
byId("run-on").addEventListener("click", () => begin(last));
byId("regions").addEventListener("click", () => {
  if (!wells.content.picture) return;
  const keep = (/** @type {import("./wells.js").MaybeMask} */ mask) => { wells.content.mask = mask; };
  const alone = { name: () => t("masks.keep"), mask: wells.content.mask, keep };
  paintMasks(wells.content.picture.preview, "masks.regions", [alone, ...styles.targets]);
});
byId("masks").addEventListener("close", onRegions);
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
find(document, ".languages").addEventListener("click", (/** @type {Event} */ { target }) => {
  const wanted = target instanceof HTMLElement ? target.dataset.lang : undefined;
  if (wanted) use(wanted, true);
});

// The engine is the slowest to arrive, so it sets out first; texts and shelves follow while it is on its way.
engine.start();
takeIn(allWells);
watchControls(adjust);
await use(negotiate(), false);
fillShelves(wells, () => styles.next);
