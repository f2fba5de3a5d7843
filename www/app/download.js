// @ts-check
// Saves the finished picture at full size. The worker encodes, so that the page stays responsive and the file is made by the
// same code as on the command line.
import { AtelierError } from "./atelier-error.js";
import { safeName } from "./names.js";

/** @typedef {{width: number, height: number, pixels: ArrayBuffer, base: string}} Finished */

/** @param {import("./engine.js").Engine} engine @param {import("./mask.js").Pixels} picture @returns {Promise<Blob>} */
export const png = (engine, picture) => encoded(engine, picture, "png", 1);

/** A picture as a file: what was painted can be had whatever becomes of the engine, which is not started anew for that. @param {import("./engine.js").Engine} engine
 * @param {import("./mask.js").Pixels} picture @param {"png" | "rgba-png" | "jpeg"} format @param {number} quality 0…1 @returns {Promise<Blob>} */
export async function encoded(engine, { width, height, pixels }, format, quality) {
  if (engine.state !== "failed") {
    try {
      return (await engine.encode({ width, height, pixels, format, quality })).blob;
    } catch (reason) {
      if (AtelierError.from(reason).party !== "device") throw reason;
    }
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  // A JPEG has no transparency: as the engine does, on white.
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  if (format === "jpeg") context.fillRect(0, 0, width, height);
  return canvas.convertToBlob({ type: format === "jpeg" ? "image/jpeg" : "image/png", quality });
}

/** @param {import("./engine.js").Engine} engine @param {Finished} picture @param {"png" | "jpeg"} format @param {number} quality 0…1
 * @returns {Promise<string>} the name of the file */
export async function download(engine, picture, format, quality) {
  return offerFile(await encoded(engine, picture, format, quality), picture.base, `-atelier.${format === "png" ? "png" : "jpg"}`);
}

/** Hands a file to the browser to be saved. @param {Blob} blob @param {string} base @param {string} ending @returns {string} the name of the file */
export function offerFile(blob, base, ending) {
  const name = fileName(base, ending);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the blob after the click returns; a minute is ample and the memory is then given back.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}

/** A name that every file system takes. @param {string} base @param {string} ending */
export function fileName(base, ending) {
  return safeName(base) + ending;
}
