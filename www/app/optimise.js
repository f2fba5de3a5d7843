// @ts-check
// The mode "Optimise": the picture itself is changed step by step until it has the style. Foretells what that will take, runs it, lets it
// follow the sliders, and goes on with a smaller size where the memory does not suffice.
import { byId } from "./dom.js";
import { AtelierError } from "./errors.js";
import { Forecast } from "./forecast.js";
import { readForms } from "./form-state.js";
import { showLabel } from "./label.js";
import { guard } from "./leaving.js";
import { mode } from "./modes.js";
import { recorded } from "./recording.js";
import { Run } from "./run.js";
import { LIVE, methodName, readLive, readSettings, smallerSizes, unusual, useSize } from "./settings.js";
import { Sparkline } from "./sparkline.js";
import { put } from "./text.js";
import { isPower } from "./texture.js";

/** @typedef {import("./wells.js").Picture} Picture */
/** @typedef {import("./mask.js").Pixels} Pixels */
/** What is to be painted, as it was when it was asked for: wells and controls may say something else by the time it is tried again.
 * @typedef {{photo: Picture, styles: (import("./styles.js").Style & {drawn: (size: number) => import("./texture.js").Drawn | null})[], keep: (size: number) => import("./texture.js").Drawn | null,
 *   from: Pixels | null, shape: import("./texture.js").Shape, made: import("./history.js").Making, again: () => void}} Wish */

export class Optimise {
  #spark = new Sparkline(byId("sparkline"));
  #forecast = new Forecast(byId("forecast"));
  /** @type {Run | null} */
  #run = null;
  /** The pixels of the last picture that it left, whose course was recorded. @type {ArrayBuffer | null} */
  #left = null;
  /** What was painted last: nobody needs to be told what that takes. @type {{photo: Picture, settings: string} | null} */
  #known = null;

  /** @param {import("./main.js").Studio} studio @param {import("./models.js").Models} models */
  constructor(studio, models) {
    this.studio = studio;
    this.models = models;
    byId("settings").addEventListener("change", () => this.foretell());
    byId("run-on").addEventListener("click", () => studio.begin(studio.wall.last));
  }

  /** Whether everything is there to paint with. */
  get ready() {
    return Boolean(this.studio.content.picture) && this.studio.styles.list.length > 0;
  }

  /** Reads the bench, and paints. @param {Pixels | null} [onFrom] a picture to run on from, whatever the settings say @param {number} [share] of the iterations that the settings ask for
   * @returns {Promise<void>} */
  async begin(onFrom = null, share = 1) {
    const { studio } = this;
    const { styles, texture, wall } = studio;
    const { settings, error, field } = readSettings(onFrom ? "picture" : undefined);
    if (error) {
      studio.panel.show(error);
      return field.focus();
    }
    if (studio.refuseWells(true)) return;
    settings.iterations = Math.ceil(settings.iterations * share);
    const photo = /** @type {Picture} */ (studio.content.picture);
    const from = settings.start === "picture" ? wall.last : null;
    const shape = byId("power").value;
    const made = studio.making(photo);
    // Whatever the controls say.
    if (from) made.controls.from = "picture";
    const drawn = (/** @type {import("./wells.js").MaybeMask} */ mask) => (/** @type {number} */ size) => texture.mask(mask, photo, shape, size);
    const hung = styles.list.map((style) => ({ ...style, drawn: drawn(style.region) }));
    const wish = { photo, styles: hung, keep: drawn(studio.content.mask), from, shape, made, again: () => studio.begin(onFrom, share) };
    return this.#paint(wish, settings);
  }

  /** Paints what was wished for, at the size that the settings say. @param {Wish} wish @param {import("./settings.js").Settings} settings
   * @param {number} [steppedFrom] the size that was too much for the memory, where there was one @returns {Promise<void>} */
  async #paint(wish, settings, steppedFrom = 0) {
    const { studio, models } = this;
    const { engine, wall } = studio;
    const { photo, from, made } = wish;
    const { size } = settings;
    let cancelled = false;
    // What is painted again at another size is in progress all the while.
    if (steppedFrom) {
      studio.take({ paused: false, toggle() {}, cancel: () => { cancelled = true; } }, photo, true);
      byId("pause").disabled = true;
    }
    if (engine.state === "failed") engine.start();
    let content = photo;
    try {
      content = await studio.texture.shaped(photo, wish.shape, size);
    } catch (thrown) {
      if (steppedFrom) studio.release();
      return studio.fail(AtelierError.from(thrown), wish.again);
    }
    if (steppedFrom) studio.release();
    if (cancelled) return studio.leave();
    if (studio.busy || mode() !== "optimise") return; // another press was faster, or something else is wanted by now
    const styles = wish.styles.map(({ drawn, ...style }) => ({ ...style, region: drawn(size) }));
    const run = new Run({ content, styles, keep: wish.keep(size), from, unstored: models.unstored, settings }, { engine, stage: wall.stage, spark: this.#spark });
    this.#run = run;
    this.#known = { photo, settings: keyOf(settings) };
    studio.take(run, content, steppedFrom > 0);
    guard("painting", true);
    showLabel(labelOf(run.job, "label.plan", { size: String(size) }));
    if (steppedFrom) this.#forecast.steppedDown(steppedFrom, size);
    const ending = await run.paint();
    this.#run = null;
    guard("painting", false);
    studio.release();
    if (ending.kind === "done") {
      this.#left = ending.pixels;
      const sides = { width: String(ending.width), height: String(ending.height) };
      return studio.hang(ending, content, ending.seconds, labelOf(run.job, "label.medium", sides), { ...made, controls: followed(made.controls) });
    }
    if (ending.kind === "cancelled") {
      if (this.#keep(run.job, made)) put(studio.status, "status.cancelled");
      else studio.leave();
      studio.land();
      return;
    }
    if (ending.error.code.startsWith("weights-stored-")) models.lose();
    const smaller = ending.error.code === "out-of-memory" ? smallerSizes("size", size).find((side) => !wish.shape || isPower(side)) : null;
    if (smaller) {
      // Whoever has chosen another size meanwhile means the next painting.
      if (Number(byId("size").value) === size) useSize(smaller);
      made.controls.size = String(smaller);
      return this.#paint(wish, { ...run.job.settings, size: smaller }, steppedFrom || size);
    }
    this.#keep(run.job, made);
    studio.fail(ending.error, wish.again);
  }

  /** How a picture on the wall came to be, where that was recorded. @param {import("./download.js").Finished | null} finished */
  framesOf(finished) {
    return finished && finished.pixels === this.#left ? recorded() : [];
  }

  /** Asks what the painting that could be started now would take. */
  foretell() {
    const { studio, models } = this;
    if (studio.busy) return;
    const { picture } = studio.content;
    const { settings: { model, ...settings }, error } = readSettings();
    if (!picture || models.busy || studio.engine.state !== "ready" || error || mode() !== "optimise") return this.forget();
    if (this.#known?.photo === picture && this.#known.settings === keyOf({ model, ...settings })) return this.forget();
    const shape = byId("power").value;
    const job = (/** @type {number} */ side) =>
      ({ ...studio.texture.sides(picture, shape, side), model, unstored: models.unstored, settings: { ...settings, size: side } });
    this.#forecast.update((side) => studio.engine.predict(job(side)), [settings.size, ...smallerSizes()]);
  }

  /** What was foretold no longer matters. */
  forget() {
    this.#forecast.update(null);
  }

  /** Lets the painting in progress follow a slider. */
  async adjust() {
    const { panel } = this.studio;
    try {
      await this.#run?.adjust(readLive());
      if (this.#run && panel.code?.startsWith("settings-")) panel.hide();
    } catch (thrown) {
      const error = AtelierError.from(thrown);
      // The end of a run says the rest itself.
      if (error.party === "visitor") panel.show(error);
    }
  }

  /** A run that did not come to its end leaves what it had, to be saved or run on from.
   * @param {import("./run.js").Job} job @param {import("./history.js").Making} made @returns {boolean} whether it had anything */
  #keep(job, made) {
    const { studio } = this;
    const { shown, canvas } = studio.wall.stage;
    if (shown !== "preview") return false;
    const { width, height } = canvas;
    const label = labelOf(job, "label.medium-cancelled", { width: String(width), height: String(height) });
    const result = { width, height, pixels: canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer };
    this.#left = result.pixels;
    studio.leaveOnWall(result, job.content, label, { ...made, controls: followed(made.controls) });
    return true;
  }
}

/** The controls as a run has followed them: its sliders as they stand, all else as it began. @param {import("./form-state.js").FormState} begun */
function followed(begun) {
  const now = readForms();
  const others = Object.entries(begun).filter(([id]) => !LIVE.includes(id));
  return Object.fromEntries([...others, ...Object.entries(now).filter(([id]) => LIVE.includes(id))]);
}

/** What of the settings has to do with time and memory. @param {import("./settings.js").Settings} settings */
const keyOf = ({ start, seed, ...settings }) => JSON.stringify(Object.entries(settings).sort());

/** @param {import("./run.js").Job} job @param {string} medium @param {Record<string, string>} facts @returns {import("./label.js").Label} */
function labelOf({ content, styles, settings }, medium, facts) {
  const style = () => styles.map(({ picture }) => picture.name()).join(" + ");
  const { iterations } = settings;
  return { content: content.name, style, medium, facts: { method: methodName(settings), iterations, ...facts }, particulars: () => unusual(settings), when: Date.now() };
}
