// @ts-check
// The wall with its one frame. The frame takes the shape of the photo and keeps it, while the picture inside grows from scale to
// scale: only sharpness changes, never the layout.
import { byId } from "./dom.js";
import { paint } from "./wells.js";

// Beyond these shapes a frame would be a slit; the picture then stands inside it with margins.
const NARROWEST = 1 / 3;
const WIDEST = 3;

export class Stage {
  /** @param {HTMLElement} picture the box inside the frame @param {() => void} onChange something else is shown */
  constructor(picture, onChange) {
    this.picture = picture;
    this.onChange = onChange;
    this.canvas = byId("stage");
  }

  /** What the canvas shows: "nothing", the "content" before a run, a "preview" or the "result". */
  get shown() { return this.picture.dataset.shown ?? "nothing"; }

  clear() {
    this.picture.dataset.shown = "nothing";
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#shape(4, 3);
    this.onChange();
  }

  /** The photo as it is, waiting to be painted. @param {HTMLCanvasElement} content */
  showContent(content) {
    this.picture.dataset.shown = "content";
    this.canvas.width = content.width;
    this.canvas.height = content.height;
    this.canvas.getContext("2d")?.drawImage(content, 0, 0);
    this.#shape(content.width, content.height);
    this.onChange();
  }

  /** @param {{width: number, height: number, pixels: ArrayBuffer}} pixels @param {"preview" | "result"} as */
  show(pixels, as) {
    this.picture.dataset.shown = as;
    paint(this.canvas, pixels);
    if (as === "result") this.#shape(pixels.width, pixels.height);
    this.onChange();
  }

  /** @param {number} width @param {number} height */
  #shape(width, height) {
    const ratio = Math.min(Math.max(width / height, NARROWEST), WIDEST);
    this.picture.parentElement?.style.setProperty("--ratio", String(ratio));
  }
}
