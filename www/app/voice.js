// @ts-check
// Speaks to the live region only now and then, because a screen reader that reads every step is worse than none; and keeps a device awake
// that works.

const EVERY_MS = 5000;

export class Voice {
  #spoke = -Infinity;

  /** @param {() => void} speak */
  sometimes(speak) {
    const now = performance.now();
    if (now - this.#spoke < EVERY_MS) return;
    this.#spoke = now;
    speak();
  }

  /** What comes next is worth saying at once. */
  soon() {
    this.#spoke = -Infinity;
  }
}

/** Keeps a device awake that works: a phone that goes to sleep would stop it. Not every browser can be asked, and none has to agree. */
export class Awake {
  /** @type {WakeLockSentinel | undefined} */
  #lock;
  #wanted = false;
  // Browsers take it back when the page is out of sight.
  #seen = () => this.#take();

  constructor() {
    document.addEventListener("visibilitychange", this.#seen);
    this.ask();
  }

  /** There is something to do. */
  ask() {
    this.#wanted = true;
    this.#take();
  }

  /** There is nothing to do for now. */
  rest() {
    this.#wanted = false;
    this.#lock?.release();
  }

  end() {
    document.removeEventListener("visibilitychange", this.#seen);
    this.rest();
  }

  async #take() {
    if (!this.#wanted || document.visibilityState !== "visible") return;
    try {
      const lock = await navigator.wakeLock?.request("screen");
      this.#lock?.release();
      this.#lock = lock;
      if (!this.#wanted) lock?.release();
    } catch (reason) {
      console.debug("wake lock", reason);
    }
  }
}
