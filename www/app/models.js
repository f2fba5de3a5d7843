// @ts-check
// The field "Network" under "Advanced": which network looks at the pictures, and VGG-19 from a file of the visitor's. The worker
// makes a small file of it and stores that; where the browser gives no room, it is kept here, as a worker can end at any time.
import { arrived, wanted } from "./address.js";
import { byId, find, onFiles } from "./dom.js";
import { AtelierError, showError } from "./errors.js";
import { DESCRIBING, OPTIMISING, VISITORS } from "./networks.js";
import { put, putComputed, size, t } from "./text.js";

const choice = byId("model");
const input = byId("model-file");
const removal = byId("model-remove");
const line = byId("model-error");
const note = byId("model-status");

export class Models {
  /** The worker is reading a file, and does nothing else. */
  busy = false;
  /** The network where it could not be stored. @type {Blob | null} */
  unstored = null;

  /** @param {import("./engine.js").Engine} engine @param {() => void} onChange */
  constructor(engine, onChange) {
    this.engine = engine;
    this.onChange = onChange;
    onFiles(input, ([file]) => this.import(file));
    removal.addEventListener("click", () => this.#remove());
    for (const field of [choice, byId("recipe")]) field.addEventListener("change", hint);
  }

  /** Looks at what is there: another tab may have changed it. */
  async refresh() {
    const stored = await this.engine.listModels().catch(() => null);
    if (!stored) return; // the worker died meanwhile: the next one is asked again
    const bytes = this.unstored?.size ?? stored.find(({ name }) => name === VISITORS)?.bytes ?? 0;
    const option = find(choice, `[value="${VISITORS}"]`);
    option.hidden = option.disabled = !bytes;
    if (!bytes && choice.value === VISITORS) choose(OPTIMISING);
    // The address was read before it was known that there is one.
    if (arrived("model") && bytes && wanted("model") === VISITORS) choose(VISITORS);
    byId("model-own").hidden = Boolean(bytes);
    removal.hidden = !bytes;
    if (bytes) put(note, this.unstored ? "network.unstored" : "network.stored", { size: () => size(bytes) });
    else putComputed(note, () => "");
  }

  /** What was there turned out to be missing or damaged. */
  lose() {
    this.unstored = null;
    return this.refresh();
  }

  /** Opens the dialogue in which the file is chosen. */
  ask() {
    byId("advanced").open = true;
    input.click();
  }

  /** @param {boolean} painting */
  lock(painting) {
    input.disabled = removal.disabled = byId("model-bits").disabled = painting || this.busy;
  }

  /** Makes a network of a file; says beside the field what is wrong with it. @param {File} file @returns {Promise<AtelierError | null>} */
  async import(file) {
    let error = null;
    this.#work(true);
    line.hidden = true;
    delete line.dataset.code;
    put(note, "network.reading", { name: file.name });
    try {
      const { unstored } = await this.engine.importModel(file, Number(byId("model-bits").value));
      this.unstored = unstored;
      await this.refresh();
      choose(VISITORS);
    } catch (thrown) {
      error = AtelierError.from(thrown);
      putComputed(note, () => "");
      showError(line, error);
    }
    this.#work(false);
    // What was pressed may be gone, and focus with it (soon, in some browsers); anyone who has moved on is left alone.
    if ([document.body, input].includes(document.activeElement)) (removal.hidden ? input : choice).focus({ preventScroll: true });
    return error;
  }

  async #remove() {
    this.unstored = null;
    await this.engine.removeModel(VISITORS).catch((reason) => console.debug("removing", reason));
    await this.refresh();
    input.focus({ preventScroll: true });
  }

  /** @param {boolean} busy */
  #work(busy) {
    this.busy = busy;
    byId("model-busy").hidden = !busy;
    this.onChange();
  }
}

/** @param {string} network */
function choose(network) {
  choice.value = network;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Says what the recipe is meant for, where that is not in use, and offers only what recipe and network heed. */
function hint() {
  const { value } = byId("recipe");
  const said = [...value === "paper" && choice.value !== VISITORS ? ["settings.recipe.about"] : [], ...value === "quality" ? [] : ["settings.recipe.plain"]];
  putComputed(byId("recipe-about"), () => said.map((key) => t(key)).join(" "));
  for (const id of ["detail", "smoothness"]) byId(id).disabled = value !== "quality";
  // It has four blocks.
  byId("layer-5").disabled = choice.value === DESCRIBING;
}
