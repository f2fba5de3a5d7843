// @ts-check
// What this browser keeps for the site, as the storage panel lists it. Read past the engine: what is kept can be looked at, carried away and
// deleted when the engine is not there.
import { ask, registered } from "./offline.js";
import { about } from "./header.js";
import { VISITORS as NETWORK } from "./networks.js";
import { ENDING, generators as generator, networks as network } from "./store.js";
import { forget as forgetTraining, store as training } from "./training-store.js";

/** @typedef {{id: string, bytes: number, kept: boolean}} Shipped */
/** `file`: what can be carried away; `unstored`: it is in this page only.
 * @typedef {{kind: "generator" | "network" | "training", id: string, name: string, bytes: number, file?: Blob, unstored?: boolean}} Own */

const STORES = { generator, network, training };
/** Everything of ours in the browser's other stores begins so. */
const OURS = "atelier";

/** The models and samples of the site; null where no service worker could keep them. @returns {Promise<{models: Shipped[], samples: {bytes: number, kept: boolean}} | null>} */
export const shipped = () => ask({ op: "listKept" }).catch((reason) => {
  console.debug("kept", reason);
  return null;
});

/** What the visitor made or brought. @param {import("./generators.js").Generator[]} generators those that only the page has
 * @param {Blob | null} network the same @returns {Promise<Own[]>} */
export async function owned(generators, network) {
  const stored = (await STORES.generator.list()).sort((a, b) => b.lastModified - a.lastModified);
  /** @type {Own[]} */
  const own = generators.map(({ id, name, bytes, unstored }) => ({ kind: "generator", id, name, bytes, file: unstored ?? undefined, unstored: true }));
  for (const file of stored) {
    const { name } = await about(file);
    own.push({ kind: "generator", id: file.name.replace(ENDING, ""), name, bytes: file.size, file });
  }
  const file = network ?? (await STORES.network.list()).find(({ name }) => name === NETWORK + ENDING);
  if (file) own.push({ kind: "network", id: NETWORK, name: "VGG-19", bytes: file.size, file, unstored: file === network });
  const training = await STORES.training.list();
  if (training.length) own.push({ kind: "training", id: "training", name: "", bytes: training.reduce((sum, { size }) => sum + size, 0) });
  return own;
}

/** @param {Own} thing */
export const forget = ({ kind, id }) => (kind === "training" ? forgetTraining() : STORES[kind].remove(id + ENDING));

/** Every trace of a visit. What is in the page stays until it is left. @param {() => Promise<void>} forgetPages deletes what the page itself lists */
export async function forgetEverything(forgetPages) {
  // First, as a tab that is at it refuses, and then nothing is to be half gone.
  await forgetTraining();
  await forgetPages();
  for (const store of [STORES.generator, STORES.network]) await store.clear();
  await (await registered())?.unregister();
  // Named by `sw.js`; a copy of the site elsewhere on the same host has its own.
  const cached = `${OURS} ${new URL("./", document.baseURI).pathname} `;
  if ("caches" in globalThis) for (const name of await caches.keys()) if (name.startsWith(cached)) await caches.delete(name);
  if ("databases" in indexedDB) for (const { name } of await indexedDB.databases()) if (name?.startsWith(OURS)) indexedDB.deleteDatabase(name);
  for (const key of Object.keys(localStorage)) if (key.startsWith(OURS)) localStorage.removeItem(key);
}

/** How much is used of how much there is, where the browser says so; and whether it has promised to keep it.
 * @returns {Promise<{usage: number, quota: number, history: number, persisted: boolean} | null>} */
export async function room() {
  try {
    /** @type {StorageEstimate & {usageDetails?: Record<string, number>}} */
    const { usage = 0, quota = 0, usageDetails } = await navigator.storage.estimate();
    return { usage, quota, history: usageDetails?.indexedDB ?? 0, persisted: await navigator.storage.persisted() };
  } catch (reason) {
    console.debug("estimate", reason);
    return null;
  }
}
