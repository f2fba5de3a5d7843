// @ts-check
// The pictures of a batch, painted one after the other, as the engine does one thing at a time. What goes wrong with one of them stays
// with it: the others are painted all the same. An engine that dies is replaced by the page, and the picture it had is begun once more.
import { AtelierError } from "./errors.js";
import { Names } from "./names.js";

/** @typedef {import("./wells.js").Picture} Picture */
/** @typedef {"reading" | "waiting" | "painting" | "done" | "failed" | "skipped"} State */
/** One picture to be: a photo and, once the batch has begun, what is made of it.
 * @typedef {{file: File, base: string, state: State, photo: Picture | null, look: import("./batch-plan.js").Look | null,
 *   way: import("./batch-plan.js").Way | null, name: string, progress: number | null, error: AtelierError | null,
 *   preview: HTMLCanvasElement | null, shaped: Picture | null, blob: Blob | null, saved: boolean}} Item */
/** `read` opens a file, `encode` makes one of a result, `tell` hears what the engine tells, `changed` what became of an item, or of the list.
 * @typedef {{read: (file: File) => Promise<Picture>, encode: (result: any, item: Item) => Promise<{blob: Blob, preview: HTMLCanvasElement}>,
 *   engine: import("./engine.js").Engine, tell: (event: any, item: Item) => void, changed: (item?: Item) => void}} Deeds */

const ATTEMPTS = 2;

export class Queue {
  /** @type {Item[]} */
  items = [];
  running = false;
  paused = false;
  #names = new Names();
  /** Files are read one after the other, in the order in which they came. @type {Promise<void>} */
  #reading = Promise.resolve();
  /** Of the picture in progress. */
  #abort = new AbortController();
  /** @type {import("./batch-plan.js").Work | null} */
  #work = null;
  #cancelled = false;
  #stop = () => {};
  #resume = () => {};
  #resumed = Promise.resolve();

  /** @param {Deeds} deeds */
  constructor(deeds) {
    this.deeds = deeds;
  }

  /** How many there are in a state. @param {State} state */
  count(state) {
    return this.items.filter((item) => item.state === state).length;
  }

  /** @param {{file: File, base: string}[]} files */
  add(files) {
    const added = files.map(({ file, base }) => ({ ...blank, file, base }));
    this.items.push(...added);
    this.deeds.changed();
    for (const item of added) this.#read(item);
  }

  /** Takes everything off the list that is not in progress. */
  clear() {
    // Nobody needs to read what is no longer there.
    for (const item of this.items) if (item.state === "reading") item.state = "skipped";
    this.items = this.items.filter(({ state }) => state === "painting");
    this.#names = new Names();
    this.deeds.changed();
  }

  /** @param {Item} item */
  #read(item) {
    this.#set(item, { state: "reading", error: null });
    this.#reading = this.#reading.then(async () => {
      if (item.state !== "reading") return;
      try {
        const photo = await this.deeds.read(item.file);
        if (item.state === "reading") this.#set(item, { state: "waiting", photo, preview: photo.preview });
      } catch (thrown) {
        if (item.state === "reading") this.#set(item, { state: "failed", error: AtelierError.from(thrown) });
      }
    });
  }

  /** Paints what waits, until nothing does. @param {import("./batch-plan.js").Plan} plan for what has none yet */
  async run(plan) {
    this.running = true;
    this.#cancelled = false;
    const stopped = new Promise((stop) => { this.#stop = () => stop(null); });
    for (const item of this.items.filter(({ state }) => state === "waiting")) this.#settle(item, plan);
    this.deeds.changed();
    while (!this.#cancelled) {
      await this.#resumed;
      const item = this.items.find(({ state }) => state === "waiting");
      if (item && !this.#cancelled) await this.#paint(this.#settle(item, plan));
      else if (this.count("reading")) await Promise.race([this.#reading, stopped]);
      else break;
    }
    this.running = false;
    this.deeds.changed();
  }

  /** Decides what becomes of a photo: one picture in each look. @param {Item} item @param {import("./batch-plan.js").Plan} plan @returns {Item} the first of them */
  #settle(item, { looks, ...way }) {
    if (item.look) return item;
    const named = (/** @type {import("./batch-plan.js").Look} */ look) => ({ look, way, name: this.#names.unique(`${item.base}-${look.base}`, ".png") });
    Object.assign(item, named(looks[0]));
    const others = looks.slice(1).map((look) => ({ ...item, ...named(look) }));
    this.items.splice(this.items.indexOf(item) + 1, 0, ...others);
    if (others.length) this.deeds.changed();
    return item;
  }

  /** @param {Item} item */
  async #paint(item) {
    for (let attempt = 1; ; attempt++) {
      this.#abort = new AbortController();
      this.#set(item, { state: "painting", progress: null, error: null });
      try {
        const result = await this.#result(item);
        if (result.cancelled) return this.#left(item);
        this.#set(item, { ...await this.deeds.encode(result, item), state: "done", progress: null });
        return;
      } catch (thrown) {
        // Skipped while it was being shaped, say.
        if (this.#abort.signal.aborted) return this.#left(item);
        const { engine } = this.deeds;
        const died = engine.state !== "ready";
        if (engine.state === "failed") engine.start();
        if (!died || attempt === ATTEMPTS) return this.#set(item, { state: "failed", progress: null, error: AtelierError.from(thrown) });
      } finally {
        this.#work = item.shaped = null;
      }
    }
  }

  /** @param {Item} item */
  async #result(item) {
    const { signal } = this.#abort;
    let iterates = false;
    const onEvent = (/** @type {any} */ event) => {
      iterates ||= event.kind === "scale" || event.kind === "iteration";
      if (event.kind === "iteration") this.#set(item, { progress: event.iteration / event.total });
      // Of an optimisation, tiles are parts of an iteration.
      else if (event.kind === "tile" && !iterates) this.#set(item, { progress: event.done / event.of });
      this.deeds.tell(event, item);
    };
    const { begin } = /** @type {import("./batch-plan.js").Way} */ (item.way);
    const work = await begin(/** @type {Picture} */ (item.photo), /** @type {import("./batch-plan.js").Look} */ (item.look), { signal, onEvent });
    this.#work = work;
    // Not for longer than it is painted: of hundreds it would be too much.
    item.shaped = work.content;
    if (this.paused) work.pause();
    return work.result;
  }

  /** A picture that was left off half-way: it waits again, unless it was that one that nobody wanted. @param {Item} item */
  #left(item) {
    this.#set(item, { state: item.state === "skipped" ? "skipped" : "waiting", progress: null });
  }

  /** @param {Item} item @param {Partial<Item>} facts */
  #set(item, facts) {
    Object.assign(item, facts);
    this.deeds.changed(item);
  }

  /** Pauses, or goes on. */
  toggle() {
    // What is to end does not wait.
    if (this.#cancelled && this.running && !this.paused) return;
    this.paused = !this.paused;
    if (this.paused) {
      this.#resumed = new Promise((resume) => { this.#resume = () => resume(); });
      this.#work?.pause();
    } else {
      this.#resume();
      this.#work?.resume();
    }
    this.deeds.changed();
  }

  /** Leaves the rest for later. */
  cancel() {
    this.#cancelled = true;
    this.#stop();
    if (this.paused) this.toggle();
    this.#abort.abort();
  }

  /** @param {Item} item */
  skip(item) {
    const inProgress = item.state === "painting";
    this.#set(item, { state: "skipped" });
    if (inProgress) this.#abort.abort();
  }

  /** Puts one back that failed or was skipped. @param {Item} item */
  retry(item) {
    if (item.photo) this.#set(item, { state: "waiting", error: null });
    else this.#read(item);
  }
}

/** @type {Omit<Item, "file" | "base">} */
const blank = { state: "reading", photo: null, look: null, way: null, name: "", progress: null, error: null, preview: null, shaped: null, blob: null, saved: false };
