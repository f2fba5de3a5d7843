// The worker's side of pictures: files and what the page drew, as the engine takes them.

import { failure } from "./worker-studio.js";
import { Picture } from "./wasm/atelier.js";

/** A file as a decoded picture, by our decoder or else by the browser's. */
export async function read(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return Picture.decode(bytes);
  } catch (error) {
    if (error?.code !== "picture-needs-browser") throw error;
    return readByBrowser(file, error.details.format);
  }
}

async function readByBrowser(file, format) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw failure("picture-undecodable-here", "visitor", { format });
  }
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return Picture.fromRgba(width, height, new Uint8Array(context.getImageData(0, 0, width, height).data.buffer), format);
}

/** Pixels that the page drew, as a picture. */
export function drawn(pixels) {
  return pixels && Picture.fromRgba(pixels.width, pixels.height, new Uint8Array(pixels.pixels), "mask");
}
