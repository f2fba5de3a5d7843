/** Atelier under Node 20.3 or newer, on the processor: `init`, `Atelier` and `AtelierError` as in the browser. Pictures are `Blob`s or
 * `{ width, height, data }` like an `ImageData`, which is also what `output: "image-data"` gives. Importing it
 * reads and compiles the engine. Call `dispose` at the end, or the process goes on. */
export * from "./index.js";
