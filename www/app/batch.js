// @ts-check
// Many pictures at once: the dialogue with the list, and the batch as the page's one piece of work. Closing the dialogue leaves the batch
// at work; the wall shows it, with its own Pause and Cancel.
import { filesIn, picturesOf } from "./batch-files.js";
import { plan } from "./batch-plan.js";
import { Queue } from "./batch-queue.js";
import { Row } from "./batch-row.js";
import { byId, onFiles } from "./dom.js";
import { offerFile, png } from "./download.js";
import { AtelierError, showError } from "./errors.js";
import { nameOf } from "./generators.js";
import { showLabel } from "./label.js";
import { guard } from "./leaving.js";
import { mode } from "./modes.js";
import { saveZip } from "./save-zip.js";
import { shrunk } from "./shrink.js";
import { calm, sure } from "./sure.js";
import { duration, put, size, speak } from "./text.js";
import { Awake, Voice } from "./voice.js";
import { fromFile, paint } from "./wells.js";
import { MOST_BYTES } from "./zip.js";

/** @typedef {import("./batch-queue.js").Item} Item */

/** Sharp on a dense screen, and small enough for hundreds of lines. */
const THUMB_SIDE = 160;

export class Batch {
  /** @type {Map<Item, Row>} */
  #rows = new Map();
  /** The last result, which is left on the wall. @type {{result: any, item: Item, content: import("./wells.js").Picture | null} | null} */
  #last = null;
  #saving = false;
  #began = 0;
  /** Since when it rests. */
  #rested = 0;
  /** @type {Awake | null} */
  #awake = null;
  #before = 0;
  #voice = new Voice();
  /** Whether it ran and rested when it was spoken of last. */
  #spoken = "";

  /** @param {import("./main.js").Studio} studio @param {import("./batch-plan.js").Bench} bench */
  constructor(studio, bench) {
    this.studio = studio;
    this.bench = bench;
    document.body.append(byId("batch-template").content.cloneNode(true));
    this.root = byId("batch");
    speak(this.root);
    this.queue = new Queue({
      engine: studio.engine,
      read: (file) => this.#read(file),
      encode: (result, item) => this.#encode(result, item),
      tell: (event, item) => this.#tell(event, item),
      changed: (item) => this.#changed(item),
    });
    for (const id of ["batch-files", "batch-folder"]) {
      onFiles(byId(id), (files) => this.add(files, id === "batch-folder"));
    }
    byId("batch-folder-field").hidden = !("webkitdirectory" in HTMLInputElement.prototype);
    byId("batch-looks").addEventListener("change", () => this.#describe());
    byId("batch-start").addEventListener("click", () => this.begin());
    byId("batch-pause").addEventListener("click", () => this.#toggle());
    byId("batch-cancel").addEventListener("click", () => this.queue.cancel());
    byId("batch-clear").addEventListener("click", () => {
      const clear = () => {
        this.queue.clear();
        byId("batch-files").focus();
      };
      if (this.#unsaved) sure(byId("batch-clear"), "batch.clear-sure", {}, clear);
      else clear();
    });
    byId("batch-zip").addEventListener("click", () => this.#save());
    byId("batch-close").addEventListener("click", () => this.root.close());
    this.#changed();
  }

  /** Shows the list. */
  open() {
    if (!this.root.open) this.root.showModal();
    this.#describe();
  }

  /** Files that were dropped or chosen. @param {File[]} files @param {boolean} folder what is no picture in it is left out */
  add(files, folder = false) {
    const { pictures, others } = folder ? picturesOf(files) : { pictures: files, others: 0 };
    byId("batch-left-out").hidden = !others;
    if (others) put(byId("batch-left-out"), "batch.left-out", { count: others });
    this.queue.add(pictures.map((file) => ({ file, base: fromFile(file).base })));
  }

  /** Folders and files that were dropped. @param {any[]} entries */
  async addEntries(entries) {
    try {
      this.add(await filesIn(entries), true);
    } catch (reason) {
      console.debug("folder", reason);
      this.#refuse(new AtelierError("folder-unreadable", "visitor"));
    }
  }

  /** Paints what waits. */
  async begin() {
    const { studio, queue } = this;
    byId("batch-error").hidden = true;
    await studio.clear();
    if (queue.running) return;
    let planned;
    try {
      await Promise.all(this.bench.styles.wells.map((well) => well.arrived()));
      if (queue.running) return;
      if (studio.busy) throw new AtelierError("run-in-progress", "visitor");
      if (this.bench.models.busy) throw new AtelierError("import-in-progress", "visitor");
      planned = plan(this.bench, byId("batch-looks").value === "mixed");
    } catch (thrown) {
      return this.#refuse(AtelierError.from(thrown));
    }
    const { root } = this;
    const work = { toggle: () => this.#rest(), cancel: () => queue.cancel(), get paused() { return queue.paused; } };
    studio.take(work, null);
    document.body.dataset.batch = "";
    this.#last = null;
    this.#began = performance.now();
    this.#before = queue.count("done");
    this.#awake = new Awake();
    const running = queue.run(planned);
    // The button that was pressed is hidden now.
    byId("batch-pause").focus();
    await running;
    this.#awake.end();
    delete document.body.dataset.batch;
    studio.release();
    await this.#leave();
    if (root.open && !root.contains(document.activeElement)) (byId("batch-zip").disabled ? byId("batch-files") : byId("batch-zip")).focus();
  }

  /** Leaves the last result on the wall, as any other. */
  async #leave() {
    const { studio, queue } = this;
    const last = /** @type {{result: any, item: Item, content: import("./wells.js").Picture | null} | null} */ (this.#last);
    if (last?.content) await studio.display(last.result, last.content, this.#label(last.item, last.result));
    else {
      // A picture that was left half-way waits again.
      studio.wall.bare();
      studio.enter("ready");
    }
    studio.land();
    put(studio.status, "batch.ended", { done: queue.count("done"), total: queue.items.length });
  }

  /** Pauses, or goes on. */
  #rest() {
    this.queue.toggle();
    if (this.queue.paused) {
      this.#rested = performance.now();
      this.#awake?.rest();
    } else {
      // What passed meanwhile was no work.
      this.#began += performance.now() - this.#rested;
      this.#awake?.ask();
    }
  }

  #toggle() {
    this.#rest();
    this.studio.enter(this.queue.paused ? "paused" : "running");
  }

  /** @param {File} file @returns {Promise<import("./wells.js").Picture>} */
  async #read(file) {
    const { width, height, preview } = await this.studio.inspect(file, THUMB_SIDE);
    const canvas = document.createElement("canvas");
    paint(canvas, preview);
    return { ...fromFile(file), width, height, preview: canvas };
  }

  /** @param {any} result @param {Item} item */
  async #encode(result, item) {
    const blob = await png(this.studio.engine, result);
    this.studio.wall.stage.show(result, "result");
    this.#last = { result, item, content: item.shaped };
    showLabel(this.#label(item, result));
    return { blob, preview: shrunk(this.studio.wall.stage.canvas, THUMB_SIDE) };
  }

  /** @param {any} event @param {Item} item */
  #tell(event, item) {
    if (event.kind !== "preview") return;
    this.studio.wall.stage.show(event, "preview");
    showLabel(this.#label(item, event));
  }

  /** @param {Item} item @param {{width: number, height: number}} picture @returns {import("./label.js").Label} */
  #label({ photo, look, way }, { width, height }) {
    const { facts = {}, medium = "label.plan", particulars = "" } = way?.made ?? {};
    const sides = { width: String(width), height: String(height) };
    return { content: photo?.name ?? "", style: look?.name ?? "", medium, facts: { ...facts, ...sides }, particulars, when: Date.now() };
  }

  /** @param {import("./batch-row.js").Deed} deed @param {Item} item */
  #do(deed, item) {
    if (deed === "download" && item.blob) {
      offerFile(item.blob, item.name.replace(/\.png$/, ""), ".png");
      item.saved = true;
      this.#guard();
    }
    if (deed === "skip") this.queue.skip(item);
    else if (deed === "retry") this.queue.retry(item);
  }

  /** @param {Item} [item] */
  #changed(item) {
    if (!item) this.#list();
    else if (!this.#rows.get(item)?.update()) return; // how far it has come is no news for the whole
    this.#describe();
  }

  /** Brings the lines into the order of the list. */
  #list() {
    const { items } = this.queue;
    for (const [item, row] of this.#rows) {
      if (items.includes(item)) continue;
      row.root.remove();
      this.#rows.delete(item);
    }
    const list = byId("batch-list");
    items.forEach((item, index) => {
      const row = this.#rows.get(item) ?? new Row(item, (deed, item) => this.#do(deed, item));
      this.#rows.set(item, row);
      row.update();
      if (list.children[index] !== row.root) list.insertBefore(row.root, list.children[index] ?? null);
    });
  }

  /** Says how the whole stands, and what can be done. */
  #describe() {
    const { queue } = this;
    const { running, paused, items } = queue;
    const [done, failed, waiting] = [queue.count("done"), queue.count("failed"), queue.count("waiting")];
    const left = waiting + queue.count("painting") + queue.count("reading");
    const total = items.length - queue.count("skipped");
    const seconds = this.#secondsLeft(left);
    const counts = { done, failed, total, waiting };
    const looks = this.#looks;
    const say = (/** @type {string} */ key, /** @type {Record<string, import("./text.js").Param>} */ more = {}) => this.#say(`batch.${key}`, { ...counts, ...more });
    if (!items.length) say("empty");
    else if (paused) say("paused");
    else if (running && seconds) say("running-left", { time: () => duration(seconds) });
    else if (running) say("running");
    else if (failed) say("some-failed");
    else if (done) say("finished");
    else if (looks > 1) say("ready-looks", { looks, pictures: items.reduce((sum, { state, look }) => sum + (state !== "waiting" ? 0 : look ? 1 : looks), 0) });
    else say("ready");
    const bar = byId("batch-progress");
    bar.hidden = !running;
    [bar.max, bar.value] = [Math.max(1, total), done + failed];
    if (running) [this.studio.progress.max, this.studio.progress.value] = [bar.max, bar.value];
    if (running) put(this.studio.status, paused ? "batch.paused" : "batch.running", counts);
    const idle = !waiting && !queue.count("reading");
    byId("batch-start").hidden = running || (idle && done > 0);
    byId("batch-start").disabled = idle;
    byId("batch-pause").hidden = byId("batch-cancel").hidden = !running;
    put(byId("batch-pause"), paused ? "action.resume" : "action.pause");
    byId("batch-zip").disabled = !done || this.#saving;
    byId("batch-zip").classList.toggle("primary", !running && idle && done > 0);
    byId("batch-clear").hidden = running || !items.length;
    this.#describePlan();
    this.#guard();
  }

  /** Says it to whoever looks, and to whoever listens only now and then as long as one picture follows the other. @param {string} key @param {Record<string, import("./text.js").Param>} [params] */
  #say(key, params) {
    const { running, paused } = this.queue;
    put(byId("batch-status"), key, params);
    const state = `${running} ${paused}`;
    if (state !== this.#spoken || paused || !(running || this.queue.count("reading"))) this.#voice.soon();
    this.#spoken = state;
    this.#voice.sometimes(() => put(byId("batch-voice"), key, params));
  }

  /** Whether the generator brings its own style. */
  get #own() {
    return mode() === "generate" && Boolean(this.bench.generators.chosen?.ownStyle);
  }

  /** How many pictures are made of each photo. */
  get #looks() {
    const { styles } = this.bench;
    return this.#own || byId("batch-looks").value === "mixed" ? 1 : Math.max(1, styles.list.length);
  }

  /** Whether there are results that have not been saved: they are nowhere else. */
  get #unsaved() {
    return this.queue.items.some(({ blob, saved }) => blob && !saved);
  }

  #guard() {
    guard("batch", this.queue.running || this.#unsaved);
    if (!this.#unsaved) calm(byId("batch-clear"));
  }

  /** What will be done with each picture. */
  #describePlan() {
    const { generators, styles } = this.bench;
    const about = byId("batch-plan");
    byId("batch-looks").disabled = this.queue.running;
    byId("batch-begun").hidden = this.queue.running || !this.queue.items.some(({ state, look }) => state === "waiting" && look);
    // What is painted now was decided when it was begun.
    if (this.queue.running) return;
    const { chosen } = generators;
    const own = this.#own;
    const several = !own && styles.list.length > 1;
    byId("batch-looks-field").hidden = !several;
    const side = byId(mode() === "generate" ? "generate-size" : "size").value;
    const style = () => styles.list.map(({ picture }) => picture.name()).join(several && byId("batch-looks").value === "mixed" ? " + " : ", ");
    const name = chosen && nameOf(chosen);
    const facts = { side, generator: () => name ?? "" };
    if (own) put(about, "batch.plan.own", facts);
    else if (!styles.list.length) put(about, "batch.plan.nothing");
    else put(about, mode() === "generate" ? "batch.plan.generate" : "batch.plan.optimise", { ...facts, style });
  }

  /** By how long those took that are done. @param {number} left */
  #secondsLeft(left) {
    const done = this.queue.count("done") - this.#before;
    return done > 0 ? (performance.now() - this.#began) / 1000 / done * left : 0;
  }

  async #save() {
    byId("batch-error").hidden = true;
    const all = this.queue.items.filter(({ blob }) => blob);
    const sum = all.reduce((sum, { blob }) => sum + /** @type {Blob} */ (blob).size, 0);
    const rest = all.filter(({ saved }) => !saved);
    // What is too much for one zip is saved in parts: those that are saved already are left out.
    const made = sum > MOST_BYTES && rest.length ? rest : all;
    const entries = made.map(({ name, blob }) => ({ name, blob: /** @type {Blob} */ (blob) }));
    this.#saving = true;
    this.#describe();
    this.#say("batch.saving");
    try {
      const name = await saveZip(entries, "atelier");
      this.#saving = false;
      for (const item of made) item.saved ||= Boolean(name);
      this.#describe();
      const bytes = entries.reduce((sum, { blob }) => sum + blob.size, 0);
      if (name) this.#say("batch.saved", { name, count: entries.length, size: () => size(bytes) });
    } catch (thrown) {
      this.#saving = false;
      this.#describe();
      this.#refuse(AtelierError.from(thrown));
    }
    byId("batch-zip").focus();
  }

  /** @param {AtelierError} error */
  #refuse(error) {
    showError(byId("batch-error"), error);
  }
}
