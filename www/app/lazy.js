// @ts-check
// Parts of the page that are fetched when they are first asked for.
import { AtelierError } from "./errors.js";

/** @template M, T @param {() => Promise<M>} load @param {(module: M) => T} make
 * @returns {() => Promise<T>} the same part each time */
export function lazily(load, make) {
  /** @type {Promise<T> | null} */
  let part = null;
  return () => {
    part ??= load().then(make, (reason) => {
      // The next press tries again.
      part = null;
      // Most browsers name the file, in a sentence of their own.
      const [file = "app"] = /[\w-]+\.js/.exec(String(reason?.message)) ?? [];
      throw new AtelierError("network-lost", "host", { file });
    });
    return part;
  };
}
