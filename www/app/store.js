// @ts-check
// The worker's side of what a visitor keeps here: networks, generators, a training. It lies in the file system that browsers give each
// site for itself.
//
// A file has its name only once it is whole: it is written under another, and whatever a closed tab left half-written is thrown away
// at the next look. Nothing here throws. What cannot be stored, the page keeps in memory; what cannot be read is not there.

const PART = ".part";

/** One folder. */
export class Store {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  async #folder() {
    const root = await navigator.storage.getDirectory();
    return root.getDirectoryHandle(this.name, { create: true });
  }

  /** Whether the file is stored now. @param {string} name @param {Uint8Array} bytes @returns {Promise<boolean>} */
  async write(name, bytes) {
    try {
      // Some type definitions lack these methods, which are for workers only.
      /** @type {any} */
      const file = await (await this.#folder()).getFileHandle(name + PART, { create: true });
      const access = await file.createSyncAccessHandle();
      try {
        access.truncate(0);
        if (access.write(bytes, { at: 0 }) !== bytes.byteLength) throw new Error("no room");
        access.flush();
      } finally {
        access.close();
      }
      await file.move(name);
      return true;
    } catch (reason) {
      console.debug("storing", reason);
      await this.remove(name + PART);
      return false;
    }
  }

  /** @returns {Promise<File[]>} */
  async list() {
    /** @type {File[]} */
    const found = [];
    try {
      /** @type {any} */
      const here = await this.#folder();
      const entries = [];
      // Looked through first, as a folder that loses files meanwhile may skip others.
      for await (const entry of here) entries.push(entry);
      for (const [name, handle] of entries) {
        if (name.endsWith(PART)) await this.remove(name);
        // One that cannot be read hides no other.
        else await handle.getFile().then((/** @type {File} */ file) => { found.push(file); }, (/** @type {unknown} */ reason) => console.debug("listing", reason));
      }
    } catch (reason) {
      console.debug("listing", reason);
    }
    return found;
  }

  /** @param {string} name @returns {Promise<File | null>} */
  async read(name) {
    try {
      return await (await (await this.#folder()).getFileHandle(name)).getFile();
    } catch (reason) {
      console.debug("reading", reason);
      return null;
    }
  }

  /** Another tab that is writing a file keeps it. @param {string} name */
  async remove(name) {
    try {
      await (await this.#folder()).removeEntry(name);
    } catch (reason) {
      console.debug("removing", reason);
    }
  }

  /** Everything in it. */
  async clear() {
    for (const { name } of await this.list()) await this.remove(name);
  }
}

/** The networks that were made of the visitor's files. */
export const networks = new Store("models");
/** The generators that were made or brought here. */
export const generators = new Store("generators");
/** Of every file in both. */
export const ENDING = ".safetensors";

/** @param {Blob} blob */
export const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());
