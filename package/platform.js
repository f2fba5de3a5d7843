// @ts-check
// What differs between a page and Node, which puts its own in place before anything is made.

export const platform = {
  /** Makes the engine's worker, where there are no web workers. @type {(() => Worker) | undefined} */
  worker: undefined,
  /** What addresses are relative to. @type {() => string | undefined} */
  base: () => globalThis.document?.baseURI ?? globalThis.location?.href,
  /** What can be sent to the worker in a file's place. @type {(file: Blob) => Promise<Blob>} */
  portable: async (file) => file,
};
