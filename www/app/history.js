// @ts-check
// Earlier results: each is kept with the pictures and settings that it was made from, can be hung again and gone on from, and deleted. Undo and
// redo walk along them. Where the browser has no room, the newest push the oldest out; where it keeps nothing at all, results last as long as
// the page.
import { byId, isTypedInto, showBlob } from "./dom.js";
import { png } from "./download.js";
import { AtelierError } from "./errors.js";
import { hashOf, keep, list, picture, remove } from "./history-store.js";
import { written } from "./label.js";
import { guard } from "./leaving.js";
import { Mask } from "./mask.js";
import { titleOf } from "./samples.js";
import { shrunk } from "./shrink.js";
import { calm, sure } from "./sure.js";
import { onLanguage, put, t } from "./text.js";

/** @typedef {import("./history-store.js").Entry} Entry */
/** @typedef {import("./mask.js").Pixels} Pixels */
/** @typedef {import("./label.js").Label} Label */
/** How a result came about.
 * @typedef {{mode: import("./modes.js").Mode, controls: import("./form-state.js").FormState, content: import("./wells.js").Picture,
 *   styles: import("./styles.js").Style[], mask: Mask | null}} Making */
/** What can be set up again. @typedef {{offered: import("./wells.js").Offered, mask: Mask | null}} Part */
/** @typedef {Part & {weight: number, region: Mask | null}} StylePart */
/** What history does to the page: hang a result, take it down, and set everything up as it was.
 * @typedef {{engine: import("./engine.js").Engine, busy: () => boolean, complain: (error: AtelierError, retry?: () => void) => void,
 *   onChange: () => void, bare: () => void, hung: () => Blob[], hang: (entry: Entry, pixels: Pixels, content: Blob | null) => Promise<boolean>, restore: (entry: Entry, content: Part, styles: StylePart[]) => void}} Deeds */

const MOST = 50;
const THUMB_SIDE = 112;
/** What the ring around the one on the wall takes, in pixels. */
const RIM = 6;
/** A picture that follows a slider is kept as it is once the slider rests. */
const REST_MS = 1200;

const section = byId("history");
const row = byId("history-list");
const back = byId("undo");
const forth = byId("redo");
const earlier = byId("earlier");
const clearing = byId("history-clear");
const forgetting = byId("forget");
const note = byId("history-note");

export class History {
  /** The button of each. @type {Map<Entry, HTMLButtonElement>} */
  #buttons = new Map();
  /** The oldest first. @type {Entry[]} */
  #entries = [];
  /** Of this page's own results. @type {Map<string, Blob>} */
  #pictures = new Map();
  /** Those that were taken along. @type {WeakSet<Entry>} */
  #carried = new WeakSet();
  /** The one on the wall. @type {Entry | null} */
  #shown = null;
  /** How it was made, if it was made on this page. @type {Making | null} */
  #made = null;
  /** What was shown before the painting in progress. @type {{entry: Entry | null, made: Making | null}} */
  #before = { entry: null, made: null };
  /** One change of the store at a time, in their order. */
  #queue = Promise.resolve();
  /** What is to be written once the sliders rest. @type {(() => void) | null} */
  #resting = null;
  #timer = 0;
  /** Of the result that is to be hung: a later one overtakes it. */
  #turn = 0;
  /** Other tabs of this site have the same history. */
  #others = channel();

  /** @param {Deeds} deeds */
  constructor(deeds) {
    this.deeds = deeds;
    back.addEventListener("click", () => this.#step(-1));
    forth.addEventListener("click", () => this.#step(1));
    byId("restore").addEventListener("click", () => this.#restore());
    forgetting.addEventListener("click", () => {
      const shown = this.#shown;
      if (shown) sure(forgetting, "history.forget-sure", {}, () => this.#forgetShown(shown));
    });
    clearing.addEventListener("click", () => {
      sure(clearing, "history.clear-sure", { count: this.#entries.length }, () => this.#forget(() => [...this.#entries]));
    });
    addEventListener("keydown", (event) => this.#key(event));
    this.#others?.addEventListener("message", () => this.#reload());
    onLanguage(() => this.draw());
    this.#reload();
  }

  /** The styles that were used last, the latest first. @returns {import("./history-store.js").StyleRef[]} */
  get styles() {
    const used = this.#entries.flatMap(({ styles }) => styles).reverse();
    return used.filter((style, at) => used.findIndex(({ hash }) => hash === style.hash) === at);
  }

  /** How many there are, and how large they are without what they were made from. */
  get extent() {
    return { count: this.#entries.length, bytes: this.#entries.reduce((sum, entry) => sum + weightOf(entry), 0) };
  }

  /** A picture that a result was made from. @param {string} hash @returns {Promise<Blob | null>} */
  async picture(hash) {
    // The store has it as it was, whatever has become of the file that was chosen.
    const file = await picture(hash).catch((reason) => console.debug("history", reason));
    return file ?? this.#pictures.get(hash) ?? null;
  }

  /** Reads what a result is about to be made from, while it is as it was chosen. @param {Making} making */
  begin({ content, styles }) {
    for (const { file } of [content, ...styles.map(({ picture }) => picture)]) hashOf(file).catch((reason) => console.debug("history", reason));
  }

  /** Keeps a new result. @param {Pixels} result @param {HTMLCanvasElement} canvas that shows it @param {Label} label @param {Making} making */
  add(result, canvas, label, making) {
    this.leave();
    // A generator that is asked the same again paints the same: that is no other result.
    const { entry, made } = this.#before;
    const again = entry && made && making.mode === "generate" && alike(made, making) && wished(made) === wished(making);
    this.#write(again ? entry : null, result, thumbOf(canvas), label, making);
  }

  /** The result on the wall was painted anew. Of the same pictures it takes the place of what was there; else it is another result.
   * @param {Pixels} result @param {HTMLCanvasElement} canvas @param {Label} label @param {Making} making */
  amend(result, canvas, label, making) {
    if (!this.#made || !alike(this.#made, making)) {
      this.leave();
      this.#made = making;
    }
    clearTimeout(this.#timer);
    const thumb = thumbOf(canvas);
    const shown = this.#shown;
    this.#resting = () => this.#write(shown, result, thumb, label, making);
    this.#timer = setTimeout(() => this.#rest(), REST_MS);
  }

  /** The wall is about to show something else. */
  leave() {
    calm(forgetting);
    this.#rest();
    if (this.#shown) this.#before = { entry: this.#shown, made: this.#made };
    this.#shown = this.#made = null;
    this.#mark();
  }

  /** Everything here is forgotten, but for what hangs on the wall. */
  async empty() {
    this.leave();
    await this.#inTurn(() => this.#drop([...this.#entries]));
    this.draw();
  }

  /** One change of the store after the other. @param {() => Promise<void>} change */
  #inTurn(change) {
    this.#queue = this.#queue.then(change).catch((reason) => console.debug("history", reason));
    return this.#queue;
  }

  /** The one on the wall was saved as a file, copied or shared. */
  carried() {
    if (this.#shown) this.#carried.add(this.#shown);
    this.#guard();
  }

  /** What only this page has, and was not taken along, is lost with it. */
  #guard() {
    guard("results", this.#entries.some((entry) => !entry.id && !this.#carried.has(entry)));
  }

  /** Nothing can be hung while something is painted. */
  refresh() {
    this.#mark();
  }

  #rest() {
    clearTimeout(this.#timer);
    const write = this.#resting;
    this.#resting = null;
    write?.();
  }

  /** @param {Entry | null} old whose place it takes @param {Pixels} result @param {Promise<Blob>} thumb @param {Label} label @param {Making} making */
  #write(old, result, thumb, label, making) {
    const { mode, controls, content, styles, mask } = making;
    const about = async (/** @type {import("./wells.js").Picture} */ { file, base, sample }, /** @type {string} */ name) => {
      // A file that has changed since it was chosen is not read any more; what was made of it is kept without it.
      const hash = await file.slice(0, 1).arrayBuffer().then(() => hashOf(file)).catch(() => "");
      if (hash) this.#pictures.set(hash, file);
      return { hash, base, name, sample: sample ?? "" };
    };
    // Another tab may have changed the list since, or deleted that one.
    const place = old?.id ? this.#entries.find(({ id }) => id === old.id) : old;
    const entry = /** @type {Entry} */ (place ?? { id: 0 });
    this.#carried.delete(entry);
    [this.#shown, this.#made] = [entry, making];
    // What may change before its turn comes is looked at now.
    const words = written(label);
    const told = styles.map((style) => ({
      ...style, name: style.picture.name(), thumb: thumbOf(style.picture.preview), mask: style.mask?.state() ?? null, region: style.region?.state() ?? null,
    }));
    const painted = { name: content.name(), mask: mask?.state() ?? null };
    this.#inTurn(async () => {
      Object.assign(entry, {
        width: result.width, height: result.height, base: content.base, label: words, mode, controls,
        content: { ...await about(content, painted.name), mask: painted.mask },
        styles: await Promise.all(told.map(async ({ picture, name, weight, mask, region, thumb }) =>
          ({ ...await about(picture, name), thumb: await thumb, weight, mask, region }))),
        picture: await png(this.deeds.engine, result),
        thumb: await thumb,
      });
      // Another tab's change may have brought it anew.
      const at = this.#entries.findIndex((one) => one === entry || (entry.id && one.id === entry.id));
      if (at < 0) this.#entries.push(entry);
      else this.#entries[at] = entry;
      await this.#store(entry);
      this.draw();
    });
  }

  /** Makes room as far as that is needed, and no further than can be of use. @param {Entry} entry */
  async #store(entry) {
    const hashes = [entry.content, ...entry.styles].map(({ hash }) => hash).filter(Boolean);
    const files = new Map(hashes.map((hash) => [hash, /** @type {Blob} */ (this.#pictures.get(hash))]));
    const excess = this.#entries.slice(0, -MOST);
    if (excess.length) await this.#drop(excess);
    note.hidden = true;
    const needed = [...files.values()].reduce((sum, { size }) => sum + size, weightOf(entry));
    for (let freed = 0; ;) {
      try {
        entry.id = await keep(entry, files);
        return this.#others?.postMessage("changed");
      } catch (reason) {
        const [oldest] = this.#entries.filter((one) => one.id && one !== entry);
        // What has been dropped would do, with as much again for what browsers are slow to give back.
        if (!isFull(reason) || !oldest || freed > 2 * needed) {
          console.debug("history", reason);
          put(note, "history.unstored");
          note.hidden = false;
          return;
        }
        freed += weightOf(oldest);
        await this.#drop([oldest]);
      }
    }
  }

  /** @param {Entry[]} entries */
  async #drop(entries) {
    this.#entries = this.#entries.filter((one) => !entries.includes(one));
    await remove(entries.map(({ id }) => id).filter(Boolean)).catch((reason) => console.debug("history", reason));
    this.#others?.postMessage("changed");
  }

  async #reload() {
    await this.#inTurn(async () => {
      const stored = await list();
      this.#entries = [...stored, ...this.#entries.filter(({ id }) => !id)];
    });
    const shown = this.#shown;
    this.#shown = this.#entries.find(({ id }) => id && id === shown?.id) ?? shown;
    this.draw();
  }

  /** @param {Entry} entry */
  async #hang(entry) {
    if (this.deeds.busy()) return;
    calm(forgetting);
    const turn = ++this.#turn;
    this.#rest();
    try {
      // The picture may be about to be written.
      await this.#queue;
      const [{ preview }, content] = await Promise.all([this.deeds.engine.inspect(entry.picture, Math.max(entry.width, entry.height)), this.picture(entry.content.hash)]);
      if (turn !== this.#turn || this.deeds.busy()) return;
      // What a slider has just painted belongs to the one that goes.
      this.#rest();
      if (!await this.deeds.hang({ ...entry, label: spoken(entry) }, preview, content)) return;
      [this.#shown, this.#made] = [entry, null];
      this.#mark();
    } catch (thrown) {
      this.deeds.complain(AtelierError.from(thrown), () => this.#hang(entry));
    }
  }

  /** @param {-1 | 1} way */
  #step(way) {
    const entry = this.#entries[this.#next(way)];
    if (entry) this.#hang(entry);
  }

  /** With nothing of ours on the wall, or what is not stored yet, back is to the last one. @param {-1 | 1} way */
  #next(way) {
    const at = this.#shown ? this.#entries.indexOf(this.#shown) : -1;
    return (at < 0 ? this.#entries.length : at) + way;
  }

  async #restore() {
    const entry = this.#shown;
    if (!entry || this.deeds.busy()) return;
    const here = await this.#hung();
    const parts = await Promise.all([entry.content, ...entry.styles].map(async ({ hash, base, name, sample, mask }) => {
      // What is there already is the same picture, which nobody has to paint anew.
      const file = here.get(hash) ?? await this.picture(hash);
      // Earlier releases did not say whether it was one of the site's.
      const ofShelf = sample ?? (document.querySelector(`.shelf [data-sample="${CSS.escape(base)}"]`) ? base : "");
      return file && { offered: { file, base, name: titleOf(sample) ?? (() => name), sample: ofShelf || undefined }, mask: Mask.of(mask) };
    }));
    if (parts.includes(null)) return this.deeds.complain(new AtelierError("history-lost", "visitor"));
    const [content, ...styles] = /** @type {Part[]} */ (parts);
    this.deeds.restore(entry, content, styles.map((part, at) => ({ ...part, weight: entry.styles[at].weight, region: Mask.of(entry.styles[at].region) })));
  }

  /** The files in the wells that can still be read, by their hashes. @returns {Promise<Map<string, Blob>>} */
  async #hung() {
    const known = this.deeds.hung().map((file) => file.slice(0, 1).arrayBuffer().then(async () => /** @type {const} */ ([await hashOf(file), file])));
    return new Map((await Promise.allSettled(known)).flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  }

  /** The one on the wall, where its neighbour takes its place. @param {Entry} shown */
  async #forgetShown(shown) {
    const at = this.#entries.indexOf(shown);
    const neighbour = this.#entries[at - 1] ?? this.#entries[at + 1];
    await this.#forget(() => [shown]);
    if (neighbour) await this.#hang(neighbour);
    else this.deeds.bare();
  }

  /** @param {() => Entry[]} chosen of what there is once all is written that is to be */
  async #forget(chosen) {
    this.#rest();
    let at = 0;
    /** @type {Entry[]} */
    let entries = [];
    await this.#inTurn(async () => {
      entries = chosen();
      at = Math.max(0, this.#entries.indexOf(entries[0]) - 1);
      await this.#drop(entries);
    });
    if (this.#shown && entries.includes(this.#shown)) this.#shown = null;
    if (this.#before.entry && entries.includes(this.#before.entry)) this.#before = { entry: null, made: null };
    this.draw();
    (row.querySelectorAll("button")[at] ?? byId("result-title")).focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { target } = event;
    const typing = isTypedInto(target);
    if (!(event.ctrlKey || event.metaKey) || event.altKey || typing || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    this.#step(key === "y" || event.shiftKey ? 1 : -1);
  }

  /** Shows what there is, in the language in use. */
  draw() {
    this.deeds.onChange();
    this.#guard();
    section.hidden = !this.#entries.length;
    const [focused] = [...this.#buttons].find(([, button]) => button === document.activeElement) ?? [];
    this.#buttons.clear();
    row.replaceChildren(...this.#entries.map((entry, at) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      const image = new Image();
      showBlob(image, entry.thumb);
      image.alt = "";
      image.draggable = false;
      button.append(image);
      const { content, style } = spoken(entry);
      button.title = t("label.title", { content, style });
      button.setAttribute("aria-label", t("history.nth", { nth: at + 1, title: button.title }));
      button.addEventListener("click", () => this.#hang(entry));
      this.#buttons.set(entry, button);
      item.append(button);
      return item;
    }));
    if (focused) this.#buttons.get(focused)?.focus({ preventScroll: true });
    this.#mark();
  }

  #mark() {
    const busy = this.deeds.busy();
    const at = this.#shown ? this.#entries.indexOf(this.#shown) : -1;
    [...row.querySelectorAll("button")].forEach((button, index) => {
      button.setAttribute("aria-pressed", String(index === at));
      button.disabled = busy;
      if (index === at) reveal(button);
    });
    // Only said to be disabled: whoever has just pressed one would lose the focus with it.
    back.setAttribute("aria-disabled", String(busy || !this.#entries[this.#next(-1)]));
    forth.setAttribute("aria-disabled", String(busy || !this.#entries[this.#next(1)]));
    clearing.disabled = busy;
    earlier.hidden = busy || at < 0;
  }
}

/** Its label in the language in use, as far as it names the site's own pictures. @param {Entry} entry @returns {Label} */
function spoken({ label, content, styles }) {
  const style = () => styles.map(({ sample, name }) => titleOf(sample)?.() ?? name).join(" + ");
  return { ...label, content: titleOf(content.sample) ?? label.content, style: styles.length ? style : label.style };
}

/** A browser in which the site may keep nothing has none to give. */
function channel() {
  try {
    return new BroadcastChannel("atelier-history");
  } catch {
    return null;
  }
}

/** Bytes of a result, without what it was made from. @param {Entry} entry */
const weightOf = ({ picture, thumb }) => picture.size + thumb.size;

/** Scrolls the list, and the list alone: the page stays where somebody looks at it. @param {HTMLElement} button */
function reveal(button) {
  const [one, all] = [button.getBoundingClientRect(), row.getBoundingClientRect()];
  const by = (/** @type {number[]} */ [from, to], /** @type {number[]} */ [first, last]) => Math.min(0, from - first - RIM) + Math.max(0, to - last + RIM);
  row.scrollBy({ left: by([one.left, one.right], [all.left, all.right]), top: by([one.top, one.bottom], [all.top, all.bottom]), behavior: "instant" });
}

/** Whether both are of the same pictures by the same generator. @param {Making} a @param {Making} b */
function alike(a, b) {
  const files = (/** @type {Making} */ { content, styles }) => [content, ...styles.map(({ picture }) => picture)].map(({ file }) => file);
  const [one, other] = [files(a), files(b)];
  return a.controls.generator === b.controls.generator && one.length === other.length && one.every((file, at) => file === other[at]);
}

/** Settings and shares, to be compared. @param {Making} making */
const wished = ({ mode, controls, styles }) => JSON.stringify([mode, controls, styles.map(({ weight }) => weight)]);

const isFull = (/** @type {unknown} */ reason) => reason instanceof DOMException && reason.name === "QuotaExceededError";

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function thumbOf(canvas) {
  const small = shrunk(canvas, THUMB_SIDE, Math.min);
  return new Promise((resolve) => small.toBlob((blob) => resolve(blob ?? new Blob()), "image/webp"));
}
