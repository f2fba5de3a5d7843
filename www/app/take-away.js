// @ts-check
// Taking the finished picture along: as a file, through the clipboard, or by what the device shares with.
import { AtelierError } from "./errors.js";
import { fileName, offerFile } from "./download.js";

/** @typedef {import("./download.js").Finished} Finished */
/** @typedef {import("./engine.js").Engine} Engine */

const PNG = "image/png";

/** @param {Engine} engine @param {Finished} picture @returns {Promise<Blob>} */
export async function png(engine, { width, height, pixels }) {
  return (await engine.encode({ width, height, pixels, format: "png", quality: 1 })).blob;
}

/** @param {Engine} engine @param {Finished} picture */
export async function copy(engine, picture) {
  try {
    // Given as a promise: some browsers forget the press of the button while a file is being made.
    await navigator.clipboard.write([new ClipboardItem({ [PNG]: png(engine, picture) })]);
  } catch (reason) {
    throw new AtelierError("clipboard-refused", "visitor", { message: String(reason) });
  }
}

/** Whether pictures can be shared from here. */
export const shares = () => Boolean(navigator.canShare?.({ files: [new File([""], "picture.png", { type: PNG })] }));

/** @param {Engine} engine @param {Finished} picture @param {string} title */
export async function share(engine, picture, title) {
  const blob = await png(engine, picture);
  const name = fileName(picture.base, "-atelier.png");
  try {
    await navigator.share({ title, files: [new File([blob], name, { type: PNG })] });
  } catch (reason) {
    const { name: kind } = /** @type {Error} */ (reason);
    if (kind === "AbortError") return; // thought better of it
    // Not from here, then, or not soon enough after the press: the file is made, so nobody should have to ask twice.
    offerFile(blob, picture.base, "-atelier.png");
  }
}

/** Whether the clipboard takes pictures. */
export const copies = () => typeof ClipboardItem === "function" && Boolean(navigator.clipboard?.write);
