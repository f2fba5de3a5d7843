// @ts-check
// A figure over time, small enough to sit among the figures. Of a loss that falls by orders of magnitude it shows these, with
// a tick where the working size changes, because there the loss jumps for a good reason.
import { find } from "./dom.js";

const WIDTH = 200;
const HEIGHT = 40;
const MOST_POINTS = 400;

export class Sparkline {
  /** @type {number[]} */
  #values = [];
  /** @type {number[]} */
  #ticks = [];
  #total = 1;

  /** @param {SVGElement} svg @param {boolean} [logarithmic] else it shows the values as they are, which may be negative */
  constructor(svg, logarithmic = true) {
    this.logarithmic = logarithmic;
    this.line = find(svg, ".spark-line");
    this.scales = find(svg, ".spark-scales");
  }

  clear() {
    this.#values = [];
    this.#ticks = [];
    this.#draw();
  }

  /** Marks a change of working size. */
  tick() {
    if (this.#values.length) this.#ticks.push(this.#values.length);
  }

  /** @param {number} value @param {number} total the number of values that will come in all */
  add(value, total) {
    this.#values.push(this.logarithmic ? Math.log10(Math.max(value, 1e-12)) : value);
    this.#total = Math.max(total, this.#values.length, 2);
    this.#draw();
  }

  #draw() {
    const x = (/** @type {number} */ index) => (index / (this.#total - 1) * WIDTH).toFixed(1);
    const top = Math.max(...this.#values);
    const span = Math.max(top - Math.min(...this.#values), 1e-6);
    const y = (/** @type {number} */ value) => (2 + (top - value) / span * (HEIGHT - 4)).toFixed(1);
    const stride = Math.ceil(this.#values.length / MOST_POINTS);
    const points = this.#values.flatMap((value, index) => (index % stride ? [] : [`${x(index)} ${y(value)}`]));
    this.line.setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
    this.scales.setAttribute("d", this.#ticks.map((index) => `M${x(index)} 0V${HEIGHT}`).join(""));
  }
}
