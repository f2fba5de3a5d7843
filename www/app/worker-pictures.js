// The worker's side of pictures: files and what the page drew, as the engine takes them.

import { chosen, failure } from "./worker-studio.js";
import { Picture } from "./wasm/atelier.js";

/** Bytes beyond which no file is read whole: no picture of the most megapixels has so many. */
const LARGEST = 1e9;
/** Enough to tell what a file is. */
const HEAD = 65_536;
const NO_PICTURE = ["picture-unrecognised", "picture-unsupported"];
/** As our own decoder has it. */
const MOST_MEGAPIXELS = 100;

/** A picture of any kind that can be sent here: a file, decoded by our decoder or else by the browser's; a bitmap; or pixels. */
export async function read(source) {
  if (!(source instanceof Blob)) return "pixels" in source ? ofPixels(source, "pixels") : ofBitmap(source, "bitmap");
  const gone = failure("picture-gone", "visitor");
  if (source.size > LARGEST) throw refusalOf(await chosen(source.slice(0, HEAD), gone));
  const bytes = await chosen(source, gone);
  try {
    return Picture.decode(bytes);
  } catch (error) {
    if (error?.code !== "picture-needs-browser") throw error;
    return readByBrowser(source, error.details.format);
  }
}

/** Why a file is not read that is too large: as a rule it is no picture at all. */
function refusalOf(head) {
  try {
    Picture.decode(head).free();
  } catch (error) {
    if (NO_PICTURE.includes(error?.code)) return error;
  }
  return failure("picture-file-too-large", "visitor", { limit: LARGEST / 1e9 });
}

/** Closes those that are bitmaps: copies of this worker's own, of dozens of megabytes that a garbage collector cannot see. */
export function letGo(sources) {
  for (const source of sources) source.close?.();
}

async function readByBrowser(file, format) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw failure("picture-undecodable-here", "visitor", { format });
  }
  try {
    const megapixels = bitmap.width * bitmap.height / 1e6;
    if (megapixels > MOST_MEGAPIXELS) throw failure("picture-too-large", "visitor", { megapixels, limit: MOST_MEGAPIXELS });
    return ofBitmap(bitmap, format);
  } finally {
    bitmap.close();
  }
}

function ofBitmap(bitmap, format) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return ofPixels({ width, height, pixels: context.getImageData(0, 0, width, height).data.buffer }, format);
}

function ofPixels({ width, height, pixels }, format) {
  return Picture.fromRgba(width, height, new Uint8Array(pixels), format);
}

/** Pixels that the page drew, as a picture. */
export function drawn(pixels) {
  return pixels && ofPixels(pixels, "mask");
}
