// @ts-check
// A well holds one picture: the photo or the style. It never gives up a good picture for a bad one: whatever goes wrong with a
// new file is said beside the old picture, which stays.
import { find, onFiles } from "./dom.js";
import { AtelierError, showError } from "./errors.js";
import { listNotes } from "./notes.js";
import { number, put, putComputed, size } from "./text.js";

/** @typedef {{width: number, height: number, format: string, notes: string[], preview: {width: number, height: number, pixels: ArrayBuffer}}} Inspected */
/** `origin`: the picture that this one is another shape of; `shape`: which.
 * @typedef {{file: Blob, name: () => string, base: string, width: number, height: number, preview: HTMLCanvasElement, origin?: Picture, shape?: import("./texture.js").Shape, sample?: string}} Picture */
/** `file` may have to be fetched yet. @typedef {{file: Blob | (() => Promise<Blob>), name: () => string, base: string, sample?: string}} Offered */
/** `onRemove`: the well itself goes with its picture.
 * @typedef {{hint: string, inspect: (file: Blob, side: number) => Promise<Inspected>, onChange: () => void, onRemove?: () => void}} WellOptions */
/** @typedef {import("./mask.js").Mask | null} MaybeMask */

// Sharp on a phone's dense screen in the well, and good enough to stand in on the wall before anything is painted.
const PREVIEW_SIDE = 640;

export class Well {
  /** @type {Picture | null} */
  picture = null;
  /** Which part of the picture counts: of the photo, what is left alone; of a style, what is learnt from. @type {MaybeMask} */
  mask = null;
  /** Where on the photo a style goes. @type {MaybeMask} */
  region = null;
  #turn = 0;
  /** Whoever waits for what is being read. @type {(() => void)[]} */
  #waiting = [];
  /** A file that failed through no fault of its own, to be read again later. @type {Offered | null} */
  #postponed = null;

  /** @param {HTMLElement} root @param {WellOptions} options */
  constructor(root, options) {
    this.root = root;
    this.options = options;
    this.input = find(root, "input[type=file]");
    onFiles(this.input, ([file]) => this.offer(fromFile(file)));
    this.#part(".remove").addEventListener("click", () => {
      this.clear();
      if (options.onRemove) options.onRemove();
      else this.input.focus();
    });
  }

  /** @param {string} selector */
  #part(selector) {
    return find(this.root, selector);
  }

  /** Once nothing is being read any more: what is asked for meanwhile is meant with the picture that is on its way. */
  async arrived() {
    if (this.root.dataset.state === "reading") await new Promise((go) => this.#waiting.push(() => go(null)));
  }

  /** Nothing is being read any more. @param {"ready" | "empty" | "error"} state */
  #settle(state) {
    this.root.dataset.state = state;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Reads a new picture. A later offer overtakes an earlier one that is still being read. @param {Offered} offered */
  async offer(offered) {
    const turn = ++this.#turn;
    this.#postponed = null;
    this.quiet();
    this.root.dataset.state = "reading";
    put(this.#part(".well-name"), "well.reading", { name: offered.name });
    let file = null;
    try {
      file = offered.file instanceof Blob ? offered.file : await offered.file();
      const inspected = turn === this.#turn && await this.options.inspect(file, PREVIEW_SIDE);
      if (inspected && turn === this.#turn) this.#hang({ ...offered, file }, inspected);
    } catch (thrown) {
      if (turn !== this.#turn) return;
      const error = AtelierError.from(thrown);
      if (file && error.party === "host") this.#postponed = offered;
      this.refuse(error);
    }
  }

  /** Says what is wrong with what was offered. @param {AtelierError} error */
  refuse(error) {
    this.#settle("error");
    showError(this.#part(".well-error"), error);
    this.#describe();
    this.options.onChange();
  }

  /** Reads again what could not be read while the engine was out of reach. */
  retry() {
    if (this.#postponed) this.offer(this.#postponed);
  }

  clear() {
    this.#turn += 1;
    this.picture = null;
    this.mask = null;
    this.#postponed = null;
    this.quiet();
    this.#settle("empty");
    delete this.root.dataset.filled;
    this.#mark(undefined);
    this.#describe();
    this.options.onChange();
  }

  /** Takes an error away; the picture decides what state remains. */
  quiet() {
    const line = this.#part(".well-error");
    line.hidden = true;
    delete line.dataset.code;
    if (this.root.dataset.state === "error") this.root.dataset.state = this.picture ? "ready" : "empty";
  }

  /** @param {Offered & {file: Blob}} offered @param {Inspected} inspected */
  #hang(offered, inspected) {
    const { width, height, preview } = inspected;
    // Of its own: whoever still has the picture before has its preview too.
    const before = this.#part("canvas");
    const canvas = /** @type {HTMLCanvasElement} */ (before.cloneNode());
    paint(canvas, preview);
    before.replaceWith(canvas);
    this.quiet();
    this.picture = { ...offered, width, height, preview: canvas };
    this.mask = null;
    this.#settle("ready");
    this.root.dataset.filled = "";
    this.#mark(offered.sample);
    this.#describe(inspected);
    this.options.onChange();
  }

  /** @param {string | undefined} sample the sample that is in the well, if one is */
  #mark(sample) {
    for (const button of this.root.querySelectorAll("[data-sample]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.sample === sample));
    }
  }

  /** @param {Inspected} [inspected] left out: the facts of the picture that is there stay */
  #describe(inspected) {
    const { picture } = this;
    const facts = this.#part(".well-facts");
    const notes = this.#part(".well-notes");
    put(this.#part(".row .button"), picture ? "well.replace" : "well.choose");
    this.#part(".remove").hidden = !picture && !this.options.onRemove;
    if (picture) putComputed(this.#part(".well-name"), picture.name);
    else put(this.#part(".well-name"), this.options.hint);
    if (!picture) {
      putComputed(facts, () => "");
      notes.replaceChildren();
    } else if (inspected) {
      put(facts, "well.facts", {
        width: () => number(picture.width, { useGrouping: false }),
        height: () => number(picture.height, { useGrouping: false }),
        format: inspected.format.toUpperCase(),
        size: () => size(picture.file.size),
      });
      listNotes(notes, inspected.notes);
    }
  }
}

/** A file of the visitor's as an offer; its name loses the ending for display. @param {File} file @returns {Offered & {file: File}} */
export function fromFile(file) {
  const base = file.name.replace(/\.[^.]+$/, "") || file.name;
  return { file, name: () => base, base };
}

/** Puts RGBA pixels on a canvas of just their size.
 * @param {HTMLCanvasElement} canvas @param {{width: number, height: number, pixels: ArrayBuffer}} picture */
export function paint(canvas, { width, height, pixels }) {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
}
