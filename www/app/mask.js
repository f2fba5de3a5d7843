// @ts-check
// A mask: how much each part of a picture counts, painted with a soft brush. Small, because the engine blurs it down to its own
// layers anyway. White is painted with its alpha, so that erasing is only another way to draw.

const LONGEST_SIDE = 512;

/** @typedef {{width: number, height: number, pixels: ArrayBuffer}} Pixels */

export class Mask {
  /** @param {{width: number, height: number}} picture gives the shape */
  constructor({ width, height }) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    this.canvas = document.createElement("canvas");
    this.canvas.width = Math.max(1, Math.round(width * scale));
    this.canvas.height = Math.max(1, Math.round(height * scale));
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { willReadFrequently: true }));
  }

  /** A mask of what `state` gave once. @param {ImageData | null} state @returns {Mask | null} */
  static of(state) {
    if (!state) return null;
    const mask = new Mask(state);
    mask.restore(state);
    return mask;
  }

  /** Draws from one point to another, in the mask's pixels.
   * @param {number[]} from @param {number[]} to @param {number} radius @param {number} feather the share of it that fades out, 0…1 @param {boolean} erase */
  stroke([fromX, fromY], [toX, toY], radius, feather, erase) {
    const { context } = this;
    const steps = Math.max(1, Math.ceil(Math.hypot(toX - fromX, toY - fromY) / radius * 4));
    context.globalCompositeOperation = erase ? "destination-out" : "source-over";
    for (let step = 1; step <= steps; step++) {
      const [x, y] = [fromX + (toX - fromX) * step / steps, fromY + (toY - fromY) * step / steps];
      const soft = context.createRadialGradient(x, y, radius * (1 - feather), x, y, radius);
      soft.addColorStop(0, "#fff");
      soft.addColorStop(1, "#fff0");
      context.fillStyle = soft;
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    }
  }

  /** A copy of what is painted, for `restore`. */
  state() {
    return this.context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }

  /** @param {ImageData} state */
  restore(state) {
    this.context.putImageData(state, 0, 0);
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  get empty() {
    return this.state().data.every((value, index) => index % 4 < 3 || value === 0);
  }

  /** As the engine takes it: white counts, black does not. @returns {Pixels} */
  pixels() {
    const { width, height, data } = this.state();
    for (let at = 0; at < data.length; at += 4) {
      data.fill(data[at + 3], at, at + 3);
      data[at + 3] = 255;
    }
    return { width, height, pixels: data.buffer };
  }
}
