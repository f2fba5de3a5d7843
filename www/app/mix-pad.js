// @ts-check
// A pad on which two to four styles are mixed: each has a corner, and the nearer the knob, the larger its share. It is for pointers alone; the
// sliders beside the styles say and set the same for everybody.

/** @typedef {{preview: HTMLCanvasElement, share: number}} Ingredient */

/** Corners by the number of styles, in shares of the pad. @type {Record<number, number[][]>} */
const CORNERS = {
  2: [[0, .5], [1, .5]],
  3: [[0, 1], [1, 1], [.5, 0]],
  4: [[0, 0], [1, 0], [0, 1], [1, 1]],
};
/** Of the thumbnails in the corners. */
const SIDE = 64;

export class MixPad {
  /** @type {number[][]} */
  #corners = [];
  /** @type {HTMLCanvasElement[]} */
  #hung = [];
  /** Several points of a square mix alike, so the knob stays where it was put. @type {string | null} */
  #put = null;

  /** @param {HTMLElement} root @param {(shares: number[]) => void} onMix the shares sum to 1 */
  constructor(root, onMix) {
    this.root = root;
    this.onMix = onMix;
    root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      root.setPointerCapture(event.pointerId);
      this.#follow(event);
    });
    root.addEventListener("pointermove", (event) => { if (root.hasPointerCapture(event.pointerId)) this.#follow(event); });
  }

  /** @param {Ingredient[]} ingredients */
  show(ingredients) {
    const corners = CORNERS[ingredients.length];
    this.root.hidden = !corners;
    if (!corners) return;
    this.#corners = corners;
    const previews = ingredients.map(({ preview }) => preview);
    // A well may show another picture by now, so the thumbnails are drawn each time.
    if (previews.length !== this.#hung.length) this.#hang(previews.length);
    previews.forEach((preview, at) => draw(this.#hung[at], preview));
    const shares = ingredients.map(({ share }) => share);
    if (this.#put === keyOf(shares)) return;
    this.#put = null;
    this.#place([0, 1].map((axis) => shares.reduce((sum, share, at) => sum + share * corners[at][axis], 0)));
  }

  /** @param {number} count */
  #hang(count) {
    for (const old of this.#hung) old.remove();
    this.#hung = this.#corners.slice(0, count).map(([x, y]) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIDE;
      canvas.style.setProperty("--x", String(x));
      canvas.style.setProperty("--y", String(y));
      this.root.prepend(canvas);
      return canvas;
    });
    this.root.dataset.count = String(count);
  }

  /** @param {PointerEvent} event */
  #follow({ clientX, clientY }) {
    const { left, top, width, height } = this.root.getBoundingClientRect();
    const inset = Number.parseFloat(getComputedStyle(this.root).getPropertyValue("--inset")) || 0;
    const within = (/** @type {number} */ at, /** @type {number} */ side) => Math.min(1, Math.max(0, (at - inset) / (side - 2 * inset)));
    const point = [within(clientX - left, width), this.#corners.length === 2 ? .5 : within(clientY - top, height)];
    const shares = mix(point, this.#corners);
    this.#put = keyOf(shares);
    this.#place(this.#corners.length === 3 ? [0, 1].map((axis) => shares.reduce((sum, share, at) => sum + share * this.#corners[at][axis], 0)) : point);
    this.onMix(shares);
  }

  /** @param {number[]} point */
  #place([x, y]) {
    this.root.style.setProperty("--x", String(x));
    this.root.style.setProperty("--y", String(y));
  }
}

/** As the sliders have them, in whole percents. @param {number[]} shares */
const keyOf = (shares) => {
  const whole = shares.map((share) => Math.round(share * 100));
  const sum = whole.reduce((a, b) => a + b, 0) || 1;
  return whole.map((share) => (share / sum).toFixed(4)).join();
};

/** The share of each corner at a point: linear along a line, barycentric in a triangle, bilinear in a square.
 * @param {number[]} point @param {number[][]} corners @returns {number[]} */
function mix([x, y], corners) {
  if (corners.length === 2) return [1 - x, x];
  if (corners.length === 4) return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
  const top = 1 - y;
  const right = x - top / 2;
  // A point beside the triangle counts as the nearest within, near enough.
  const shares = [1 - top - right, right, top].map((share) => Math.max(0, share));
  const sum = shares.reduce((a, b) => a + b);
  return shares.map((share) => share / sum);
}

/** The middle of a picture. @param {HTMLCanvasElement} to @param {HTMLCanvasElement} from */
function draw(to, from) {
  const side = Math.min(from.width, from.height);
  const context = to.getContext("2d");
  if (!context || !side) return;
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, SIDE, SIDE);
  context.drawImage(from, (from.width - side) / 2, (from.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
}
