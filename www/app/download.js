// @ts-check
// Saves the finished picture at full size. The worker encodes, so that the page stays responsive and the file is made by the
// same code as on the command line.
import { safeName } from "./names.js";

/** @typedef {{width: number, height: number, pixels: ArrayBuffer, base: string}} Finished */

/** @param {import("./engine.js").Engine} engine @param {import("./mask.js").Pixels} picture @returns {Promise<Blob>} */
export async function png(engine, { width, height, pixels }) {
  // An engine that is given up is not started anew for that.
  if (engine.state === "failed") {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
    return canvas.convertToBlob();
  }
  return (await engine.encode({ width, height, pixels, format: "png", quality: 1 })).blob;
}

/** @param {import("./engine.js").Engine} engine @param {Finished} picture @param {"png" | "jpeg"} format @param {number} quality 0…1
 * @returns {Promise<string>} the name of the file */
export async function download(engine, picture, format, quality) {
  const { width, height, pixels } = picture;
  const { blob } = await engine.encode({ width, height, pixels, format, quality });
  return offerFile(blob, picture.base, `-atelier.${format === "png" ? "png" : "jpg"}`);
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
