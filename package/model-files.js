// @ts-check
// Generators and networks as the worker knows them: by an id, and by their file where the page has it.
import { OPTIMISING, isOfTheSite } from "./engine/networks.js";
import { platform } from "./platform.js";

/** @type {WeakMap<Blob, string>} */
const ids = new WeakMap();
let count = 0;

/** @param {any} generator the id of one that comes with the models, a file, or what a training has made */
export async function fileOf(generator) {
  if (typeof generator === "string") return { id: generator, site: true };
  const blob = generator instanceof Blob ? generator : generator?.blob;
  if (!(blob instanceof Blob)) throw new TypeError("a generator is an id, a Blob, or what train() gave");
  const id = ids.get(blob) ?? `given-${++count}`;
  ids.set(blob, id);
  return { id, name: generator.name ?? "", unstored: await platform.portable(blob) };
}

/** @param {any} network the id of one that comes with the models, or a file @returns {Promise<{model: string, unstored: Blob | null}>} */
export async function networkOf(network) {
  const chosen = network ?? OPTIMISING;
  if (chosen instanceof Blob) {
    const { id, unstored = null } = await fileOf(chosen);
    return { model: id, unstored };
  }
  if (!isOfTheSite(chosen)) throw new TypeError(`there is no network "${chosen}"`);
  return { model: chosen, unstored: null };
}
