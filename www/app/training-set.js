// @ts-check
// A set of pictures for a training: styles to learn, or photos to practise on. What cannot be read is left out, by name.
import { byId, onFiles } from "./dom.js";
import { put } from "./text.js";
import { fromFile, paint } from "./wells.js";

/** @typedef {{file: Blob, name: string}} Member */

const THUMB_SIDE = 96;

export class TrainingSet {
  /** @type {Member[]} */
  members = [];
  /** Files are read one after the other, in the order in which they came. @type {Promise<void>} */
  #reading = Promise.resolve();

  /** Whoever empties the set does not want what is still to be read either. */
  #turn = 0;

  /** @param {"styles" | "contents"} kind @param {{most: number, inspect: import("./wells.js").WellOptions["inspect"], onChange: () => void}} options */
  constructor(kind, { most, inspect, onChange }) {
    this.most = most;
    this.inspect = inspect;
    this.onChange = onChange;
    this.list = byId(`train-${kind}-list`);
    this.line = byId(`train-${kind}-error`);
    this.clearing = byId(`train-${kind}-clear`);
    this.input = byId(`train-${kind}`);
    onFiles(this.input, (files) => this.add(files));
    this.clearing.addEventListener("click", () => {
      this.#turn += 1;
      this.members = [];
      this.list.replaceChildren();
      this.#changed();
      this.input.focus({ preventScroll: true });
    });
  }

  /** @param {File[]} files */
  add(files) {
    const turn = this.#turn;
    this.#reading = this.#reading.then(() => this.#read(files, turn));
  }

  /** @param {File[]} files @param {number} turn */
  async #read(files, turn) {
    this.line.hidden = true;
    const refused = [];
    for (const file of files) {
      if (turn !== this.#turn) return;
      if (this.members.length >= this.most) {
        refused.push(file.name);
        continue;
      }
      try {
        const { preview } = await this.inspect(file, THUMB_SIDE);
        if (turn !== this.#turn) return;
        this.members.push({ file, name: fromFile(file).base });
        this.list.append(thumb(preview, file.name));
      } catch (reason) {
        if (turn !== this.#turn) return;
        console.debug(file.name, reason);
        refused.push(file.name);
      }
      this.#changed();
    }
    if (!refused.length) return;
    this.line.hidden = false;
    put(this.line, "train.refused", { names: refused.join(", "), most: this.most });
  }

  #changed() {
    this.clearing.hidden = !this.members.length;
    this.onChange();
  }
}

/** @param {{width: number, height: number, pixels: ArrayBuffer}} preview @param {string} name */
function thumb(preview, name) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  canvas.title = name;
  paint(canvas, preview);
  const item = document.createElement("li");
  item.append(canvas);
  return item;
}
