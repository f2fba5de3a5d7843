// @ts-check
// What differs between a page and Node, which puts its own in place before anything is made.

export const platform = {
  /** Makes the engine's worker, where there are no web workers. @type {(() => Worker) | undefined} */
  worker: undefined,
  /** What addresses are relative to. @type {() => string | undefined} */
  base: () => globalThis.location?.href,
};
