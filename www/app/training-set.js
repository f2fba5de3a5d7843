// @ts-check
// A set of pictures for a training: styles to learn, or photos to practise on. What cannot be read is left out, by name.
import { byId, onFiles } from "./dom.js";
import { put, putComputed, t } from "./text.js";
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
    const [refused, over] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([])];
    for (const file of files) {
      if (turn !== this.#turn) return;
      if (this.members.length >= this.most) {
        over.push(file.name);
        continue;
      }
      try {
        const { preview } = await this.inspect(file, THUMB_SIDE);
        if (turn !== this.#turn) return;
        const member = { file, name: fromFile(file).base };
        this.members.push(member);
        this.list.append(thumb(preview, file.name, (item) => this.#remove(member, item)));
      } catch (reason) {
        if (turn !== this.#turn) return;
        console.debug(file.name, reason);
        refused.push(file.name);
      }
      this.#changed();
    }
    const said = [{ key: "train.refused", names: refused }, { key: "train.too-many", names: over }].filter(({ names }) => names.length);
    this.line.hidden = !said.length;
    putComputed(this.line, () => said.map(({ key, names }) => t(key, { names: names.join(", "), most: this.most })).join(" "));
  }

  /** @param {Member} member @param {HTMLElement} item */
  #remove(member, item) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    this.members = this.members.filter((other) => other !== member);
    item.remove();
    this.#changed();
    (next?.querySelector("button") ?? this.input).focus({ preventScroll: true });
  }

  #changed() {
    this.clearing.hidden = !this.members.length;
    this.onChange();
  }
}

/** A small picture that is taken out by pressing it.
 * @param {{width: number, height: number, pixels: ArrayBuffer}} preview @param {string} name @param {(item: HTMLElement) => void} remove */
function thumb(preview, name, remove) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  const words = document.createElement("span");
  paint(canvas, preview);
  words.className = "offstage";
  put(words, "train.remove", { name });
  button.type = "button";
  button.title = name;
  button.append(canvas, words);
  button.addEventListener("click", () => remove(item));
  item.append(button);
  return item;
}
