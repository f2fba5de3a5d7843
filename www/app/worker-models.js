// The worker's side of the models: which folder they are in, or where a bundler has put the files of that folder instead.

import { studio } from "./worker-studio.js";

/** @param {string} base the folder's address, with a slash at its end
 * @param {import("./engine.js").Shelf} [shelf] */
export function findModels(base, shelf) {
  studio.models = base;
  if (!shelf) return;
  // The engine asks for files of the folder. This worker's `fetch` is its only way out, and nobody else's.
  const direct = self.fetch.bind(self);
  self.fetch = async (wanted, options) => {
    const url = wanted instanceof Request ? wanted.url : String(wanted);
    if (!url.startsWith(base)) return direct(wanted, options);
    const name = url.slice(base.length).split("?")[0];
    if (name === "manifest.json") return Response.json(shelf.manifest);
    return direct(shelf.files[name] ?? url, { cache: wanted.cache, ...options });
  };
}
