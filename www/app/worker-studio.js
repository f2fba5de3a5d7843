// What the worker's operations have in common: the engine, the one job in progress, and how a job gives way to messages.
import { bytesOf } from "./store.js";

/** @type {import("./wasm/atelier.js").Engine | null} */
let opened = null;
/** Why it could not be opened. */
let refusal = failure("internal", "bug", { message: "the engine is not open yet" });

export const studio = {
  /** What computes. A worker without it can still read pictures, and whoever asks for more learns why there is none. */
  get engine() {
    if (!opened) throw refusal;
    return opened;
  },
  /** Where the site's models are. */
  models: "",
  /** The job in progress. @type {Job | null} */
  job: null,
  /** What is computed beside jobs, one after the other: a job waits for it. */
  aside: Promise.resolve(),
};

export function failure(code, party, details = {}) {
  return { code, party, details };
}

/** The bytes of a file that was chosen, which the browser does not read if it has changed since, or is gone. @param {Blob} file @param {object} gone what is told then */
export function chosen(file, gone = failure("file-gone", "visitor")) {
  return bytesOf(file).catch((reason) => {
    throw ["NotReadableError", "NotFoundError"].includes(reason?.name) ? gone : reason;
  });
}

/** @param {Promise<import("./wasm/atelier.js").Engine>} opening */
export async function openEngine(opening) {
  try {
    opened = await opening;
  } catch (error) {
    refusal = error;
    throw error;
  }
}

/** Fetches the network that generators are told of styles by, unless it is here already. */
export function describing(tell) {
  return studio.engine.loadDescribing(studio.models, progressOf("model", tell));
}

/** Puts one of the site's networks to use for measuring how near a picture is, unless it is in use already. */
export function measuring(name, tell) {
  return studio.engine.loadModel(studio.models, name, progressOf("model", tell));
}

/** For what is fetched of the site. */
export const progressOf = (what, tell) => (loaded, total) => tell({ kind: "fetch", what, loaded, total });

/** Computes something beside jobs: after all that was asked for before, and before a job that is asked for later. */
export async function aside(deed) {
  if (studio.job) throw failure("run-in-progress", "visitor");
  const turn = studio.aside.then(deed);
  studio.aside = turn.catch(() => {});
  return turn;
}

/** Something that takes its time: cancelled by leaving its loop, paused by waiting in it. There is one at a time. */
export class Job {
  cancelled = false;
  /** It is to pause again after one step. */
  once = false;
  /** What is to be done before a pause. */
  onPause = async () => {};
  #resumed = null;
  #wake = null;
  #asked = [];
  /** What may be asked about at once: while it pauses, nobody is at work on it. @type {{work: any} | null} */
  #resting = null;

  /** @param {number} id of the request */
  constructor(id) {
    this.id = id;
    studio.job = this;
  }

  /** Gives way to messages between two steps, and then to what they asked for: a step in progress holds its work for itself. */
  async turn(work) {
    await breathe();
    if (this.#resumed) await this.onPause();
    this.#answer(work);
    if (!this.#resumed) return;
    this.#resting = { work };
    await this.#resumed;
    this.#resting = null;
  }

  #answer(work) {
    for (const answer of this.#asked.splice(0)) answer(work);
  }

  /** Does something with the work between two of its steps; after its end, with nothing. */
  ask(deed) {
    return new Promise((resolve, reject) => {
      this.#asked.push((work) => {
        try {
          resolve(deed(work));
        } catch (error) {
          reject(error);
        }
      });
      if (this.#resting) this.#answer(this.#resting.work);
    });
  }

  pause() {
    // What is to end does not wait.
    if (this.cancelled) return;
    this.once = false;
    this.#resumed ??= new Promise((wake) => (this.#wake = wake));
  }

  resume(once = false) {
    this.once = once;
    this.#wake?.();
    this.#resumed = null;
  }

  cancel() {
    this.cancelled = true;
    this.resume();
  }

  end() {
    studio.job = null;
    this.#answer(null);
  }
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

/** Gives pictures to `use` for as long as it takes. */
export function lend(pictures, use) {
  try {
    return use(...pictures);
  } finally {
    pictures.forEach(free);
  }
}

/** Frees what was not given away: wasm-bindgen leaves no pointer in what it has taken over. */
export function free(thing) {
  if (thing && thing.__wbg_ptr !== 0) thing.free();
}
