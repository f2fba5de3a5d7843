// @ts-check
// Looking closely at what hangs on the wall: zoom and pan down to the pixels, full screen, the photo for as long as a button is held, and
// nine copies side by side, which show whether a texture has seams.
//
// Place and zoom are kept relative to the frame, so the view stays where it is while a painting grows from scale to scale.
import { byId } from "./dom.js";
import { number, onLanguage, putComputed } from "./text.js";

/** A pixel of the picture is at most so many of the screen. */
const MOST = 16;
/** From so many on pixels are shown as squares, to whoever looks closely. */
const SQUARE = 3;
/** The side of the picture of nine copies; more than a screen has helps nobody. */
const TILES_SIDE = 3072;
/** How far an arrow key goes, in shares of the frame. */
const KEY_STEP = .1;
/** Pixels that a hand moves which holds still. */
const STILL = 4;

/** @type {Record<string, number[]>} */
const WAYS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Viewer {
  #zoom = 1;
  /** Where the picture's corner is, in shares of the frame: from 1 − zoom to 0. */
  #x = 0;
  #y = 0;
  /** @type {Map<number, {x: number, y: number}>} */
  #pointers = new Map();
  #comparing = false;
  /** What was pressed is held where it was, so that it may become a click. */
  #still = false;
  #pressed = new PointerEvent("pointerdown");

  /** @param {import("./stage.js").Stage} stage @param {import("./compare.js").Compare} compare */
  constructor(stage, compare) {
    this.stage = stage;
    this.compare = compare;
    this.picture = stage.picture;
    this.tools = byId("tools");
    this.tiles = byId("tiles");
    this.tiled = byId("tiled");
    this.full = byId("full-screen");
    byId("zoom-in").addEventListener("click", () => this.#step(1));
    byId("zoom-out").addEventListener("click", () => this.#step(-1));
    byId("zoom-fit").addEventListener("click", () => this.#zoomTo(1));
    this.tiled.addEventListener("click", () => this.#tile(this.tiled.ariaPressed !== "true"));
    this.#holdToCompare(byId("hold"));
    this.full.hidden = !document.fullscreenEnabled;
    this.full.addEventListener("click", () => this.#toggleFull());
    document.addEventListener("fullscreenchange", () => this.full.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement))));
    this.#followPointers();
    this.picture.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event));
    new ResizeObserver(() => this.#apply()).observe(this.picture);
    onLanguage(() => this.#apply());
  }

  /** What hangs there has changed. */
  refresh() {
    const { shown } = this.stage;
    const painted = shown === "preview" || shown === "result";
    this.tools.hidden = !painted;
    if (!painted) this.reset();
    if (shown !== "result") this.#tile(false);
    this.tiled.disabled = shown !== "result";
    byId("hold").disabled = this.compare.box.hidden;
    if (!this.tiles.hidden) this.#drawTiles();
    this.#apply();
  }

  /** The whole picture, once. */
  reset() {
    this.#tile(false);
    this.#zoomTo(1);
  }

  /** How many of the screen's pixels one of the picture's takes when all of it is seen. */
  get #fit() {
    const { width, height } = this.picture.getBoundingClientRect();
    const shown = this.tiles.hidden ? this.stage.canvas : this.tiles;
    return Math.min(width / shown.width, height / shown.height) * devicePixelRatio || 1;
  }

  /** The next of 100 %, 200 %, 400 % and so on, or the whole picture. @param {1 | -1} way */
  #step(way) {
    const fit = this.#fit;
    const levels = [1];
    for (let percent = 1; percent <= MOST; percent *= 2) if (percent / fit > 1.05) levels.push(percent / fit);
    const beyond = way > 0 ? levels.find((level) => level > this.#zoom * 1.01) : levels.reverse().find((level) => level < this.#zoom * .99);
    this.#zoomTo(beyond ?? this.#zoom);
  }

  /** @param {number} zoom 1 is the whole picture @param {number} [atX] the point that stays where it is, in shares of the frame @param {number} [atY] */
  #zoomTo(zoom, atX = .5, atY = .5) {
    const next = Math.min(Math.max(zoom, 1), Math.max(1, MOST / this.#fit));
    const by = next / this.#zoom;
    this.#zoom = next;
    this.#moveTo(atX - (atX - this.#x) * by, atY - (atY - this.#y) * by);
  }

  /** @param {number} x @param {number} y */
  #moveTo(x, y) {
    const least = 1 - this.#zoom;
    this.#x = Math.min(0, Math.max(least, x));
    this.#y = Math.min(0, Math.max(least, y));
    this.#apply();
  }

  #apply() {
    const { style, dataset } = this.picture;
    style.setProperty("--zoom", String(this.#zoom));
    style.setProperty("--x", `${this.#x * 100}%`);
    style.setProperty("--y", `${this.#y * 100}%`);
    const scale = this.#fit * this.#zoom;
    dataset.zoomed = String(this.#zoom > 1);
    dataset.pixels = String(this.#zoom > 1 && scale >= SQUARE * devicePixelRatio);
    this.stage.canvas.tabIndex = this.tools.hidden ? -1 : 0;
    putComputed(byId("zoom-fit"), () => number(scale, { style: "percent" }));
    // Only said to be disabled: whoever has just pressed it would lose the focus with it.
    byId("zoom-out").setAttribute("aria-disabled", String(this.#zoom <= 1));
  }

  /** @param {{clientX: number, clientY: number}} event in shares of the frame */
  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.picture.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  #followPointers() {
    const { picture, compare } = this;
    picture.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.tools.hidden) return;
      picture.setPointerCapture(event.pointerId);
      const [x, y] = this.#place(event);
      this.#pointers.set(event.pointerId, { x, y });
      this.#pressed = event;
      this.#still = this.#pointers.size === 1 && this.#zoom > 1;
      // The line between before and after can be taken anywhere, unless there is something to pan.
      this.#comparing = this.#pointers.size === 1 && compare.takes(event, this.#zoom > 1);
      if (this.#comparing) compare.follow(event);
      else if (event.pointerType !== "touch") this.stage.canvas.focus({ preventScroll: true });
    });
    picture.addEventListener("pointermove", (event) => {
      const from = this.#pointers.get(event.pointerId);
      if (!from) return;
      const [x, y] = this.#place(event);
      this.#still &&= Math.hypot(event.clientX - this.#pressed.clientX, event.clientY - this.#pressed.clientY) < STILL;
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) this.#pinch(from, { x, y }, other);
      else if (this.#comparing) compare.follow(event);
      else this.#moveTo(this.#x + x - from.x, this.#y + y - from.y);
      this.#pointers.set(event.pointerId, { x, y });
    });
    picture.addEventListener("pointercancel", (event) => this.#pointers.delete(event.pointerId));
    picture.addEventListener("pointerup", (event) => {
      const held = this.#pointers.delete(event.pointerId);
      const [x, y] = this.#place(event);
      // For whoever cannot drag: what was pressed comes to the middle (WCAG 2.5.7).
      if (held && this.#still && !this.#comparing) this.#moveTo(this.#x + .5 - x, this.#y + .5 - y);
      this.#still = false;
    });
  }

  /** One finger moves while another stays. @param {{x: number, y: number}} from @param {{x: number, y: number}} to @param {{x: number, y: number}} other */
  #pinch(from, to, other) {
    this.#comparing = false;
    const apart = (/** @type {{x: number, y: number}} */ one) => Math.max(.02, Math.hypot(one.x - other.x, one.y - other.y));
    this.#zoomTo(this.#zoom * apart(to) / apart(from), other.x, other.y);
    this.#moveTo(this.#x + (to.x - from.x) / 2, this.#y + (to.y - from.y) / 2);
  }

  /** A pinch on a trackpad comes as a wheel with Ctrl; a plain wheel scrolls the page, where there is one to scroll. @param {WheelEvent} event */
  #wheel(event) {
    if (this.tools.hidden || !(event.ctrlKey || event.metaKey || document.fullscreenElement)) return;
    event.preventDefault();
    const [x, y] = this.#place(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.#zoomTo(this.#zoom * Math.exp(-event.deltaY * lines * (event.ctrlKey ? .01 : .002)), x, y);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    if (way && this.#zoom > 1) this.#moveTo(this.#x + way[0] * KEY_STEP, this.#y + way[1] * KEY_STEP);
    else if (event.key === "+" || event.key === "=") this.#step(1);
    else if (event.key === "-") this.#step(-1);
    else if (event.key === "0") this.#zoomTo(1);
    else return;
    event.preventDefault();
  }

  /** @param {HTMLButtonElement} button */
  #holdToCompare(button) {
    const hold = (/** @type {boolean} */ on) => {
      button.setAttribute("aria-pressed", String(on));
      this.picture.toggleAttribute("data-held", on);
    };
    button.addEventListener("pointerdown", () => hold(true));
    for (const end of ["pointerup", "pointercancel", "pointerleave", "blur", "keyup"]) button.addEventListener(end, () => hold(false));
    button.addEventListener("keydown", ({ key }) => { if (key === " " || key === "Enter") hold(true); });
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  async #toggleFull() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await byId("viewer").requestFullscreen();
    } catch (reason) {
      console.debug("full screen", reason);
    }
  }

  /** @param {boolean} on */
  #tile(on) {
    if (this.tiles.hidden === !on) return;
    this.tiles.hidden = !on;
    this.tiled.setAttribute("aria-pressed", String(on));
    this.picture.toggleAttribute("data-tiled", on);
    if (on) this.#drawTiles();
    this.#zoomTo(1);
  }

  #drawTiles() {
    const { canvas } = this.stage;
    const scale = Math.min(1, TILES_SIDE / (3 * Math.max(canvas.width, canvas.height)));
    // Copies of whole pixels, or rounding would draw the seams that are looked for.
    const [width, height] = [canvas.width, canvas.height].map((side) => Math.max(1, Math.round(side * scale)));
    [this.tiles.width, this.tiles.height] = [3 * width, 3 * height];
    const context = this.tiles.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, width, height);
    for (let at = 1; at < 9; at++) context.drawImage(this.tiles, 0, 0, width, height, at % 3 * width, Math.floor(at / 3) * height, width, height);
  }
}
