// @ts-check
// Files and folders that were dropped or chosen together, as a flat list of pictures.

/** What a browser may know as a picture, by its type or else by its name; what it really is, the engine finds out. */
const PICTURE = /\.(avif|bmp|gif|hei[cf]|jfif|jpe?g|png|tiff?|webp)$/i;
const isPicture = (/** @type {File} */ { name, type }) => !name.startsWith(".") && (type.startsWith("image/") || PICTURE.test(name));

/** The pictures of a folder and of those in it, by name; what is no picture is only counted.
 * @param {Iterable<File>} files @returns {{pictures: File[], others: number}} */
export function picturesOf(files) {
  const all = [...files];
  const pictures = all.filter(isPicture);
  return { pictures, others: all.length - pictures.length };
}

/** Everything in folders that were dropped. @param {any[]} entries as `webkitGetAsEntry` gives them @returns {Promise<File[]>} */
export async function filesIn(entries) {
  const found = [];
  for (const entry of entries) {
    if (entry.isDirectory) found.push(...await filesIn(await entriesOf(entry)));
    else if (entry.isFile) found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
  }
  return found;
}

/** @param {any} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  // A browser gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    found.push(...some);
  }
  return found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}
