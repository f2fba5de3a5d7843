// @ts-check
// Says before a painting what it will take, so that nobody finds out by waiting; and afterwards, if it had to be made smaller.
import { duration, put, size } from "./text.js";

/** Settings come in bursts, as sliders move; the engine is asked when they rest. */
const REST_MS = 400;
/** What a tab's WebAssembly can hold at the very most, less what the engine needs for itself; on a device that says how much memory it
 * has (in gigabytes, and never more than 8), no more than half of that. */
const MOST_BYTES = Math.min(3.5e9, (/** @type {{deviceMemory?: number}} */ (navigator).deviceMemory ?? Infinity) * 5e8);

export class Forecast {
  #timer = 0;
  #latest = 0;

  /** @param {HTMLElement} line where it is said */
  constructor(line) {
    this.line = line;
  }

  /** Asks anew, or says nothing where there is nothing to ask for.
   * @param {((side: number) => Promise<{bytes: number, seconds: number}>) | null} ask what a painting of that size takes
   * @param {number[]} sides the size that was chosen, then those below it, the largest first */
  update(ask, sides = []) {
    clearTimeout(this.#timer);
    const asked = ++this.#latest;
    if (!ask) {
      this.line.hidden = true;
      return;
    }
    this.#timer = setTimeout(async () => {
      try {
        const [{ bytes, seconds }, side] = await this.#fitting(ask, sides);
        if (asked !== this.#latest) return;
        const key = side === sides[0] ? "forecast.takes" : side ? "forecast.fits" : "forecast.too-much";
        this.#say(key, { time: () => duration(seconds), memory: () => size(bytes), side: String(side) });
      } catch (reason) {
        // Without a forecast one can paint all the same, and what is wrong is said then.
        console.debug("forecast", reason);
        // What is said of another job would be taken for this one's.
        if (asked === this.#latest) this.line.hidden = true;
      }
    }, REST_MS);
  }

  /** What the first of the sizes takes, and the first that fits; 0 where none does.
   * @param {(side: number) => Promise<{bytes: number, seconds: number}>} ask @param {number[]} sides
   * @returns {Promise<[{bytes: number, seconds: number}, number]>} */
  async #fitting(ask, sides) {
    const wanted = await ask(sides[0]);
    for (const side of sides) {
      const { bytes } = side === sides[0] ? wanted : await ask(side);
      if (bytes < MOST_BYTES) return [wanted, side];
    }
    return [wanted, 0];
  }

  /** A painting that was too much for the memory goes on at a smaller size. @param {number} from @param {number} side */
  steppedDown(from, side) {
    this.update(null);
    this.#say("forecast.stepped-down", { from: String(from), side: String(side) });
  }

  /** @param {string} key @param {Record<string, any>} params */
  #say(key, params) {
    put(this.line, key, params);
    this.line.hidden = false;
  }
}
