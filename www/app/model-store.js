// @ts-check
// The worker's side of networks that visitors bring: kept in the file system that browsers give each site for itself.
//
// A file has its name only once it is whole: it is written under another, and whatever a closed tab left half-written is thrown away
// at the next look. Nothing here throws. What cannot be stored, the page keeps in memory; what cannot be read is not there.

const WHOLE = ".safetensors";
const PART = ".part";

async function folder() {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle("models", { create: true });
}

/** Whether the network is stored now. @param {string} name @param {Uint8Array} bytes @returns {Promise<boolean>} */
export async function store(name, bytes) {
  try {
    // Some type definitions lack these methods, which are for workers only.
    /** @type {any} */
    const file = await (await folder()).getFileHandle(name + PART, { create: true });
    const access = await file.createSyncAccessHandle();
    try {
      access.truncate(0);
      if (access.write(bytes, { at: 0 }) !== bytes.byteLength) throw new Error("no room");
      access.flush();
    } finally {
      access.close();
    }
    await file.move(name + WHOLE);
    return true;
  } catch (reason) {
    console.debug("storing", reason);
    await discard(name + PART);
    return false;
  }
}

/** @returns {Promise<{name: string, bytes: number}[]>} */
export async function list() {
  const found = [];
  try {
    /** @type {any} */
    const here = await folder();
    const entries = [];
    // Looked through first, as a folder that loses files meanwhile may skip others.
    for await (const entry of here) entries.push(entry);
    for (const [file, handle] of entries) {
      if (file.endsWith(PART)) await discard(file);
      else if (file.endsWith(WHOLE)) found.push({ name: file.slice(0, -WHOLE.length), bytes: (await handle.getFile()).size });
    }
  } catch (reason) {
    console.debug("listing", reason);
  }
  return found;
}

/** @param {string} name @returns {Promise<Uint8Array | null>} */
export async function read(name) {
  try {
    const handle = await (await folder()).getFileHandle(name + WHOLE);
    return new Uint8Array(await (await handle.getFile()).arrayBuffer());
  } catch (reason) {
    console.debug("reading", reason);
    return null;
  }
}

/** @param {string} name */
export const remove = (name) => discard(name + WHOLE);

/** Another tab that is writing a file keeps it. @param {string} file */
async function discard(file) {
  try {
    await (await folder()).removeEntry(file);
  } catch (reason) {
    console.debug("removing", reason);
  }
}
