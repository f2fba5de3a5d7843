// @ts-check
// Names of files that every file system takes, and no two alike.

const LONGEST = 80;
/** What Windows keeps for devices, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** A name without its ending. @param {string} base */
export function safeName(base) {
  const plain = base.normalize("NFC").replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\\/:*?"<>|]+/g, "-");
  // By letters, as half of a letter beyond the basic plane is none.
  const short = [...plain.replace(/^[.\s-]+/, "")].slice(0, LONGEST).join("").replace(/[.\s-]+$/, "");
  return RESERVED.test(short) ? `${short}-` : short || "picture";
}

/** Gives each file of a folder a name of its own. */
export class Names {
  /** @type {Set<string>} */
  #taken = new Set();

  /** @param {string} base @param {string} ending such as ".png" */
  unique(base, ending) {
    const safe = safeName(base);
    let name = safe + ending;
    // Without regard to case, as on Windows and on macOS.
    for (let count = 2; this.#taken.has(name.toLowerCase()); count++) name = `${safe}-${count}${ending}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}
