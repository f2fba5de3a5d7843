// @ts-check
// Saves files as one zip: written to the disk as it is made where the browser lets the visitor choose a place, or else put together of
// its parts, which stay where the browser keeps them.
import { offerFile } from "./download.js";
import { AtelierError } from "./errors.js";
import { safeName } from "./names.js";
import { checkZip, writeZip } from "./zip.js";

/** To be called at a press of a button, or no browser lets it ask for a place.
 * @param {import("./zip.js").Entry[]} entries @param {string} base @returns {Promise<string | null>} its name; null where the visitor thought better of it */
export async function saveZip(entries, base) {
  checkZip(entries);
  const place = await choosePlace(`${safeName(base)}.zip`);
  if (place === "nowhere") return null;
  if (place) return writeTo(place, entries);
  return offerFile(await zipBlob(entries), base, ".zip");
}

/** @param {import("./zip.js").Entry[]} entries */
export async function zipBlob(entries) {
  /** @type {any[]} */
  const parts = [];
  await writeZip(entries, (part) => parts.push(part));
  return new Blob(parts, { type: "application/zip" });
}

/** @param {string} suggestedName @returns {Promise<any>} null where the browser does not ask */
async function choosePlace(suggestedName) {
  const ask = /** @type {any} */ (globalThis).showSaveFilePicker;
  if (!ask) return null;
  try {
    return await ask({ suggestedName, types: [{ accept: { "application/zip": [".zip"] } }] });
  } catch (reason) {
    if (/** @type {any} */ (reason)?.name === "AbortError") return "nowhere";
    // Within another site's frame, say. The usual download works there.
    console.debug("asking for a place", reason);
    return null;
  }
}

/** @param {any} place @param {import("./zip.js").Entry[]} entries */
async function writeTo(place, entries) {
  /** @type {any} */
  let file = null;
  try {
    file = await place.createWritable();
    await writeZip(entries, (part) => file.write(part));
    await file.close();
    return place.name;
  } catch (reason) {
    await file?.abort().catch((/** @type {unknown} */ again) => console.debug("leaving off", again));
    throw new AtelierError("file-unwritable", "visitor", { name: place.name, message: String(/** @type {any} */ (reason)?.message ?? reason) });
  }
}
