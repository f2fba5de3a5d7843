// The service worker: with the network off, the studio opens as it was left.
//
// The build puts a line before this file: SITE, with the name of the release and a hash of every file of the site. The shell (page, scripts,
// wasm) lies in a cache for each release. Models and samples lie in one of their own, under addresses made of their hashes, and outlive releases.
//
// The page itself and the lists come from the network where there is one, so a new release is seen at the next load and a server on one's
// own machine never serves yesterday's page. What a page has begun with it goes on with: scripts have their release in the address, and a
// release is thrown away only when no tab holds its lock.

const scope = new URL(self.registration.scope);
const cacheName = (what) => `atelier ${scope.pathname} ${what}`;
const SHELLS = cacheName("shell ");
const SHELL = SHELLS + SITE.release;
const KEPT = cacheName("kept");
const PAGE = "index.html";
const MODELS = "models/manifest.json";
const SAMPLES = "samples/";
/** Says what has been fetched for later once, by a hash of it. */
const FURNISHED = "furnished";
const LISTS = [MODELS, `${SAMPLES}samples.json`];
/** What a first visit paints with: the network that describes styles and the generator for any of them, and the network that optimises. */
const USUAL_MODELS = ["vgg-lite", "any-style", "vgg-lite-wide"];
/** A network that has not answered by then is as good as none. */
const PATIENCE_MS = 4000;

/** The address of a file of the site. Hosts may answer `index.html` with a redirect, which no page can be opened from. */
const at = (path) => new URL(path === PAGE ? "./" : path, scope).href;
const isSample = (path) => path.startsWith(SAMPLES) && !path.endsWith(".json");
/** A sample has its hash in the address under which it is kept, as models have. */
const keyOfSample = (path) => `${at(path)}?${SITE.files[path]}`;
const keyOfModel = ({ file, sha256 }) => `${at(`models/${file}`)}?${sha256.slice(0, 8)}`;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([tidy(), self.clients.claim()])));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  const path = url.pathname.slice(scope.pathname.length) || PAGE;
  const later = (work) => event.waitUntil(work);
  if (path === PAGE) event.respondWith(page(request));
  else if (LISTS.includes(path)) event.respondWith(list(request, at(path), later));
  else if (/^models\/.+\.safetensors$/.test(path)) event.respondWith(kept(request, request.url, url.search.slice(1), later));
  else if (isSample(path) && path in SITE.files) event.respondWith(kept(request, keyOfSample(path), SITE.files[path], later));
  else if (path in SITE.files || /^app-[0-9a-f]+\//.test(path)) event.respondWith(shell(request, path));
});

self.addEventListener("message", (event) => {
  const { op, ...what } = event.data;
  const [port] = event.ports;
  const operation = Object.hasOwn(operations, op) ? operations[op] : () => Promise.reject(new Error(`no operation ${op}`));
  event.waitUntil(operation(what).then(
    (value) => port?.postMessage({ value }),
    (reason) => port?.postMessage({ failed: reason?.name === "QuotaExceededError" ? "quota" : "network", message: String(reason) }),
  ));
});

/** What the page can ask for. */
const operations = {
  release: async () => SITE.release,
  takeOver: () => self.skipWaiting(),
  furnish: furnishOnce,
  listKept,
  keep: async ({ model, samples }) => {
    if (model) await keepModel(await modelNamed(model));
    if (samples) await keepSamples();
  },
  forget: async ({ model, samples }) => {
    const cache = await caches.open(KEPT);
    if (model) await cache.delete(keyOfModel(await modelNamed(model)));
    if (samples) await Promise.all(samplePaths().map((path) => cache.delete(keyOfSample(path))));
  },
};

/** Takes the whole shell in, every file as it was built, or none. */
async function install() {
  const paths = Object.keys(SITE.files).filter((path) => !isSample(path));
  // A worker of the same release may live by it already.
  const inUse = await caches.has(SHELL);
  try {
    const cache = await caches.open(SHELL);
    await Promise.all(paths.map(async (path) => {
      if (!await cache.match(at(path))) await cache.put(at(path), await whole(path));
    }));
  } catch (reason) {
    if (!inUse) await caches.delete(SHELL);
    throw reason;
  }
}

/** Throws away what no release in use refers to. */
async function tidy() {
  const held = (await navigator.locks?.query())?.held ?? [];
  const inUse = new Set([SITE.release, ...held.map(({ name }) => name)]);
  // A worker that has yet to take its place lives by a shell of its own, and throws the others away itself.
  if (!self.registration.waiting && !self.registration.installing) {
    const shells = (await caches.keys()).filter((name) => name.startsWith(SHELLS));
    await Promise.all(shells.filter((name) => !inUse.has(name.slice(SHELLS.length))).map((name) => caches.delete(name)));
  }
  const cache = await caches.open(KEPT);
  // The list as it was fetched last, which may name more than this release's own.
  const { models } = await (await cache.match(at(MODELS)) ?? await known(at(MODELS))).json();
  const current = new Set([...models.map(keyOfModel), ...samplePaths().map(keyOfSample), ...LISTS.map(at)]);
  await Promise.all((await cache.keys()).filter(({ url }) => !current.has(url) && !url.startsWith(at(FURNISHED))).map((request) => cache.delete(request)));
}

/** The page: from the network, or else as it was. */
async function page(request) {
  const old = await known(at(PAGE));
  // A page that the browser's own cache is fond of would refer to an older release.
  const fresh = fetch(request, { cache: "no-cache" });
  return old ? soonest(fresh.then((response) => (response.status < 500 ? response : old)), old) : fresh;
}

/** A script, a style sheet, the wasm. Pages of older releases find theirs as long as they are open. */
async function shell(request, path) {
  if (request.cache !== "reload") return await known(at(path)) ?? fetch(request);
  // Whoever asks past the cache has found it damaged.
  try {
    const response = await whole(path, ["reload"]);
    await (await caches.open(SHELL)).put(at(path), response.clone());
    return response;
  } catch {
    return fetch(request);
  }
}

/** A list that any day may change. What is no list, such as the page of a hotel's network, is not taken for one. */
async function list(request, key, later) {
  const cache = await opened();
  if (!cache) return fetch(request);
  const old = await found(cache, key) ?? await known(key);
  const fresh = fetch(request).then(async (response) => {
    const bytes = response.ok ? await response.clone().arrayBuffer() : null;
    const usable = bytes && isJson(bytes);
    if (usable) later(put(cache, key, bytes, response).catch((reason) => console.debug("keeping", reason)));
    return usable || !old ? response : old;
  });
  return old ? soonest(fresh, old) : fresh;
}

/** A model or a sample: kept from its first use on. The page checks what it gets, and asks past the cache for what is damaged. */
async function kept(request, key, hash, later) {
  const cache = await opened();
  if (!cache) return fetch(request);
  const old = request.cache === "reload" ? undefined : await found(cache, key);
  if (old) return old;
  const response = await fetch(request);
  if (response.ok) later(keep(cache, key, response.clone(), hash).catch((reason) => console.debug("keeping", reason)));
  return response;
}

/** Whoever deleted everything is left with nothing, though this worker serves the page until it is left. */
const keeps = () => caches.has(SHELL).catch(() => false);

/** Where models and samples are kept; nothing where none is to be, or the browser's store fails: then the network is all there is. */
async function opened() {
  try {
    return await keeps() ? await caches.open(KEPT) : null;
  } catch {
    return null;
  }
}

const found = (cache, key, options) => cache.match(key, options).catch(() => undefined);

function isJson(bytes) {
  try {
    return Boolean(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return false;
  }
}

/** A file of the shell: this release's, or else an older one's. */
const known = async (key) => await found(caches, key, { cacheName: SHELL }) ?? found(caches, key);

/** @returns the answer of the network, or what is there already where it fails or dawdles */
function soonest(fresh, old) {
  const late = new Promise((resolve) => { setTimeout(() => resolve(old), PATIENCE_MS); });
  return Promise.race([fresh.catch(() => old), late]);
}

/** A file of this release as it was built; the browser's own cache is not believed twice. The list of models may be another: hosts add theirs. */
async function whole(path, ways = [path.startsWith(`${SITE.release}/`) ? "default" : "no-cache", "reload"]) {
  for (const cache of ways) {
    const response = await fetch(at(path), { cache });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    const bytes = await response.arrayBuffer();
    const asBuilt = await hashOf(bytes, SITE.files[path].length) === SITE.files[path];
    if (asBuilt || (path === MODELS && isJson(bytes))) return copy(bytes, response);
  }
  throw new Error(`${path} is not as it was built`);
}

/** A file that is not what its hash says. */
class Damaged extends Error {}

/** Keeps a response if its bytes are those that the hash begins for. */
async function keep(cache, key, response, hash) {
  const bytes = await response.arrayBuffer();
  if (await hashOf(bytes, hash.length) !== hash) throw new Damaged(key);
  await put(cache, key, bytes, response);
}

const put = (cache, key, bytes, response) => cache.put(key, copy(bytes, response));

/** Without the headers of the way it came, such as its encoding. */
function copy(bytes, response) {
  const headers = { "content-type": response.headers.get("content-type") ?? "", "content-length": String(bytes.byteLength) };
  return new Response(bytes, { headers });
}

/** The first digits of the SHA-256. */
async function hashOf(bytes, digits) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, digits);
}

const samplePaths = () => Object.keys(SITE.files).filter(isSample);

/** The models of the site, as its list has them. */
async function models() {
  const response = await list(new Request(at(MODELS), { cache: "no-cache" }), at(MODELS), (work) => work);
  if (!response.ok) throw new Error(`manifest: ${response.status}`);
  return (await response.json()).models;
}

async function modelNamed(id) {
  const model = (await models()).find((model) => model.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}

async function keepModel(model) {
  const key = keyOfModel(model);
  const cache = await caches.open(KEPT);
  if (await cache.match(key)) return;
  const fetched = async (/** @type {RequestCache} */ way) => {
    const response = await fetch(key, { cache: way });
    if (!response.ok) throw new Error(`${model.file}: ${response.status}`);
    await keep(cache, key, response, model.sha256);
  };
  // The browser's own copy may be damaged.
  await fetched("default").catch((reason) => { if (!(reason instanceof Damaged)) throw reason; return fetched("reload"); });
}

async function keepSamples() {
  const cache = await caches.open(KEPT);
  await Promise.all(samplePaths().map(async (path) => {
    if (!await cache.match(keyOfSample(path))) await cache.put(keyOfSample(path), await whole(path));
  }));
}

/** A first visit asks twice: when it is ready, and when this worker has taken it over. @type {Promise<void> | null} */
let furnishing = null;
function furnishOnce() {
  furnishing ??= furnish().finally(() => { furnishing = null; });
  return furnishing;
}

/** What a visit leaves for later: the shell, where the browser has cleared it, and all that a photo is painted with. The latter once for each state of the
 * site's models and samples, which a release need not change, as what was deleted should stay away. */
async function furnish() {
  await install();
  await tidy();
  const cache = await caches.open(KEPT);
  const all = await models();
  const usual = USUAL_MODELS.flatMap((id) => all.find((model) => model.id === id) ?? []);
  const state = [...usual.map(keyOfModel), ...samplePaths().map(keyOfSample)].join();
  const mark = at(`${FURNISHED}?${await hashOf(new TextEncoder().encode(state), 16)}`);
  if (await cache.match(mark)) return;
  for (const model of usual) {
    // All may have been deleted meanwhile, for good.
    if (!await keeps()) return;
    await keepModel(model);
  }
  if (!navigator.connection?.saveData && await keeps()) await keepSamples();
  await cache.put(mark, new Response());
}

async function listKept() {
  const cache = await caches.open(KEPT);
  const listed = (await models()).map(async (model) => ({ id: model.id, bytes: model.bytes, kept: Boolean(await cache.match(keyOfModel(model))) }));
  const samples = await Promise.all(samplePaths().map((path) => cache.match(keyOfSample(path))));
  return { models: await Promise.all(listed), samples: { bytes: SITE.samples, kept: samples.every(Boolean) } };
}
