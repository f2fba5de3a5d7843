// @ts-check
// The mode "Generate": a photo in a style at once. The first picture is asked for; from then on the one on the wall follows the controls, the
// styles and the photo.
import { byId } from "./dom.js";
import { AtelierError } from "./errors.js";
import { nameOf } from "./generators.js";
import { showLabel } from "./label.js";
import { mode } from "./modes.js";
import { shown, value } from "./settings.js";
import { limitStrokes } from "./strokes.js";
import { announce, put, size, t } from "./text.js";
import { Voice, Awake } from "./voice.js";

/** @typedef {import("./wells.js").Picture} Picture */
/** @typedef {{width: number, height: number, pixels: ArrayBuffer}} Pixels */
/** What the controls say; `shape` is what becomes of the photo's sides.
 * @typedef {{strength: number, stroke: number, settings: {size: number, colors: string, seamless: boolean}, shape: import("./texture.js").Shape}} Chosen */
/** @typedef {Chosen & {generator: import("./generators.js").Generator, content: Picture, styles: import("./styles.js").Style[]}} Job */

const REST_MS = 800;

/** By its number a picture is known again in the worker, which gets a copy of the file each time. @type {WeakMap<Blob, number>} */
const numbers = new WeakMap();
let given = 0;
export const numbered = (/** @type {Blob} */ file) => {
  if (!numbers.has(file)) numbers.set(file, ++given);
  return { number: numbers.get(file), file };
};

/** What a job asks for, to be compared. @param {Job} job */
const keyOf = ({ generator, content, styles, strength, stroke, settings, shape }) => {
  const told = styles.map(({ picture, weight }) => [numbered(picture.file).number, weight]);
  return JSON.stringify([generator.id, numbered(content.file).number, told, strength, stroke, settings, shape]);
};

/** @returns {Chosen} */
export const readGenerating = () => ({
  strength: value("generate-strength"),
  stroke: value("generate-stroke"),
  settings: { size: Number(byId("generate-size").value), colors: byId("generate-colors").value, seamless: byId("generate-seamless").checked },
  shape: byId("generate-power").value,
});

/** What is not as usual, for the card beside a picture. @param {Pick<Chosen, "strength" | "stroke" | "settings">} chosen */
export const particulars = ({ strength, stroke, settings }) => () => [
  ...(strength === 1 ? [] : [`${t("settings.strength")}: ${shown("generate-strength", strength)}`]),
  ...(stroke === 1 ? [] : [`${t("settings.stroke")}: ${shown("generate-stroke", stroke)}`]),
  ...(settings.colors === "luma" ? [t("settings.colors.luma")] : []),
  ...(settings.seamless ? [t("settings.seamless")] : []),
].join("\u00a0· ");

export class Generate {
  #voice = new Voice();
  /** What is being painted because a control was moved. @type {{key: string, abort: AbortController, ended: Promise<void>} | null} */
  #following = null;
  /** The picture on the wall is ours. */
  #shown = false;
  /** What was asked for when it was painted. */
  #painted = "";
  /** How much is asked of the engine that no painting is to keep waiting. */
  #aside = 0;
  /** Says what was done once the controls rest. */
  #resting = 0;

  /** @param {import("./main.js").Studio} studio @param {import("./generators.js").Generators} generators */
  constructor(studio, generators) {
    this.studio = studio;
    this.generators = generators;
    for (const id of ["generate-strength", "generate-stroke"]) byId(id).addEventListener("input", () => this.follow());
    byId("generating").addEventListener("change", () => {
      // Sides that are powers of two may have moved the size.
      limitStrokes(this.generators.chosen?.sizes);
      this.follow();
    });
  }

  /** Whether everything is there to paint with. */
  get ready() {
    return this.#job() !== null;
  }

  /** @returns {Job | null} */
  #job() {
    const content = this.studio.content.picture;
    const generator = this.generators.chosen;
    const styles = generator?.ownStyle ? [] : this.studio.styles.list;
    if (!content || !generator || !(generator.ownStyle || styles.length)) return null;
    return { generator, content, styles, ...readGenerating() };
  }

  /** Paints, or says what is missing. */
  async begin() {
    const { studio, generators } = this;
    generators.quiet();
    if (!generators.chosen) await generators.refresh();
    if (studio.busy) return; // another press was faster
    if (!generators.chosen && generators.failure) return studio.fail(generators.failure, () => this.begin());
    if (!generators.chosen) {
      generators.refuse(new AtelierError("generator-missing", "visitor"));
      return byId("generator-file").focus();
    }
    const job = this.#job();
    if (!job) return studio.refuseWells(!generators.chosen.ownStyle);
    const made = studio.making(job.content);
    const abort = new AbortController();
    const cancel = () => { abort.abort(); put(studio.status, "status.cancelling"); };
    const awake = new Awake();
    const began = performance.now();
    studio.take({ cancel, toggle() {}, paused: false }, job.content);
    showLabel(this.#label(job));
    studio.progress.removeAttribute("value");
    put(studio.status, "status.preparing");
    try {
      const result = await this.#paint(job, abort.signal, (event) => this.#hear(event));
      studio.release();
      if (result.cancelled) return studio.leave();
      this.#shown = true;
      this.#painted = keyOf(job);
      await studio.hang(result, result.content, (performance.now() - began) / 1000, this.#label(job, result), made);
    } catch (thrown) {
      studio.release();
      const error = AtelierError.from(thrown);
      if (error.code === "generator-lost") generators.refresh();
      studio.fail(error, () => this.begin());
    } finally {
      awake.end();
    }
  }

  /** Something may have been changed: the picture on the wall is painted anew. One at a time; the latest wish counts. */
  async follow() {
    const { studio } = this;
    while (this.#shown && !this.#aside && mode() === "generate" && !studio.busy) {
      const job = this.#job();
      if (!job) return;
      const key = keyOf(job);
      if (this.#following) {
        if (this.#following.key !== key) this.#following.abort.abort();
        return;
      }
      if (key === this.#painted) return;
      const made = studio.making(job.content);
      const abort = new AbortController();
      const painting = this.#paint(job, abort.signal, () => {});
      this.#following = { key, abort, ended: painting.then(() => {}, () => {}) };
      try {
        const result = await painting;
        if (result.cancelled || !this.#shown || mode() !== "generate") continue;
        this.#painted = key;
        studio.renew(result, result.content, this.#label(job, result), made);
        clearTimeout(this.#resting);
        this.#resting = setTimeout(() => { if (this.#shown && !studio.busy) announce(studio.status, "status.followed"); }, REST_MS);
      } catch (thrown) {
        this.#shown = false;
        const error = AtelierError.from(thrown);
        if (error.code === "generator-lost") this.generators.refresh();
        studio.fail(error, () => this.begin());
      } finally {
        this.#following = null;
      }
    }
  }

  /** Something else is looked at. When it is over, what hangs there follows again. */
  rest() {
    clearTimeout(this.#resting);
    this.#following?.abort.abort();
  }

  /** Asks something of the engine that it does beside paintings; what hangs there follows again afterwards. @template T @param {() => Promise<T>} deed */
  async aside(deed) {
    this.#aside += 1;
    this.rest();
    try {
      await this.#following?.ended;
      return await deed();
    } finally {
      this.#aside -= 1;
      this.follow();
    }
  }

  /** The wall is wanted for something else. */
  async stop() {
    this.#shown = false;
    clearTimeout(this.#resting);
    this.#following?.abort.abort();
    await this.#following?.ended;
  }

  /** The result, and the photo in the shape that it was painted in.
   * @param {Job} asked @param {AbortSignal} signal @param {(event: any) => void} onEvent @returns {Promise<Pixels & {cancelled: boolean, content: Picture}>} */
  async #paint({ generator, content: photo, styles, strength, stroke, settings, shape }, signal, onEvent) {
    const content = await this.studio.texture.shaped(photo, shape, settings.size);
    const told = styles.map(({ picture, weight }) => ({ ...numbered(picture.file), weight }));
    const job = { generator, content: numbered(content.file), styles: told, strength, stroke, settings };
    return { ...await this.studio.engine.generate(job, { signal, onEvent }, this.#shown).result, content };
  }

  /** @param {any} event */
  #hear(event) {
    const { progress, status } = this.studio;
    if (event.kind === "fetch" && event.total) {
      [progress.max, progress.value] = [event.total, event.loaded];
      const key = event.what === "model" ? "status.fetch-model" : "status.fetch-generator";
      this.#voice.sometimes(() => put(status, key, { loaded: () => size(event.loaded), total: () => size(event.total) }));
    } else if (event.kind === "tile") {
      [progress.max, progress.value] = [event.of, event.done];
      this.#voice.sometimes(() => put(status, "status.tiles", { done: event.done, of: event.of }));
    }
  }

  /** @param {Job} job @param {Pixels} [result] once there is one @returns {import("./label.js").Label} */
  #label({ content, styles, generator, strength, stroke, settings }, result) {
    const style = () => styles.map(({ picture }) => picture.name()).join(" + ") || nameOf(generator);
    /** @type {import("./label.js").Label["facts"]} */
    const facts = { generator: () => nameOf(generator) };
    if (result) Object.assign(facts, { width: String(result.width), height: String(result.height) });
    return { content: content.name, style, medium: result ? "label.generated" : "label.generator", facts, particulars: particulars({ strength, stroke, settings }), when: Date.now() };
  }
}
