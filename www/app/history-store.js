// @ts-check
// Where finished results are kept: in a database of the browser's, for this site alone. A picture that many results were made from is kept once,
// under the hash of its bytes, and goes with the last of them.

/** What a result was made from, by the picture's hash. `mask` and `region` are alpha as painted; `sample` is which of the site's it is, "" for none; earlier releases
 * did not say.
 * @typedef {{hash: string, base: string, name: string, sample?: string, weight: number, thumb: Blob, mask: ImageData | null, region: ImageData | null}} StyleRef */
/** @typedef {{hash: string, base: string, name: string, sample?: string, mask: ImageData | null}} ContentRef */
/** `id` is given by the store; 0 for what is only in this page.
 * @typedef {{id: number, width: number, height: number, base: string, label: import("./label.js").Label, mode: import("./modes.js").Mode,
 *   controls: import("./form-state.js").FormState, content: ContentRef, styles: StyleRef[], picture: Blob, thumb: Blob}} Entry */

const NAME = "atelier";
const VERSION = 1;
const RESULTS = "results";
const PICTURES = "pictures";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** @param {IDBTransaction} transaction @returns {Promise<void>} once all of it is stored */
const whole = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  // Not when a request fails: only with its end a transaction knows why.
  transaction.onabort = () => reject(transaction.error);
});

/** Of the files that this page has seen. @type {WeakMap<Blob, Promise<string>>} */
const hashes = new WeakMap();

/** What a file is kept under; a photo that follows a slider is not read anew each time. @param {Blob} file @returns {Promise<string>} */
export function hashOf(file) {
  const hash = hashes.get(file) ?? digestOf(file);
  hashes.set(file, hash);
  // Whoever asks again tries again.
  hash.catch(() => hashes.delete(file));
  return hash;
}

/** @param {Blob} file */
async function digestOf(file) {
  // Browsers hash for secure contexts only. Elsewhere a file is kept once for each time that it was chosen.
  if (!crypto.subtle) return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RESULTS, { keyPath: "id", autoIncrement: true });
      request.result.createObjectStore(PICTURES);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const { result } = request;
      // A newer release in another tab must not wait for this one; and whoever clears the browser's storage closes it too.
      result.onversionchange = () => {
        result.close();
        opened = null;
      };
      result.onclose = () => { opened = null; };
      resolve(result);
    };
  });
  opened.catch(() => { opened = null; });
  return opened;
}

/** All results, the oldest first. @returns {Promise<Entry[]>} */
export async function list() {
  return answer((await open()).transaction(RESULTS).objectStore(RESULTS).getAll());
}

/** @param {string} hash @returns {Promise<Blob | undefined>} */
export async function picture(hash) {
  return answer((await open()).transaction(PICTURES).objectStore(PICTURES).get(hash));
}

/** Stores a result with the pictures that it was made from; one with an id takes the place of the one that has it.
 * @param {Entry} entry @param {Map<string, Blob>} pictures by their hashes @returns {Promise<number>} its id */
export async function keep({ id, ...entry }, pictures) {
  const database = await open();
  // What is there already is not written again. Asked beforehand: in WebKit a transaction that puts a file when an answer comes never ends.
  const there = new Set(await answer(database.transaction(PICTURES).objectStore(PICTURES).getAllKeys()));
  const transaction = database.transaction([RESULTS, PICTURES], "readwrite");
  const done = whole(transaction);
  for (const [hash, file] of pictures) if (!there.has(hash)) transaction.objectStore(PICTURES).put(file, hash);
  const given = answer(transaction.objectStore(RESULTS).put(id ? { id, ...entry } : entry));
  given.catch(() => {});
  await done;
  return Number(await given);
}

/** Removes results, and the pictures that nothing is left of. @param {number[]} ids */
export async function remove(ids) {
  const transaction = (await open()).transaction([RESULTS, PICTURES], "readwrite");
  const done = whole(transaction);
  const results = transaction.objectStore(RESULTS);
  for (const id of ids) results.delete(id);
  const left = results.getAll();
  left.onsuccess = () => {
    const used = new Set(left.result.flatMap(({ content, styles }) => [content, ...styles].map(({ hash }) => hash)));
    const pictures = transaction.objectStore(PICTURES);
    const keys = pictures.getAllKeys();
    keys.onsuccess = () => { for (const key of keys.result) if (!used.has(key)) pictures.delete(key); };
  };
  await done;
}
