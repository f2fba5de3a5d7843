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

/** A phone that goes to sleep would stop the work. Not every browser can be asked, and none has to agree. @returns {() => void} to let it sleep */
export function stayAwake() {
  /** @type {WakeLockSentinel | undefined} */
  let lock;
  let over = false;
  const ask = async () => {
    if (over || document.visibilityState !== "visible") return;
    try {
      lock = await navigator.wakeLock?.request("screen");
      if (over) lock?.release();
    } catch (reason) {
      console.debug("wake lock", reason);
    }
  };
  // Browsers take it back when the page is out of sight.
  document.addEventListener("visibilitychange", ask);
  ask();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", ask);
    lock?.release();
  };
}
