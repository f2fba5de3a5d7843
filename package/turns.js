// @ts-check
// One thing at a time, and the end of waiting.

/** Settles as the promise does, or with the signal's reason as soon as that is aborted.
 * @template T @param {Promise<T>} promise @param {AbortSignal} signal @returns {Promise<T>} */
export function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** The worker does one thing at a time; whoever comes meanwhile waits in line. */
export class Turns {
  /** The end of the line. @type {Promise<void>} */
  #last = Promise.resolve();

  /** Waits for a turn. @param {AbortSignal} signal @returns {Promise<() => void>} ends the turn */
  async take(signal) {
    const before = this.#last;
    /** @type {() => void} */
    let end = () => {};
    this.#last = new Promise((resolve) => { end = resolve; });
    try {
      await unlessAborted(before, signal);
    } catch (reason) {
      // Who gave up waiting is passed over.
      before.then(end);
      throw reason;
    }
    return end;
  }
}
