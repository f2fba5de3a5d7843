// @ts-check
// The list of generators: the site's, and those that were trained or imported here. Where the browser has no room for one, it stays in this
// page, and can still be exported.
import { arrived, wanted } from "./address.js";
import { byId, find, onFiles } from "./dom.js";
import { offerFile } from "./download.js";
import { AtelierError, showError } from "./errors.js";
import { GeneratorShelf } from "./generator-shelf.js";
import { guard } from "./leaving.js";
import { ANY_STYLE } from "./networks.js";
import { limitStrokes } from "./strokes.js";
import { calm, sure } from "./sure.js";
import { has, onLanguage, put, putComputed, size, t } from "./text.js";

/** @typedef {import("./engine.js").Generator} Generator */

const choice = byId("generator");
const about = byId("generator-about");
const input = byId("generator-file");
const exporting = byId("generator-export");
const removal = byId("generator-remove");
const line = byId("generator-error");
const note = byId("generator-status");
const start = byId("train-start");

export class Generators {
  /** @type {Generator[]} */
  #list = [];
  /** Those of the site, as far as it could be asked. @type {Generator[]} */
  #site = [];
  /** Whether it is known what there is. */
  known = false;
  /** @type {Generator[]} */
  #unstored = [];
  /** Those that were saved as files, by their ids. @type {Set<string>} */
  #carried = new Set();
  #busy = false;
  /** Why it is not known what there is. @type {AtelierError | null} */
  failure = null;
  /** @type {GeneratorShelf} */
  #shelf;

  /** @param {import("./engine.js").Engine} engine
   * @param {{onChange: () => void, onGone: () => void, aside: <T>(deed: () => Promise<T>) => Promise<T>}} deeds `onGone`: the chosen one is not there any more */
  constructor(engine, { onChange, onGone, aside }) {
    this.engine = engine;
    this.onGone = onGone;
    this.aside = aside;
    this.#shelf = new GeneratorShelf(engine, (generator) => this.choose(generator));
    this.onChange = onChange;
    onFiles(input, ([file]) => this.#import(file));
    exporting.addEventListener("click", () => this.#exportChosen());
    // What was trained cannot be had back.
    removal.addEventListener("click", () => {
      const { chosen } = this;
      if (chosen) sure(removal, "generators.remove-sure", { name: () => nameOf(chosen) }, () => this.#remove(chosen));
    });
    choice.addEventListener("change", () => this.#changed());
    onLanguage(() => this.#fill());
  }

  /** The one to paint with. @returns {Generator | undefined} */
  get chosen() {
    return this.#list.find(({ id }) => id === choice.value);
  }

  /** The one that a training starts from. @returns {Generator | undefined} */
  get start() {
    return this.#list.find(({ id }) => id === start.value);
  }

  /** Those that only this page has. @returns {Generator[]} */
  get unstored() {
    return this.#unstored;
  }

  /** Lets go of what only this page has. @param {string} dropped */
  drop(dropped) {
    this.#unstored = this.#unstored.filter(({ id }) => id !== dropped);
    this.#guard();
  }

  /** Looks at what is there: another tab may have changed it. */
  async refresh() {
    const listed = await this.engine.listGenerators().catch((reason) => {
      console.debug("generators", reason);
      this.failure = AtelierError.from(reason);
    });
    if (!listed) return this.#describe(); // said aloud when somebody wants to paint; asked again then, and of the next worker
    this.failure = listed.failure ? AtelierError.from(listed.failure) : null;
    // Where the site cannot be asked, it has what it had.
    if (listed.site) this.#site = listed.site.map(({ id, bytes, sizes }) => ({ id, bytes, name: "", ownStyle: id !== ANY_STYLE, sizes, steps: 0, site: true }));
    const kept = [...listed.kept, ...this.#unstored];
    // What was made here is listed first, the newest before the others.
    this.#list = [...kept.reverse(), ...this.#site];
    this.known = !this.failure;
    this.#fill();
    if (this.known) arrived("generator");
  }

  /** Takes a new one up, and chooses it. @param {Generator} generator */
  async add(generator) {
    if (generator.unstored) this.#unstored.push(generator);
    this.#guard();
    await this.refresh();
    this.choose(generator);
    put(note, generator.unstored ? "generators.unstored" : "generators.stored", { name: () => nameOf(generator), size: () => size(generator.bytes) });
  }

  /** @param {Generator} generator */
  choose({ id }) {
    // What is not listed would leave none chosen.
    if (!this.#list.some((one) => one.id === id)) return;
    choice.value = id;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Says what is wrong beside the list. @param {AtelierError} error */
  refuse(error) {
    showError(line, error);
    putComputed(note, () => "");
  }

  quiet() {
    line.hidden = true;
    delete line.dataset.code;
  }

  /** Saves one as a file. @param {Generator} generator @returns {Promise<string>} the file's name */
  async export(generator) {
    const { blob } = await this.engine.readGenerator(generator);
    const name = offerFile(blob, nameOf(generator), ".safetensors");
    this.carried(generator.id);
    return name;
  }

  /** One was saved as a file. @param {string} id */
  carried(id) {
    this.#carried.add(id);
    this.#guard();
  }

  async #exportChosen() {
    if (!this.chosen) return;
    try {
      put(note, "status.saved", { name: await this.export(this.chosen) });
    } catch (thrown) {
      this.refuse(AtelierError.from(thrown));
    }
  }

  /** What only this page has, and was not saved as a file, is lost with it. */
  #guard() {
    guard("generators", this.#unstored.some(({ id }) => !this.#carried.has(id)));
  }

  /** @param {boolean} busy */
  lock(busy) {
    this.#busy = busy;
    input.disabled = busy;
    removal.disabled = busy || !this.chosen || Boolean(this.chosen.site);
    exporting.disabled = busy || !this.chosen;
    if (!busy) this.#shelf.paint(this.#list, () => !this.#busy);
  }

  #fill() {
    const value = choice.value || wanted("generator");
    const from = start.value;
    choice.replaceChildren(...this.#list.map(option));
    start.replaceChildren(new Option(t("train.start.nothing"), ""), ...this.#list.map(option));
    if (this.#list.some(({ id }) => id === value)) choice.value = value;
    // Nobody has asked for what the list chooses in its place.
    else if (value && this.known) this.onGone();
    // What a link asks for may be among those that could not be listed.
    else if (value && !this.known) choice.selectedIndex = -1;
    // Fine-tuning what has seen many styles is the shorter way.
    const first = start.dataset.chosen ? from : ANY_STYLE;
    start.value = this.#list.some(({ id }) => id === first) ? first : "";
    choice.disabled = !this.#list.length;
    if (this.known) this.#shelf.fill(this.#list);
    this.#changed();
  }

  #changed() {
    this.#describe();
    this.onChange();
  }

  #describe() {
    const { chosen } = this;
    document.body.toggleAttribute("data-own-style", Boolean(chosen?.ownStyle));
    // The style's well is not there for a generator that has a style of its own.
    find(document, "#generating .ordinal").textContent = chosen?.ownStyle ? "2" : "3";
    limitStrokes(chosen?.sizes);
    this.#shelf.mark(chosen?.id);
    calm(removal);
    if (!chosen) put(about, this.known ? "generators.none" : this.failure ? "generators.unreachable" : "generators.unknown");
    else if (!chosen.ownStyle) put(about, "generators.any-style", { size: () => size(chosen.bytes) });
    else put(about, chosen.site ? "generators.shipped-style" : "generators.own-style", { size: () => size(chosen.bytes), steps: chosen.steps });
    this.lock(this.#busy);
  }

  /** Checks a generator's file and keeps it. @param {File} file */
  read(file) {
    return this.aside(() => this.engine.importGenerator(file));
  }

  /** @param {File} file */
  async #import(file) {
    this.quiet();
    put(note, "generators.reading", { name: file.name });
    try {
      await this.add(await this.read(file));
    } catch (thrown) {
      this.refuse(AtelierError.from(thrown));
    }
  }

  /** @param {Generator} chosen */
  async #remove(chosen) {
    this.drop(chosen.id);
    await this.engine.removeGenerator(chosen.id).catch((reason) => console.debug("removing", reason));
    put(note, "generators.removed", { name: () => nameOf(chosen) });
    await this.refresh();
    input.focus({ preventScroll: true });
  }
}

start.addEventListener("change", () => { start.dataset.chosen = "here"; });

/** @param {Generator} generator */
const option = (generator) => new Option(nameOf(generator), generator.id);

/** What people call it. The site's have names in both languages, or else are called by what they are filed under. @param {Generator} generator */
export function nameOf({ id, name, site }) {
  if (!site) return name || t("generator.unnamed");
  return has(`generator.${id}`) ? t(`generator.${id}`) : id.replace(/^style-/, "").replaceAll("-", " ");
}
