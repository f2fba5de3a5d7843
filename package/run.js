// @ts-check
// A long computation as an async iterator of its events. It begins with the first `next`, goes on by itself, and is cancelled by leaving the loop.

import { given } from "./options.js";

/** @typedef {{pause: () => void, resume: () => void, finish: () => void, adjust: (settings: any) => Promise<any>}} Control */
/** Does the work: tells its events, and hands over its controls. Settles when it is over. `changes` are settings that were adjusted before it began.
 * @typedef {(signal: AbortSignal, tell: (event: any) => void, hold: (control: Control) => void, changes: object) => Promise<any>} Begin */

/** Of these, only the latest is of interest to a page that is slow to take them. */
const PASSING = new Set(["preview", "sample", "fetch"]);

export class Run {
  #begin;
  #abort = new AbortController();
  #signal;
  /** What was told and not taken yet. @type {any[]} */
  #events = [];
  /** Whoever waits for the next event. @type {(() => void)[]} */
  #waiting = [];
  /** @type {Promise<any> | null} */
  #work = null;
  /** @type {{reason: any} | null} */
  #failure = null;
  #over = false;
  /** @type {any} */
  #result = undefined;
  /** @type {Control | null} */
  #control = null;
  #heard = false;
  #paused = false;
  #finished = false;
  /** Settings that were adjusted before it began. */
  #changes = {};
  /** Those that are adjusted before the worker can be told, each with whoever waits for that. @type {{settings: any, settle: (answer: any) => void}[]} */
  #adjustments = [];

  /** @param {AbortSignal | undefined} signal @param {Begin} begin */
  constructor(signal, begin) {
    this.#begin = begin;
    this.#signal = signal ? AbortSignal.any([signal, this.#abort.signal]) : this.#abort.signal;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #start() {
    if (this.#work || this.#over) return;
    const tell = (/** @type {any} */ event) => {
      this.#catchUp();
      // A worker may have more to tell before it hears that it is to stop.
      if (this.#over || this.#failure) return;
      if (PASSING.has(event.kind)) this.#events = this.#events.filter(({ kind }) => kind !== event.kind);
      this.#events.push(event);
      this.#wake();
    };
    const hold = (/** @type {Control} */ control) => { this.#control = control; };
    this.#work = this.#begin(this.#signal, tell, hold, this.#changes).then(
      (value) => {
        this.#result = this.wrap(value);
        tell({ kind: "done", ...this.#result });
      },
      (reason) => {
        this.#failure = { reason };
        this.#catchUp();
        // What was told before is of no use to somebody who has given up.
        if (this.#signal.aborted) this.#events = [];
        this.#wake();
      },
    );
  }

  #wake() {
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Once the worker has told something, it can be told something: what was asked for before that. */
  #catchUp() {
    if (this.#heard) return;
    this.#heard = true;
    if (this.#paused) this.#control?.pause();
    if (this.#finished) this.#control?.finish();
    for (const { settings, settle } of this.#adjustments.splice(0)) settle(this.#control?.adjust(settings));
  }

  /** What the last event carries. @param {any} value @returns {any} */
  wrap(value) {
    return value;
  }

  /** @returns {Promise<IteratorResult<any, undefined>>} */
  async next() {
    this.#start();
    for (;;) {
      if (this.#over) return { done: true, value: undefined };
      const event = this.#events.shift();
      if (event) {
        this.#over = event.kind === "done";
        if (this.#over) this.#wake();
        return { done: false, value: event };
      }
      if (this.#failure) {
        this.#over = true;
        this.#wake();
        throw this.#failure.reason;
      }
      await new Promise((go) => this.#waiting.push(() => go(null)));
    }
  }

  /** @param {any} [value] */
  async return(value) {
    this.#over = true;
    this.#events = [];
    this.#abort.abort();
    this.#wake();
    return { done: true, value };
  }

  async result() {
    this.#start();
    await this.#work;
    if (this.#failure) throw this.#failure.reason;
    if (!this.#result) throw new DOMException("The run was left before its end.", "AbortError");
    this.#over = true;
    return this.#result;
  }

  pause() {
    this.#paused = true;
    if (this.#heard) this.#control?.pause();
  }

  resume() {
    this.#paused = false;
    if (this.#heard) this.#control?.resume();
  }

  /** @param {any} settings */
  async adjust(settings) {
    // There is nothing left to be changed.
    if (this.#over || this.#failure || this.#result) return;
    if (!this.#work) this.#changes = { ...this.#changes, ...given(settings) };
    else if (this.#heard) await this.#control?.adjust(settings);
    else await new Promise((settle) => this.#adjustments.push({ settings, settle }));
  }

  /** For a training's `finish`. @protected */
  end() {
    this.#finished = true;
    if (this.#heard) this.#control?.finish();
  }
}

export class TrainingRun extends Run {
  /** @param {any} generator */
  wrap(generator) {
    return { generator };
  }

  finish() {
    this.end();
  }
}
