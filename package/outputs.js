// @ts-check
// Pixels from the worker, made into what was asked for.

/** @typedef {{width: number, height: number, pixels: ArrayBuffer}} Pixels */

/** @param {Pixels} pixels @returns {ImageData} */
export function imageData({ width, height, pixels }) {
  const data = new Uint8ClampedArray(pixels);
  // Outside of browsers there is no such class, and its fields do as well.
  if (typeof ImageData === "undefined") return /** @type {any} */ ({ width, height, data, colorSpace: "srgb" });
  return new ImageData(data, width, height);
}

/** A result. @param {import("./engine/engine.js").Engine} engine @param {Pixels} pixels
 * @param {{output?: "image-data" | "png" | "jpeg", quality?: number, began: number}} asked */
export async function painted(engine, pixels, { output = "image-data", quality = .92, began }) {
  const { width, height } = pixels;
  const { backend = "cpu" } = engine.opened ?? {};
  // A worker that dies of it may have taken minutes to get here, and the next can do it as well.
  const encode = async () => (await engine.encode({ ...pixels, format: /** @type {"png" | "jpeg"} */ (output), quality })).blob;
  const encoded = () => encode().catch((reason) => { if (reason?.party !== "device") throw reason; return encode(); });
  const picture = output === "image-data" ? imageData(pixels) : await encoded();
  return { picture, width, height, backend, seconds: (performance.now() - began) / 1000 };
}
