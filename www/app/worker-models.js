// The worker's side of the models: which folder they are in, or where a bundler has put the files of that folder instead; and how those that a first
// painting needs are on their way while the engine still is.

import { ANY_STYLE, DESCRIBING } from "./networks.js";
import { studio } from "./worker-studio.js";

/** What a first painting needs. */
const FIRST = new Set([DESCRIBING, ANY_STYLE]);

/** Answers that were asked for ahead, by address; null where the network failed. @type {Map<string, Promise<Response | null>>} */
const ahead = new Map();

/** @param {string} base the folder's address, with a slash at its end
 * @param {import("./engine.js").Shelf} [shelf] */
export function findModels(base, shelf) {
  studio.models = base;
  // The engine asks for files of the folder. This worker's `fetch` is its only way out, and nobody else's.
  const direct = self.fetch.bind(self);
  const find = (wanted, options, url) => {
    if (!shelf) return direct(wanted, options);
    const name = url.slice(base.length).split("?")[0];
    if (name === "manifest.json") return Response.json(shelf.manifest);
    return direct(shelf.files[name] ?? url, { cache: wanted.cache, ...options });
  };
  self.fetch = async (wanted, options) => {
    const url = wanted instanceof Request ? wanted.url : String(wanted);
    if (!url.startsWith(base)) return direct(wanted, options);
    const early = ahead.get(url);
    ahead.delete(url);
    // Whoever wants it past the browser's cache has been given the early one before.
    return (wanted.cache !== "reload" && await early) || find(wanted, options, url);
  };
}

/** Asks for the manifest and for what a first painting needs, at a priority below the engine's. Each answer is given to whoever asks for it first;
 * what goes wrong is found out, and said, then. */
export function fetchAhead() {
  if (navigator.connection?.saveData) return;
  const ask = (address, cache) => fetch(address, { cache, priority: "low" }).catch(() => null);
  const address = `${studio.models}manifest.json`;
  const manifest = ask(address, "no-cache");
  ahead.set(address, manifest);
  manifest.then((response) => response?.clone().json()).then((told) => {
    for (const { id, file, sha256 } of told?.models ?? []) {
      // As the engine's own address, whose hash keeps an older file of that name away.
      const address = `${studio.models}${file}?${String(sha256).slice(0, 8)}`;
      if (FIRST.has(id)) ahead.set(address, ask(address, "default"));
    }
  }).catch(() => {});
}
