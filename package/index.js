// @ts-check
// Atelier for other people's pages: the same worker and the same engine as the studio's, behind promises and async iterators.
// What each thing does, its ranges, defaults and errors are told in index.d.ts.
import { AtelierError } from "./engine/atelier-error.js";
import { Engine } from "./engine/engine.js";
import { ANY_STYLE } from "./engine/networks.js";
import { MOST_STYLES, USUAL, trainingSettings } from "./engine/training-settings.js";
import { fileOf, networkOf } from "./model-files.js";
import { Loan } from "./inputs.js";
import { base, shelf } from "./models.js";
import { checkNumbers, checkOutput, given, kebab, malformed } from "./options.js";
import { imageData, painted } from "./outputs.js";
import { platform } from "./platform.js";
import { Run, TrainingRun } from "./run.js";
import { Turns, unlessAborted } from "./turns.js";
import { compiled, forget } from "./wasm.js";

export { AtelierError };
export { init } from "./wasm.js";

/** What of an event's pixels a page can show. @param {any} event */
const shown = ({ kind, width, height, pixels }) => ({ kind, width, height, picture: imageData({ width, height, pixels }) });

export class Atelier {
  #engine;
  #turns = new Turns();
  #disposed = new AbortController();
  /** @type {Promise<import("./index.js").Backend>} */
  #opening;
  /** @type {(backend: import("./index.js").Backend) => void} */
  #opened = () => {};
  /** @type {(reason: any) => void} */
  #refused = () => {};
  /** Whether it is still open what the worker on its way comes to. */
  #pending = false;
  /** The engine is not to be had as it is: another attempt is needed. */
  #failed = false;

  /** @param {import("./index.js").AtelierOptions} [options] */
  constructor({ backend = "auto", models } = {}) {
    if (!["auto", "webgpu", "cpu"].includes(backend)) throw new TypeError(`there is no backend "${backend}"`);
    const folder = models && String(models).replace(/\/*$/, "/");
    this.#engine = new Engine({
      backend,
      models: folder ? new URL(folder, platform.base()).href : base,
      shelf: folder ? undefined : shelf,
      worker: platform.worker,
      onState: (state) => this.#hear(state),
    });
    this.#opening = this.#open();
  }

  get ready() {
    return this.#opening;
  }

  /** Starts a worker; a failure is told to whoever waits, and the next that is asked for tries again. */
  #open() {
    const opening = this.#awaited();
    compiled().then((module) => {
      if (this.#disposed.signal.aborted) return;
      this.#engine.options.module = module;
      this.#engine.start();
    }).catch((reason) => this.#refuse(AtelierError.from(reason)));
    this.#failed = false;
    return opening;
  }

  /** What a worker that is on its way comes to. */
  #awaited() {
    this.#pending = true;
    const opening = new Promise((resolve, reject) => {
      this.#opened = resolve;
      this.#refused = reject;
    }).finally(() => { this.#pending = false; });
    // Nobody has to listen.
    opening.catch(() => {});
    return opening;
  }

  /** @param {AtelierError} error */
  #refuse(error) {
    // It may be that what was compiled does not fit the scripts: the next is fetched anew.
    if (error.code === "engine-unreachable") forget();
    this.#failed = true;
    this.#refused(error);
  }

  /** @param {import("./engine/engine.js").EngineState} state */
  #hear(state) {
    if (state.state === "ready") {
      const opened = { backend: state.backend, reason: state.reason, adapter: state.adapter ?? undefined };
      this.#opened(opened);
      // After a loss it may be another than before.
      this.#opening = Promise.resolve(opened);
    } else if (state.state === "failed") {
      // Whoever waits for a worker already waits for the next one now.
      if (state.restarting) this.#opening = this.#pending ? this.#opening : this.#awaited();
      else this.#refuse(state.error);
    }
  }

  #check() {
    if (this.#disposed.signal.aborted) throw new DOMException("This Atelier was disposed of.", "InvalidStateError");
  }

  /** Takes copies of the pictures at once, as the caller may go on drawing; waits for its turn and for the engine, does something with them, and holds the
   * turn until the worker has let go.
   * @template T, L @param {AbortSignal | undefined} signal of the caller's @param {(loan: Loan) => Promise<L>} take
   * @param {(taken: L, signal: AbortSignal) => {result: Promise<any>, finish: (value: any) => Promise<T>}} begin @returns {Promise<T>} */
  async #work(signal, take, begin) {
    this.#check();
    const ended = signal ? AbortSignal.any([signal, this.#disposed.signal]) : this.#disposed.signal;
    const loan = new Loan();
    const taken = take(loan);
    const copied = taken.then(() => {}, () => {});
    let settled = Promise.resolve();
    let release = () => {};
    try {
      release = await this.#turns.take(ended);
      if (this.#failed) this.#opening = this.#open();
      await unlessAborted(this.#opening, ended);
      const { result, finish } = begin(await unlessAborted(taken, ended), ended);
      settled = result.then(() => {}, () => {});
      const value = await unlessAborted(result, ended);
      ended.throwIfAborted();
      return await unlessAborted(finish(value), ended);
    } catch (reason) {
      ended.throwIfAborted();
      throw own(reason, loan);
    } finally {
      settled.then(release);
      Promise.all([copied, settled]).then(() => loan.end());
    }
  }

  /** @param {any} content @param {any} styles @param {any} [options] @returns {Promise<any>} */
  async stylize(content, styles, options = {}) {
    const { generator = ANY_STYLE, strength = 1, stroke = 1, output, quality, signal, onEvent = () => {}, ...settings } = options;
    const began = performance.now();
    const take = async (/** @type {Loan} */ loan) => {
      checkOutput(output, quality);
      checkNumbers({ strength, stroke });
      requireContent(content);
      const pictures = [loan.numbered(content), loan.styles(styles, (picture) => loan.numbered(picture))];
      const [file, taken, takenStyles] = await Promise.all([fileOf(generator), ...pictures]);
      return { generator: file, content: taken, styles: takenStyles, settings: given(settings), strength, stroke };
    };
    return this.#work(signal, take, (job, ended) => {
      // The worker may have more to tell before it hears that it is to stop.
      const tell = (/** @type {any} */ event) => { if (!ended.aborted) onEvent(event); };
      const { result } = this.#engine.generate(job, { signal: ended, onEvent: tell });
      return { result, finish: (pixels) => painted(this.#engine, pixels, { output, quality, began }) };
    });
  }

  /** @param {any} content @param {any} styles @param {any} [options] @returns {any} */
  optimize(content, styles, options = {}) {
    const { network, keep, from, output, quality, signal, ...settings } = options;
    this.#check();
    return new Run(signal, (ended, tell, hold, changes) => {
      const began = performance.now();
      const take = async (/** @type {Loan} */ loan) => {
        checkOutput(output, quality);
        requireContent(content);
        // It throws at once where it is none, and then no picture is to be under way.
        const masks = { keep: keep && loan.mask(keep) };
        const pictures = [loan.picture(content), loan.styles(styles, async (picture) => ({ file: await loan.picture(picture) })), from && loan.picture(from)];
        const [known, taken, takenStyles, start] = await Promise.all([networkOf(network), ...pictures]);
        const asked = { ...settings, ...changes, ...from ? { start: "picture" } : {} };
        return { content: taken, styles: takenStyles, ...masks, from: start, ...known, settings: given(asked) };
      };
      return this.#work(ended, take, (job, ended) => {
        const onEvent = (/** @type {any} */ event) => tell(event.kind === "preview" ? shown(event) : event);
        const work = this.#engine.optimise(job, { signal: ended, onEvent });
        // One after the other: each builds on what was taken before, and what was refused is not asked for again with the next.
        let last = Promise.resolve();
        const adjust = (/** @type {any} */ changed) => {
          const turn = last.then(async () => {
            const settings = { ...job.settings, ...given(changed) };
            await work.adjust(settings).catch((reason) => { throw own(reason); });
            job.settings = settings;
          });
          last = turn.catch(() => {});
          return turn;
        };
        hold({ ...work, adjust });
        return { result: work.result, finish: (pixels) => painted(this.#engine, pixels, { output, quality, began }) };
      });
    });
  }

  /** @param {any} styles @param {any} options @returns {any} */
  train(styles, options) {
    const { contents = [], name = "", startFrom = ANY_STYLE, steps, batch, patch, adversarial = 0, signal, ...settings } = options;
    this.#check();
    const take = async (/** @type {Loan} */ loan) => {
      if (typeof name !== "string") throw malformed(`name: ${name === null ? "null" : `a ${typeof name}`}, where a string is expected`);
      const members = async (/** @type {any[]} */ pictures, /** @type {string} */ set) =>
        Promise.all([...pictures].map(async (picture, index) => ({ file: await loan.picture(picture), name: { set, index } })));
      const [ofStyles, ofContents] = await Promise.all([members(styles, "styles"), members(contents, "contents")]);
      if (!ofStyles.length) throw new AtelierError("training-no-styles", "visitor");
      if (ofStyles.length > MOST_STYLES) throw new TypeError(`a training takes no more than ${MOST_STYLES} style pictures`);
      if (!ofContents.length) throw new AtelierError("training-no-contents", "visitor");
      return { styles: ofStyles, contents: ofContents, generator: startFrom === null ? undefined : await fileOf(startFrom) };
    };
    return new TrainingRun(signal, (ended, tell, hold) => this.#work(ended, take, (members, ended) => {
      const usual = USUAL[this.#engine.opened?.backend ?? "cpu"];
      const chosen = { ...usual, ...given({ steps, batch, patch }), adversarial, refines: startFrom !== null };
      const plan = { name, ...members, settings: { ...trainingSettings(chosen), ...kebab(given(settings)) } };
      const onEvent = (/** @type {any} */ event) => {
        if (event.kind === "left-out") tell({ kind: "left-out", ...event.name });
        else if (event.kind === "sample") tell(shown(event));
        // The worker's own end carries no generator yet.
        else if (event.kind !== "done") tell(event);
      };
      const work = this.#engine.train({ resume: false, plan, passing: true }, { signal: ended, onEvent });
      hold(work);
      const finish = async (/** @type {any} */ { generator }) => ({ blob: generator.unstored, name, steps: generator.steps });
      return { result: work.result, finish };
    }));
  }

  async generators() {
    this.#check();
    if (this.#failed) this.#opening = this.#open();
    // The list needs a worker, and no backend.
    const opened = this.#opening.catch((reason) => { if (reason?.code !== "webgpu-unavailable") throw reason; });
    await unlessAborted(opened, this.#disposed.signal);
    const { site } = await unlessAborted(this.#engine.listGenerators(true), this.#disposed.signal);
    return (site ?? []).map(({ id, bytes, sizes }) => ({ id, bytes, ownStyle: id !== ANY_STYLE, sizes }));
  }

  dispose() {
    const reason = new DOMException("This Atelier was disposed of.", "AbortError");
    this.#disposed.abort(reason);
    this.#refused(reason);
    this.#engine.stop(reason);
  }
}

/** @param {any} content */
function requireContent(content) {
  if (content === null || content === undefined) throw new AtelierError("content-missing", "visitor");
}

/** What is thrown for it: a mistake of the caller's as the web's own interfaces do, all else with its code. @param {any} reason @param {Loan} [loan] the pictures of the job */
function own(reason, loan) {
  if (reason?.name === "DataCloneError") {
    if (loan?.foreign) return new DOMException("A picture of another origin that was loaded without CORS cannot be read.", "SecurityError");
    // Something among the options that no worker could be sent.
    return new AtelierError("settings-malformed", "visitor", { message: reason.message });
  }
  return reason instanceof TypeError || reason instanceof DOMException ? reason : AtelierError.from(reason);
}
