// @ts-check
// The page's only door to the worker that computes. It numbers requests, routes events, and decides what happens when a worker
// dies: the page must survive every death of the engine with its pictures and settings, so nothing here holds either.
import { AtelierError } from "./atelier-error.js";

/** @typedef {"auto" | "webgpu" | "cpu"} Wanted */
/** A folder of models that is none: what its manifest says, and the address of each file by its name.
 * @typedef {{manifest: object, files: Record<string, string>}} Shelf */
/** `ahead`: fetch what a first painting needs at once; `patient`: what was asked for outlives a failed attempt, and waits for the next that somebody starts; `models`: the
 * address of the folder with the models; `shelf`: what is there instead, if a bundler has moved the files; `module`: the wasm, if it is compiled already; `worker`: makes the worker, where it is no web worker.
 * @typedef {{backend: Wanted, ahead?: boolean, patient?: boolean, models: string, shelf?: Shelf, module?: WebAssembly.Module, worker?: () => Worker, onState: (state: EngineState) => void}} Options */
/** @typedef {{backend: "webgpu" | "cpu", reason: string, adapter?: string}} Opened */
/** @typedef {{state: "opening"} | {state: "fetching", what: string, loaded: number, total: number}
 *          | ({state: "ready"} & Opened) | {state: "failed", error: AtelierError, restarting: boolean}} EngineState */
/** @typedef {{resolve: (value: any) => void, reject: (error: AtelierError) => void, onEvent?: (event: any) => void, op: string, payload: any}} Waiting */
/** @typedef {{signal: AbortSignal, onEvent: (event: any) => void}} Listener */
/** `site`: it comes with the site; `unstored`: the file, where only the page has it.
 * @typedef {{id: string, name: string, bytes: number, ownStyle: boolean, sizes?: [number, number] | null, steps: number, site?: boolean, unstored?: Blob | null}} Generator */
/** `site` is null where the site could not be asked, and `failure` why. @typedef {{site: {id: string, bytes: number, sizes: [number, number] | null}[] | null, kept: Generator[], failure?: any}} Listed */
/** @typedef {{width: number, height: number, pixels: ArrayBuffer}} Pixels */
/** A layer of the network, as it sees a picture.
 * @typedef {{name: string, width: number, height: number, channels: number, maps: Uint8Array, peaks: Float32Array, gram: Float32Array}} Tap */
/** What the network sees of a picture, and by layer how far that is from the style. @typedef {{taps: Tap[], losses: Float32Array}} Seen */
/** How one attempt to open ended. A worker that is alive can still read pictures although, say, a model is missing.
 * @typedef {{alive: boolean, error: AtelierError | null}} Attempt */

// One loss may be a driver's hiccup; two mean the GPU cannot be relied on; on the processor a third is not worth repeating.
const LOSSES_BEFORE_CPU = 2;
/** What goes on until it is done. */
const LONG = new Set(["optimise", "generate", "train"]);
/** What takes in pictures or files that may be too large. */
const HEAVY = new Set([...LONG, "inspect", "encode", "look", "importModel", "importGenerator"]);
/** A worker hears "cancel" between two pieces of work. On a slow processor a piece of a large picture takes seconds, and nobody
 * should wait that long for nothing: a worker that has not heard by then is replaced by a fresh one. */
const CANCEL_MS = 700;

export class Engine {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #nextId = 1;
  #losses = 0;
  #fellBack = false;
  #open = false;
  /** @type {(attempt: Attempt | Promise<Attempt>) => void} */
  #settle = () => {};
  /** @type {Promise<Attempt>} */
  #attempt = new Promise(() => {});
  /** @type {(() => void)[]} */
  #onStart = [];

  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    /** The backend in use, once a worker has opened. @type {Opened | null} */
    this.opened = null;
    /** @type {EngineState["state"]} */
    this.state = "opening";
  }

  /** Starts a fresh worker in place of whatever is there. What was asked of that one is asked of the new one, but for what takes long: that is over.
   * @param {Wanted} [backend] kept for later restarts */
  start(backend = this.options.backend) {
    this.options.backend = backend;
    this.state = "opening";
    this.#worker?.terminate();
    this.#open = false;
    const [orphans, settle] = [[...this.#waiting.values()], this.#settle];
    this.#waiting.clear();
    this.#attempt = new Promise((resolve) => { this.#settle = resolve; });
    // Whoever waits for the worker before waits for this one now.
    settle(this.#attempt);
    for (const { resolve, reject, op, payload } of orphans) {
      if (LONG.has(op)) reject(new AtelierError("worker-died", "device"));
      else if (op !== "open") this.#call(op, payload).then(resolve, reject);
    }
    for (const go of this.#onStart.splice(0)) go();
    this.#say({ state: "opening" });
    let worker;
    try {
      worker = this.options.worker?.() ?? new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    } catch (reason) {
      return this.#lose(new AtelierError("engine-unreachable", "host", { message: String(reason) }), false);
    }
    this.#worker = worker;
    worker.addEventListener("message", ({ data }) => { if (worker === this.#worker) this.#receive(data); });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      const message = event.message ?? "";
      if (this.#open) this.#lose(new AtelierError("worker-died", "device", { message }), true);
      else this.#lose(new AtelierError("engine-unreachable", "host", { message }), false);
    });
    const onEvent = (/** @type {any} */ event) => {
      if (event.kind === "fetch") this.#say({ ...event, state: "fetching" });
    };
    const { ahead, models, shelf, module } = this.options;
    this.#send("open", { backend, ahead, models, shelf, module }, onEvent).promise.then(
      (/** @type {Opened} */ value) => {
        this.#open = true;
        // The worker only knows that it was told to; why the page told it is known here.
        this.opened = { ...value, reason: this.#fellBack ? "after-loss" : value.reason };
        this.#settle({ alive: true, error: null });
        this.#say({ state: "ready", ...this.opened });
      },
      (error) => {
        if (worker !== this.#worker) return; // lost meanwhile: #lose has said so
        this.#open = true;
        // Without its wasm a worker that answers is no more alive than none.
        this.#settle({ alive: error.code !== "engine-unreachable", error });
        this.#say({ state: "failed", error, restarting: false });
      },
    );
  }

  /** Ends the worker for good. Whoever waits for it is given the reason. @param {any} reason */
  stop(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    this.opened = null;
    const orphans = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of orphans) reject(reason);
    const ended = { alive: false, error: reason };
    this.#settle(ended);
    // For whoever asks from now on: the attempt that there was may have come to something.
    this.#attempt = Promise.resolve(ended);
  }

  /** @param {EngineState} state */
  #say(state) {
    this.state = state.state;
    this.options.onState(state);
  }

  /** What a picture file holds, with a preview that fits in `side` × `side`. @param {Blob} file @param {number} side */
  inspect(file, side) {
    return this.#call("inspect", { file, side });
  }

  /** @param {{width: number, height: number, pixels: ArrayBuffer, format: "png" | "rgba-png" | "jpeg", quality: number}} picture @returns {Promise<{blob: Blob}>} */
  encode(picture) {
    return this.#call("encode", picture);
  }

  /** Makes a network of a weight file and stores it; `unstored` is the network where that was not possible.
   * @param {Blob} file @param {number} bits @returns {Promise<{unstored: Blob | null}>} */
  async importModel(file, bits) {
    // Unlike a picture, which is read once the engine is back: nobody should wait that long with the page locked.
    const { alive, error } = await this.#attempt;
    if (!alive) throw error;
    return this.#send("importModel", { file, bits }).promise;
  }

  /** The networks that are stored. @returns {Promise<{name: string, bytes: number}[]>} */
  listModels() {
    return this.#call("listModels", {});
  }

  /** @param {string} name */
  removeModel(name) {
    return this.#call("removeModel", { name });
  }

  /** What a run would take; the first time for a network, after a fraction of a second of trial.
   * @param {{width: number, height: number, model: string, unstored: Blob | null, settings: object}} job
   * @returns {Promise<{bytes: number, seconds: number}>} */
  predict(job) {
    return this.#call("predict", job);
  }

  /** What the network sees of pictures, of which one is the style.
   * @param {{pictures: (Blob | Pixels)[], style: number, side: number}} job @returns {Promise<Seen[]>} */
  look(job) {
    return this.#call("look", job);
  }

  /** The site's generators and those that are kept here. @param {boolean} [passing] only the site's @returns {Promise<Listed>} */
  listGenerators(passing = false) {
    return this.#call("listGenerators", { passing });
  }

  /** Checks a generator's file and keeps it. @param {Blob} file @returns {Promise<Generator>} */
  importGenerator(file) {
    return this.#call("importGenerator", { file });
  }

  /** @param {Generator} generator @returns {Promise<{blob: Blob}>} */
  readGenerator(generator) {
    return this.#call("readGenerator", { generator });
  }

  /** A small photo, painted by a generator that has a style of its own. @param {Generator} generator @param {Blob} photo @param {number} side in pixels
   * @returns {Promise<{width: number, height: number, pixels: ArrayBuffer}>} */
  thumbnail(generator, photo, side) {
    return this.#call("thumbnail", { generator, photo, side });
  }

  /** @param {string} id */
  removeGenerator(id) {
    return this.#call("removeGenerator", { name: id });
  }

  /** The training that a closed tab has left. @returns {Promise<{name: string, step: number, steps: number} | null>} */
  findTraining() {
    return this.#call("findTraining", {});
  }

  forgetTraining() {
    return this.#call("forgetTraining", {});
  }

  /** Begins an optimisation.
   * @param {{content: Blob, styles: object[], keep?: object, from?: object | null, model: string, unstored: Blob | null, settings: object}} job as the worker reads it
   * @param {Listener} listener */
  optimise(job, listener) {
    return this.#begin("optimise", job, listener, () => CANCEL_MS);
  }

  /** Paints with a generator. @param {object} job as the worker reads it @param {Listener} listener @param {boolean} [patient] what takes long may end as it likes */
  generate(job, listener, patient = false) {
    return this.#begin("generate", job, listener, () => (patient ? 0 : CANCEL_MS));
  }

  /** Begins a training, or goes on with the one that was left. A cancelled one is put away first, which nothing should cut short; before its first step there is
   * nothing to put away, and what it waits for may never come, and a passing one is never put away.
   * @param {{resume: boolean, replaces?: boolean, steps?: number, plan?: object, checkpoint?: Blob, passing?: boolean}} job as the worker reads it @param {Listener} listener */
  train(job, listener) {
    let stepped = false;
    const onEvent = (/** @type {any} */ event) => {
      stepped ||= event.kind === "step";
      listener.onEvent(event);
    };
    return this.#begin("train", job, { ...listener, onEvent }, () => (stepped && !job.passing ? 0 : CANCEL_MS));
  }

  /** Begins something that goes on until it is done. Aborting `signal` cancels it: the result is then `{cancelled: true}`, not an error.
   * @param {string} op @param {object} job @param {Listener} listener @param {() => number} patienceMs before the worker is replaced; 0 is without end */
  #begin(op, job, { signal, onEvent }, patienceMs) {
    let run = 0;
    let paused = false;
    const begin = async () => {
      const { error } = await this.#attempt;
      if (error) throw error;
      if (signal.aborted) return { cancelled: true };
      const { id, promise } = this.#send(op, job, onEvent);
      run = id;
      if (paused) this.#tell("pause", { run });
      let patience = 0;
      const cancel = () => {
        this.#tell("cancel", { run: id });
        const ms = patienceMs();
        if (ms) patience = setTimeout(() => this.#replace(id), ms);
      };
      signal.addEventListener("abort", cancel, { once: true });
      return promise.finally(() => {
        clearTimeout(patience);
        signal.removeEventListener("abort", cancel);
      });
    };
    // Before the run has reached the worker its settings are still the page's own.
    const adjust = async (/** @type {object} */ settings) => (run ? this.#send("adjust", { run, settings }).promise : Object.assign(job, { settings }));
    const tell = (/** @type {string} */ op) => () => this.#tell(op, { run });
    const pause = (/** @type {boolean} */ now) => () => {
      paused = now;
      this.#tell(now ? "pause" : "resume", { run });
    };
    return {
      result: begin(), adjust, pause: pause(true), resume: pause(false), step: tell("stepTraining"), finish: tell("finishTraining"),
      /** @param {string} players who is to learn */
      setPlayers: (players) => this.#tell("setPlayers", { run, players }),
    };
  }

  /** A short word to a run. The answer carries nothing, and a run that just ended is no error. @param {string} op @param {{run: number, players?: string}} payload */
  #tell(op, payload) {
    if (payload.run && this.#worker) this.#send(op, payload).promise.catch((reason) => console.debug(op, reason));
  }

  /** Waits for a living worker, if need be however many attempts that takes, and asks it. @param {string} op @param {object} payload */
  async #call(op, payload) {
    // Somebody asks for something: that is worth another attempt, unless the worker is there and only cannot paint.
    if (this.state === "failed" && !(await this.#attempt).alive && this.state === "failed") this.start();
    for (;;) {
      const attempt = this.#attempt;
      const { alive, error } = await attempt;
      if (alive) break;
      // The next may be under way already.
      if (attempt !== this.#attempt) continue;
      if (!this.options.patient) throw error;
      await new Promise((go) => this.#onStart.push(() => go(null)));
    }
    return this.#send(op, payload).promise;
  }

  /** @param {string} op @param {object} payload @param {(event: any) => void} [onEvent] */
  #send(op, payload, onEvent) {
    if (!this.#worker) throw new AtelierError("worker-died", "device");
    const id = this.#nextId++;
    // Before anybody waits for an answer: what cannot be sent is thrown.
    this.#worker.postMessage({ id, op, ...payload });
    const promise = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, onEvent, op, payload }));
    return { id, promise };
  }

  /** Cancels a run together with its worker. Whatever else that was asked for is asked of the next one. @param {number} run */
  #replace(run) {
    for (const [id, { resolve, payload }] of this.#waiting) {
      if (id !== run && payload.run !== run) continue;
      this.#waiting.delete(id);
      resolve(id === run ? { cancelled: true } : {});
    }
    this.start();
  }

  /** @param {any} message */
  #receive(message) {
    if (message.fatal) return this.#lose(AtelierError.from(message.fatal), true);
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if (message.event) return waiting.onEvent?.(message.event);
    this.#waiting.delete(message.id);
    if (message.ok) waiting.resolve(message.value);
    else waiting.reject(AtelierError.from(message.error));
  }

  /** The worker is dead. Everyone who waits learns why; a fresh worker follows unless trying again by itself is pointless.
   * @param {AtelierError} error @param {boolean} computed whether a computing engine was lost, rather than never reached */
  #lose(error, computed) {
    // A picture that was too large says nothing of the engine; one that runs out of memory by itself would do so in every fresh worker.
    const tooLarge = error.code === "out-of-memory" && [...this.#waiting.values()].some(({ op }) => HEAVY.has(op));
    const counts = computed && !tooLarge;
    if (counts) this.#losses += 1;
    const restarting = computed && (!counts || this.#losses <= LOSSES_BEFORE_CPU);
    this.stop(error);
    this.#say({ state: "failed", error, restarting });
    this.#fellBack ||= this.#losses >= LOSSES_BEFORE_CPU;
    if (restarting) this.start(this.#fellBack ? "cpu" : this.options.backend);
  }
}
