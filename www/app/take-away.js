// @ts-check
// Taking the finished picture along: as a file, through the clipboard, or by what the device shares with.
import { byId } from "./dom.js";
import { download, fileName, offerFile, png } from "./download.js";
import { AtelierError } from "./errors.js";
import { put, putComputed } from "./text.js";

/** @typedef {import("./download.js").Finished} Finished */
/** @typedef {import("./engine.js").Engine} Engine */

/** What is said of it, if anything. @typedef {[string, Record<string, string>?] | null} Words */

const PNG = "image/png";

/** @param {Engine} engine @param {Finished} picture */
async function copy(engine, picture) {
  try {
    // Given as a promise: some browsers forget the press of the button while a file is being made.
    await navigator.clipboard.write([new ClipboardItem({ [PNG]: png(engine, picture) })]);
  } catch (reason) {
    throw new AtelierError("clipboard-refused", "visitor", { message: String(reason) });
  }
}

/** Whether pictures can be shared from here. */
const shares = () => Boolean(navigator.canShare?.({ files: [new File([""], "picture.png", { type: PNG })] }));

/** @param {Engine} engine @param {Finished} picture @param {string} title @returns {Promise<Words>} */
async function share(engine, picture, title) {
  const blob = await png(engine, picture);
  const name = fileName(picture.base, "-atelier.png");
  try {
    await navigator.share({ title, files: [new File([blob], name, { type: PNG })] });
    return ["status.shared"];
  } catch (reason) {
    const { name: kind } = /** @type {Error} */ (reason);
    if (kind === "AbortError") return null; // thought better of it
    // Not from here, then, or not soon enough after the press: the file is made, so nobody should have to ask twice.
    return ["status.saved", { name: offerFile(blob, picture.base, "-atelier.png") }];
  }
}

/** Whether the clipboard takes pictures. */
const copies = () => typeof ClipboardItem === "function" && Boolean(navigator.clipboard?.write);

/** Makes the buttons below the picture work. @param {Engine} engine @param {() => Finished | null} finished @param {(picture: Finished) => void} taken it is somewhere else now too
 * @param {(error: AtelierError, retry: () => void) => void} refuse */
export function watchTakeAway(engine, finished, taken, refuse) {
  const status = byId("status");
  const on = (/** @type {string} */ id, /** @type {(picture: Finished) => Promise<Words>} */ deed) => {
    byId(id).addEventListener("click", async () => {
      const picture = finished();
      if (!picture) return;
      put(status, "status.saving");
      try {
        const words = await deed(picture);
        if (!words) return putComputed(status, () => "");
        taken(picture);
        put(status, ...words);
      } catch (thrown) {
        refuse(AtelierError.from(thrown), () => byId(id).click());
        putComputed(status, () => "");
      }
    });
  };
  for (const format of /** @type {const} */ (["png", "jpeg"])) {
    on(`download-${format}`, async (picture) => ["status.saved", { name: await download(engine, picture, format, byId("quality").valueAsNumber / 100) }]);
  }
  byId("copy").hidden = !copies();
  on("copy", async (picture) => {
    await copy(engine, picture);
    return ["status.copied"];
  });
  byId("share").hidden = !shares();
  on("share", (picture) => share(engine, picture, byId("result-title").textContent));
}
