// @ts-check
// One painting by optimisation from Start to its end: shows the figures as they come.
import { byId } from "./dom.js";
import { AtelierError } from "./errors.js";
import { clearRecording, record } from "./recording.js";
import { duration, loss, number, put, putComputed, size } from "./text.js";
import { Awake, Voice } from "./voice.js";

/** @typedef {import("./wells.js").Picture} Picture */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./mask.js").Pixels} Pixels */
/** @typedef {import("./texture.js").Drawn} Drawn */
/** @typedef {Omit<import("./styles.js").Style, "region"> & {region: Drawn | null}} Style */
/** `keep`: what of the photo is left alone; `from`: a picture to start from; `unstored`: the network where only the page has it.
 * @typedef {{content: Picture, styles: Style[], keep: Drawn | null, from: Pixels | null,
 *   unstored: Blob | null, settings: Settings}} Job */
/** @typedef {{kind: "done", width: number, height: number, pixels: ArrayBuffer, seconds: number} | {kind: "cancelled"}
 *          | {kind: "failed", error: AtelierError}} Ending */

/** From so many pieces on it takes long enough to look at the pictures to say so. */
const MANY_PIECES = 5;

export class Run {
  #abort = new AbortController();
  #began = performance.now();
  #pausedAt = 0;
  #voice = new Voice();
  #awake = new Awake();
  /** @type {{iteration: number, total: number} | null} */
  #last = null;
  #ended = false;
  #changed = false;
  #adjusting = false;

  /** @param {Job} job @param {{engine: import("./engine.js").Engine, stage: import("./stage.js").Stage, spark: import("./sparkline.js").Sparkline}} tools */
  constructor(job, tools) {
    this.job = job;
    this.tools = tools;
    this.paused = false;
    this.progress = byId("progress");
    this.status = byId("status");
  }

  /** Runs to the end; never throws. @returns {Promise<Ending>} */
  async paint() {
    const { content, styles, keep, from, unstored } = this.job;
    this.#reset();
    const work = this.tools.engine.optimise(
      {
        content: content.file,
        styles: styles.map(({ picture, weight, mask, region }) =>
          ({ file: picture.file, weight, mask: mask?.pixels(), region: region?.pixels() })),
        keep: keep?.pixels(),
        from,
        unstored,
        ...this.#asked(),
      },
      { signal: this.#abort.signal, onEvent: (event) => this.#hear(event) },
    );
    this.work = work;
    try {
      const value = await work.result;
      if (value.cancelled) return { kind: "cancelled" };
      return { kind: "done", ...value, seconds: this.#elapsed() };
    } catch (thrown) {
      return { kind: "failed", error: AtelierError.from(thrown) };
    } finally {
      this.#ended = true;
      this.#awake.end();
      document.title = "Atelier";
    }
  }

  /** The network, and apart from it what the engine knows as settings. */
  #asked() {
    const { model, ...settings } = this.job.settings;
    return { model, settings };
  }

  cancel() {
    this.#abort.abort();
    put(this.status, "status.cancelling");
  }

  /** Changes weights on the way. The engine takes them between two steps, so a slider that is dragged waits for its answer and
   * then sends where it has come to. @param {import("./settings.js").Live} weights */
  async adjust(weights) {
    Object.assign(this.job.settings, weights);
    this.#changed = true;
    if (this.#adjusting) return;
    this.#adjusting = true;
    let refused = null;
    // A refusal holds only until the slider has moved on.
    while (this.#changed && !this.#ended) {
      this.#changed = false;
      refused = await this.work?.adjust(this.#asked().settings).then(() => null, (reason) => reason);
      this.#voice.soon();
      if (!refused && !this.#ended) this.#sometimes(() => put(this.status, "status.adjusted"));
    }
    this.#adjusting = false;
    if (refused) throw refused;
  }

  /** Pauses, or goes on. */
  toggle() {
    this.paused = !this.paused;
    if (this.paused) {
      this.#pausedAt = performance.now();
      this.work?.pause();
      if (this.#last) put(this.status, "status.paused", this.#last);
      else put(this.status, "status.paused-early");
      this.#awake.rest();
    } else {
      this.#awake.ask();
      this.#began += performance.now() - this.#pausedAt;
      this.work?.resume();
      this.#speak();
    }
  }

  #elapsed() { return (performance.now() - this.#began) / 1000; }

  #reset() {
    this.progress.removeAttribute("value");
    for (const fact of ["iteration", "scale", "loss"]) putComputed(byId(`fact-${fact}`), () => "–");
    this.tools.spark.clear();
    clearRecording();
    put(this.status, "status.preparing");
  }

  /** @param {any} event */
  #hear(event) {
    if (this.#ended) return;
    if (event.kind === "fetch") this.#fetching(event);
    else if (event.kind === "scale") this.#scale(event);
    else if (event.kind === "targets") this.#looking(event);
    else if (event.kind === "tile") this.#tile(event);
    else if (event.kind === "iteration") this.#iteration(event);
    else if (event.kind === "preview") this.#preview(event);
  }

  /** @param {Pixels} event */
  #preview(event) {
    this.tools.stage.show(event, "preview");
    record(this.#last?.iteration ?? 0, this.tools.stage.canvas);
  }

  /** @param {{loaded: number, total: number}} event */
  #fetching({ loaded, total }) {
    if (!total) return; // a host that does not say how much is coming: the bar keeps swinging
    this.progress.max = total;
    this.progress.value = loaded;
    this.#sometimes(() => put(this.status, "status.fetch-model", { loaded: () => size(loaded), total: () => size(total) }));
  }

  /** @param {{width: number, height: number}} event */
  #scale({ width, height }) {
    put(byId("fact-scale"), "run.scale-px", { side: Math.max(width, height) });
    this.tools.spark.tick();
  }

  /** Before each size. @param {{done: number, of: number}} event */
  #looking({ done, of }) {
    if (of >= MANY_PIECES) this.#sometimes(() => put(this.status, "status.looking", { done, of }));
  }

  /** Within an iteration of a large picture. @param {{done: number, of: number, secondsLeft: number}} event */
  #tile({ done, of, secondsLeft }) {
    if (!this.#last) return; // the bar still swings
    this.progress.value = this.#last.iteration + done / of;
    this.#sometimes(() => this.#speak(secondsLeft));
  }

  /** @param {{iteration: number, total: number, loss: number, secondsLeft?: number | null}} event */
  #iteration({ iteration, total, loss: value, secondsLeft }) {
    const first = !this.#last;
    this.#last = { iteration, total };
    this.progress.max = total;
    this.progress.value = iteration;
    put(byId("fact-iteration"), "run.iteration-of", { iteration, total });
    if (Number.isFinite(value)) {
      putComputed(byId("fact-loss"), () => loss(value));
      this.tools.spark.add(value, total);
    }
    const left = Number.isFinite(secondsLeft) ? Number(secondsLeft) : null;
    document.title = `${number(iteration / total, { style: "percent" })} · Atelier`;
    if (first) this.#voice.soon();
    // The worker may finish the iteration it was in before it heard "pause".
    if (this.paused) put(this.status, "status.paused", this.#last);
    this.#sometimes(() => this.#speak(left));
  }

  /** @param {() => void} speak */
  #sometimes(speak) {
    if (!this.paused && !this.#abort.signal.aborted) this.#voice.sometimes(speak);
  }

  /** @param {number | null} [left] seconds */
  #speak(left = null) {
    if (!this.#last) put(this.status, "status.preparing");
    else if (left === null) put(this.status, "status.painting");
    else put(this.status, "status.painting-left", { time: () => duration(left) });
  }
}
