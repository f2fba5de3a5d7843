// @ts-check
// One line of the batch's list: a small picture, the file's name, how it stands, and what can be done about it.
import { byId, find } from "./dom.js";
import { putError } from "./errors.js";
import { number, put, putComputed, speak } from "./text.js";

/** @typedef {import("./batch-queue.js").Item} Item */
/** @typedef {"download" | "retry" | "skip"} Deed */

/** What can be done in each state. @type {Record<import("./batch-queue.js").State, Deed[]>} */
const DEEDS = { reading: ["skip"], waiting: ["skip"], painting: ["skip"], done: ["download"], failed: ["retry", "skip"], skipped: ["retry"] };

export class Row {
  static #made = 0;
  /** The picture that is drawn. @type {HTMLCanvasElement | null} */
  #drawn = null;

  /** @param {Item} item @param {(deed: Deed, item: Item) => void} onDeed */
  constructor(item, onDeed) {
    this.item = item;
    this.root = byId("batch-row").content.cloneNode(true).firstElementChild;
    const name = find(this.root, ".batch-name");
    name.id = `batch-name-${++Row.#made}`;
    for (const button of this.root.querySelectorAll("button")) {
      button.setAttribute("aria-describedby", name.id);
      button.addEventListener("click", () => {
        onDeed(/** @type {Deed} */ (button.dataset.deed), item);
      });
    }
    speak(this.root);
    this.update();
  }

  /** @returns {boolean} whether it is in another state than before */
  update() {
    const { root, item } = this;
    const { state, error, preview, progress } = item;
    const moved = root.dataset.state !== state;
    root.dataset.state = state;
    putComputed(find(root, ".batch-name"), () => item.name || item.base);
    const line = find(root, ".batch-state");
    if (error) {
      line.dataset.code = error.code;
      putError(line, error);
    } else {
      delete line.dataset.code;
      if (state === "painting" && progress !== null) put(line, "batch-state.percent", { percent: () => number(progress, { style: "percent" }) });
      else put(line, `batch-state.${state}`);
    }
    const bar = find(root, "progress");
    bar.hidden = state !== "painting";
    if (progress === null) bar.removeAttribute("value");
    else bar.value = progress;
    const focused = document.activeElement;
    for (const button of root.querySelectorAll("button")) button.hidden = !DEEDS[state].includes(/** @type {Deed} */ (button.dataset.deed));
    // The button that was pressed, or about to be, may be gone, and the focus must not be.
    if (focused instanceof HTMLButtonElement && root.contains(focused) && focused.hidden) find(root, "button:not([hidden])")?.focus();
    if (preview && preview !== this.#drawn) this.#draw(preview);
    return moved;
  }

  /** A copy, as several lines may show the same photo. @param {HTMLCanvasElement} preview */
  #draw(preview) {
    this.#drawn = preview;
    const canvas = find(this.root, "canvas");
    [canvas.width, canvas.height] = [preview.width, preview.height];
    canvas.getContext("2d").drawImage(preview, 0, 0);
  }
}
