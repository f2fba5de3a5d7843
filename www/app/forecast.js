// @ts-check
// Says before a painting what it will take, so that nobody finds out by waiting; and afterwards, if it had to be made smaller.
import { duration, put, size } from "./text.js";

/** Settings come in bursts, as sliders move; the engine is asked when they rest. */
const REST_MS = 400;
/** What a tab's WebAssembly can hold at the very most, less what the engine needs for itself. */
const MOST_BYTES = 3.5e9;

export class Forecast {
  #timer = 0;
  #latest = 0;

  /** @param {HTMLElement} line where it is said */
  constructor(line) {
    this.line = line;
  }

  /** Asks anew, or says nothing where there is nothing to ask for.
   * @param {(() => Promise<{bytes: number, seconds: number}>) | null} ask */
  update(ask) {
    clearTimeout(this.#timer);
    const asked = ++this.#latest;
    if (!ask) {
      this.line.hidden = true;
      return;
    }
    this.#timer = setTimeout(async () => {
      try {
        const { bytes, seconds } = await ask();
        if (asked !== this.#latest) return;
        const fits = bytes < MOST_BYTES;
        this.#say(fits ? "forecast.takes" : "forecast.too-much", { time: () => duration(seconds), memory: () => size(bytes) });
      } catch (reason) {
        // Without a forecast one can paint all the same, and what is wrong is said then.
        console.debug("forecast", reason);
      }
    }, REST_MS);
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
