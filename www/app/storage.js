// @ts-check
// The dialogue "Storage and models": what this browser keeps for the site, what of it works without the network, and a way to delete each thing
// or all of it. Loaded when it is first asked for.
import { onFiles } from "./dom.js";
import { offerFile } from "./download.js";
import { AtelierError, showError } from "./errors.js";
import { nameOf } from "./generators.js";
import { forget, forgetEverything, owned, room, shipped } from "./keepsakes.js";
import { DESCRIBING, OPTIMISING } from "./networks.js";
import { ask } from "./offline.js";
import { sure } from "./sure.js";
import { put, putComputed, size, t } from "./text.js";

/** What the page lends. `changed`: something was deleted or added behind the back of its lists.
 * @typedef {{engine: import("./engine.js").Engine, generators: import("./generators.js").Generators, models: import("./models.js").Models,
 *   results: import("./history.js").History, busy: () => boolean, changed: () => void}} Deeds */

/** @type {StoragePanel | null} */
let panel = null;

/** @param {Deeds} deeds @returns {Promise<StoragePanel>} */
export async function openStorage(deeds) {
  panel ??= new StoragePanel(deeds);
  await panel.open();
  return panel;
}

export class StoragePanel {
  #dialog = element("dialog", { id: "storage" });
  #estimate = element("p", { id: "storage-estimate" });
  #meter = element("meter", { id: "storage-meter" });
  #persist = this.#button("persist", () => this.#promise());
  #shipped = element("ul", { className: "keepsakes", id: "storage-shipped" });
  #own = element("ul", { className: "keepsakes", id: "storage-own" });
  #files = element("input", { type: "file", id: "storage-file", className: "offstage", accept: ".safetensors,.pth,.pt" });
  #line = element("p", { className: "well-error", id: "storage-error", hidden: true });
  #note = element("p", { id: "storage-note" });
  #everything = this.#button("everything", () => this.#sure(this.#everything, () => this.#forgetEverything()));

  /** Changes under way. */
  #doing = 0;

  /** @param {Deeds} deeds */
  constructor(deeds) {
    this.deeds = deeds;
    const title = said("h2", "storage.title");
    title.id = "storage-title";
    this.#dialog.setAttribute("aria-labelledby", title.id);
    this.#line.setAttribute("role", "alert");
    this.#note.setAttribute("role", "status");
    this.#meter.setAttribute("aria-labelledby", this.#estimate.id);
    const choose = said("label", "storage.import");
    choose.className = "button";
    choose.htmlFor = this.#files.id;
    choose.id = "storage-import";
    this.#files.dataset.key = "import";
    // Until it is known whether there is anything to be promised.
    this.#persist.hidden = true;
    this.#files.setAttribute("aria-labelledby", choose.id);
    this.#files.setAttribute("aria-describedby", this.#line.id);
    const foot = row(this.#everything, this.#button("close", () => this.#dialog.close()));
    foot.classList.add("foot-row");
    this.#dialog.append(
      title, said("p", "storage.privacy"), this.#estimate, this.#meter, row(this.#persist),
      said("h3", "storage.shipped"), this.#shipped,
      said("h3", "storage.own"), this.#own, row(this.#files, choose), this.#line, this.#note,
      foot,
    );
    document.body.append(this.#dialog);
    onFiles(this.#files, ([file]) => this.#do(() => this.#import(file)));
    // A job that ends meanwhile lets go of what it used.
    new MutationObserver(() => this.#lock()).observe(document.body, { attributeFilter: ["data-phase"] });
  }

  async open() {
    this.#quiet();
    this.#lock();
    // At once, whatever the network is doing; what is kept is listed when it is known.
    if (!this.#dialog.open) this.#dialog.showModal();
    await this.#refresh();
  }

  /** A network is being read elsewhere on the page, or has been. */
  onModels() {
    if (this.#dialog.open && !this.#doing) this.#refresh();
  }

  /** @param {string | undefined} [key] of what had the focus */
  async #refresh(key = /** @type {HTMLElement} */ (document.activeElement).dataset.key) {
    const { generators, models } = this.deeds;
    const [site, own, space] = await Promise.all([shipped(), owned(generators.unstored, models.unstored), room()]);
    this.#shipped.replaceChildren(...site ? this.#site(site) : [said("li", "storage.no-offline")]);
    this.#own.replaceChildren(...own.length ? own.map((thing) => this.#thing(thing)) : [said("li", "storage.none")]);
    const { count, bytes } = this.deeds.results.extent;
    if (count) this.#own.append(this.#history(Math.max(bytes, space?.history ?? 0)));
    this.#measure(space);
    this.#lock();
    if (key && this.#dialog.open && document.activeElement === document.body) this.#focus(key);
  }

  /** What was pressed may be another button now, or gone. @param {string} key */
  #focus(key) {
    const again = [...this.#dialog.querySelectorAll("button")].find(({ dataset }) => dataset.key?.split(":")[0] === key.split(":")[0]);
    (again ?? this.#files).focus();
  }

  /** @param {Awaited<ReturnType<typeof room>>} space */
  #measure(space) {
    this.#meter.hidden = !space?.quota;
    this.#persist.hidden = !space || space.persisted;
    if (!space?.quota) return put(this.#estimate, "storage.unknown");
    const { usage, quota, persisted } = space;
    [this.#meter.max, this.#meter.high, this.#meter.value] = [quota, quota * .9, usage];
    put(this.#estimate, persisted ? "storage.used-kept" : "storage.used", { usage: () => size(usage), quota: () => size(quota) });
  }

  /** @param {NonNullable<Awaited<ReturnType<typeof shipped>>>} site */
  #site({ models, samples }) {
    const all = [
      ...models.map(({ id, bytes, kept }) => ({ key: id, what: { model: id }, name: () => shippedName(id), bytes, kept })),
      { key: "samples", what: { samples: true }, name: () => t("storage.samples"), ...samples },
    ];
    const missing = all.filter(({ kept }) => !kept);
    const rows = all.map(({ key, what, name, bytes, kept }) => listed(key, name, bytes, kept ? "storage.kept" : "storage.fetched", kept
      ? this.#button("delete", () => this.#ask("forget", [what]), `${key}:site`, name)
      : this.#button("keep", () => this.#ask("keep", [what]), `${key}:site`, name)));
    if (missing.length > 1) {
      const item = element("li", {});
      item.append(this.#button("keep-all", () => this.#ask("keep", missing.map(({ what }) => what)), "all:site"));
      rows.push(item);
    }
    return rows;
  }

  /** @param {number} bytes */
  #history(bytes) {
    const name = () => t("storage.history");
    const forget = async () => {
      await this.deeds.results.empty();
      put(this.#note, "storage.deleted");
    };
    const removal = this.#button("delete", () => this.#sure(removal, () => this.#do(forget)), "history:delete", name);
    removal.dataset.risky = "";
    return listed("history", name, bytes, "storage.here", removal);
  }

  /** @param {import("./keepsakes.js").Own} thing */
  #thing(thing) {
    const { kind, id, bytes, file, unstored } = thing;
    const name = () => (kind === "training" ? t("storage.training") : kind === "network" ? "VGG-19" : nameOf({ id, bytes, name: thing.name, ownStyle: true, steps: 0 }));
    const away = file && this.#button("export", () => {
      put(this.#note, "status.saved", { name: offerFile(file, name(), ".safetensors") });
      if (kind === "generator") this.deeds.generators.carried(id);
    }, `${id}:export`, name);
    const removal = this.#button("delete", () => this.#sure(removal, () => this.#do(() => this.#forget(thing))), `${id}:delete`, name);
    removal.dataset.risky = "";
    return listed(id, name, bytes, unstored ? "storage.page-only" : "storage.here", ...away ? [away] : [], removal);
  }

  /** @param {import("./keepsakes.js").Own} thing */
  async #forget(thing) {
    const { generators, models, changed } = this.deeds;
    if (thing.kind === "network") models.unstored = null;
    if (thing.kind === "generator") generators.drop(thing.id);
    await forget(thing);
    changed();
    put(this.#note, "storage.deleted");
  }

  #forgetEverything() {
    this.#do(async () => {
      const { generators, models, results, changed } = this.deeds;
      await forgetEverything(() => {
        models.unstored = null;
        for (const { id } of generators.unstored) generators.drop(id);
        return results.empty();
      });
      changed();
      put(this.#note, "storage.deleted-everything");
    });
  }

  /** Keeps things for offline use, or no longer. @param {"keep" | "forget"} op @param {object[]} things */
  #ask(op, things) {
    this.#do(async () => {
      put(this.#note, op === "keep" ? "storage.fetching" : "storage.deleted");
      for (const thing of things) await ask({ op, ...thing });
      if (op === "keep") put(this.#note, "storage.kept-now");
    }, false);
  }

  /** A generator, or else a file of VGG-19. @param {File} file */
  async #import(file) {
    const { generators, models } = this.deeds;
    put(this.#note, "generators.reading", { name: file.name });
    const { isNetwork } = await import("./header.js");
    if (!file.name.endsWith(".safetensors") || file.size > LARGEST_GENERATOR || await isNetwork(file)) {
      const error = await models.import(file);
      if (error) throw error;
      if (models.unstored) throw new AtelierError("storage-full", "device");
    } else {
      const generator = await generators.read(file);
      await generators.add(generator);
      if (generator.unstored) throw new AtelierError("storage-full", "device");
    }
    put(this.#note, "storage.imported", { name: file.name });
  }

  /** Asks the browser never to clear this by itself. */
  #promise() {
    this.#do(async () => {
      put(this.#note, await navigator.storage.persist() ? "storage.promised" : "storage.not-promised");
    }, false);
  }

  /** Does something that changes what is kept, and says what went wrong. @param {() => Promise<void>} deed
   * @param {boolean} [locks] it changes what was made here */
  async #do(deed, locks = true) {
    const { key } = /** @type {HTMLElement} */ (document.activeElement).dataset;
    this.#quiet();
    this.#doing += Number(locks);
    this.#lock();
    try {
      await deed();
    } catch (thrown) {
      putComputed(this.#note, () => "");
      showError(this.#line, AtelierError.from(thrown));
    }
    this.#doing -= Number(locks);
    await this.#refresh(key);
  }

  #quiet() {
    putComputed(this.#note, () => "");
    this.#line.hidden = true;
    delete this.#line.dataset.code;
  }

  /** What was made here cannot be had back. @param {HTMLButtonElement} pressed @param {() => void} deed */
  #sure(pressed, deed) {
    sure(pressed, "storage.sure", {}, deed, /** @type {HTMLElement} */ (pressed.firstElementChild));
  }

  /** What a job may be using stays. */
  #lock() {
    const busy = this.#doing > 0 || this.deeds.busy();
    const risky = [...this.#dialog.querySelectorAll("[data-risky]"), this.#everything, this.#files];
    for (const control of risky) /** @type {HTMLButtonElement} */ (control).disabled = busy;
  }

  /** @param {string} name @param {() => void} press @param {string} [key] by which it is found again @param {() => string} [of] what it is about */
  #button(name, press, key = name, of) {
    const button = element("button", { type: "button", className: "button" });
    button.dataset.key = key;
    const label = said("span", `storage.${name}`);
    button.append(label);
    if (of) {
      const about = element("span", { className: "offstage" });
      putComputed(about, () => ` ${of()}`);
      button.append(about);
    }
    button.addEventListener("click", press);
    return button;
  }
}

/** Ours have little more than a megabyte; what is larger by far is a network. */
const LARGEST_GENERATOR = 8e6;

/** @param {string} id of a model of the site */
function shippedName(id) {
  if (id === DESCRIBING) return t("storage.describing");
  return id === OPTIMISING ? t("storage.optimising") : nameOf({ id, name: "", bytes: 0, ownStyle: true, steps: 0, site: true });
}

/** One line of a list. @param {string} key @param {() => string} name @param {number} bytes @param {string} state @param {HTMLElement[]} buttons */
function listed(key, name, bytes, state, ...buttons) {
  const item = element("li", {});
  item.dataset.keepsake = key;
  const [about, called, facts] = [element("div", {}), element("p", {}), element("p", { className: "keepsake-facts" })];
  putComputed(called, name);
  putComputed(facts, () => `${size(bytes)} · ${t(state)}`);
  about.append(called, facts);
  item.append(about, row(...buttons));
  return item;
}

/** @param {HTMLElement[]} children */
function row(...children) {
  const element = document.createElement("div");
  element.className = "row";
  element.append(...children);
  return element;
}

/** An element with a sentence. @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {string} key */
function said(tag, key) {
  const made = document.createElement(tag);
  put(made, key);
  return made;
}

/** @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {Partial<HTMLElementTagNameMap[K]>} properties @returns {HTMLElementTagNameMap[K]} */
function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
